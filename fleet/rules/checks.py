"""The three checks of a vehicle (Art. 9 (2), 10 (2)): before it leaves, at stops, after it is back.

A check answers every item of its table with ok, defect or na; in the cold months the winter items come with it. Each
item is a code for `check_item.` in the catalogue. What a driver finds wrong becomes a ticket of its own (see `defect`);
before leaving the driver also says which open or newly cleared tickets they have seen. A check left out stops nobody on
the road: it is flagged (A29).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from fleet.errors import RuleBroken
from fleet.rules import particulars as p
from fleet.rules import settings
from fleet.rules.calendar import day_of, in_months
from fleet.rules.case import NEW, Case, Deed, Kind
from fleet.rules.facts import Fact
from fleet.rules.roles import Role

RECORDED = "recorded"
RECORD = "record"
BEFORE, DURING, AFTER = "before", "during", "after"
PHASES = (BEFORE, DURING, AFTER)
RESULTS = ("ok", "defect", "na")

ITEMS: Mapping[str, tuple[str, ...]] = {
    BEFORE: (
        "papers", "body", "glass", "tyres", "wheel_nuts", "spare", "lights", "indicators", "horn", "mirrors", "wipers",
        "oil", "coolant", "brake_fluid", "washer", "leaks", "brakes", "hand_brake", "steering", "belts", "fuel",
        "terminal", "radio", "extinguisher", "triangle", "first_aid", "tools",
    ),
    DURING: ("gauges", "noise", "leaks", "tyres", "brake_heat", "load"),
    AFTER: (
        "parked", "hand_brake", "switched_off", "locked", "damage", "tyres", "leaks", "fuel", "lost_property",
        "cleaned", "key_handed",
    ),
}  # fmt: skip
WINTER: Mapping[str, tuple[str, ...]] = {
    BEFORE: ("antifreeze", "battery", "chains", "shovel", "tow_rope", "blankets", "water", "food"),
    DURING: (),
    AFTER: (),
}
BLOCKING = frozenset(
    {"brakes", "hand_brake", "steering", "tyres", "wheel_nuts", "lights", "wipers", "belts", "leaks", "papers"}
)
"""Items whose defect stops a vehicle until a named person clears it."""
EVERY_ITEM: tuple[str, ...] = tuple(
    dict.fromkeys(item for table in (ITEMS, WINTER) for phase in PHASES for item in table[phase])
)


def is_winter(day: date, changed: settings.Changed) -> bool:
    """Whether the winter items are asked for: from the first cold month through the last."""
    first, last = settings.value("winter_first_month", changed), settings.value("winter_last_month", changed)
    return in_months(day, first, last)


def items(phase: str, *, winter: bool) -> tuple[str, ...]:
    """What a check of a phase looks at."""
    return ITEMS[phase] + (WINTER[phase] if winter else ())


def defects(case: Case) -> tuple[str, ...]:
    """The items a check found wrong."""
    found = case.data.get("items")
    return tuple(item for item in EVERY_ITEM if isinstance(found, Mapping) and found.get(item) == "defect")


def _record(case: Case, fact: Fact) -> Case:
    phase, found = fact.text("phase"), fact.detail["items"]
    asked = items(phase, winter=is_winter(day_of(fact.at_ms), fact.settings))
    answers = found if isinstance(found, Mapping) else {}
    for item in asked:
        if answers.get(item) not in RESULTS:
            raise RuleBroken("check_item_open", article="10", item=item)
    if stray := sorted(set(answers) - set(EVERY_ITEM)):
        raise RuleBroken("check_item_open", article="10", item=stray[0])
    seen = fact.detail.get("seen")
    return replace(case, order=fact.text("order"), plate=fact.text("plate")).put(
        phase=phase, items=dict(answers), by=fact.by, at_ms=fact.at_ms, note=fact.text("note") or None,
        seen=list(seen) if isinstance(seen, list) else None,
    )  # fmt: skip


KIND = Kind(
    name="check",
    article="10",
    acts={
        RECORD: Deed(
            roles=frozenset({Role.DRIVER, Role.DISPATCHER}),
            takes={
                "phase": p.choice(*PHASES),
                "plate": p.text(most=64),
                "order": p.text(required=False, most=64),
                "items": p.fields(),
                "seen": p.texts(required=False),
                "note": p.text(required=False),
            },
        )
    },
    moves={(NEW, RECORD): RECORDED},
    ended=frozenset({RECORDED}),
    sees=frozenset({Role.APPROVER, Role.DISPATCHER, Role.ADMIN, Role.UNIT_HEAD}),
    effects={RECORD: _record},
)
