"""What a field of the register may hold (Art. 6 (1)), as a table: the desk, the import of tables and the pages all read
a value by its row, so that each refuses the same things in the same words.

Values live as text: numbers in decimal without sign or leading zeros, days as YYYY-MM-DD, "" for what is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from fleet.errors import BadInput

TEXT_LENGTH_MAX = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: its kind, the article that asks for it, its bounds (of a number its value, of a text its length)."""

    name: str
    article: str = "6"
    kind: Literal["text", "whole", "day", "listed", "list"] = "text"
    required: bool = False
    listed: tuple[str, ...] = ()
    least: int = 0
    most: int = TEXT_LENGTH_MAX


def read(fields: Iterable[Field], given: Mapping[str, object]) -> dict[str, str]:
    """Every field's text; what was not given is "".

    Raises:
        BadInput: see `read_one`; the first field at fault.
    """
    return {field.name: read_one(field, given.get(field.name)) for field in fields}


def read_one(field: Field, value: object) -> str:
    """The text of one value.

    Raises:
        BadInput: `field_missing`, `field_too_long`, `field_not_a_number`, `field_not_a_date`, `field_not_listed` or
            `field_out_of_range`, each with `field`.
    """
    text = _text(value)
    if not text:
        if field.required:
            raise BadInput("field_missing", article=field.article, field=field.name)
        return ""
    match field.kind:
        case "whole":
            return _whole(field, text)
        case "day":
            return _day(field, text)
        case "listed":
            _listed(field, [text])
        case "list":
            words = sorted(set(text.split()))
            _listed(field, words)
            text = " ".join(words)
        case "text":
            if len(text) > field.most or not text.isprintable():
                raise BadInput("field_too_long", article=field.article, field=field.name, most=field.most)
    return text


def day(text: str) -> date | None:
    """The day a field holds; None where it holds none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def whole(text: str) -> int | None:
    """The number a field holds; None where it holds none, for a field of a document may hold any text."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 15 else None


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).strip()


def _whole(field: Field, text: str) -> str:
    number = whole(text)
    if number is None:
        raise BadInput("field_not_a_number", article=field.article, field=field.name)
    if not field.least <= number <= field.most:
        bounds = {"least": field.least, "most": field.most}
        raise BadInput("field_out_of_range", article=field.article, field=field.name, value=number, **bounds)
    return str(number)


def _day(field: Field, text: str) -> str:
    found = day(text)
    if found is None:
        raise BadInput("field_not_a_date", article=field.article, field=field.name, value=text[:TEXT_LENGTH_MAX])
    return found.isoformat()


def _listed(field: Field, words: list[str]) -> None:
    for word in words:
        if word not in field.listed:
            raise BadInput("field_not_listed", article=field.article, field=field.name, value=word[:TEXT_LENGTH_MAX])
