"""An alarm in full: the fact, the rule with its numbers, what would have complied, what was answered. Pure.

The node words it, so that every face says the same; what a node of an earlier version does not tell is left out. What
is stated is what was measured, never whose fault it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.words import Words
from tui.cells import wrap
from tui.rows.alarms import GRADES, grade_paint, subject
from tui.rows.cases import labelled, value
from tui.rows.columns import WIDE, Cell, beside, rest, widest
from tui.times import ago, moment
from tui.widgets.lines import Spans

Alarm = Mapping[str, Any]
SAID = frozenset({"subject", "what", "about"})
"""What only chooses or names what the sentence says; other facts that have no words of their own are in it as well."""


def row_line(words: Words, alarm: Alarm, seen: bool, now_ms: int, width: int) -> Spans:
    """One episode in `width` cells."""
    grade = alarm["grade"]
    paint = "" if seen else grade_paint(grade)
    state = alarm.get("state_name") or (
        words("alarm.going_on") if alarm.get("until_ms") is None else words("alarm.over")
    )
    before = [
        Cell(GRADES.get(grade, ""), 2, paint),
        Cell(words(f"grade.{grade}"), widest(words, [f"grade.{each}" for each in GRADES]), paint),
        Cell(alarm["code"], 4),
        Cell(subject(alarm), 10, "strong"),
    ]
    after = [
        Cell(ago(words, started_ms(alarm) or now_ms, now_ms), 9),
        Cell("" if seen else words("alarm.unseen"), 6, paint),
    ]
    if width >= WIDE:
        after.insert(0, Cell(state, 16, "dim"))
    return beside([*before, Cell(name(words, alarm), rest(width, [*before, *after])), *after])


def page_lines(words: Words, alarm: Alarm, people: Mapping[str, str], now_ms: int, width: int) -> list[Spans]:
    """Everything about one."""
    lines: list[Spans] = [[(f"{alarm['code']} {name(words, alarm)}", grade_paint(alarm["grade"]))]]
    if what := alarm.get("what"):
        lines += [[(line, "strong")] for line in wrap(what, width)]
    if watched := alarm.get("watch"):
        lines += [[(line, "strong")] for line in wrap(watched["text"], width)]
    told = {
        "detail.grade": words(f"grade.{alarm['grade']}"),
        "field.plate": alarm.get("plate") or "",
        "detail.order": alarm.get("order") or "",
        "field.driver": people.get(alarm.get("driver") or "", alarm.get("driver") or ""),
        "detail.since": moment(started_ms(alarm), now_ms),
        "alarm.until": moment(alarm["until_ms"], now_ms) if alarm.get("until_ms") else "",
        "alarm.state": alarm.get("state_name") or "",
        "alarm.article": words("alarm.article_n", article=alarm["article"]) if alarm.get("article") else "",
    }
    for key, text in told.items():
        lines += labelled(words(key), str(text), width) if text else []
    if answer := alarm.get("explanation"):
        lines += labelled(words("alarm.answer"), answer, width, "good")
    if alarm.get("provisional"):
        lines += [[(line, "notice")] for line in wrap(words("alarm.provisional"), width)]
    for key, texts in (("alarm.limits", alarm.get("limits")), ("alarm.unless", alarm.get("unless"))):
        lines += labelled(words(key), words("list.semicolon").join(texts), width) if texts else []
    if complied := alarm.get("complied"):
        lines += labelled(words("alarm.complied"), complied, width)
    for fact, one in (alarm.get("facts") or {}).items():
        if fact not in SAID and one not in (None, "", [], {}) and f"field.{fact}" in words:
            lines += labelled(words(f"field.{fact}"), value(words, "alarm", fact, one, people, now_ms), width)
    return lines


def name(words: Words, alarm: Alarm) -> str:
    """What it is called."""
    return str(alarm.get("name") or words(f"alarm.{alarm['code']}.name"))


def started_ms(alarm: Alarm) -> int | None:
    """When it began."""
    found = alarm.get("from_ms") or alarm.get("since_ms")
    return found if isinstance(found, int) else None
