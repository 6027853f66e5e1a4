"""The lines of an application (Art. 7 (2)), and of an application made again. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from fleet.rules import form
from fleet.words import Words
from tui.known import Known
from tui.rows.fields import Field, Option
from tui.times import HOUR_MS, MINUTE_MS, moment

CATEGORIES = ("errand", "meeting", "field", "enforcement", "reception", "rescue")
"""Templates for the kind of business and its reason; the words are `category.` and `reason_text.`."""
LEAD_MS, LENGTH_MS, ROUND_MS = HOUR_MS, 4 * HOUR_MS, 30 * MINUTE_MS
GENERAL, ROUTINE = "general", "2"
SENT_AS = {"cls": "class"}
"""Fields whose name in the interface is another than in the rules."""


def application(words: Words, known: Known, now_ms: int, before: Mapping[str, object] | None = None) -> list[Field]:
    """The thirteen lines; `before` is what an earlier application said."""
    start_ms = (now_ms + LEAD_MS + ROUND_MS) // ROUND_MS * ROUND_MS
    given = {"passengers": "1", "urgency": ROUTINE, "cls": GENERAL, "origin": _first(known.places)}
    given |= {"start_ms": moment(start_ms, now_ms), "end_ms": moment(start_ms + LENGTH_MS, now_ms)}
    given |= _before(before or {}, now_ms)
    categories = tuple(Option(words(f"category.{one}"), words(f"category.{one}")) for one in CATEGORIES)
    reasons = tuple(Option(words(f"reason_text.{one}"), words(f"reason_text.{one}")) for one in CATEGORIES)
    lines = (
        Field(name="rider", words="", most=form.LENGTH_MAX),
        Field(name="department", words="", most=form.LENGTH_MAX),
        Field(name="phone", words="", most=form.LENGTH_MAX),
        Field(name="category", words="", options=categories, free=True),
        Field(name="reason", words="", options=reasons, free=True),
        Field(name="origin", words="", options=known.places, free=True),
        Field(name="destination", words="", options=known.places, free=True),
        Field(name="start_ms", words="", kind="time"),
        Field(name="end_ms", words="", kind="time"),
        Field(name="passengers", words="", kind="whole", least=1, most=form.PASSENGERS_MAX),
        Field(name="urgency", words="", kind="choice", options=coded(words, "urgency", map(str, form.URGENCIES))),
        Field(name="cls", words="", kind="choice", options=coded(words, "class", form.CLASSES)),
        Field(name="remark", words="", required=False),
    )
    return [replace(line, words=words(f"field.{line.name}"), given=given.get(line.name, "")) for line in lines]


def sent(body: Mapping[str, object]) -> dict[str, object]:
    """The lines as the interface names them."""
    return {SENT_AS.get(name, name): value for name, value in body.items()}


def coded(words: Words, family: str, codes: Iterable[str]) -> tuple[Option, ...]:
    """Codes as options, in the words of their family."""
    return tuple(Option(code, words(f"{family}.{code}"), code) for code in codes)


def _first(options: tuple[Option, ...]) -> str:
    return options[0].value if options else ""


def _before(before: Mapping[str, object], now_ms: int) -> dict[str, str]:
    told = {("cls" if name == "class" else name): value for name, value in before.items()}
    texts = {name: str(told[name]) for name in form.FIELDS if name in told and told[name] not in (None, "")}
    times = {name: moment(int(texts[name]), now_ms) for name in ("start_ms", "end_ms") if name in texts}
    return texts | times
