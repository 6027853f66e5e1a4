"""Blobs travel after everything else, to whoever lacks one that an operation names, however the conversation is cut."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.errors import NotTrusted, Unavailable
from fleet.ledger import kinds
from fleet.ledger.blobs import PIECE_SIZE, SIZE_MAX, Incoming, Outline, outline_of, read_outline
from fleet.ledger.canonical import Value, encode
from fleet.ledger.delta import Delta
from fleet.ledger.exchange import Exchange, Speaker
from fleet.ledger.freight import WANTS_MAX, Freight
from fleet.ledger.marks import Identity
from fleet.ledger.replica import Statement
from fleet.ledger.suite import SHIPPED
from fleet.ledger.wire import Outlined, Packed, Piece, Unpacker, Want, pack
from fleet.tracks.days import day_of
from tests.fleet.ledger.blob_acceptance import CONTENT, BlobAcceptance, Shelf, filled, outline, pieces
from tests.fleet.units import ROOT, UNIT, a_host, a_node, signer, write
from tests.simulation.host import Host
from tests.simulation.shelf import SimulatedShelf

NOW_MS = 1_790_000_000_000
PLENTY = 1 << 20
DAY_MS = day_of(NOW_MS)
EVERYONE = ("applicant-1", "approver-1", "dispatcher-1", "driver-1", "admin-1")


class TestSimulatedShelf(BlobAcceptance):
    @pytest.fixture
    def shelf(self) -> Shelf:
        one = SimulatedShelf()
        return lambda: one


def shelf(host: Host) -> SimulatedShelf:
    return host.shelves.setdefault(UNIT, SimulatedShelf())


def names_it(host: Host, name: bytes, number: int = 1) -> None:
    """An act on record that names a blob."""
    body: dict[str, Value] = {"scan": name.hex(), "scan_type": "application/pdf", "scan_size": 9, "seal_visible": True}
    target = f"supplement/{host.author.node}-{number}"
    write(host, Statement("supplement.complete", target, body, signer("dispatcher-1")))


@pytest.fixture
def node() -> Host:
    """A node with an act that names a blob, and the blob."""
    host = a_node(1, *EVERYONE)
    names_it(host, filled(shelf(host)))
    return host


@pytest.fixture
def central() -> Host:
    return a_host(0)


def talk(caller: Host, called: Host, *, budget: int = PLENTY, forgets: bool = False) -> int:
    """A conversation to its end; `forgets`: the other end is a new one each turn. The number of turns."""
    one = talking(caller, stands_alone=forgets)
    other = talking(called)
    for turns in count():
        said = one.outgoing(budget)
        if not said:
            return turns
        assert turns < 10_000, "no end"
        other = talking(called) if forgets else other
        other.receive(said, now_ms=NOW_MS)
        one.receive(other.outgoing(budget), now_ms=NOW_MS)
    return 0


def talking(host: Host, *, stands_alone: bool = False) -> Exchange:
    return Exchange(
        host.replicas[UNIT],
        Speaker(Identity(UNIT, host.author, host.key), host.certificate, gives_receipts=host.is_central),
        root_public=ROOT.public,
        central_public=None if host.is_central else host.central_public,
        turns_stand_alone=stands_alone,
        blobs=shelf(host),
    )


def has(host: Host, content: bytes = CONTENT) -> bool:
    name = outline(content).name
    return name in shelf(host).whole() and shelf(host).read(name, 0, SIZE_MAX) == content


@pytest.mark.parametrize(
    ("budget", "forgets"),
    [(PLENTY, False), (50_000, False), (3_000, False), (500, False), (PLENTY, True), (50_000, True), (3_000, True)],
)
def test_a_blob_that_an_act_names_comes_to_central_and_to_a_second_node(
    node: Host, central: Host, budget: int, forgets: bool
) -> None:
    talk(node, central, budget=budget, forgets=forgets)
    assert has(central)

    second = a_node(2)
    talk(second, central, budget=max(budget, 3_000), forgets=forgets)
    assert has(second)


def test_central_whose_turns_are_all_it_knows_needs_no_more_turns_than_the_blob_has_budgets(
    node: Host, central: Host
) -> None:
    assert talk(node, central, budget=50_000, forgets=True) <= len(CONTENT) // 50_000 + 4


def test_a_blob_nobody_names_is_neither_asked_for_nor_given(central: Host) -> None:
    node = a_node(1, *EVERYONE)
    name = filled(shelf(node))
    one, other = talking(node), talking(central)
    other.receive(one.outgoing(PLENTY), now_ms=NOW_MS)
    one.receive(other.outgoing(PLENTY), now_ms=NOW_MS)
    one.receive(pack(Want(name, None)), now_ms=NOW_MS)

    assert one.outgoing(PLENTY) == b""
    assert not has(central)


def test_what_was_not_asked_for_is_let_go(node: Host, central: Host) -> None:
    one, other = talking(node), talking(central)
    other.receive(one.outgoing(PLENTY), now_ms=NOW_MS)
    stray = outline(b"stray")
    other.receive(pack(Outlined(stray.name, stray.encoded())) + pack(Piece(stray.name[:8], 0, b"stray")), now_ms=NOW_MS)

    assert shelf(central).outline(stray.name) is None


def test_what_no_record_names_any_more_is_not_sent_on() -> None:
    shelf, named = SimulatedShelf(), dict[bytes, str]()
    name = filled(shelf)
    named[name] = "track/NM-1"
    freight = Freight(shelf, named)
    freight.take(Want(name, None))
    assert freight.outgoing(1 << 14, last_in_line=True)

    named.clear()  # what named it stands on a branch that does not stand any more

    assert freight.outgoing(1 << 20, last_in_line=True) == b""


def test_acts_overtake_a_blob_that_is_under_way(node: Host, central: Host) -> None:
    one, other = talking(node), talking(central)
    other.receive(one.outgoing(PLENTY), now_ms=NOW_MS)
    one.receive(other.outgoing(PLENTY), now_ms=NOW_MS)
    other.receive(one.outgoing(3_000), now_ms=NOW_MS)
    assert 0 < shelf(central).held(outline().name) < len(CONTENT)

    names_it(node, outline(b"later").name, 2)
    said = list(Unpacker().feed(one.outgoing(3_000)))
    assert isinstance(said[0], Packed | Delta)
    assert isinstance(said[-1], Piece)


def test_acts_leave_nothing_of_a_small_budget_to_blobs(node: Host, central: Host) -> None:
    one, other = talking(node), talking(central)
    other.receive(one.outgoing(PLENTY), now_ms=NOW_MS)
    one.receive(other.outgoing(PLENTY), now_ms=NOW_MS)
    names_it(node, outline(b"later").name, 2)

    assert [type(message) for message in Unpacker().feed(one.outgoing(100))] == [Packed]


@settings(max_examples=40)
@given(
    cuts=st.lists(st.integers(0, 400_000), min_size=1, max_size=6), seed=st.integers(0, 1 << 16), power=st.booleans()
)
def test_cut_at_any_byte_and_after_any_power_cut_the_next_conversation_goes_on(
    cuts: list[int], seed: int, power: bool
) -> None:
    node, central, chance = a_node(1, *EVERYONE), a_host(0), random.Random(seed)
    names_it(node, filled(shelf(node)))
    for cut in cuts:
        one, other, left = talking(node), talking(central), cut
        while left > 0 and (said := one.outgoing(chance.choice([500, 20_000, PLENTY]))):
            other.receive(said[:left], now_ms=NOW_MS)
            left -= len(said)
            if left > 0:
                one.receive(other.outgoing(PLENTY), now_ms=NOW_MS)
        if power:
            shelf(central).power_cut()
    talk(node, central)

    assert has(central)


def test_what_is_held_already_is_not_sent_again(node: Host, central: Host) -> None:
    one, other = talking(node), talking(central)
    other.receive(one.outgoing(PLENTY), now_ms=NOW_MS)
    one.receive(other.outgoing(PLENTY), now_ms=NOW_MS)
    other.receive(one.outgoing(100_000), now_ms=NOW_MS)
    held = shelf(central).held(outline().name)

    one, other = talking(node), talking(central)
    other.receive(one.outgoing(PLENTY), now_ms=NOW_MS)
    one.receive(other.outgoing(PLENTY), now_ms=NOW_MS)
    said = one.outgoing(PLENTY)
    assert held > PIECE_SIZE
    assert len(said) < len(CONTENT) - held + 1_000


def test_a_store_that_was_damaged_is_mended_from_the_piece_that_is_wrong(node: Host, central: Host) -> None:
    talk(node, central)
    damaged = SimulatedShelf()
    damaged.begin(outline().name, outline().encoded())
    damaged.append(outline().name, CONTENT[:PIECE_SIZE] + b"x" * PIECE_SIZE)
    central.shelves[UNIT] = damaged

    talk(node, central)
    assert has(central)


def test_a_blob_that_nobody_has_is_asked_for_once_a_conversation_and_stops_nothing(central: Host) -> None:
    node = a_node(1, *EVERYONE)
    for number in range(WANTS_MAX + 10):
        names_it(node, SHIPPED.hash("blob", bytes([number])), number)
    names_it(node, filled(shelf(node)), 500)

    assert talk(node, central) < 6
    assert has(central)


def test_a_full_disk_is_told_and_what_was_there_stays(node: Host, central: Host) -> None:
    one, other = talking(node), talking(central)
    other.receive(one.outgoing(PLENTY), now_ms=NOW_MS)
    one.receive(other.outgoing(PLENTY), now_ms=NOW_MS)
    shelf(central).full = True
    with pytest.raises(Unavailable):
        other.receive(one.outgoing(PLENTY), now_ms=NOW_MS)
    shelf(central).full = False

    talk(node, central)
    assert has(central)


# -- tracks -----------------------------------------------------------------------------------------------------------


def packs(host: Host, *contents: bytes) -> None:
    """A track's segment on record, full and thinned."""
    full, line = (filled(shelf(host), content) for content in contents)
    body: dict[str, Value] = {
        "day_ms": DAY_MS, "from_ms": DAY_MS + 1, "to_ms": DAY_MS + 2, "positions": 2, "terminal": "1", "full": full,
        "thin": line,
    }  # fmt: skip
    write(host, Statement(kinds.TRACK_PACK, "track/NM-1", body))


def test_thinned_lines_come_before_full_tracks_and_these_before_scans(node: Host, central: Host) -> None:
    packs(node, b"f" * 5000, b"t" * 5000)
    one, other, arrived = talking(node), talking(central), list[bytes]()
    for _ in range(200):
        other.receive(one.outgoing(2_000), now_ms=NOW_MS)
        one.receive(other.outgoing(2_000), now_ms=NOW_MS)
        arrived += [name for name in shelf(central).whole() if name not in arrived]

    contents = [shelf(central).read(name, 0, 1) for name in arrived]
    assert contents == [b"t", b"f", CONTENT[:1]]


def test_another_node_of_the_unit_asks_for_scans_and_not_for_tracks(node: Host) -> None:
    packs(node, b"f" * 500, b"t" * 500)
    second = a_node(2)
    talk(second, node)

    assert [shelf(second).read(name, 0, 1) for name in shelf(second).whole()] == [CONTENT[:1]]
    assert second.replica.state.tracks == node.replica.state.tracks


# -- one blob ---------------------------------------------------------------------------------------------------------


def taking(store: SimulatedShelf) -> Incoming:
    incoming = Incoming(store, lambda _: True)
    incoming.begin(outline().name, outline().encoded())
    return incoming


@pytest.mark.parametrize("wrong", range(len(pieces())))
def test_a_wrong_piece_is_known_at_its_end_and_costs_no_more_than_itself(wrong: int) -> None:
    store = SimulatedShelf()
    incoming = taking(store)
    for number, piece in enumerate(pieces()[:wrong]):
        incoming.take(outline().name, number * PIECE_SIZE, piece)
    with pytest.raises(NotTrusted, match="blob_piece"):
        incoming.take(outline().name, wrong * PIECE_SIZE, bytes(len(pieces()[wrong])))

    assert store.held(outline().name) == wrong * PIECE_SIZE
    assert list(store.whole()) == []


@pytest.mark.parametrize(("at", "size"), [(1, 10), (0, 0), (0, len(CONTENT) + 1), (len(CONTENT), 5)])
def test_what_does_not_follow_what_is_held_is_let_go(at: int, size: int) -> None:
    store = SimulatedShelf()
    assert taking(store).take(outline().name, at, bytes(size)) is False
    assert store.held(outline().name) == 0


FORGERIES: dict[str, Callable[[Outline], bytes]] = {
    "another size": lambda whole: whole._replace(size=whole.size - 1).encoded(),
    "a piece fewer": lambda whole: whole._replace(pieces=whole.pieces[:-1]).encoded(),
    "another piece": lambda whole: whole._replace(pieces=(b"h" * 32, *whole.pieces[1:])).encoded(),
    "half a hash": lambda whole: encode([1, whole.size, b"".join(whole.pieces)[:-1]]),
    "nothing": lambda whole: encode([1, 0, b""]),
    "true": lambda whole: encode([True, whole.size, b"".join(whole.pieces)]),
    "a map": lambda whole: encode({}),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_an_outline_that_is_not_the_names_is_refused(forgery: str) -> None:
    with pytest.raises(NotTrusted, match="blob_outline"):
        read_outline(outline().name, FORGERIES[forgery](outline()))


def test_an_outline_of_more_than_may_be_is_refused_even_under_its_own_name() -> None:
    huge = Outline(SHIPPED, SIZE_MAX + 1, (b"h" * 32,) * (SIZE_MAX // PIECE_SIZE + 1))
    with pytest.raises(NotTrusted):
        read_outline(huge.name, huge.encoded())


def test_one_bit_more_is_another_name() -> None:
    assert outline_of([b"a"]).name != outline_of([b"b"]).name
    assert outline(CONTENT).name != outline(CONTENT + b"\0").name


def test_the_kinds_that_name_blobs_are_those_whose_tables_say_so() -> None:
    named = {
        kind: {name for name, one in table.items() if one.type.startswith("blob")}
        for kind, table in kinds.BLOBS.items()
    }
    assert named["supplement.complete"] == {"scan"}
    assert named["sealing.seal"] == {"photos"}
    assert not {"request", "proposal", "hash", "content"} & {name for names in named.values() for name in names}
