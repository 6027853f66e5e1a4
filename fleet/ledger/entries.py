"""What operations bring into a state, each with its place: certificates, authorities, voices on grants, rulings."""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from fleet.ledger.authority import Authority
from fleet.ledger.certificate import Certificate
from fleet.ledger.operation import Author, Head, Named, read

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


E = TypeVar("E", bound=Entry)


def in_order(known: tuple[E, ...], entry: E) -> tuple[E, ...]:
    """The entries with one more, in causal order."""
    entries = [*known]
    insort(entries, entry, key=lambda one: one.place)
    return tuple(entries)
