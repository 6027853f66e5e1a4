"""The state of one unit: a fold of its signed operations in causal order. Equal operation sets give equal states.

A state is never changed in place while operations are judged: `stage` gives a view that reads through to it and keeps
what is new to itself; `accept` takes the view over once its operations are committed. Everything held is immutable, so
dropping a view is a complete undo.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from fleet.ledger import kinds
from fleet.ledger.archive import Archive, Kept, Parts, Shelf, Staged
from fleet.ledger.canonical import Value
from fleet.ledger.certificate import CENTRAL, CENTRAL_UNIT, Certificate
from fleet.ledger.documents import EMPTY, Document
from fleet.ledger.entries import (
    Aside,
    Custody,
    Enrolled,
    Installed,
    Paper,
    Parting,
    Place,
    Ruled,
    Ruling,
    Spoken,
    Voiced,
    in_order,
)  # fmt: skip
from fleet.ledger.hlc import wall_ms
from fleet.ledger.operation import Author, Head, Named, Operation
from fleet.rules import case as case_rule
from fleet.rules import four_eyes, setting
from fleet.rules.case import Case
from fleet.rules.cases import CASES
from fleet.rules.facts import RECENT_MS, Fact
from fleet.rules.order import ENDED, Order, advance, fold
from fleet.rules.settings import NO_CHANGES, Changed
from fleet.tracks.days import days, month_of

V = TypeVar("V")


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

    @classmethod
    def over(cls, archive: Archive) -> State:
        """An empty state of which `archive` holds what has ended."""
        shelves: dict[str, Any] = {name: Shelf(name, kept, archive) for name, kept in BY_TARGET.items()}
        return cls(archive=archive, **shelves)

    def stage(self) -> State:
        """A view to judge operations on; this state stays as it is."""
        return State(archive=self.archive, **{name: Staged({}, getattr(self, name)) for name in MAPS})

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

    def step_act(self, named: Named) -> None:
        """Fold a fact about an order; one that arrives late is put in its place and the order folded anew."""
        target, placed = named.operation.target, self._placed(named)
        order_id = target.removeprefix(kinds.ORDERS)
        if self._strikes(target, placed):
            self.orders.setdefault(order_id, Order(id=order_id))
            return
        acts = _insorted(self.acts.get(order_id, ()), placed)
        self.acts[order_id] = acts
        if acts[-1] is placed:
            self.orders[order_id] = advance(self.orders.get(order_id) or Order(id=order_id), placed.fact)
        else:
            self.orders[order_id] = fold(order_id, (each.fact for each in acts))

    def step_case(self, named: Named) -> None:
        """Fold a fact about a case as one about an order, and let the case say what it has to say to orders."""
        target, placed = named.operation.target, self._placed(named)
        kind = CASES[kinds.KINDS[named.operation.kind].case]
        before = self.cases.get(target) or Case(id=target.removeprefix(kind.prefix), kind=kind.name)
        if self._strikes(target, placed):
            self.cases[target] = before
            return
        acts = _insorted(self.case_acts.get(target, ()), placed)
        if acts[-1] is placed:
            after = case_rule.advance(kind, before, placed.fact)
        else:
            after = case_rule.fold(kind, before.id, (each.fact for each in acts))
        self._put_case(target, before, after, acts)

    def _put_case(self, target: str, before: Case, after: Case, acts: tuple[Placed, ...]) -> None:
        kind = CASES[after.kind]
        self.case_acts[target], self.cases[target] = acts, after
        if kind is setting.KIND:
            self.setting_acts[target] = acts
            self.in_force[""] = _changed(self.setting_acts)
        if kind.enacts:
            self._enact(target, kind.enacts(before), kind.enacts(after), {act.fact.record: act.place for act in acts})
        said, says = case_rule.told(kind, before), case_rule.told(kind, after)
        if said != says:
            signed = {each.fact.record: each for each in acts}
            for order_id in sorted({told.order for told in (*said, *says)}):
                self._tell(
                    order_id,
                    target,
                    [
                        signed[told.fact.record]._replace(fact=told.fact, told_by=target)
                        for told in says
                        if told.order == order_id
                    ],
                )

    def _strikes(self, target: str, placed: Placed) -> bool:
        """Whether a revoked node said this after the number given: then it is kept apart and changes nothing."""
        if not self.rulings or not self._too_late(placed):
            return False
        self.struck[target] = _insorted(self.struck.get(target, ()), placed)
        return True

    def _too_late(self, placed: Placed) -> bool:
        _, author, seq = placed.place
        return any(seq > ruling.content["after_seq"] for ruling in self.rulings.get(node_subject(author), ()))

    def _strike_out(self) -> None:
        """Keep apart what was held already when its node was revoked, and fold anew what it was about."""
        for target in [*self.case_acts]:
            acts = self.case_acts[target]
            if late := [each for each in acts if self._strikes(target, each)]:
                kept, before = tuple(each for each in acts if each not in late), self.cases[target]
                after = case_rule.fold(CASES[before.kind], before.id, (each.fact for each in kept))
                self._put_case(target, before, after, kept)
        for order_id in [*self.acts]:
            acts = self.acts[order_id]
            own = [each for each in acts if not each.told_by]
            if late := [each for each in own if self._strikes(kinds.ORDERS + order_id, each)]:
                self.acts[order_id] = kept = tuple(each for each in acts if each not in late)
                self.orders[order_id] = fold(order_id, (each.fact for each in kept))

    def _enact(self, target: str, was: Mapping[str, str], now: Mapping[str, str], places: Mapping[str, Place]) -> None:
        """Put what a case makes the register say in the place of what it made it say before."""
        for key in was.keys() | now.keys():
            others = [each for each in self.enacted.get(key, ()) if each.case != target]
            if key in now:
                others.append(Enacted(places[self.cases[target].facts[-1].record], target, now[key]))
            self.enacted[key] = tuple(sorted(others))

    def _tell(self, order_id: str, target: str, told: list[Placed]) -> None:
        """Put what a case says to an order in the place of what it said before."""
        acts = self.acts.get(order_id, ())
        own = tuple(each for each in acts if each.told_by != target)
        for placed in told:
            own = _insorted(own, placed)
        self.acts[order_id] = own
        self.orders[order_id] = fold(order_id, (each.fact for each in own))

    def settings_known(self, operation: Operation) -> Changed:
        """The settings changed in the causal past of an operation: the same on every replica, whatever it holds. What a
        revoked node said too late counts for those who did not know of the ruling."""
        if not self.setting_acts and not self.struck:
            return self.settings
        prefix = setting.KIND.prefix
        late = {target: acts for target, acts in self.struck.items() if target.startswith(prefix)}
        if not self.setting_acts and not late:
            return self.settings
        known = {
            target: tuple(act for act in acts if self.knew(operation, act.place[1], act.place[2]))
            for target, acts in self.setting_acts.items()
        }
        still = {target: [act for act in acts if self._thought_good(operation, act)] for target, acts in late.items()}
        if not any(still.values()) and all(len(acts) == len(self.setting_acts[each]) for each, acts in known.items()):
            return self.settings
        for target, acts in still.items():
            known[target] = tuple(sorted([*known.get(target, ()), *acts], key=lambda act: act.place))
        return _changed(known)

    def _thought_good(self, operation: Operation, act: Placed) -> bool:
        """Whether an operation's author knew an act that was struck, and no ruling that strikes it."""
        _, author, seq = act.place
        rulings = self.rulings.get(node_subject(author), ())
        return self.knew(operation, author, seq) and not any(
            seq > ruling.content["after_seq"] and self.knew(operation, ruling.author, ruling.seq) for ruling in rulings
        )

    @property
    def settings(self) -> Changed:
        """The settings as changed by all that is held here: what an act signed now is judged by."""
        return self.in_force.get("", NO_CHANGES)

    def settings_at(self, at_ms: int) -> Changed:
        """The settings as they had been changed by a moment (UTC ms)."""
        known = {
            target: tuple(act for act in acts if act.fact.at_ms <= at_ms) for target, acts in self.setting_acts.items()
        }
        return _changed({target: acts for target, acts in known.items() if acts})

    def settings_moments(self) -> list[int]:
        """When settings were proposed, changed or left as they were (UTC ms)."""
        return sorted({act.fact.at_ms for acts in self.setting_acts.values() for act in acts})

    def _placed(self, named: Named) -> Placed:
        operation = named.operation
        fact = Fact(
            act=kinds.KINDS[operation.kind].act,
            by=operation.person or "",
            at_ms=wall_ms(operation.hlc),
            record=named.hash.hex(),
            detail=_particulars(operation.body),
            settings=self.settings_known(operation),
        )
        return Placed(named.order, fact, receipt=operation.receipt)

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

    def step_ruling(self, subject: str, ruling: Ruling) -> None:
        """Write down what was ruled."""
        self.rulings[subject] = in_order(self.rulings.get(subject, ()), ruling)
        if ruling.content["what"] == "revoke_node":
            self._strike_out()

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


MAPS = tuple(name for name in State.__slots__ if name != "archive")
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


def _changed(cases: Mapping[str, tuple[Placed, ...]]) -> Changed:
    """The settings that cases have changed, given their acts; of two changes the one approved later counts."""
    approved: list[tuple[Place, Case]] = []
    for target, acts in cases.items():
        kind = setting.KIND
        case = case_rule.fold(kind, target.removeprefix(kind.prefix), (act.fact for act in acts))
        if case.state == four_eyes.State.APPROVED:
            place = next(act.place for act in acts if act.fact.record == case.facts[-1].record)
            approved.append((place, case))
    return setting.chosen(case for _, case in sorted(approved, key=lambda each: each[0]))


def _insorted(acts: tuple[Placed, ...], placed: Placed) -> tuple[Placed, ...]:
    if not acts or acts[-1].place < placed.place:
        return (*acts, placed)
    found = [*acts]
    insort(found, placed, key=lambda each: each.place)
    return tuple(found)


def _particulars(body: Value) -> Mapping[str, Value]:
    """What an act says; the form a submission carries is the document's business."""
    return {name: value for name, value in body.items() if name != kinds.FORM} if isinstance(body, dict) else {}


def _seen_key(particulars: Mapping[str, Any], place: Place) -> tuple[int, Place]:
    return particulars["time_ms"], place
