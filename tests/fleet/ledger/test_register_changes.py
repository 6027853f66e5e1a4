"""The register is changed by two people once the unit has a head (Art. 14), and alike on every replica."""

from __future__ import annotations

import pytest

from fleet.errors import NotTrusted
from fleet.ledger import kinds, projection
from fleet.ledger.canonical import Value
from fleet.ledger.operation import Named
from fleet.ledger.replica import Statement
from tests.fleet.units import UNIT, a_node, a_reader, an_edit, delta, enrolment, signer, steps, take, write
from tests.simulation.clock import SimulatedTime
from tests.simulation.host import Host

CASE, SEATS = "change/1-00001", "vehicle/NM-1/seats"
REGISTRY = kinds.REGISTRY + UNIT


def a_unit(number: int = 1, *, time: SimulatedTime | None = None) -> Host:
    """A node with a vehicle that the admin registered while there was no unit head; there is one now."""
    host = a_node(number, "admin-1", time=time)
    if number == 1:
        write(host, an_edit(host, REGISTRY, "admin-1", **{"vehicle/NM-1/cls": "study", SEATS: "5"}))
    write(host, enrolment("head-1"))
    return host


def proposed(host: Host, seats: str, case: str = CASE) -> Named:
    body: dict[str, Value] = {"entry": "vehicle/NM-1", "sets": {"seats": seats}, "reason": "Refit"}
    (named,) = write(host, Statement("change.propose", case, body, signer("admin-1")))
    return named


def decided(host: Host, act: str, proposal: Named, case: str = CASE, **more: str) -> None:
    body: dict[str, Value] = {"proposal": proposal.hash.hex(), **more}
    write(host, Statement(f"change.{act}", case, body, signer("head-1")))


def test_a_proposal_changes_nothing_and_its_approval_changes_the_register_and_the_stored_row() -> None:
    host = a_unit()
    proposal = proposed(host, "7")
    before = host.replica.state.register.fields[SEATS]

    decided(host, "approve", proposal)

    assert (before, host.replica.state.register.fields[SEATS]) == ("5", "7")
    assert '"seats": "7"' in str(host.disks[UNIT].tables["vehicles"]["NM-1"]["register"])
    assert host.replica.state.document(REGISTRY).fields[SEATS] == "5", "what was written at first stays readable"


def test_one_person_alone_no_longer_changes_the_register() -> None:
    host = a_unit()

    with pytest.raises(NotTrusted) as refused:
        write(host, an_edit(host, REGISTRY, "admin-1", **{SEATS: "9"}))

    assert refused.value.code == "two_people_needed"


def test_whoever_could_not_know_of_a_unit_head_still_sets_the_unit_up() -> None:
    time = SimulatedTime()
    first, second = a_unit(time=time), a_node(2, "admin-1", time=time)
    time.pass_ms(1000)
    write(second, an_edit(second, REGISTRY, "admin-1", **{"vehicle/NM-2/cls": "study", "vehicle/NM-2/seats": "5"}))
    reader = a_reader()

    take(reader, [*steps(first), *steps(second)])

    assert projection.plates(reader.state.register.fields) == {"NM-1", "NM-2"}


def test_an_earlier_refusal_that_arrives_late_takes_the_change_back_on_every_replica() -> None:
    time = SimulatedTime()
    first, second = a_unit(time=time), a_unit(2, time=time)
    proposal = proposed(first, "7")
    take(second.replica, [delta(first)])
    time.pass_ms(1000)
    decided(second, "refuse", proposal, reason="Not this year")
    time.pass_ms(1000)
    decided(first, "approve", proposal)
    readers = [a_reader(), a_reader()]

    take(readers[0], [*steps(first), *steps(second)])
    take(readers[1], [delta(first, upto=5), *steps(second), delta(first)])

    assert [reader.state.register.fields[SEATS] for reader in readers] == ["5", "5"]
    assert readers[0].digest() == readers[1].digest()
    assert projection.whole(readers[0].state) == projection.whole(readers[1].state)


def test_a_vehicle_whose_only_change_is_taken_back_is_on_no_replicas_list() -> None:
    time = SimulatedTime()
    host, other = a_unit(time=time), a_unit(2, time=time)
    body: dict[str, Value] = {"entry": "vehicle/NM-9", "sets": {"cls": "study"}, "reason": "New"}
    (proposal,) = write(host, Statement("change.propose", CASE, body, signer("admin-1")))
    take(other.replica, [delta(host)])
    time.pass_ms(1000)
    decided(other, "refuse", proposal, reason="Not this one")
    time.pass_ms(1000)
    decided(host, "approve", proposal)
    assert "NM-9" in host.disks[UNIT].tables["vehicles"]

    take(host.replica, [delta(other)])

    assert host.disks[UNIT].tables["vehicles"] == projection.whole(host.replica.state)["vehicles"]
    assert host.disks[UNIT].tables["vehicles"].keys() == {"NM-1"}


def test_of_two_changes_the_one_approved_later_counts_whichever_arrives_first() -> None:
    time = SimulatedTime()
    first, second = a_unit(time=time), a_unit(2, time=time)
    take(second.replica, steps(first))
    decided(first, "approve", proposed(first, "7"))
    time.pass_ms(1000)
    decided(second, "approve", proposed(second, "8", "change/2-00001"), "change/2-00001")
    readers = [a_reader(), a_reader()]

    take(readers[0], [*steps(first), *steps(second)])
    take(readers[1], [*steps(second), *steps(first), *steps(second)])

    assert [reader.state.register.fields[SEATS] for reader in readers] == ["8", "8"]
    assert readers[0].digest() == readers[1].digest()
