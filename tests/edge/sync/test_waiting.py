"""What waits for central's receipt, counted by how urgent it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.store.journal import Office
from edge.sync.waiting import Tally, Waiting
from fleet.ledger.priority import Priority
from fleet.rules.order import Act
from tests.edge.unit import (
    APPLICANT,
    ME,
    PLATE,
    Central,
    a_form,
    a_notice,
    conversation,
    office_of,
    sighting,
    signer,
)
from tests.edge.unit import DISPATCHER as OFFICER
from tests.simulation.clock import SimulatedClock


@pytest.fixture
def office(home: Path, clock: SimulatedClock) -> Iterator[Office]:
    opened = office_of(home, clock)
    yield opened
    opened.close()


def receipted(home: Path, office: Office, clock: SimulatedClock) -> None:
    central, exchange = Central(clock), conversation(home, office.replica)
    while outgoing := exchange.outgoing(1 << 20):
        exchange.receive(central.answer(outgoing), now_ms=clock.now_ms())


def records(waiting: Waiting) -> dict[Priority, int]:
    return {priority: heap.records for priority, heap in waiting.heaps.items()}


def test_what_waits_is_counted_by_priority_and_goes_with_its_receipt(
    home: Path, office: Office, clock: SimulatedClock
) -> None:
    tally = Tally(ME)
    receipted(home, office, clock)
    assert tally.look(office.replica) == Waiting()
    assert tally.look(office.replica).urgency is None

    office.replica.write([sighting(PLATE)])
    order = office.desk.submit(signer(home, APPLICANT), a_form())
    assert records(tally.look(office.replica)) == {Priority.ACT: 1, Priority.SIGHTING: 1}
    office.desk.act(signer(home, APPLICANT), order, Act.CANCEL, {"reason": "会议取消"})
    office.cases.open(signer(home, OFFICER), "supplement", a_notice(), act="notice")
    waiting = tally.look(office.replica)

    assert next(iter(records(waiting))) is waiting.urgency is Priority.URGENT
    assert waiting.records == office.replica.made - office.replica.receipted
    assert waiting.size > 0
    assert tally.look(office.replica) == waiting == Tally(ME).look(office.replica)
    receipted(home, office, clock)
    assert tally.look(office.replica) == Waiting()
