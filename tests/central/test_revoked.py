"""A node that was revoked is heard and learns nothing, whichever way it comes; a greeting opens only the conversation
it was said in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from central import keys
from central.bundles import house_of
from central.conversation import Conversation
from central.region import Region, open_region
from courier.files import silent
from fleet.errors import NotFound, NotTrusted
from fleet.ledger import grant_content, granting, kinds
from fleet.ledger.bound import ON_AIR, called, neighbourly
from fleet.ledger.exchange import Exchange
from fleet.ledger.replica import Statement
from tests.central.unit import ALONE, StillClock, Unit, talk

TALK = b"t" * 16
SIZE = 1 << 20


@pytest.fixture
def region(directory: Path, clock: StillClock) -> Iterator[Region]:
    with closing(open_region(directory, keys.load(directory), clock)) as opened:
        yield opened


@pytest.fixture
def other(directory: Path, clock: StillClock) -> Unit:
    """The unit's second node, which stays in force."""
    return Unit(directory, clock, box="b")


def revoke(region: Region, unit: Unit, *, after: int) -> None:
    """The region revokes a node from a number of its log on."""
    author, now_ms = unit.grant.author, unit.clock.now_ms()
    content: grant_content.Content = {
        "what": "revoke_node", "node": author.node, "incarnation": author.incarnation, "after_seq": after,
        "reason": "stolen", "issued_ms": now_ms, "lease_ms": now_ms + 1,
    }  # fmt: skip
    root = keys.load(unit.directory).root
    said = Statement(kinds.REGION_REVOKE, kinds.REGION + unit.code, granting.revoke(root, unit.code, content))
    region.replica(unit.code).write([said])


class Way:
    """A conversation with central, kept open."""

    def __init__(self, region: Region, unit: Unit, bound: bytes, number: int | None = None) -> None:
        code = "" if number else unit.code
        self.unit, self.central = unit, Conversation(region, "way", bound, code, number)
        self.exchange = unit.exchange(standing=True, bound=bound)
        self.heard = b""

    def speak(self) -> None:
        while said := self.exchange.outgoing(SIZE) or self.exchange.closing():
            self.central.receive(said)
            answer = self.central.outgoing(SIZE)
            self.heard += answer
            self.exchange.receive(answer, now_ms=self.unit.clock.now_ms())


WAYS: dict[str, Callable[[Region, Unit], Way]] = {
    "https": lambda region, unit: Way(region, unit, called(TALK)),
    "radio": lambda region, unit: Way(region, unit, ON_AIR, unit.grant.author.node),
}


@pytest.mark.parametrize("began", ["before it was revoked", "after"])
@pytest.mark.parametrize("how", WAYS)
def test_a_revoked_node_is_heard_and_told_nothing_new(
    how: str, began: str, region: Region, unit: Unit, other: Unit
) -> None:
    for one in (unit, other, unit):
        talk(region, one)
    way = WAYS[how](region, unit)
    if began != "after":
        way.speak()
    known, others = unit.replica.digest(), other.grant.author
    revoke(region, unit, after=unit.replica.made + 1)
    order = other.submit()
    talk(region, other)
    unit.seen()

    way.speak()

    assert order not in unit.replica.state.orders
    assert unit.replica.state.heads[others].seq < other.replica.made
    assert not unit.replica.state.rulings
    assert unit.replica.digest() != known  # but for what it wrote itself
    held = region.replica(unit.code)
    assert held.state.heads[unit.grant.author].seq == unit.replica.made == unit.replica.receipted
    assert held.state.seen  # written in time: it counts
    assert others not in {head.author for head in way.exchange.peer_heads} or began != "after"


def test_a_bundle_for_a_unit_is_sealed_for_none_that_was_revoked(
    region: Region, directory: Path, unit: Unit, other: Unit, tmp_path: Path
) -> None:
    talk(region, unit)
    talk(region, other)
    revoke(region, unit, after=unit.replica.made)
    summary = house_of(directory).write(tmp_path / "one", unit=unit.code, everything=True, progress=silent)
    assert summary.readers == [other.grant.author.node]

    revoke(region, other, after=other.replica.made)
    with pytest.raises(NotFound, match="bundle_no_reader"):
        house_of(directory).write(tmp_path / "two", unit=unit.code, everything=True, progress=silent)
    assert not (tmp_path / "two").exists()


@pytest.mark.parametrize("calls", ["it calls", "it is called"])
def test_a_neighbour_that_knows_of_it_tells_a_revoked_node_nothing_either(
    calls: str, region: Region, unit: Unit, other: Unit
) -> None:
    for one in (unit, other, unit):
        talk(region, one)
    revoke(region, unit, after=unit.replica.made)
    talk(region, other)
    order = other.submit()

    ends: list[tuple[Unit, Exchange]] = [(one, one.exchange(standing=True)) for one in (unit, other)]
    if calls != "it calls":
        ends.reverse()
    caller, called_up = (exchange for _, exchange in ends)
    while said := caller.outgoing(0 if caller.peer is None else SIZE):
        called_up.receive(said, now_ms=unit.clock.now_ms())
        caller.receive(called_up.outgoing(SIZE), now_ms=unit.clock.now_ms())

    assert order not in unit.replica.state.orders


CAPTURED = {
    "said to another node": neighbourly(TALK),
    "said over a radio": ON_AIR,
    "of a talk before": called(b"u" * 16),
    "of a turn that stood alone": ALONE,
}


@pytest.mark.parametrize("heard", CAPTURED)
def test_a_greeting_that_somebody_kept_opens_no_other_conversation(
    heard: str, region: Region, unit: Unit, other: Unit
) -> None:
    kept = unit.exchange(standing=True, bound=CAPTURED[heard]).outgoing(0)
    other.submit()
    talk(region, other)
    at_central = Conversation(region, "https", called(TALK), unit.code)

    with pytest.raises(NotTrusted, match="signature"):
        at_central.receive(kept)
    assert at_central.outgoing(SIZE) == b""


def test_a_turn_that_is_repeated_under_its_own_name_is_answered_as_it_was(
    region: Region, unit: Unit, other: Unit
) -> None:
    said = unit.exchange(standing=True, bound=called(TALK)).outgoing(SIZE)
    first = region.converse(unit.code, said, link="https", talk=(TALK, 0))
    other.submit()
    talk(region, other)

    assert region.converse(unit.code, said, link="https", talk=(TALK, 0)) == first
