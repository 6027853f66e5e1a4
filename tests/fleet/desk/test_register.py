"""The register as the desk keeps it: who may change it, and what an entry that is not whole does."""

from __future__ import annotations

from fleet.desk.register import drivers, name_of, register, roles_of, vehicle, vehicles
from fleet.errors import BadInput, NotAllowed, NotFound
from fleet.ledger import kinds
from fleet.ledger.replica import Statement
from tests.fleet.desk.asking import CAR, approved, refused
from tests.fleet.units import UNIT, a_host, an_edit, delta, signer, write
from tests.simulation.host import Host


def test_only_an_admin_keeps_the_register(node: Host) -> None:
    refused(node, NotAllowed, "no_role", lambda: register(node.replica, signer("dispatcher-1"), CAR))
    refused(
        node, BadInput, "field_out_of_range", lambda: register(node.replica, signer("admin-1"), CAR | {"seats": 61})
    )
    refused(node, BadInput, "field_missing", lambda: register(node.replica, signer("admin-1"), CAR | {"plate": " "}))


def test_a_register_entry_can_be_changed_and_the_same_entry_again_writes_nothing(node: Host) -> None:
    register(node.replica, signer("admin-1"), CAR | {"seats": 7})
    made = node.replica.made

    register(node.replica, signer("admin-1"), CAR | {"seats": 7})

    assert node.replica.made == made
    assert (vehicle(node.replica.state, "NM-1").seats, vehicle(node.replica.state, "NM-1").terminal) == (
        7,
        "13800000001",
    )
    refused(node, NotFound, "no_vehicle", lambda: vehicle(node.replica.state, "NM-9"))


def test_an_entry_that_is_not_whole_stands_in_nobodys_way(node: Host) -> None:
    half = {"vehicle/NM-7/home": "Lake", "vehicle/NM-8/cls": "study", "odd/key/here": "x", "odd": "x", "a/b/c/d": "x"}
    half |= {"vehicle/NM-9/cls": "study", "vehicle/NM-9/seats": "many"}
    write(node, an_edit(node, kinds.REGISTRY + UNIT, "admin-1", **half))

    assert [entry.plate for entry in vehicles(node.replica.state)] == ["NM-1"]
    assert node.desk.offers(approved(node))[0][0].vehicle.plate == "NM-1"


def test_the_register_is_the_units_although_central_writes_in_the_same_ledger(node: Host) -> None:
    central = a_host(0)
    write(central, Statement(kinds.NODE_ENROL, "node/0", central.certificate))

    central.replica.receive(delta(node))

    assert [entry.plate for entry in vehicles(central.replica.state)] == ["NM-1"]


def test_drivers_and_roles_are_what_the_certificates_say(node: Host) -> None:
    assert [(driver.id, driver.name) for driver in drivers(node.replica.state)] == [("driver-1", "Driver-1")]
    assert roles_of(node.replica.state, "admin-1") == {"admin"}
    assert name_of(node.replica.state, "nobody") == "nobody"
