"""The lines of a form: what each is called, what it may say, and how what was typed becomes what is sent. Pure.

    text    words, as they are               day     2026-11-26, 11-26, 1126 or 26: the nearest such day
    whole   a number                         time    14:30 or 1430 today; a day before it for another day
    money   yuan, sent as whole fen          list    several, with commas or spaces between
    litres  litres, sent as whole ml         pairs   name=value, with semicolons between
    choice  one of the options               tick    yes, or nothing
    secret  never shown, never kept          file    a file of this machine; a path may not be there yet

With options, a number, the beginning of a word or the tail of a plate picks one, so that no letter of an input method
is needed. Where `free`, options only suggest. The present comes in as an argument, in UTC milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Literal, NamedTuple

from fleet.pinyin import found_by
from tui.times import COUNTRY, local

Kind = Literal[
    "text", "whole", "money", "litres", "choice", "secret", "day", "time", "list", "pairs", "tick", "file", "path"
]
FEN_A_YUAN, ML_A_LITRE = 100, 1000
TAIL_LENGTH = 4
TIME = re.compile(r"(?:(?:(\d{4})-)?(\d{1,2})-(\d{1,2})\s+)?(\d{1,2}):?(\d{2})", re.ASCII)
DAY = re.compile(r"(?:(\d{4})-?)?(?:(\d{1,2})-|(\d{2}))?(\d{1,2})", re.ASCII)
_WIDE = str.maketrans("：－，；＝．０１２３４５６７８９", ":-,;=.0123456789")
"""What an input method left on full width writes for the signs of numbers."""


class Option(NamedTuple):
    """Something to choose: what is sent, what is shown, and what else it is found by."""

    value: str
    words: str
    sought: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One line. `words` is its label, `given` what stands there at first, as it would be typed (the value of an option
    where there are options). A line with `tail`, or with `tail_of` another line, asks for its last four signs again:
    what cannot be undone is not done by one key too many."""

    name: str
    words: str
    kind: Kind = "text"
    required: bool = True
    least: int = 0
    most: int = 500
    options: tuple[Option, ...] = ()
    free: bool = False
    given: str = ""
    tail: str = ""
    tail_of: str = ""

    @property
    def asks_tail(self) -> bool:
        """Whether the line is there only to be sure: what is typed is compared and not sent."""
        return bool(self.tail or self.tail_of)


class Wrong(ValueError):
    """What was typed cannot be sent: a code of `form.wrong.` in the catalogue and its facts."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


def matching(options: Iterable[Option], typed: str) -> list[Option]:
    """The options that what was typed may mean, by a part of them or their first letters, in their order; all of them
    for nothing."""
    sought = typed.strip().casefold()
    return [option for option in options if not sought or any(found_by(sought, text) for text in option)]


def chosen(field: Field, typed: str) -> str:
    """What a line says after `typed` was entered: the value of the option meant, else the text itself."""
    text = typed.strip()
    if not field.options or field.kind == "list" or not text:
        return text
    if text.translate(_WIDE).isdigit() and 0 < int(text.translate(_WIDE)) <= len(field.options):
        return field.options[int(text.translate(_WIDE)) - 1].value
    exact = next((option.value for option in field.options if text in {option.value, option.words}), None)
    if exact is not None or field.free:
        return exact or text
    found = matching(field.options, text)
    return found[0].value if found else text


def shown(field: Field, text: str) -> str:
    """What a line shows of its text: the words of an option, stars for a secret."""
    if field.kind == "secret":
        return "*" * len(text)
    if field.kind == "list":
        return ", ".join(_worded(field, part) for part in parts(text))
    return _worded(field, text)


def read(field: Field, text: str, now_ms: int) -> object:
    """What is sent for a line; None where it says nothing and may.

    Raises:
        Wrong: `missing`, `not_listed`, `number`, `range`, `time`, `day`, `pairs` or `long`.
    """
    text = text.strip()
    if not text:
        if field.required:
            raise Wrong("missing", field=field.words)
        return None
    return _READ[field.kind](field, text, now_ms)


def parts(text: str) -> list[str]:
    """The parts of a list as it was typed."""
    return [part for part in re.split(r"[\s,，、;；]+", text) if part]


def sure(field: Field, texts: Mapping[str, str]) -> None:
    """Compare what a line that asks for a tail says with what is meant.

    Raises:
        Wrong: `tail`.
    """
    meant, typed = (texts.get(field.tail_of, "") or field.tail)[-TAIL_LENGTH:], texts.get(field.name, "")
    if not meant or typed.translate(_WIDE).strip().casefold() != meant.casefold():
        raise Wrong("tail", field=field.words, text=typed)


def _worded(field: Field, text: str) -> str:
    return next((option.words for option in field.options if option.value == text), text)


def _text(field: Field, text: str, now_ms: int) -> str:
    if field.options and not field.free and all(option.value != text for option in field.options):
        raise Wrong("not_listed", field=field.words, text=text)
    if len(text) > field.most:
        raise Wrong("long", field=field.words, most=field.most)
    return text


def _whole(field: Field, text: str, now_ms: int) -> int:
    return _number(field, text, 1)


def _money(field: Field, text: str, now_ms: int) -> int:
    return _number(field, text, FEN_A_YUAN)


def _litres(field: Field, text: str, now_ms: int) -> int:
    return _number(field, text, ML_A_LITRE)


def _number(field: Field, text: str, of_one: int) -> int:
    """Bounds of the field are in what is sent; what is said of them in what is typed."""
    try:
        number = Decimal(text.translate(_WIDE)) * of_one
        if not number.is_finite() or number != int(number):
            raise Wrong("number", field=field.words, text=text)
    except InvalidOperation:
        raise Wrong("number", field=field.words, text=text) from None
    if not field.least <= number <= field.most:
        least, most = (Decimal(bound) / of_one for bound in (field.least, field.most))
        raise Wrong("range", field=field.words, least=least, most=most)
    return int(number)


def _time(field: Field, text: str, now_ms: int) -> int:
    found = TIME.fullmatch(text.translate(_WIDE))
    if not found:
        raise Wrong("time", field=field.words, text=text)
    year, month, day, hour, minute = found.groups()
    now = local(now_ms)
    try:
        on = _nearest(year, month, day, now.date()) if day else now.date()
        at = datetime.combine(on, time(int(hour), int(minute)), tzinfo=COUNTRY)
    except ValueError:
        raise Wrong("time", field=field.words, text=text) from None
    return int(at.timestamp()) * 1000


def _day(field: Field, text: str, now_ms: int) -> str:
    found = DAY.fullmatch(text.translate(_WIDE))
    try:
        if not found:
            raise ValueError
        year, month, plain_month, day = found.groups()
        return _nearest(year, month or plain_month, day, local(now_ms).date()).isoformat()
    except ValueError:
        raise Wrong("day", field=field.words, text=text) from None


def _nearest(year: str | None, month: str | None, day: str, today: date) -> date:
    """The day that is meant where its year, or its month too, is left out: the nearest, so that at new year yesterday
    lies in the old one. ValueError if there is no such day."""
    if year:
        return date(int(year), int(month or today.month), int(day))
    now = today.year * 12 + today.month - 1
    around = [divmod(now + ahead, 12) for ahead in (-1, 0, 1)]
    if month:
        around = [(today.year + ahead, int(month) - 1) for ahead in (-1, 0, 1)]
    found = []
    for of_year, month_before in around:
        with suppress(ValueError):
            found.append(date(of_year, month_before + 1, int(day)))
    return min(found, key=lambda one: abs(one - today))


def _list(field: Field, text: str, now_ms: int) -> list[str]:
    return [_text(field, chosen_one(field, part), now_ms) for part in parts(text)]


def chosen_one(field: Field, part: str) -> str:
    """What one part of a list means."""
    if part.isdigit() and 0 < int(part) <= len(field.options):
        return field.options[int(part) - 1].value
    found = matching(field.options, part)
    return found[0].value if found else part


def _pairs(field: Field, text: str, now_ms: int) -> dict[str, str]:
    known = {name: option.value for option in field.options for name in (option.value, option.words)}
    found = {}
    for pair in re.split(r"[;；]", text.translate(_WIDE)):
        name, sign, value = (piece.strip() for piece in pair.partition("="))
        if not sign or not value or name not in known:
            raise Wrong("pairs", field=field.words, text=pair.strip())
        found[known[name]] = value
    return found


def _tick(field: Field, text: str, now_ms: int) -> bool:
    _text(field, text, now_ms)
    return True


_READ = {
    "text": _text,
    "whole": _whole,
    "money": _money,
    "litres": _litres,
    "choice": _text,
    "secret": _text,
    "day": _day,
    "time": _time,
    "list": _list,
    "pairs": _pairs,
    "tick": _tick,
    "file": _text,
    "path": _text,
}


def texts_of(fields: Sequence[Field], kept: Mapping[str, str]) -> dict[str, str]:
    """What the lines say at first: what was kept of an earlier try, else what is given."""
    return {field.name: kept.get(field.name, field.given) for field in fields}
