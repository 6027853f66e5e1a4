"""The lines of an act on a case, from the kind's own table of what it takes. Pure.

What the node fills in by itself (hashes, what a decision covers) has no line. Which options a line has follows from its
name and the act: a plate is one of the vehicles, a driver one of the drivers. An act that makes an order brings the
lines of the application along, and one that stores a file a line for its path.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from fleet.rules import supplement
from fleet.rules.cases import kind_of
from fleet.rules.driver import HOUR_MS
from fleet.rules.particulars import Particular
from fleet.words import Words
from tui.known import Known
from tui.rows.cases import field_name
from tui.rows.fields import Field, Kind, Option
from tui.rows.order_form import application, coded, sent
from tui.shapes import CaseRow, Facts, Person
from tui.times import MINUTE_MS, moment

SUPPLEMENT = supplement.KIND.name
FILLED = frozenset({"scan_type", "scan_size", "content"})
"""Particulars the console or the node fills in."""
BY_NODE = frozenset({"fault.notice.terminal", "settlement.settle.hash", "supplement.complete.order"})
"""Particulars that need not be typed: the node knows them."""
NOT_HERE = frozenset({"check.record", "defect.acknowledge", "settlement.reconcile", "change.propose"})
"""Acts done elsewhere: drivers check and acknowledge at the kiosk, the ledger comes as a table by the API, and an entry
of the register has a form of its own."""
DAYS = frozenset({"endorsed_on", "invoiced_on", "from_day", "to_day", "effective_on"})
KINDS: dict[str, Kind] = {
    "text": "text", "whole": "whole", "choice": "choice", "time": "time", "tick": "tick", "blob": "file",
    "blobs": "file",
    "fields": "pairs", "list": "list",
}  # fmt: skip
OPTIONS: dict[str, tuple[str, bool]] = {
    "plate": ("vehicles", False), "vehicle": ("vehicles", False), "plates": ("vehicles", False),
    "duty": ("vehicles", False), "driver": ("drivers", False), "person": ("people", False),
    "attendees": ("people", False), "absent": ("people", False), "order": ("orders", False),
    "place": ("places", True), "rider": ("people", True), "host": ("people", True), "endorser": ("people", True),
    "witness": ("people", True), "key_to": ("people", True), "to": ("people", True), "from": ("people", True),
    "by": ("people", True),
}  # fmt: skip
"""Which options a line has by its name, and whether anything else may be written."""
BY_NAME = frozenset({"rider", "host", "endorser", "witness", "by"})
"""Lines that say a name, not a number."""
CHOICES = {
    "cause": "cause", "ended_by": "ended_by", "severity": "severity", "item": "check_item", "phase": "check_phase",
    "evidence": "evidence", "injuries": "injuries", "liability": "liability", "source": "setting_source",
    "name": "setting", "way": "way",
}  # fmt: skip
"""The family of words for the codes of a choice."""
TYPES = {"expense": "expense_type", "minutes": "minutes_type"}
SURE = {"void.propose": "order", "void.approve": "order", "sealing.unseal": "plate"}
"""What cannot be undone asks for the last four signs of what this line, or the case, says."""
RIDES = "form."
"""How lines of an application begin that rides along."""


class Deed(NamedTuple):
    """An act on a kind of case."""

    kind: str
    act: str

    @property
    def key(self) -> str:
        """Its name in the catalogue, after `act.`."""
        return f"{self.kind}.{self.act}"


def lines(words: Words, deed: Deed, known: Known, now_ms: int, data: Mapping[str, object]) -> list[Field]:
    """What to fill in. `data` is what the case says so far, {} for one to be opened."""
    rule = kind_of(deed.kind).acts[deed.act]
    makes_order = deed == Deed(SUPPLEMENT, supplement.Act.COMPLETE) and data.get("cause") != supplement.CORRECTION
    found = []
    for name, one in rule.takes.items():
        if one.type == "hash" or name in FILLED or f"{deed.key}.{name}" in BY_NODE:
            continue
        found.append(_line(words, deed, name, one, known, now_ms, data))
    if makes_order:
        found = [line for line in found if line.name != "corrections"]
        found = [replace(line, required=line.required or line.name in _WHOLE) for line in found]
        found += [replace(line, name=f"{RIDES}{line.name}") for line in application(words, known, now_ms, _trip(data))]
    if deed.key in SURE:
        found.append(_tail(words, SURE[deed.key], found, data))
    if rule.pin:
        found.append(Field(name="pin", words=words("field.pin"), kind="secret"))
    return found


def stored(deed: Deed, name: str, found: Facts) -> Facts:
    """What an act says of a file that the node has stored: one name, or a list of one where several may be."""
    takes = kind_of(deed.kind).acts[deed.act].takes
    told: Facts = {name: [found["name"]] if takes[name].type == "blobs" else found["name"]}
    if f"{name}_type" in takes:
        told |= {f"{name}_type": found["type"], f"{name}_size": found["size"]}
    return told


def signed_by(words: Words, deed: Deed, people: Iterable[Person], found: Iterable[Field]) -> list[Field]:
    """The lines of an act that somebody else signs: who of those who may, and the PIN."""
    roles = kind_of(deed.kind).acts[deed.act].roles
    may = tuple(
        Option(person["id"], f"{person['name']} {person['id']}")
        for person in people
        if not roles.isdisjoint(person["roles"])
    )
    given = may[0].value if may else ""
    who = Field(name="who", words=words("grant.who"), kind="choice", options=may, given=given)
    return [*(line for line in found if line.name != "pin"), who,
            Field(name="pin", words=words("field.pin"), kind="secret")]  # fmt: skip


def openings(kind: str) -> list[Deed]:
    """The acts by which somebody opens a case of a kind."""
    rule = kind_of(kind)
    return [Deed(kind, act) for act in rule.openings if rule.acts[act].roles and f"{kind}.{act}" not in NOT_HERE]


def by_others(case: CaseRow, moves: Sequence[str]) -> list[Deed]:
    """What others than whoever is signed in may decide about a case as it stands: acts that ask for the PIN."""
    kind = kind_of(case["kind"])
    return [
        Deed(kind.name, act)
        for (state, act) in kind.moves
        if state == case["state"] and act not in moves and kind.acts[act].pin and f"{kind.name}.{act}" not in NOT_HERE
    ]


def body(deed: Deed, values: Mapping[str, object]) -> Facts:
    """The lines as the interface takes them."""
    form = {name.removeprefix(RIDES): value for name, value in values.items() if name.startswith(RIDES)}
    told = {name: value for name, value in values.items() if not name.startswith(RIDES)}
    return told | ({"form": sent(form)} if form else {})


_WHOLE = frozenset({"vehicle", "driver", "departed_ms", "odometer_out_km"})
"""What a completed supplement must say of the trip (Art. 12)."""


def _tail(words: Words, name: str, lines: list[Field], data: Mapping[str, object]) -> Field:
    """The line that asks for the last four signs of an order or a plate."""
    asked = any(line.name == name for line in lines)
    tail = "" if asked else str(data.get(name) or "")
    return Field(name="sure", words=words("form.tail"), tail=tail, tail_of=name if asked else "")


def _line(
    words: Words, deed: Deed, name: str, one: Particular, known: Known, now_ms: int, data: Mapping[str, object]
) -> Field:
    options, free = _options(words, deed, name, one, known)
    return Field(
        name=name,
        words=field_name(words, deed.kind, name),
        kind=_kind(name, one),
        required=one.required,
        least=one.least,
        most=one.most,
        options=options,
        free=free,
        given=_given(deed, name, options, one, now_ms, data),
    )


def _kind(name: str, one: Particular) -> Kind:
    if name.endswith("_fen"):
        return "money"
    if name == "ml":
        return "litres"
    return "day" if name in DAYS else KINDS[one.type]


def _options(words: Words, deed: Deed, name: str, one: Particular, known: Known) -> tuple[tuple[Option, ...], bool]:
    if one.type == "choice":
        family = TYPES.get(deed.kind, name) if name == "type" else CHOICES.get(name, name)
        return coded(words, family, one.choices), False
    if one.type == "tick":
        return (Option("yes", words("yes.yes")),), False
    if one.type in {"text", "list"} and name in OPTIONS:
        source, free = OPTIONS[name]
        found: tuple[Option, ...] = getattr(known, source)
        return (tuple(Option(o.words, o.words, o.sought) for o in found) if name in BY_NAME else found), free
    return (), False


def _given(
    deed: Deed, name: str, options: tuple[Option, ...], one: Particular, now_ms: int, data: Mapping[str, object]
) -> str:
    """What stands there at first: what the case says already, now for what is happening, the only option there is."""
    value = data.get({"vehicle": "plate", "departed_ms": "started_ms", "back_ms": "ended_ms"}.get(name, name))
    if isinstance(value, int) and one.type == "time":
        return moment(value, now_ms)
    if isinstance(value, str) and value and one.type in {"text", "choice"}:
        return value
    if name in _HAPPENING and one.required:
        return moment(now_ms // MINUTE_MS * MINUTE_MS, now_ms)
    if (deed.key, name) in _LATER:
        return moment(now_ms // MINUTE_MS * MINUTE_MS + _LATER[deed.key, name], now_ms)
    return options[0].value if one.type == "choice" and len(options) == 1 else ""


_HAPPENING = frozenset({"started_ms", "held_ms", "happened_ms", "done_ms", "noticed_ms"})
_LATER = {("supplement.notice", "planned_end_ms"): 3 * HOUR_MS}


def _trip(data: Mapping[str, object]) -> dict[str, object]:
    """What a supplement says of its trip, as an application would."""
    named = {"rider": "rider", "reason": "why", "start_ms": "started_ms", "end_ms": "ended_ms"}
    planned = {"end_ms": data["planned_end_ms"]} if data.get("planned_end_ms") else {}
    return planned | {name: data[source] for name, source in named.items() if data.get(source)}
