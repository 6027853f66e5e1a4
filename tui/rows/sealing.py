"""A sealing batch as lines: each vehicle with what it read when it was sealed and, once unsealed, what it reads now.

The comparison is a fact, not a charge: so many kilometres more than allowed, so many quarters of fuel less. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.words import Words
from tui.cells import wrap
from tui.rows.cases import labelled
from tui.shapes import CaseRow
from tui.times import moment
from tui.widgets.lines import Spans

TELLS = frozenset({"vehicles", "plates", "duty", "from_ms", "until_ms", "plan", "exceptions"})
"""What these lines say of a batch, and need not be said again."""


def batch_lines(words: Words, case: CaseRow, people: Mapping[str, str], now_ms: int, width: int) -> list[Spans]:
    """Every vehicle of the batch, sealed or not yet, then the exceptions and those on duty."""
    data, lines = case["data"], list[Spans]()
    records = data.get("vehicles") or {}
    for plate in data.get("plates") or []:
        if plate in records:
            lines += labelled(plate, "", width) + seal_lines(words, records[plate], people, now_ms, width)
        else:
            lines += labelled(plate, words("seal.not_yet"), width, "serious")
    for let in data.get("exceptions") or []:
        said = words("seal.except", reason=let.get("reason", ""), order=let.get("order") or "-")
        lines += labelled(str(let.get("plate", "")), said, width, "notice")
    if duty := data.get("duty"):
        lines += labelled(words("field.duty"), words("list.comma").join(duty), width)
    return lines


def seal_lines(
    words: Words, record: Mapping[str, Any], people: Mapping[str, str], now_ms: int, width: int
) -> list[Spans]:
    """One vehicle's record: sealed, unsealed, and the difference."""
    who = str(record.get("key_to", ""))
    sealed = words(
        "seal.sealed", at=moment(record.get("sealed_ms"), now_ms), place=record.get("place", "-"),
        km=record.get("odometer_km", "-"), quarters=record.get("fuel_quarters", "-"), key=people.get(who, who),
    )  # fmt: skip
    said = [(sealed, "")]
    if record.get("unsealed_ms") is not None:
        at, km, fuel = (
            moment(record["unsealed_ms"], now_ms),
            record.get("unsealed_km", "-"),
            record.get("unsealed_quarters", "-"),
        )
        said.append((words("seal.unsealed", at=at, km=km, quarters=fuel), ""))
        moved = record.get("moved_km") or 0
        if moved:
            said.append((words("seal.moved", km=moved), "critical"))
        if record.get("fuel_fell"):
            said.append((words("seal.fuel_fell"), "serious"))
        if not moved and not record.get("fuel_fell"):
            said.append((words("seal.same"), "good"))
    return [[("  ", ""), (line, paint)] for text, paint in said for line in wrap(text, width - 2)]
