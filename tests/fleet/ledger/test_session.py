"""A conversation that stays open: an act crosses at once, its seal later, and nobody else can put a word in."""

from __future__ import annotations

import pytest

from fleet.errors import NotTrusted
from fleet.ledger import memory
from fleet.ledger.exchange import SEAL_EVERY
from fleet.ledger.session import TAG_SIZE, Session, Share
from fleet.ledger.suite import SHIPPED
from fleet.ledger.wire import Live, Message, Packed, Sealed, Unpacker, pack
from tests.fleet.units import UNIT, a_host, a_node, a_sighting, act, delta, submitted, take, write
from tests.simulation import people
from tests.simulation.host import Host

EVERYONE = ("applicant-1", "approver-1", "dispatcher-1", "driver-1", "admin-1")
PLENTY, NOW_MS = 1 << 20, 1_790_000_000_000


class Line:
    """A standing conversation of a node with central, already begun."""

    def __init__(self, node: Host, central: Host) -> None:
        self.one, self.other = node.speak(UNIT, to_central=True, standing=True), central.speak(UNIT)
        self.carry()

    def carry(self) -> bytes:
        """Let the node say what it has to say; answers what it said."""
        heard = b""
        while said := self.one.outgoing(PLENTY):
            self.give(said)
            heard += said
        return heard

    def give(self, said: bytes) -> None:
        self.other.receive(said, now_ms=NOW_MS)
        self.one.receive(self.other.outgoing(PLENTY), now_ms=NOW_MS)


@pytest.fixture
def node() -> Host:
    return a_node(1, *EVERYONE)


@pytest.fixture
def central() -> Host:
    return a_host(0)


@pytest.fixture
def line(node: Host, central: Host) -> Line:
    return Line(node, central)


def messages(data: bytes) -> list[Message]:
    return [*Unpacker().feed(data)]


def agree(*hosts: Host) -> bool:
    return len({host.replicas[UNIT].digest() for host in hosts}) == 1


def test_an_act_crosses_at_once_without_its_seal_and_is_stored(node: Host, central: Host, line: Line) -> None:
    submitted(node)

    said = line.carry()

    assert {type(message) for message in messages(said)} == {Live}
    assert agree(node, central)
    assert central.disks[UNIT].logs[node.author][-1].seal is None


def test_what_rests_on_something_not_sealed_waits_until_it_is(node: Host, central: Host, line: Line) -> None:
    submitted(node)
    line.carry()
    other = a_node(2)
    take(other.replica, [delta(node)])
    write(other, a_sighting())
    held = central.replicas[UNIT]

    held.receive(delta(other))
    assert other.author not in held.state.heads, "what it rests on could be shown to nobody"
    line.other.receive(line.one.closing(), now_ms=NOW_MS)

    assert held.state.heads[other.author].seq == other.replica.made
    assert held.waiting == 0


def test_what_is_not_sealed_is_no_cause_of_what_is_written_after_it(node: Host, central: Host, line: Line) -> None:
    submitted(node)
    line.carry()
    last = node.replica.made

    [before] = write(central, a_sighting())
    line.other.receive(line.one.closing(), now_ms=NOW_MS)
    [after] = write(central, a_sighting())

    assert [dep.seq for dep in before.operation.deps] == [], "whoever lacks it could get it from nobody"
    assert [(dep.author, dep.seq) for dep in after.operation.deps] == [(node.author, last)]


def test_what_is_not_sealed_is_not_shown_to_others_and_gets_no_receipt(node: Host, central: Host, line: Line) -> None:
    before = node.replica.receipted
    submitted(node)
    line.carry()
    other = a_node(2).speak(UNIT, to_central=True)
    theirs = central.speak(UNIT)
    theirs.receive(other.outgoing(PLENTY), now_ms=NOW_MS)
    other.receive(theirs.outgoing(PLENTY), now_ms=NOW_MS)

    assert node.replica.receipted == before
    assert central.replicas[UNIT].sealed_heads[0].seq == before
    assert other._replica.state.heads[node.author].seq == before


def test_the_last_word_seals_and_the_receipt_comes_back(node: Host, central: Host, line: Line) -> None:
    submitted(node)
    line.carry()

    line.give(line.one.closing())

    assert central.disks[UNIT].logs[node.author][-1].seal is not None
    assert node.replica.receipted == node.replica.made
    assert line.one.closing() == b""


def test_the_seal_follows_by_itself_after_so_many(node: Host, central: Host, line: Line) -> None:
    said = b""
    for number in range(SEAL_EVERY):
        submitted(node, f"1-{number:05}")
        said += line.carry()

    assert any(isinstance(message, Sealed) for message in messages(said))
    assert node.replica.receipted > 0


def test_a_line_that_breaks_leaves_the_tail_to_the_next_conversation(node: Host, central: Host, line: Line) -> None:
    submitted(node)
    line.carry()
    central.power_cut()
    central.power_on()

    again = Line(node, central)

    assert central.disks[UNIT].logs[node.author][-1].seal is not None
    assert node.replica.receipted == node.replica.made
    assert again.other.outcome.stored == 0


def test_what_central_writes_comes_when_the_node_asks(node: Host, central: Host, line: Line) -> None:
    other = a_node(2)
    theirs, there = other.speak(UNIT, to_central=True), central.speak(UNIT)
    there.receive(theirs.outgoing(PLENTY), now_ms=NOW_MS)

    line.one.ask()
    line.carry()

    assert agree(node, central)


@pytest.mark.parametrize("what", ["changed", "repeated", "left out", "of somebody else"])
def test_a_word_that_is_not_what_the_node_says_next_ends_the_session(
    node: Host, central: Host, line: Line, what: str
) -> None:
    submitted(node)
    first = line.one.outgoing(PLENTY)
    if what == "repeated":
        line.other.receive(first, now_ms=NOW_MS)
    if what == "left out":
        submitted(node, "1-00002")
        first = line.one.outgoing(PLENTY)
    if what == "changed":
        first = first[:-TAG_SIZE] + bytes([first[-TAG_SIZE] ^ 1]) + first[1 - TAG_SIZE :]
    if what == "of somebody else":
        (live,) = messages(first)[:1]
        assert isinstance(live, Live)
        stranger = Session(bytes(32), b"a", b"b", memory.Memory(memory.Dictionary((), {}, b"")))
        first = pack(Live(stranger.close(live.data[:-TAG_SIZE], node.replica.state.heads[node.author].hash)))
    held = central.replicas[UNIT].held

    with pytest.raises(NotTrusted, match="session"):
        line.other.receive(first, now_ms=NOW_MS)

    assert central.replicas[UNIT].held == held
    Line(node, central)
    assert agree(node, central)


def test_without_a_session_a_live_word_is_not_listened_to(node: Host, central: Host) -> None:
    caller, called = node.speak(UNIT, to_central=True), central.speak(UNIT)
    called.receive(caller.outgoing(PLENTY), now_ms=NOW_MS)

    with pytest.raises(NotTrusted, match="session"):
        called.receive(pack(Live(bytes(1 + TAG_SIZE))), now_ms=NOW_MS)


def test_a_seal_that_is_none_closes_nothing(node: Host, central: Host, line: Line) -> None:
    submitted(node)
    line.carry()
    head = central.replicas[UNIT].state.heads[node.author]

    for seal in (b"", bytes(64)):
        with pytest.raises(NotTrusted):
            line.other.receive(pack(Sealed(head, seal)), now_ms=NOW_MS)

    assert central.disks[UNIT].logs[node.author][-1].seal is None


def test_both_ends_come_to_one_secret_and_no_third(node: Host, central: Host) -> None:
    one, other = Share(people.key("a"), b"hello"), Share(people.key("b"), b"hello")
    third = Share(people.key("c"), b"hello")

    assert one.agree(other.public) == other.agree(one.public) != one.agree(third.public)
    with pytest.raises(NotTrusted, match="session"):
        one.agree(bytes(32))


def test_an_unknown_dictionary_is_asked_for_plain_and_all_arrives(node: Host, central: Host) -> None:
    submitted(node)
    caller = node.speak(UNIT, to_central=True)
    older = central.speak(UNIT)
    older._dictionary = memory.PLAIN
    said = caller.outgoing(PLENTY)
    assert any(isinstance(message, Packed) for message in messages(said))

    older.receive(said, now_ms=NOW_MS)
    turns = 0
    while (answer := older.outgoing(PLENTY)) or turns == 0:
        caller.receive(answer, now_ms=NOW_MS)
        older.receive(caller.outgoing(PLENTY), now_ms=NOW_MS)
        turns += 1

    assert agree(node, central)
    assert node.replica.receipted == node.replica.made
    assert central.replicas[UNIT].refusals == []


def test_acts_in_a_session_are_small(node: Host, central: Host, line: Line) -> None:
    orders = [f"1-{number:05}" for number in range(4)]
    for order in orders:
        submitted(node, order)
    line.carry()
    sizes = []
    for order in orders:
        write(node, act("approve", "approver-1", order, content="aa", opinion="Agreed"))
        sizes.append(len(line.carry()))

    assert max(sizes[1:]) <= SHIPPED.signature_size + 32
