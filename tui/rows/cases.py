"""A case as one line, as a few lines about it, and its acts. Pure.

kind, number and mark   state   vehicle or order   what it is about   what is left of its time, or since when
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from fleet.rules.driver import HOUR_MS
from fleet.words import Words
from tui.cells import fit, wrap
from tui.rows.columns import WIDE, Cell, beside, named, rest
from tui.rows.orders import MARKS
from tui.shapes import CaseRow
from tui.times import MINUTE_MS, age, moment
from tui.widgets.lines import Spans

TAIL_LENGTH = 4
SUMMARY: dict[str, tuple[str, ...]] = {
    "supplement": ("why", "what", "rider"),
    "defect": ("item", "text"),
    "fault": ("what",),
    "key": ("giver", "to"),
    "sealing": ("name", "from_day", "to_day"),
    "expense": ("type", "amount_fen", "actual_fen", "estimate_fen", "supplier", "place"),
    "settlement": ("month", "sum_fen"),
    "minutes": ("topics",),
    "accident": ("place", "description"),
    "setting": ("name", "value"),
    "change": ("entry", "reason"),
    "void": ("order", "reason"),
    "ruling": ("question",),
    "disposal": ("way", "reason"),
    "confirmation": ("about", "reason"),
    "check": ("phase",),
    "handover": ("note",),
}
"""What a line says of each kind: the first that there are."""
SAID_MAX = 2
FAMILIES = {
    "cause": "cause", "ended_by": "ended_by", "severity": "severity", "item": "check_item", "phase": "check_phase",
    "evidence": "evidence", "injuries": "injuries", "liability": "liability", "source": "setting_source",
    "stage": "stage", "speaks_for": "field", "receipts": "receipts", "checks": "checks", "class": "class",
    "fuel_quarters": "fuel",
}  # fmt: skip
"""Names whose values are codes, and the family of words for them."""
CARD_FAMILIES = {
    "cls": "class", "serves": "class", "stage": "stage", "duty": "duty", "fuel": "fuel", "marking": "marking",
    "terminal_datum": "datum", "exempt_ground": "exempt_ground",
}  # fmt: skip
"""The same for the texts of the register, of which one may be several codes."""
TYPES = {"expense": "expense_type", "minutes": "minutes_type"}
PEOPLE = frozenset(
    {"driver", "by", "giver", "to", "from", "witness", "key_to", "sealed_by", "unsealed_by", "reported_by", "person",
     "cleared_by", "noticed_by", "endorsed_by", "refused_by", "proposed_by", "approved_by", "decided_by", "paid_by",
     "entered_by", "matched_by", "closed_by", "compared_by", "confirmed_by", "reopened_by", "host", "written_by",
     "taken_by"}
)  # fmt: skip
HASHES = frozenset(
    {"request", "proposal", "content", "scan", "receipt", "photo", "track", "hash", "ledger_hash", "plan", "record"}
)
HASH_SHOWN, LABEL_CELLS = 16, 18
URGENT_MS = 4 * HOUR_MS
"""A deadline this near is painted."""


def case_tail(case_id: str) -> str:
    """The digits people call a case by."""
    return case_id[-TAIL_LENGTH:]


def case_line(words: Words, case: CaseRow, people: Mapping[str, str], now_ms: int, width: int) -> Spans:
    """The case in `width` cells."""
    left, paint = time_left(words, case, now_ms)
    before = [
        Cell(case_tail(case["id"]) + case["mark"], 5, MARKS.get(case["mark"], "strong")),
        Cell(words(f"case_state.{case['kind']}.{case['state']}"), 18, "notice" if case["open"] else "dim"),
        Cell(case["plate"] or (case["order"] or "-")[-9:], 9),
    ]
    after = [Cell(left, 18, paint)]
    if width >= WIDE:
        before.insert(0, Cell(words(f"case.{case['kind']}"), 14, "dim"))
    return beside([*before, Cell(summary(words, case, people, now_ms), rest(width, [*before, *after])), *after])


def time_left(words: Words, case: CaseRow, now_ms: int) -> tuple[str, str]:
    """What is left until the deadline, or by how much it has passed, else since when it stands so; and its paint."""
    due_ms = case["deadline_ms"]
    if due_ms is None or not case["open"]:
        return age(words, case["since_ms"], now_ms), "dim"
    if due_ms >= now_ms:
        return words("case.left", left=span(words, due_ms - now_ms)), "serious" if due_ms - now_ms < URGENT_MS else ""
    return words("case.over", over=span(words, now_ms - due_ms)), "critical"


def span(words: Words, ms: int) -> str:
    """A length of time: days and hours, or hours and minutes."""
    hours, minutes = ms // HOUR_MS, ms % HOUR_MS // MINUTE_MS
    if hours >= 72:
        return words("span.days", d=hours // 24, h=hours % 24)
    return words("span.hours", h=hours, m=f"{minutes:02d}") if hours else words("span.minutes", m=minutes)


def summary(words: Words, case: CaseRow, people: Mapping[str, str], now_ms: int) -> str:
    """What the case is about, in the words of its first facts."""
    said = [
        value(words, case["kind"], name, case["data"][name], people, now_ms)
        for name in SUMMARY.get(case["kind"], ())
        if case["data"].get(name) not in (None, "", [], {})
    ]
    return " ".join(said[:SAID_MAX])


def about_lines(
    words: Words, case: CaseRow, people: Mapping[str, str], now_ms: int, width: int, *, but: Iterable[str] = ()
) -> list[Spans]:
    """Every fact the case holds, a name and a value a line, wrapped; then what is to be known of it."""
    lines: list[Spans] = []
    for name, told in case["data"].items():
        if name in but or told in (None, "", [], {}):
            continue
        text = value(words, case["kind"], name, told, people, now_ms)
        lines += labelled(field_name(words, case["kind"], name), text, width)
    for note in case["notes"]:
        if f"note.{note}" in words:
            lines += labelled("", words(f"note.{note}"), width, "notice")
    return lines


def field_name(words: Words, kind: str, name: str) -> str:
    """What a particular of a kind is called: by a word of its kind, of all cases, or of orders."""
    own = next((key for key in (f"field_of.{kind}.{name}", f"field_of.{name}") if key in words), "")
    return words(own) if own else named(words, "field", name)


def labelled(label: str, text: str, width: int, paint: str = "") -> list[Spans]:
    """A name and what is said under it, wrapped."""
    first, *more = wrap(text, width - LABEL_CELLS - 1)
    lines: list[Spans] = [[(fit(label, LABEL_CELLS), "dim"), (" ", ""), (first, paint)]]
    return lines + [[(" " * (LABEL_CELLS + 1), ""), (line, paint)] for line in more]


def value(words: Words, kind: str, name: str, told: object, people: Mapping[str, str], now_ms: int) -> str:
    """One value in words: codes, people, moments, money and litres by the name they stand under."""
    if isinstance(told, list):
        return words("list.comma").join(value(words, kind, name, each, people, now_ms) for each in told)
    if isinstance(told, Mapping):
        pairs = (
            f"{field_name(words, kind, str(key))} {value(words, kind, str(key), each, people, now_ms)}"
            for key, each in told.items()
        )
        return words("list.semicolon").join(pairs)
    if isinstance(told, bool):
        return words("yes.yes") if told else "-"
    if isinstance(told, int):
        return _number(words, name, told, now_ms)
    text = str(told)
    if name == "type" and kind in TYPES:
        return named(words, TYPES[kind], text)
    if name == "name" and kind == "setting":
        return named(words, "setting", text)
    if name in FAMILIES:
        return named(words, FAMILIES[name], text)
    if name in HASHES:
        return text[:HASH_SHOWN]
    if kind == "change":
        return _of_change(words, name, text, people, now_ms)
    return people.get(text, text)


def _of_change(words: Words, name: str, text: str, people: Mapping[str, str], now_ms: int) -> str:
    """What a change of the register says: which entry, which of its fields, or what one is to say."""
    thing, slash, one = text.partition("/")
    if name == "entry" and slash:
        return f"{named(words, 'entry', thing)} {people.get(one, one)}"
    return field_name(words, "change", text) if name == "clears" else card_value(words, name, text, people, now_ms)


def card_value(words: Words, name: str, text: str, people: Mapping[str, str], now_ms: int) -> str:
    """One text of the register in words."""
    if name in CARD_FAMILIES:
        return words("list.comma").join(named(words, CARD_FAMILIES[name], code) for code in text.split())
    if text.isdecimal() and name.endswith(("_fen", "_ml", "_km", "_ml_100km")):
        return _number(words, name.replace("_ml_100km", "_ml"), int(text), now_ms)
    return people.get(text, text)


def _number(words: Words, name: str, told: int, now_ms: int) -> str:
    if name.endswith("_ms"):
        return moment(told, now_ms)
    if name.endswith("_fen"):
        return words("money", yuan=f"{Decimal(told) / 100:.2f}")
    if name == "ml" or name.endswith("_ml"):
        return words("litres", n=f"{Decimal(told) / 1000:.2f}")
    if name.endswith("_km"):
        return words("kilometres", n=f"{told:,}")
    if name == "fuel_quarters" or name.endswith("_quarters"):
        return words("quarters", n=told)
    if name.endswith("_size"):
        return words("kilobytes", n=f"{told / 1024:.0f}")
    return str(told)
