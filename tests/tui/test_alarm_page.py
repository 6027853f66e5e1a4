"""An alarm's page says everything in words: nothing of it is a name out of the program."""

from __future__ import annotations

import re

import pytest

from fleet.words import LANGUAGES, Language, Words
from tui.rows.alarm_page import page_lines

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
