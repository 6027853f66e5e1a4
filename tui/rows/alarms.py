"""An alarm as one line: how grave, which rule, which vehicle or line, what, since when, looked at or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.words import Words
from tui.rows.columns import Cell, beside, rest, widest
from tui.shapes import AlarmRow
from tui.times import ago
from tui.widgets.lines import Spans

GRADES = {"critical": "!!", "serious": "!", "notice": ".", "info": "."}


def grade_paint(grade: str) -> str:
    """How a grade is painted: what only informs, as plain text."""
    return "" if grade == "info" else grade


def alarm_line(words: Words, alarm: AlarmRow, now_ms: int, width: int) -> Spans:
    """The alarm in `width` cells; what was seen already is not painted by its grade any more."""
    paint = "" if alarm["seen"] else grade_paint(alarm["grade"])
    before = [
        Cell(GRADES.get(alarm["grade"], ""), 2, paint),
        Cell(words(f"grade.{alarm['grade']}"), widest(words, [f"grade.{grade}" for grade in GRADES]), paint),
        Cell(alarm["code"], 4),
        Cell(subject(alarm), 13, "strong"),
    ]
    after = [
        Cell(ago(words, alarm["since_ms"], now_ms), 11),
        Cell("" if alarm["seen"] else words("alarm.unseen"), 8, paint),
    ]
    return beside([*before, Cell(words(f"alarm.{alarm['code']}.name"), rest(width, [*before, *after])), *after])


def subject(alarm: Mapping[str, Any]) -> str:
    """What it is about: the vehicle, else the order, else what the node calls it."""
    facts = alarm.get("facts") or {}
    return str(alarm.get("plate") or alarm.get("order") or facts.get("order") or facts.get("subject") or "-")
