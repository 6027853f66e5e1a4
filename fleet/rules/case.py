"""Cases: every record of the regulation besides orders, one shape for all. A kind of case is a row of tables.

    acts     who may do what, with which particulars          moves    (state, act) -> state; nothing else happens
    effects  what an accepted act changes, and its guards     tells    what the case says to orders

The state of a case is the fold of the signed facts about it in causal order, exactly as an order's. What the tables do
not allow, or a guard refuses, stays beside the case with its code and article and changes nothing. An effect may rest
on the case, the fact and the settings the fact was made under, never on what else is true at the moment: every replica
must come to the same. Kinds are listed in `fleet.rules.cases`; each says which articles it keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from fleet.errors import RuleBroken
from fleet.rules import particulars
from fleet.rules.delegation import FOR
from fleet.rules.facts import Fact, Refused
from fleet.rules.form import SEALED
from fleet.rules.particulars import Table
from fleet.rules.roles import Role

NEW = ""
"""The state of a case nobody has opened yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case as its facts make it. `id` is its number within its kind; `data` holds what its rule keeps, in values that
    can be signed. `deadline_ms` is by when its next step is due (UTC), `order` and `plate` what it is about, if any."""

    id: str
    kind: str
    state: str = NEW
    since_ms: int = 0
    deadline_ms: int | None = None
    order: str = ""
    plate: str = ""
    data: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    refused: tuple[Refused, ...] = ()

    def put(self, **changes: object) -> Case:
        """The case with these in its data; None takes one out."""
        data = {name: value for name, value in {**self.data, **changes}.items() if value is not None}
        return replace(self, data=data)

    def text(self, name: str) -> str:
        """What its data holds under a name, as text; "" if it holds none."""
        value = self.data.get(name, "")
        return value if isinstance(value, str) else ""

    def whole(self, name: str) -> int | None:
        """What its data holds under a name, as a whole number."""
        value = self.data.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def last(self, act: str) -> Fact | None:
        """The latest accepted fact of an act."""
        return next((fact for fact in reversed(self.facts) if fact.act == act), None)


Effect = Callable[[Case, Fact], Case]


class Told(NamedTuple):
    """What a case says to an order: `fact` counts as one of the order's own, at the place of the case's fact that
    bears the same `record`."""

    order: str
    fact: Fact


@dataclass(frozen=True, slots=True)
class Deed:
    """An act on a kind of case. No roles: the node's own statement. `pin`: the PIN is asked for each time. `covers`
    names the particular that ties a decision to what was read; left out, it is taken from the case as it stands."""

    roles: frozenset[Role]
    takes: Table = field(default_factory=dict)
    pin: bool = False
    covers: str = ""

    @property
    def lendable(self) -> bool:
        """Whether an approver may let somebody else do it in his place (Art. 8)."""
        return self.roles == {Role.APPROVER}

    @property
    def signed(self) -> Table:
        """What a signed act of it may hold: what it takes, in whose place it was done, the seal of what it hides."""
        return {**self.takes, SEALED: particulars.seal()} | ({FOR: _IN_PLACE_OF} if self.lendable else {})


_IN_PLACE_OF = particulars.text(required=False, most=64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of case. `article` is the one its order of steps rests on; `sees` who may read every case of the kind
    (everyone may read the cases they have a part in); `merges` as MERGES of orders. `enacts` is what a case makes the
    unit's register say: texts by key, from its last accepted fact on. Of a kind that never `rests` every case is looked
    through at every choice, however long ago it ended."""

    name: str
    article: str
    acts: Mapping[str, Deed]
    moves: Mapping[tuple[str, str], str]
    ended: frozenset[str]
    sees: frozenset[Role]
    effects: Mapping[str, Effect] = field(default_factory=dict)
    merges: Mapping[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    tells: Callable[[Case], Iterable[Told]] | None = None
    enacts: Callable[[Case], Mapping[str, str]] | None = None
    rests: bool = True

    @property
    def prefix(self) -> str:
        """How targets of the kind begin."""
        return f"{self.name}/"

    @property
    def openings(self) -> tuple[str, ...]:
        """The acts that open a case, the usual one first."""
        return tuple(act for act in self.acts if (NEW, act) in self.moves)

    @property
    def states(self) -> frozenset[str]:
        """Every state a case of the kind can be in."""
        return frozenset({state for state, _ in self.moves} | {*self.moves.values()}) - {NEW}


def move(kind: Kind, case: Case, fact: Fact) -> Case:
    """Return the case after `fact`.

    Raises:
        RuleBroken: `case_move`, no line of `moves` for this state and act; `case_particular`, the act does not carry
            what its table asks for; or what a guard of the kind says.
    """
    return _taken(kind, case, fact, _target(kind, case, fact.act))


def require_move(kind: Kind, case: Case, act: str) -> None:
    """Refuse an act that does not exist in the state a case is in. Raises as `move`."""
    if (case.state, act) not in kind.merges:
        _target(kind, case, act)


def advance(kind: Kind, case: Case, fact: Fact) -> Case:
    """One step of `fold`: as `move`, but what two places did is settled by `merges` and a refusal goes on record."""
    merged = kind.merges.get((case.state, fact.act))
    try:
        if merged is None:
            return move(kind, case, fact)
        state, note = merged
        return replace(_taken(kind, case, fact, state), notes=(*case.notes, note))
    except RuleBroken as broken:
        return replace(case, refused=(*case.refused, Refused(fact, broken.code, broken.article)))


def fold(kind: Kind, case_id: str, facts: Iterable[Fact]) -> Case:
    """Replay facts, given in causal order, into the case they make. Never raises."""
    case = Case(id=case_id, kind=kind.name)
    for fact in facts:
        case = advance(kind, case, fact)
    return case


def told(kind: Kind, case: Case) -> tuple[Told, ...]:
    """What a case says to orders as it stands."""
    return tuple(kind.tells(case)) if kind.tells else ()


def may(kind: Kind, act: str, roles: frozenset[str]) -> bool:
    """Whether someone holding `roles` may do `act` at all."""
    return act in kind.acts and not kind.acts[act].roles.isdisjoint(roles)


ABOUT = "staff"
"""Under which a case names the person it is about, by staff number."""


def may_see(kind: Kind, case: Case, person: str, roles: frozenset[str]) -> bool:
    """Whether someone may know of a case: by role, or because they have a part in it, or it is about them (Art. 14)."""
    has_part = case.text(ABOUT) == person or any(fact.by == person for fact in case.facts)
    return not kind.sees.isdisjoint(roles) or has_part


def require_other(case: Case, fact: Fact, *acts: str, article: str) -> None:
    """Four eyes: whoever did one of `acts` may not also do this one, nor have it done in their place.

    Raises:
        RuleBroken: `same_person`.
    """
    now = {fact.by, fact.text(FOR)} - {""}
    if any(not now.isdisjoint((done.by, done.text(FOR))) for done in case.facts if done.act in acts):
        raise RuleBroken("same_person", article=article, case_kind=case.kind, case=case.id, person=fact.by)


def _target(kind: Kind, case: Case, act: str) -> str:
    target = kind.moves.get((case.state, act))
    if target is None:
        raise RuleBroken(
            "case_move",
            article=kind.article,
            case_kind=kind.name,
            case=case.id,
            case_state=f"{kind.name}.{case.state or 'new'}",
            case_act=f"{kind.name}.{act}",
        )
    return target


def _taken(kind: Kind, case: Case, fact: Fact, target: str) -> Case:
    if wrong := particulars.fault(kind.acts[fact.act].signed, fact.detail):
        raise RuleBroken("case_particular", article=kind.article, case_kind=kind.name, case=case.id, field=wrong)
    effect = kind.effects.get(fact.act)
    legible = {name: value for name, value in fact.detail.items() if name != SEALED}  # a seal is nobody's data
    after = effect(case, replace(fact, detail=legible)) if effect else case
    since_ms = fact.at_ms if target != case.state else case.since_ms
    return replace(after, state=target, since_ms=since_ms, facts=(*case.facts, fact))
