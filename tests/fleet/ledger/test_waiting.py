"""What depends on what is not there waits for it, for as long as it takes, and is taken when all of it has come."""

from __future__ import annotations

import pytest

from fleet.ledger import kinds
from fleet.ledger.replica import WAITING_MAX, Replica, Statement
from fleet.rules.order import State
from tests.fleet.ledger.logs import EVERYONE, met, next_after, sealed, sighting
from tests.fleet.units import ROOT, UNIT, a_node, a_reader, act, an_edit, codes, delta, entwined, steps, take, write
from tests.simulation.clock import SimulatedTime
from tests.simulation.disk import SimulatedDisk
from tests.simulation.host import Host

# -- the causal gate ------------------------------------------------------------------------------------------------


def test_what_depends_on_an_operation_waits_for_it_and_is_taken_when_it_comes(node: Host) -> None:
    other = met(node)
    write(other, act("approve", "approver-1", content="aa"))
    reader = a_reader()

    waits = reader.receive(delta(other)).waiting_for
    reader.receive(delta(node))

    assert waits == (node.replica.state.heads[node.author],)
    assert (reader.waiting, reader.refusals) == (0, [])
    assert reader.state.orders["1-00001"].state == State.APPROVED


def test_a_gap_in_a_log_waits_like_any_other_cause_and_is_nobodys_fault(node: Host) -> None:
    reader = a_reader()
    one, *rest = steps(node)
    reader.receive(one)

    for later in reversed(rest):
        reader.receive(later)

    assert (reader.waiting, reader.refusals) == (0, [])
    assert reader.digest() == node.replica.digest()


def test_the_middle_of_a_log_nobody_has_met_is_neither_kept_nor_held_against_anyone(node: Host) -> None:
    reader = a_reader()

    taken = reader.receive(steps(node)[2])

    assert (taken.head, taken.stored, reader.waiting, reader.refusals) == (None, 0, 0, [])
    assert [head.seq for head in taken.waiting_for] == [6]


def test_what_waits_is_bounded_and_comes_again(node: Host) -> None:
    others = [met(node, number=number) for number in range(2, WAITING_MAX + 5)]
    for other in others:
        write(other, Statement(kinds.VEHICLE_SEEN, "vehicle/NM-1", sighting(1)))
    reader = a_reader()

    take(reader, (delta(other) for other in others))
    assert reader.waiting == WAITING_MAX
    reader.receive(delta(node))
    take(reader, (delta(other) for other in others))

    assert (reader.waiting, reader.refusals) == (0, [])
    assert reader.held == node.replica.made + 2 * len(others)


def test_a_full_disk_while_the_waiting_are_taken_costs_nothing_that_was_stored(node: Host) -> None:
    other, disk = met(node), SimulatedDisk()
    write(other, act("approve", "approver-1", content="aa"))
    reader = Replica(disk, node.clock, ROOT.public, unit=UNIT, identity=None)
    reader.receive(delta(other))
    fill_after_one_commit(disk)

    taken = reader.receive(delta(node))

    assert (taken.stored, reader.waiting) == (node.replica.made, 1)
    disk.full = False
    reader.receive(delta(other))
    assert reader.held == node.replica.made + other.replica.made


def fill_after_one_commit(disk: SimulatedDisk) -> None:
    keep = disk.commit

    def commit(batch: object) -> None:
        keep(batch)  # type: ignore[arg-type]
        disk.full = True

    disk.commit = commit  # type: ignore[method-assign]


# -- runs that wait for each other ----------------------------------------------------------------------------------


@pytest.mark.parametrize("turned", [False, True])
def test_two_long_runs_that_need_each_others_middle_are_taken_together(turned: bool) -> None:
    one, other = entwined()
    newcomer = a_reader()

    take(newcomer, [delta(other), delta(one)] if turned else [delta(one), delta(other)])

    assert newcomer.digest() == one.replica.digest() == other.replica.digest()
    assert newcomer.waiting == 0
    assert newcomer.sealed_heads == tuple(sorted(newcomer.state.heads.values())), "each run brought its seal"


def test_a_run_whose_middle_waits_for_what_nobody_has_is_not_taken_in_part() -> None:
    one, other = entwined()
    newcomer = a_reader()

    take(newcomer, [delta(one)])
    assert (newcomer.held, newcomer.waiting) == (0, 1)
    take(newcomer, [delta(other, 0, upto=1)])
    assert newcomer.sealed_heads == tuple(sorted(newcomer.state.heads.values())), "nothing is held that no seal proves"


# -- edits on others' edits -----------------------------------------------------------------------------------------


def test_an_edit_on_what_its_author_does_not_name_as_seen_has_no_effect_wherever_it_arrives_first() -> None:
    time, target = SimulatedTime(), kinds.ORDERS + "1-00001"
    first, second = a_node(1, *EVERYONE, time=time), a_node(2, *EVERYONE, time=time)
    write(first, an_edit(first, target, "applicant-1", rider="Bayar"))
    take(second.replica, steps(first))
    update = second.replica.update(target, {"rider": "Dorj"})
    told_nothing = next_after(second, kind=kinds.ORDER_EDIT, target=target, body=update, person="applicant-1")
    forged = sealed(second, told_nothing)
    readers = a_reader(), a_reader()

    take(readers[0], [*steps(first), *steps(second), forged])
    take(readers[1], [*steps(second), forged, *steps(first)])

    assert [codes(reader) for reader in readers] == [["update_origin"], ["update_origin"]]
    assert readers[0].digest() == readers[1].digest()
    assert readers[0].state.document(target).fields == {"rider": "Bayar"}


def test_an_edit_on_what_its_author_names_as_seen_waits_for_that() -> None:
    time, target = SimulatedTime(), kinds.ORDERS + "1-00001"
    first, second = a_node(1, *EVERYONE, time=time), a_node(2, *EVERYONE, time=time)
    write(first, an_edit(first, target, "applicant-1", rider="Bayar"))
    take(second.replica, steps(first))
    write(second, an_edit(second, target, "applicant-1", rider="Dorj"))
    reader = a_reader()

    take(reader, steps(second))
    assert (reader.waiting, reader.state.document(target).fields) == (1, {})
    take(reader, steps(first))

    assert (reader.waiting, codes(reader), reader.state.document(target).fields) == (0, [], {"rider": "Dorj"})
