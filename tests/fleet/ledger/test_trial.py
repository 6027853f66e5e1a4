"""An update that ends the process twice is passed over at the next start; nothing else is, and nothing else suffers."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.ledger import documents, judge, kinds
from fleet.ledger.delta import Delta
from fleet.ledger.documents import Document
from fleet.ledger.replica import Replica
from fleet.ledger.trial import DEATHS_MAX, SEATS, SLATE_SIZE, Trials
from tests.fleet.units import ROOT, UNIT, a_node, act, an_edit, codes, delta, steps, submitted, write
from tests.simulation.clock import SimulatedClock, SimulatedTime
from tests.simulation.disk import SimulatedDisk
from tests.simulation.host import Host

FATAL = b"fatal"
"""A text in an update of which the process dies, in these tests."""
NAMES = [bytes([number]) * 32 for number in range(SEATS + 3)]


class Death(BaseException):
    """The process is gone: nothing of it runs any more, not even what should run in the end."""


class Machine:
    """A reader whose process may die; disk and slate are what is left."""

    def __init__(self) -> None:
        self.disk, self.slate, self.deaths = SimulatedDisk(), bytearray(SLATE_SIZE), 0

    def run(self, *deltas: Delta) -> Replica:
        """Start, take deltas, and start again after each death until all are taken."""
        while True:
            slate = bytearray(self.slate)
            replica = Replica(
                self.disk, SimulatedClock(SimulatedTime()), ROOT.public, unit=UNIT, identity=None, trials=Trials(slate)
            )
            try:
                for one in deltas:
                    self.slate = slate
                    replica.receive(one)
            except Death as death:
                self.slate, self.deaths = death.args[0], self.deaths + 1
                continue
            return replica


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine, apply = Machine(), documents.apply

    def deadly(document: Document, update: bytes, **how: Any) -> Document:
        if FATAL in update:
            raise Death(bytearray(machine.slate))  # as it is at this moment: what runs in the end does not count
        return apply(document, update, **how)

    monkeypatch.setattr(documents, "apply", deadly)
    return machine


@pytest.fixture
def node() -> Host:
    """A node with three edits, the second of them deadly to others."""
    host = a_node(1, "applicant-1", "approver-1")
    for order, text in (("1-00001", "good"), ("1-00002", FATAL.decode()), ("1-00003", "good")):
        write(host, an_edit(host, kinds.ORDERS + order, "applicant-1", remark=text))
    return host


def test_it_is_tried_twice_and_then_held_without_effect_with_everything_around_it_applied(
    node: Host, machine: Machine
) -> None:
    replica = machine.run(*steps(node))

    assert machine.deaths == DEATHS_MAX
    assert codes(replica) == [judge.CRASHED]
    assert replica.held == node.replica.held
    documents_here = {name: dict(one.fields) for name, one in replica.state.documents.items()}
    assert documents_here == {"order/1-00001": {"remark": "good"}, "order/1-00003": {"remark": "good"}}


def test_in_one_run_with_others_it_is_still_the_one_that_is_named(node: Host, machine: Machine) -> None:
    replica = machine.run(delta(node))

    assert (machine.deaths, codes(replica), replica.quarantined) == (DEATHS_MAX, [judge.CRASHED], 1)


def test_a_start_from_the_log_passes_it_over_without_any_slate(node: Host, machine: Machine) -> None:
    machine.run(*steps(node))
    machine.slate = bytearray(SLATE_SIZE)

    replica = machine.run()

    assert (machine.deaths, replica.quarantined) == (DEATHS_MAX, 1)


def test_only_what_carries_an_update_is_passed_over_whatever_the_disk_says(node: Host, machine: Machine) -> None:
    submitted(node, "1-00009")
    write(node, act("approve", "approver-1", "1-00009", content="aa"))
    before = machine.run(*steps(node)).state.orders["1-00009"].state
    at = next(at for at, one in enumerate(machine.disk.log) if one.named.operation.kind == "order.approve")
    machine.disk.log[at] = machine.disk.log[at]._replace(verdict=judge.CRASHED)

    assert machine.run().state.orders["1-00009"].state == before == "approved"


# -- the slate ------------------------------------------------------------------------------------------------------


def died_of(slate: bytearray, name: bytes) -> Trials:
    """The next start after a process died with this on trial."""
    Trials(slate).begin(name)
    return Trials(slate)


@pytest.mark.parametrize(("deaths", "lost"), [(0, False), (1, False), (2, True), (3, True)])
def test_what_ended_two_processes_is_lost(deaths: int, lost: bool) -> None:
    slate = bytearray(SLATE_SIZE)
    for _ in range(deaths):
        died_of(slate, NAMES[0])

    assert Trials(slate).lost(NAMES[0]) is lost


def test_what_was_over_when_the_process_died_counts_for_nothing() -> None:
    slate = bytearray(SLATE_SIZE)
    for _ in range(DEATHS_MAX):
        trials = Trials(slate)
        trials.begin(NAMES[0])
        trials.end()

    assert not Trials(slate).lost(NAMES[0])


def test_of_more_than_it_can_remember_it_forgets_one_that_ended_the_fewest_processes() -> None:
    slate = bytearray(SLATE_SIZE)
    for _ in range(DEATHS_MAX):
        died_of(slate, NAMES[0])
    for name in NAMES[1:]:
        died_of(slate, name)

    assert Trials(slate).lost(NAMES[0])
    assert len(slate) == SLATE_SIZE
    assert died_of(slate, NAMES[-1]).lost(NAMES[-1])
