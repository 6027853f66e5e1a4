"""Who and what takes part in the demonstration: read from files beside this one, so that no name stands in the code."""

from __future__ import annotations

from pathlib import Path

import msgspec

FILE = Path(__file__).with_name("cast.toml")
PLACES = Path(__file__).with_name("places.geojson")
"""The places of the unit's register, as a map exchanges them."""


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Someone with a key of their own."""

    id: str
    name: str
    role: str


class Vehicle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A vehicle with its terminal's phone number."""

    plate: str
    cls: str
    seats: int
    terminal: str
    usual_driver: str
    home: str


class Stranger(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A vehicle whose terminal is not on the register."""

    plate: str
    terminal: str


class Trip(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An application and what becomes of it; the planned start is so many minutes from now."""

    story: str
    rider: str
    department: str
    phone: str
    category: str
    reason: str
    origin: str
    destination: str
    passengers: int
    urgency: int
    cls: str
    remark: str
    starts_in_minutes: int
    hours: int

    def form(self, now_ms: int) -> dict[str, object]:
        """The application as the API takes it."""
        start_ms = now_ms + self.starts_in_minutes * 60_000
        given = {name: getattr(self, name) for name in self.__struct_fields__ if name not in _PLAN}
        times = {"start_ms": start_ms, "end_ms": start_ms + self.hours * 3_600_000}
        return given | times | {"class": self.cls}


_PLAN = frozenset({"story", "starts_in_minutes", "hours", "cls"})


class Cast(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole cast."""

    pin: str
    unit: str
    unit_name: str
    region_name: str
    account: str
    passphrase: str
    opinion: str
    send_back_reason: str
    cancel_reason: str
    people: tuple[Person, ...]
    vehicles: tuple[Vehicle, ...]
    stranger: Stranger
    trips: tuple[Trip, ...]

    def trip(self, story: str) -> Trip:
        """The trip with this story."""
        return next(trip for trip in self.trips if trip.story == story)

    def person(self, role: str) -> Person:
        """The first person of a role."""
        return next(person for person in self.people if person.role == role)


def load() -> Cast:
    """The cast of the file beside this module."""
    return msgspec.toml.decode(FILE.read_bytes(), type=Cast)
