"""What operations bring into a state, each in its place: certificates, authorities, grants, rulings, facts."""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar

from fleet.ledger.authority import Authority
from fleet.ledger.certificate import Certificate
from fleet.ledger.operation import Author, Head, Named, read
from fleet.rules.facts import Fact

Place = tuple[int, Author, int]
"""Where an operation stands in causal order: (hlc, author, seq)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something an operation brought."""

    place: Place

    @property
    def author(self) -> Author:
        """Whose log it stands in."""
        return self.place[1]

    @property
    def seq(self) -> int:
        """At which number of that log."""
        return self.place[2]


@dataclass(frozen=True, slots=True)
class Enrolled(Entry):
    """A person's certificate."""

    certificate: Certificate


@dataclass(frozen=True, slots=True)
class Installed(Entry):
    """A unit's authority, and the message of the root that proves it."""

    authority: Authority
    message: bytes


@dataclass(frozen=True, slots=True)
class Voiced(Entry):
    """A person's act on a grant, as its bytes."""

    data: bytes

    @property
    def named(self) -> Named:
        """The act, read."""
        return read(self.data)


@dataclass(frozen=True, slots=True)
class Custody(Entry):
    """Who the custodians of sealed fields are, as the root named them (see `escrow`)."""

    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ruling(Entry):
    """Something a unit's authority, or the root alone, has put into force about what was certified before.

    `grant` is its name and `agreed` who agreed to it, first who proposed it; both empty for the root. `horizon` is what
    their log had seen: what lies beyond it was done without knowing of the ruling, and is somebody's to look at.
    """

    content: Mapping[str, Any]
    grant: str
    agreed: tuple[str, ...]
    horizon: Mapping[Author, int]


class Paper(NamedTuple):
    """What was said of one grant, each in causal order."""

    proposed: tuple[Voiced, ...] = ()
    approved: tuple[Voiced, ...] = ()
    rejected: tuple[Voiced, ...] = ()


class Spoken(NamedTuple):
    """A person's key, by `person_key` and public part, in the log of an author."""

    person: str
    public: bytes
    author: Author


class Aside(NamedTuple):
    """An operation that does not stand (see `forks`), and at which number its branch leaves what does."""

    head: Head
    parts_at: int


class Parting(NamedTuple):
    """A number at which somebody's log was continued twice."""

    author: Author
    seq: int


class Ruled(NamedTuple):
    """Which operation central says stands at a parting, by hash, and where in causal order it said so."""

    place: Place
    stands: bytes


class Placed(NamedTuple):
    """A fact about an order or a case, with its place in causal order; `told_by` is the case a fact about an order came
    from, by target, if nobody signed it on the order itself. `receipt` is up to which number of its log its author had
    central's receipt by then (0 for none)."""

    place: Place
    fact: Fact
    told_by: str = ""
    receipt: int = 0


class Enacted(NamedTuple):
    """What a case, by target, makes the register say, and where in causal order; of several the last counts."""

    place: Place
    case: str
    text: str


class Sighting(NamedTuple):
    """The last position a node has stated of a vehicle: the particulars of a `vehicle.seen` operation."""

    place: Place
    particulars: Mapping[str, Any]


class Stretch(NamedTuple):
    """A segment of a track as the node that made it names it: of which day (its beginning, UTC ms), from when to when,
    how many positions, of which terminal; the blobs that hold all of it, and its thinned line (b"" if it has none).
    `cards` are whose driver's card was put into that terminal on the day, and when ("" where one was taken out); the
    first stands at the day's beginning if one was in it then."""

    day_ms: int
    from_ms: int
    to_ms: int
    positions: int
    terminal: str
    full: bytes
    thin: bytes
    cards: tuple[tuple[int, str], ...] = ()


class HasPlace(Protocol):
    """Whatever stands somewhere in causal order."""

    @property
    def place(self) -> Place:
        """Where."""


E = TypeVar("E", bound=HasPlace)


def in_order(known: tuple[E, ...], entry: E) -> tuple[E, ...]:
    """The entries with one more, in causal order."""
    if not known or known[-1].place < entry.place:
        return (*known, entry)
    entries = [*known]
    insort(entries, entry, key=lambda one: one.place)
    return tuple(entries)
