"""The unit's register as the desk reads and writes it: vehicles (Art. 2, 6, 15) and people (Art. 6 (3))."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

from fleet.errors import BadInput, NotAllowed, NotFound, RuleBroken
from fleet.ledger import kinds, projection, rights
from fleet.ledger.certificate import CENTRAL_UNIT
from fleet.ledger.operation import Named
from fleet.ledger.replica import Signer, Statement
from fleet.ledger.state import State
from fleet.rules import calendar as calendar_rule
from fleet.rules import vehicle as vehicles_rule
from fleet.rules.calendar import Year
from fleet.rules.driver import Driver
from fleet.rules.places import Places
from fleet.rules.roles import REGISTRAR, Role
from fleet.rules.vehicle import Vehicle


class Ledger(Protocol):
    """What the desk needs of a replica."""

    @property
    def unit(self) -> str:
        """The unit's code."""

    @property
    def state(self) -> State:
        """What is true now."""

    def write(self, statements: list[Statement]) -> list[Named]:
        """Put statements on record, all or none."""

    def edit(self, target: str, fields: dict[str, str], signer: Signer) -> Statement | None:
        """The statement that sets fields of a document; None if they are so already."""

    def update(self, target: str, fields: dict[str, str]) -> bytes:
        """The update that sets fields of a document; b"" if they are so already."""


def vehicles(state: State) -> list[Vehicle]:
    """Every vehicle on the register, by plate; an entry that is not whole is left out."""
    known = state.register.entries("vehicle")
    return [entry for plate in sorted(known) if (entry := vehicles_rule.card(plate, known[plate]))]


def vehicle(state: State, plate: str) -> Vehicle:
    """One vehicle of the register; NotFound if it is not there."""
    entry = _entry(state, plate)
    if entry is None:
        raise NotFound("no_vehicle", plate=plate)
    return entry


def _entry(state: State, plate: str) -> Vehicle | None:
    return vehicles_rule.card(plate, projection.vehicle_fields(state, plate))


def drivers(state: State) -> list[Driver]:
    """Everyone certified to drive, by staff number, with what the register says of them."""
    cards = state.register.entries("person")
    return [
        _driver(person, name_of(state, person), cards.get(person, {}))
        for person in holders(state, Role.DRIVER)
        if not person.startswith(f"{CENTRAL_UNIT}/")
    ]


def _driver(person: str, name: str, fields: Mapping[str, str]) -> Driver:
    texts = {field: fields.get(field, "") for field in ("licence", "licence_until", "shift", "days_off")}
    return Driver(person, name, cleared=fields.get("cleared") == "yes", **texts)


def places(state: State) -> Places:
    """Every place on the register, by name; an entry without coordinates is left out."""
    return state.register.places


def years(state: State) -> dict[int, Year]:
    """The years whose days are known: those that come with the program, and before them the unit's own."""
    known = dict(calendar_rule.SHIPPED)
    for name, told in state.register.entries("calendar").items():
        if name.isdecimal():
            with suppress(BadInput):  # edits of several nodes may leave a year that cannot be read: it is not known
                known[int(name)] = calendar_rule.read(
                    int(name), told.get("off", ""), told.get("workdays", ""), told.get("source", "")
                )
    return known


def roles_of(state: State, person: str) -> frozenset[str]:
    """The roles someone holds now; NotFound if nobody enrolled them."""
    if person not in state.people:
        raise NotFound("no_person", person=person)
    return rights.roles_now(state, person)


def holders(state: State, role: Role) -> list[str]:
    """Who holds a role now, by staff number."""
    return [person for person in sorted(state.people) if role in rights.roles_now(state, person)]


def has_unit_head(state: State) -> bool:
    """Whether anyone of the unit is its head: then the register is changed by two people."""
    return rights.anyone_is(state, rights.now, Role.UNIT_HEAD)


def name_of(state: State, person: str) -> str:
    """The name on the person's certificate, or the bare number of someone unknown here."""
    return rights.name_now(state, person) or person


def register(ledger: Ledger, signer: Signer, given: Mapping[str, object]) -> Vehicle:
    """Put a vehicle on the register, or change what it says of one: while the unit is set up, by one person.

    Raises:
        RuleBroken: `two_people_needed`: there is a unit head, who approves changes (Art. 14; the `change` case).
        NotAllowed: `no_role`; only an admin keeps the register (Art. 6 (1)).
        BadInput: a field is missing or not in its list.
    """
    if roles_of(ledger.state, signer.person).isdisjoint(REGISTRAR):
        raise NotAllowed("no_role", article="6", act="register", needed=Role.ADMIN)
    if has_unit_head(ledger.state):
        raise RuleBroken("two_people_needed", article="14")
    entry = vehicles_rule.read(given)
    entry = vehicles_rule.step(_entry(ledger.state, entry.plate), entry)
    known = projection.vehicle_fields(ledger.state, entry.plate)
    fields = {
        f"vehicle/{entry.plate}/{field}": text for field, text in entry.as_fields().items() if text or field in known
    }
    statement = ledger.edit(kinds.REGISTRY + ledger.unit, fields, signer)
    if statement:
        ledger.write([statement])
    return entry
