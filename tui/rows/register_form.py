"""The lines of a vehicle's entry on the register, and what of them changes it (Art. 6 (1), 14). Pure.

Each field of the rules' card is a line, and what it says becomes the text that the register keeps. Of the stages of a
vehicle's life those are offered that may follow the one it is in.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from fleet.rules import fields as rules
from fleet.rules.vehicle import CARD, KEPT_BY_DESK, STEPS, Stage
from fleet.words import Words
from tui.known import Known
from tui.rows.cases import CARD_FAMILIES
from tui.rows.fields import FEN_A_YUAN, ML_A_LITRE, Field, Kind, Option
from tui.rows.order_form import coded
from tui.shapes import Facts

PLATE = "plate"
KINDS: dict[str, Kind] = {"text": "text", "whole": "whole", "day": "day", "listed": "choice", "list": "list"}
MEASURES: tuple[tuple[str, Kind, int], ...] = (
    ("_fen", "money", FEN_A_YUAN),
    ("_ml", "litres", ML_A_LITRE),
    ("_ml_100km", "litres", ML_A_LITRE),
)
"""How names of numbers end that are typed in a larger unit, and how many of the smaller make one."""


def card_lines(words: Words, known: Known, plate: str, before: Mapping[str, str]) -> list[Field]:
    """What to fill in: `before` is what the register says of `plate`, which is a line of its own where it is ""."""
    lines = [] if plate else [Field(name=PLATE, words=words("field.plate"), most=rules.TEXT_LENGTH_MAX)]
    return lines + [_line(words, known, field, before) for field in CARD if field.name not in KEPT_BY_DESK]


def texts(values: Mapping[str, object]) -> dict[str, str]:
    """What the lines say, as the register keeps it: "" for what is not known."""
    return {field.name: _text(values.get(field.name)) for field in CARD if field.name not in KEPT_BY_DESK}


def changes(before: Mapping[str, str], values: Mapping[str, object]) -> Facts:
    """What a change of the entry sets and what it empties."""
    after = texts(values)
    return {
        "sets": {name: text for name, text in after.items() if text and text != before.get(name, "")},
        "clears": [name for name, text in after.items() if not text and before.get(name)],
    }


def _line(words: Words, known: Known, field: rules.Field, before: Mapping[str, str]) -> Field:
    text = before.get(field.name, "")
    kind, times = next(
        ((kind, times) for end, kind, times in MEASURES if field.name.endswith(end)), (KINDS[field.kind], 1)
    )
    number = field.kind == "whole"
    return Field(
        name=field.name,
        words=words(f"field.{field.name}"),
        kind=kind,
        required=field.required,
        least=field.least if number else 0,
        most=field.most,
        options=_options(words, known, field, text),
        free=field.name == "home",
        given=f"{Decimal(text) / times:f}" if number and times > 1 and text else text,
    )


def _options(words: Words, known: Known, field: rules.Field, text: str) -> tuple[Option, ...]:
    if field.name in {"usual_driver", "home"}:
        return known.drivers if field.name == "usual_driver" else known.places
    listed = field.listed
    if field.name == "stage" and text:
        listed = tuple(stage for stage in listed if stage == text or (Stage(text), Stage(stage)) in STEPS)
    return coded(words, CARD_FAMILIES[field.name], listed) if listed else ()


def _text(value: object) -> str:
    if isinstance(value, list):
        return " ".join(sorted(set(value)))
    return "" if value is None else str(value)
