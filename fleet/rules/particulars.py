"""What an act may carry, as a table: names, types and bounds. Asked where it is entered and again by every replica.

`read` turns what a face sent into the particulars that are signed, or says which is wrong; `fault` looks at what
someone has signed. A particular that is not in the table does not exist.

    text    words, stripped, up to `most` characters          time    UTC milliseconds
    whole   an integer from `least` to `most`                 tick    true, or not there
    choice  one of `choices`                                  blob    the name of a stored file, 64 hex digits
    fields  texts by name, up to FIELDS_MAX of them           blobs   names of stored files, up to LIST_MAX of them
    list    texts, up to LIST_MAX of them                     hash    64 hex digits naming a record or a content
    seal    bytes that only their readers can open

A table with `NAME_size` and `NAME_type` beside a blob `NAME` has them filled in by whoever stores the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from fleet.errors import BadInput
from fleet.tracks.days import TIME_MS_MAX

TEXT_LENGTH_MAX = 500
NUMBER_MAX = (1 << 53) - 1
FIELDS_MAX = 64
LIST_MAX = 100
SEAL_SIZE_MAX = 16 * 1024
HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)

Type = Literal["text", "whole", "choice", "time", "tick", "hash", "blob", "blobs", "fields", "list", "seal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Particular:
    """One line of a table."""

    type: Type = "text"
    required: bool = True
    least: int = 0
    most: int = TEXT_LENGTH_MAX
    choices: tuple[str, ...] = ()


Table = Mapping[str, Particular]


def text(*, required: bool = True, most: int = TEXT_LENGTH_MAX) -> Particular:
    """Words."""
    return Particular(type="text", required=required, most=most)


def whole(*, required: bool = True, least: int = 0, most: int = NUMBER_MAX) -> Particular:
    """An integer."""
    return Particular(type="whole", required=required, least=least, most=most)


def time(*, required: bool = True) -> Particular:
    """A moment."""
    return Particular(type="time", required=required, most=TIME_MS_MAX)


def choice(*choices: str, required: bool = True) -> Particular:
    """One of some codes."""
    return Particular(type="choice", required=required, choices=choices)


def tick(*, required: bool = True) -> Particular:
    """A box that is ticked."""
    return Particular(type="tick", required=required)


def record(*, required: bool = True) -> Particular:
    """The hash of a record, or of the content of a form."""
    return Particular(type="hash", required=required)


def blob(*, required: bool = True) -> Particular:
    """The name of a stored file; it travels to every replica that holds the act."""
    return Particular(type="blob", required=required)


def files(*, required: bool = True) -> Particular:
    """Several stored files."""
    return Particular(type="blobs", required=required)


def seal() -> Particular:
    """What the desk has sealed; nobody types it."""
    return Particular(type="seal", required=False, most=SEAL_SIZE_MAX)


def texts(*, required: bool = True) -> Particular:
    """Several texts."""
    return Particular(type="list", required=required)


def fields(*, required: bool = True, most: int = TEXT_LENGTH_MAX) -> Particular:
    """Texts by name."""
    return Particular(type="fields", required=required, most=most)


def read(table: Table, given: Mapping[str, object], *, article: str = "") -> dict[str, object]:
    """The particulars of an act as they are signed: what is empty is left out, numbers in text become numbers.

    Raises:
        BadInput: `field_unknown`, `field_not_listed`, `field_missing`, `field_too_long`, `field_not_a_number` or
            `field_out_of_range`, each with `field`.
    """
    if unknown := sorted(set(given) - set(table)):
        raise BadInput("field_unknown", field=unknown[0])
    found: dict[str, object] = {}
    for name, particular in table.items():
        value = given.get(name)
        if value is None or value is False or value in ("", {}, []):
            if particular.required:
                raise BadInput("field_missing", article=article, field=name)
            continue
        found[name] = _READ[particular.type](name, particular, value)
    return found


def blobs(table: Table, given: Mapping[str, object]) -> tuple[tuple[str, bytes], ...]:
    """The stored files that particulars name, each with the particular; what is no name is left out."""
    named = [(field, given[field]) for field in given if field in table and table[field].type in {"blob", "blobs"}]
    each = [(field, name) for field, value in named for name in (value if isinstance(value, list) else [value])]
    return tuple((field, bytes.fromhex(name)) for field, name in each if isinstance(name, str) and HASH.fullmatch(name))


def told_of(blob: str) -> tuple[str, str]:
    """The particulars that tell of a blob: its size, and its type."""
    return f"{blob}_size", f"{blob}_type"


def fault(table: Table, signed: Mapping[str, object]) -> str:
    """The name of the first particular of a signed act that is missing, wrong or not in the table; "" if none is."""
    if unknown := sorted(set(signed) - set(table)):
        return unknown[0]
    for name, particular in table.items():
        if name not in signed:
            if particular.required:
                return name
            continue
        try:
            if _READ[particular.type](name, particular, signed[name]) != signed[name]:
                return name
        except BadInput:
            return name
    return ""


def _text(name: str, particular: Particular, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise BadInput("field_missing", field=name)
    if len(value) > particular.most:
        raise BadInput("field_too_long", field=name, most=particular.most)
    return value.strip()


def _whole(name: str, particular: Particular, value: object) -> int:
    try:
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise ValueError
        number = int(value)
    except ValueError:
        raise BadInput("field_not_a_number", field=name) from None
    if not particular.least <= number <= particular.most:
        raise BadInput("field_out_of_range", field=name, value=number, least=particular.least, most=particular.most)
    return number


def _choice(name: str, particular: Particular, value: object) -> str:
    if value not in particular.choices:
        raise BadInput("field_not_listed", field=name, value=value)
    return str(value)


def _tick(name: str, _particular: Particular, value: object) -> bool:
    if value is not True:
        raise BadInput("field_not_listed", field=name, value=value)
    return True


def _hash(name: str, _particular: Particular, value: object) -> str:
    if not isinstance(value, str) or not HASH.fullmatch(value):
        raise BadInput("field_not_listed", field=name, value=value)
    return value


def _texts(name: str, particular: Particular, value: object) -> list[str]:
    if not isinstance(value, list) or not value:
        raise BadInput("field_missing", field=name)
    if len(value) > LIST_MAX:
        raise BadInput("field_too_long", field=name, most=LIST_MAX)
    return [_text(name, particular, each) for each in value]


def _hashes(name: str, particular: Particular, value: object) -> list[str]:
    return [_hash(name, particular, each) for each in _texts(name, particular, value)]


def _seal(name: str, particular: Particular, value: object) -> bytes:
    if not isinstance(value, bytes) or not 0 < len(value) <= particular.most:
        raise BadInput("field_not_listed", field=name, value="")
    return value


def _fields(name: str, particular: Particular, value: object) -> dict[str, str]:
    if not isinstance(value, Mapping) or not value:
        raise BadInput("field_missing", field=name)
    if len(value) > FIELDS_MAX:
        raise BadInput("field_too_long", field=name, most=FIELDS_MAX)
    return {_text(name, particular, key): _text(name, particular, each) for key, each in value.items()}


_READ: dict[Type, Callable[[str, Particular, object], object]] = {
    "text": _text,
    "whole": _whole,
    "choice": _choice,
    "time": _whole,
    "tick": _tick,
    "hash": _hash,
    "blob": _hash,
    "blobs": _hashes,
    "list": _texts,
    "seal": _seal,
    "fields": _fields,
}
