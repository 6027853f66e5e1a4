"""The state of one unit: a fold of its signed operations in causal order. Equal operation sets give equal states.

A state is never changed in place while operations are judged: `stage` gives a view that reads through to it and keeps
what is new to itself; `accept` takes the view over once its operations are committed. Everything held is immutable, so
dropping a view is a complete undo. How facts about orders and cases are folded is told in `acts`.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fleet.ledger import kinds
from fleet.ledger.archive import Archive, Kept, Parts, Shelf, Staged
from fleet.ledger.certificate import CENTRAL, CENTRAL_UNIT, Certificate
from fleet.ledger.documents import EMPTY, Document
from fleet.ledger.entries import (
    Aside,
    Custody,
    Enacted,
    Enrolled,
    Installed,
    Paper,
    Parting,
    Place,
    Placed,
    Ruled,
    Ruling,
    Sighting,
    Spoken,
    Stretch,
    Voiced,
    in_order,
)  # fmt: skip
from fleet.ledger.operation import Author, Head, Named, Operation
from fleet.ledger.register import Register
from fleet.rules.case import Case
from fleet.rules.cases import CASES
from fleet.rules.facts import RECENT_MS
from fleet.rules.order import ENDED, Order
from fleet.rules.settings import NO_CHANGES, Changed
from fleet.tracks.days import days, month_of

V = TypeVar("V")

BY_TARGET: dict[str, Kept] = {
    "orders": Kept(kinds.ORDERS),
    "acts": Kept(kinds.ORDERS),
    "cases": Kept("", but=kinds.ORDERS),
    "case_acts": Kept("", but=kinds.ORDERS),
    "documents": Kept("", always=False),
}
"""The maps that hold dossiers: of these, what has ended may rest on disk. The others are small."""


@dataclass(slots=True)
class State:
    """What is true of a unit, by name. `horizons` tells, per author, what that author had seen at its head; `cases` and
    `case_acts` go by target, `setting_acts` are those of `case_acts` that change settings, and `in_force` holds under
    "" what all of them come to; `enacted` is what cases make the register say, by its keys. `spoke` is, per key of a
    person and log, the last act with effect; `struck` what a revoked node said too late, by target. Who may do what
    follows from `people`, `authorities`, `papers` and `rulings`: see `rights`. `blobs` are
    the names of blobs that operations with effect name, with what they are of; `tracks` are the stretches of tracks
    that nodes have named, by PLATE/YYYY-MM; `custodians` whom the root named to open sealed fields for supervision, all
    under one key, the last in force.

    Of logs that were continued twice (see `forks`): `aside` are the operations that do not stand, by hash, `ruled` what
    central has said of partings."""

    heads: MutableMapping[Author, Head] = field(default_factory=dict)
    horizons: MutableMapping[Author, Mapping[Author, int]] = field(default_factory=dict)
    nodes: MutableMapping[Author, Certificate] = field(default_factory=dict)
    people: MutableMapping[str, tuple[Enrolled, ...]] = field(default_factory=dict)
    orders: MutableMapping[str, Order] = field(default_factory=dict)
    acts: MutableMapping[str, tuple[Placed, ...]] = field(default_factory=dict)
    cases: MutableMapping[str, Case] = field(default_factory=dict)
    case_acts: MutableMapping[str, tuple[Placed, ...]] = field(default_factory=dict)
    enacted: MutableMapping[str, tuple[Enacted, ...]] = field(default_factory=dict)
    setting_acts: MutableMapping[str, tuple[Placed, ...]] = field(default_factory=dict)
    in_force: MutableMapping[str, Changed] = field(default_factory=dict)
    documents: MutableMapping[str, Document] = field(default_factory=dict)
    seen: MutableMapping[str, Sighting] = field(default_factory=dict)
    authorities: MutableMapping[str, tuple[Installed, ...]] = field(default_factory=dict)
    papers: MutableMapping[str, Paper] = field(default_factory=dict)
    rulings: MutableMapping[str, tuple[Ruling, ...]] = field(default_factory=dict)
    spoke: MutableMapping[Spoken, int] = field(default_factory=dict)
    struck: MutableMapping[str, tuple[Placed, ...]] = field(default_factory=dict)
    blobs: MutableMapping[bytes, str] = field(default_factory=dict)
    tracks: MutableMapping[str, tuple[Stretch, ...]] = field(default_factory=dict)
    aside: MutableMapping[bytes, Aside] = field(default_factory=dict)
    ruled: MutableMapping[Parting, Ruled] = field(default_factory=dict)
    custodians: MutableMapping[str, tuple[Custody, ...]] = field(default_factory=dict)
    archive: Archive = field(default_factory=Archive)
    _register: Register = field(default_factory=lambda: Register({}, {}), init=False, repr=False, compare=False)

    @classmethod
    def over(cls, archive: Archive) -> State:
        """An empty state of which `archive` holds what has ended."""
        shelves: dict[str, Any] = {name: Shelf(name, kept, archive) for name, kept in BY_TARGET.items()}
        return cls(archive=archive, **shelves)

    def stage(self) -> State:
        """A view to judge operations on; this state stays as it is."""
        staged = State(archive=self.archive, **{name: Staged({}, getattr(self, name)) for name in MAPS})
        staged._register = self._register
        return staged

    def changes(self, name: str) -> Mapping[Any, Any]:
        """What a staged view has new in one of its maps."""
        view = getattr(self, name)
        return view.maps[0] if isinstance(view, Staged) else view

    def accept(self, staged: State) -> None:
        """Take over what `staged`, a view of this state, has new."""
        for name in MAPS:
            getattr(self, name).update(staged.changes(name))

    def become(self, other: State) -> None:
        """Be what `other` is, a state folded anew of the same log; what rests is read from where it was read before."""
        for name in MAPS:
            mine, theirs = getattr(self, name), getattr(other, name)
            held = mine.hot if isinstance(mine, Shelf) else mine
            held.clear()
            held.update(theirs.hot if isinstance(theirs, Shelf) else theirs)
        self.archive.become(other.archive)

    def knew(self, operation: Operation, author: Author, seq: int) -> bool:
        """Whether operation `seq` of `author` is in the causal past of `operation`, whose own deps are taken in."""
        if author == operation.author:
            return seq < operation.seq
        listed = max((self.counted(dep) for dep in operation.deps if dep.author == author), default=0)
        return seq <= max(listed, self.horizons.get(operation.author, {}).get(author, 0))

    def counted(self, dep: Head) -> int:
        """Up to which number of what stands somebody has seen a log who names `dep` of it, which is held here."""
        aside = self.aside.get(dep.hash)
        return aside.parts_at - 1 if aside else dep.seq

    def step_aside(self, named: Named) -> None:
        """Keep that an operation is held and does not stand."""
        before = self.aside.get(named.operation.prev)
        self.aside[named.hash] = Aside(named.head, before.parts_at if before else named.operation.seq)

    def step_ruled(self, named: Named, stands: Head) -> None:
        """Write down which operation central says stands; its first word on a parting is its last."""
        parting, ruled = Parting(stands.author, stands.seq), Ruled(named.order, stands.hash)
        self.ruled[parting] = min(ruled, self.ruled.get(parting, ruled))

    def step_chain(self, named: Named) -> None:
        """Move the author's head and horizon: done for every operation held, with effect or without."""
        author = named.operation.author
        self.heads[author] = named.head
        self.horizons[author] = self.horizon(named.operation)

    def horizon(self, operation: Operation) -> Mapping[Author, int]:
        """What the author of `operation`, the next in its log, had seen of others when it was made."""
        horizon = dict(self.horizons.get(operation.author, {}))
        horizon.update({dep.author: max(self.counted(dep), horizon.get(dep.author, 0)) for dep in operation.deps})
        return horizon

    @property
    def settings(self) -> Changed:
        """The settings as changed by all that is held here: what an act signed now is judged by."""
        return self.in_force.get("", NO_CHANGES)

    def step_person(self, named: Named, certificate: Certificate) -> None:
        """Write a person's certificate beside the ones before it."""
        key = person_key(certificate.unit == CENTRAL_UNIT, certificate.subject)
        self.people[key] = in_order(self.people.get(key, ()), Enrolled(named.order, certificate))

    def step_authority(self, name: str, installed: Installed) -> None:
        """Write a unit's authority beside where it stands already."""
        self.authorities[name] = in_order(self.authorities.get(name, ()), installed)

    def step_voice(self, named: Named) -> None:
        """Write down what somebody said of a grant."""
        target, paper = named.operation.target, self.papers.get(named.operation.target, Paper())
        part = {kinds.GRANT_PROPOSE: "proposed", kinds.GRANT_APPROVE: "approved"}.get(named.operation.kind, "rejected")
        voices = in_order(getattr(paper, part), Voiced(named.order, named.data))
        self.papers[target] = paper._replace(**{part: voices})

    def step_custody(self, key: str, custody: Custody) -> None:
        """Write down whom the root named."""
        self.custodians[key] = in_order(self.custodians.get(key, ()), custody)

    def step_spoke(self, named: Named, public: bytes) -> None:
        """Note up to where a person's key has signed what had effect in a log."""
        author, person = named.operation.author, named.operation.person or ""
        self.spoke[Spoken(person_key(author.node == CENTRAL, person), public, author)] = named.operation.seq

    def step_seen(self, named: Named, particulars: Mapping[str, Any]) -> None:
        """Keep the latest sighting of a vehicle, by the time its terminal gave."""
        plate = named.operation.target.removeprefix("vehicle/")
        last = self.seen.get(plate)
        if last is None or _seen_key(particulars, named.order) > _seen_key(last.particulars, last.place):
            self.seen[plate] = Sighting(named.order, particulars)

    def step_blobs(self, operation: Operation) -> None:
        """Keep which blobs an operation names: those are carried, and no others."""
        for name, about in kinds.blobs_of(operation).items():
            self.blobs[name] = min(about, self.blobs.get(name, about))  # in whatever order

    def step_track(self, named: Named, stretch: Stretch) -> None:
        """Write a stretch of a track beside those of its vehicle and month, once."""
        plate = named.operation.target.removeprefix(kinds.TRACKS)
        key = f"{plate}/{month_of(stretch.day_ms)}"
        self.tracks[key] = tuple(sorted({*self.tracks.get(key, ()), stretch}))

    def stretches(self, plate: str, from_ms: int, to_ms: int) -> list[Stretch]:
        """The stretches of a vehicle's track that nodes have named, of the days that a span touches."""
        span = days(from_ms, to_ms)
        months = dict.fromkeys(month_of(day) for day in span)
        held = (stretch for month in months for stretch in self.tracks.get(f"{plate}/{month}", ()))
        return [stretch for stretch in held if span and span[0] <= stretch.day_ms <= span[-1]]

    @property
    def register(self) -> Register:
        """The unit's register as it stands: the document named for the unit of its nodes, changed by cases."""
        unit = next((node.unit for author, node in self.nodes.items() if author.node != CENTRAL), "")
        document = self.document(kinds.REGISTRY + unit).fields
        enacted = self.enacted.whole() if isinstance(self.enacted, Staged) else self.enacted
        if not self._register.is_of(document, enacted):
            self._register = Register(document, enacted)
        return self._register

    def document(self, name: str) -> Document:
        """The document of a name; an empty one if nobody has edited it yet."""
        return self.documents.get(name, EMPTY)

    def put_away(self, target: str) -> None:
        """What is known of a target rests in the archive from now on."""
        self.archive.put(target)
        for name, kept in BY_TARGET.items():
            shelf = getattr(self, name)
            if isinstance(shelf, Shelf) and target.startswith(kept.prefix):
                shelf.hot.pop(target.removeprefix(kept.prefix), None)

    def wake(self, target: str, parts: Parts) -> None:
        """What is known of a target lies in memory from now on, all of it."""
        for name, value in parts.items():
            getattr(self, name)[target.removeprefix(BY_TARGET[name].prefix)] = value
        self.archive.take(target)

    def open_orders(self) -> list[Order]:
        """The orders that have not ended; nothing that rests is opened."""
        return [order for order in _hot(self.orders) if order.state not in ENDED]

    def may_rest(self, now_ms: int) -> list[str]:
        """The targets of what lies in memory and ended so long ago that it may rest on disk."""
        orders = [kinds.ORDERS + order.id for order in _hot(self.orders) if order_rests(order, now_ms)]
        cases = [CASES[case.kind].prefix + case.id for case in _hot(self.cases) if case_rests(case, now_ms)]
        return orders + cases

    def recent_orders(self, now_ms: int) -> list[Order]:
        """The orders that have not ended, and those that did lately (`RECENT_MS`); nothing that rests is opened."""
        return [order for order in _hot(self.orders) if not order_rests(order, now_ms)]

    def recent_cases(self, now_ms: int) -> list[Case]:
        """The cases that have not ended, those that did lately, and all of kinds that never rest."""
        return [case for case in _hot(self.cases) if not case_rests(case, now_ms)]


MAPS = tuple(name for name in State.__slots__ if name not in {"archive", "_register"})
"""The names of a state's maps."""


def order_rests(order: Order, now_ms: int) -> bool:
    """Whether an order has ended so long ago that it may rest on disk."""
    return order.state in ENDED and order.since_ms < now_ms - RECENT_MS


def case_rests(case: Case, now_ms: int) -> bool:
    """Whether a case has ended so long ago that it may rest on disk, if its kind ever does."""
    kind = CASES[case.kind]
    return kind.rests and case.state in kind.ended and case.since_ms < now_ms - RECENT_MS


def _hot(held: MutableMapping[str, V]) -> list[V]:
    return list((held.hot if isinstance(held, Shelf) else held).values())


def node_subject(author: Author) -> str:
    """Where what was ruled of a node is kept."""
    return f"node/{author.node}.{author.incarnation}"


def person_key(central: bool, subject: str) -> str:
    """Where someone's certificates are kept: central and a unit may give the same staff number to different people."""
    return f"{CENTRAL_UNIT}/{subject}" if central else subject


def _seen_key(particulars: Mapping[str, Any], place: Place) -> tuple[int, Place]:
    return particulars["time_ms"], place
