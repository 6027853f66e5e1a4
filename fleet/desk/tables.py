"""Tables of vehicles, drivers and places as people keep them (Art. 6 (1), 19a): read against the register, row by row.

A preview says of every row whether it is new, changes something, is so already or is wrong, and of every wrong cell
why; nothing is written by it. Headers and values may be the program's codes or its words in either language; money is
in yuan, liquids in litres, coordinates in degrees, and become fen, millilitres and millionths without rounding. What a
table leaves empty stays as it is on the register.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from fleet.errors import BadInput, FleetError
from fleet.ledger.state import State
from fleet.rules import driver as driver_rule
from fleet.rules import place as place_rule
from fleet.rules import vehicle as vehicle_rule
from fleet.rules.fields import Field, read_one
from fleet.rules.outline import text_of
from fleet.words import LANGUAGES, Words

ROWS_MAX, COLUMNS_MAX = 2_000, 60
FACTORS: Mapping[str, int] = {
    "price_fen": 100,
    "tank_ml": 1_000,
    "rated_ml_100km": 1_000,
    "lat_e6": 1_000_000,
    "lon_e6": 1_000_000,
}
"""Fields that people write in a greater unit than the register holds."""
FAMILIES: Mapping[str, str] = {"cls": "class", "serves": "class", "kind": "place_kind", "cleared": "yes"}
"""Fields whose values have words in a family of another name."""
_DAY = re.compile(r"((?:19|20)\d\d)\s*\D\s*(\d{1,2})\s*\D\s*(\d{1,2})\D?", re.ASCII)
FORMULA = "="
"""A cell that begins so is a formula: it is never worked out, and never taken for what it says."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a table is about: the prefix of its keys in the register, the column that names a row, its other fields."""

    prefix: str
    key: Field
    card: tuple[Field, ...]


SUBJECTS: Mapping[str, Subject] = {
    "vehicles": Subject(
        "vehicle",
        Field(name="plate", article="15", required=True),
        tuple(each for each in vehicle_rule.CARD if each.name not in vehicle_rule.KEPT_BY_DESK),
    ),
    "drivers": Subject("person", Field(name="staff", article="6", required=True), driver_rule.CARD),
    "places": Subject("place", Field(name="name", article="17", required=True), place_rule.CARD),
}


@dataclass(frozen=True, slots=True)
class Wrong:
    """A cell that cannot be taken: which column (from 1) and field, what it says, and the refusal with its facts."""

    column: int
    field: str
    value: str
    code: str
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table (numbered as the sheet numbers it) against the register. `status` is new, changed, same or
    wrong; `changes` are the fields that would change, from what to what."""

    number: int
    subject: str
    status: str
    changes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    wrong: tuple[Wrong, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """A whole table against the register. `unknown` are headers that name nothing; `hash` covers what would be changed
    and from what, so that a confirmation is of exactly what was seen."""

    kind: str
    rows: tuple[Row, ...]
    unknown: tuple[str, ...]
    hash: str

    @property
    def whole(self) -> bool:
        """Whether every row can be taken and something would change."""
        return all(row.status != "wrong" for row in self.rows) and any(row.changes for row in self.rows)

    def keys(self) -> dict[str, str]:
        """The keys of the register that would be set."""
        prefix = SUBJECTS[self.kind].prefix
        return {
            f"{prefix}/{row.subject}/{name}": after for row in self.rows for name, (_, after) in row.changes.items()
        }


def preview(state: State, kind: str, sheet: Sequence[Sequence[str]]) -> Preview:
    """Read a table: its first row names the columns.

    Raises:
        BadInput: `import_kind`, `sheet_empty`, `sheet_too_large`, or `column_missing` where the naming column is not
            there.
    """
    about = _subject(kind)
    if len(sheet) < 2:
        raise BadInput("sheet_empty", article="6")
    if len(sheet) > ROWS_MAX + 1 or len(sheet[0]) > COLUMNS_MAX:
        raise BadInput("sheet_too_large", article="6", rows=ROWS_MAX, columns=COLUMNS_MAX)
    headers = _headers(about)
    columns = [headers.get(plain(cell)) for cell in sheet[0]]
    if about.key.name not in columns:
        raise BadInput("column_missing", article="6", field=about.key.name)
    unknown = [cell for cell, known in zip(sheet[0], columns, strict=True) if cell.strip() and known is None]
    held, rows, seen = state.register.entries(about.prefix), [], set[str]()
    for number, cells in enumerate(sheet[1:], 2):
        if any(cell.strip() for cell in cells):
            row = _row(state, about, held, _Line(number, columns, cells), seen)
            seen.add(row.subject)
            rows.append(row)
    if not rows:
        raise BadInput("sheet_empty", article="6")
    return Preview(kind, tuple(rows), tuple(unknown), _hash(kind, rows))


def _subject(kind: str) -> Subject:
    if kind not in SUBJECTS:
        raise BadInput("import_kind", article="6", value=kind, known=" ".join(SUBJECTS))
    return SUBJECTS[kind]


class _Line(NamedTuple):
    """A row as the sheet has it: its number, the field of each column, its cells."""

    number: int
    columns: Sequence[str | None]
    cells: Sequence[str]

    def at(self, name: str, value: str, refused: FleetError) -> Wrong:
        """A refusal, at the column of a field."""
        column = self.columns.index(name) + 1 if name in self.columns else 0
        return Wrong(column, name, value, refused.code, refused.facts)


Held = Mapping[str, Mapping[str, str]]


def _row(state: State, about: Subject, held: Held, line: _Line, seen: set[str]) -> Row:
    by_name = {each.name: each for each in (about.key, *about.card)}
    texts: dict[str, str] = {}
    wrong: list[Wrong] = []
    for name, cell in zip(line.columns, line.cells, strict=False):
        if name is None or not (cell.strip() or name == about.key.name):
            continue
        try:
            texts[name] = _cell(by_name[name], cell)
        except BadInput as refused:
            wrong.append(line.at(name, cell, refused))
    subject = texts.get(about.key.name, "")
    if subject in seen:
        wrong.append(line.at(about.key.name, subject, BadInput("row_twice", field=about.key.name, value=subject)))
    before = dict(held.get(subject, {}))
    if not wrong:
        try:
            texts |= _whole(state, about, subject, before, texts)
        except FleetError as refused:
            name = str(refused.facts.get("field", about.key.name))
            wrong.append(line.at(name, texts.get(name, ""), refused))
    if wrong:
        return Row(line.number, subject, "wrong", {}, tuple(wrong))
    del texts[about.key.name]
    changes = {name: (before.get(name, ""), text) for name, text in texts.items() if text != before.get(name, "")}
    return Row(line.number, subject, ("changed" if before else "new") if changes else "same", changes)


def _whole(
    state: State, about: Subject, subject: str, before: Mapping[str, str], texts: Mapping[str, str]
) -> dict[str, str]:
    """Hold a row, with what the register holds already, to the rule of its subject; what follows from it besides."""
    whole = {**before, **texts}
    if about.prefix == "vehicle":
        after = vehicle_rule.read({**whole, "plate": subject})
        past = vehicle_rule.step(vehicle_rule.card(subject, before), after).terminals_past
        return {"terminals_past": past} if past != before.get("terminals_past", "") else {}
    if about.prefix == "place":
        outline = text_of(place_rule.read({**whole, "name": subject}).outline)
        return {"outline": outline} if outline else {}
    if subject not in state.people:
        raise BadInput("no_person", person=subject, field=about.key.name)
    driver_rule.read_card(whole)
    return {}


def _cell(about: Field, cell: str) -> str:
    text = cell.strip()
    if text.startswith(FORMULA):
        raise BadInput("cell_formula", article=about.article, field=about.name)
    if about.kind == "whole" and text:
        text = _number(about, text)
    elif about.kind == "day" and (match := _DAY.fullmatch(text)):
        text = f"{match[1]}-{int(match[2]):02d}-{int(match[3]):02d}"
    elif about.kind in {"listed", "list"}:
        known = _values(about)
        text = " ".join(known.get(plain(word), word) for word in re.split(r"[,，、;；\s]+", text) if word)
    elif about.name == "terminal":
        text = text.removesuffix(".0").lstrip("0")
    return read_one(about, text)


def _number(about: Field, text: str) -> str:
    """A number as the register holds it."""
    try:
        number = scaled(text, FACTORS.get(about.name, 1))
        if number < 0:
            raise ValueError
    except ValueError:
        raise BadInput("field_not_a_number", article=about.article, field=about.name) from None
    return str(number)


def scaled(text: str, factor: int) -> int:
    """A number people wrote in a greater unit, in the smaller one; ValueError if it is not whole there."""
    try:
        number = Decimal(text.replace(",", "").replace("，", "")) * factor
    except InvalidOperation:
        raise ValueError(text) from None
    if not number.is_finite() or number != number.to_integral_value() or abs(number) >= 1 << 53:
        raise ValueError(text)
    return int(number)


def _headers(about: Subject) -> dict[str, str]:
    """Every way to write a column's header: its code, and its words in each language, with its unit if it has one."""
    found: dict[str, str] = {}
    for each in (about.key, *about.card):
        found[plain(each.name)] = each.name
        for words in _WORDS:
            for key in (f"column.{each.name}", f"field.{each.name}"):
                if key in words:
                    found.setdefault(plain(words(key)), each.name)
    return found


def _values(about: Field) -> dict[str, str]:
    family = FAMILIES.get(about.name, about.name)
    return {
        plain(words(f"{family}.{code}")): code
        for words in _WORDS
        for code in about.listed
        if f"{family}.{code}" in words
    }


def plain(text: str) -> str:
    """A header or value without what people write differently: case, spaces, full-width brackets."""
    return re.sub(r"[\s_]+", "", text.casefold().replace("（", "(").replace("）", ")"))


def _hash(kind: str, rows: Iterable[Row]) -> str:
    said = [[row.subject, sorted((name, *change) for name, change in row.changes.items())] for row in rows]
    return hashlib.sha256(json.dumps([kind, said], ensure_ascii=False).encode()).hexdigest()


_WORDS = tuple(Words(language) for language in LANGUAGES)
