"""An alarm's page says everything in words: nothing of it is a name out of the program."""

from __future__ import annotations

import re

import pytest

from fleet.rules.alarm.catalogue import GRADES
from fleet.words import LANGUAGES, Language, Words
from tui.rows.alarm_page import page_lines, row_line
from tui.rows.alarms import alarm_line
from tui.widgets.lines import PAINTS

NOW_MS = 1_790_000_000_000
OVERDUE = {
    "id": "7-00001", "code": "A14", "grade": "critical", "state": "open", "plate": "M-0B312", "order": "7-00002",
    "driver": None, "from_ms": NOW_MS - 9, "until_ms": None, "article": "9", "what": "Expected back at noon.",
    "watch": {"text": "Last heard: noon."},
    "facts": {"what": "by_reading", "due_ms": NOW_MS, "minutes": 241, "step": 3, "hard": 1, "celsius": -28},
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_facts_are_told_by_their_words_or_by_the_sentence_and_the_watch_beside_it(language: Language) -> None:
    words = Words(language, "console")
    page = [["".join(text for text, _ in line)] for line in page_lines(words, OVERDUE, {}, NOW_MS, 80)]
    lines = [line[0].rstrip() for line in page]

    assert lines[1:3] == [OVERDUE["what"], "Last heard: noon."]
    assert any(line.endswith("-28") for line in lines)
    assert [line for line in lines if re.search(r"by_reading|due_ms|\bhard\b|\bminutes\b|\bstep\b", line)] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("plate", "facts", "said"), [
    ("M-0B312", {"order": "7-00002", "subject": "M-0B312"}, "M-0B312"),
    (None, {"order": "7-00002", "subject": "7-00002 dispatch"}, "7-00002"),
    (None, {"subject": "ttyUSB0"}, "ttyUSB0"),
    (None, {}, "-"),
])  # fmt: skip
def test_a_line_says_vehicle_or_order_before_what_the_program_calls_it(
    plate: str | None, facts: dict[str, str], said: str, language: Language
) -> None:
    words, alarm = Words(language, "console"), OVERDUE | {"plate": plate, "order": None, "facts": facts, "name": "-"}
    alarm |= {"seen": False, "since_ms": NOW_MS}

    for line in (alarm_line(words, alarm, NOW_MS, 76), row_line(words, alarm, False, NOW_MS, 76)):  # type: ignore[arg-type]
        assert line[6][0].rstrip() == said


@pytest.mark.parametrize("grade", GRADES)
def test_an_alarm_of_any_grade_is_painted_with_what_there_is_to_paint_with(grade: str) -> None:
    words, alarm = Words("en", "console"), OVERDUE | {"grade": grade, "seen": False, "since_ms": NOW_MS}
    lines = [
        *page_lines(words, alarm, {}, NOW_MS, 80),
        alarm_line(words, alarm, NOW_MS, 76),  # type: ignore[arg-type]
        row_line(words, alarm, False, NOW_MS, 76),
    ]

    assert {paint for line in lines for _, paint in line} <= {"", *PAINTS}
