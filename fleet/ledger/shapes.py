"""Shapes of operations for the wire codec: how the body of each is spread over columns by the types of its fields.

A shape is a kind, whether a person signs, and the fields of the body with their types; an operation of a shape that has
crossed before costs one place in a table, and none at all if it follows what usually follows on its order.

    t text   m time in text (name ends in _ms)   i integer   k odometer (_km)   h hash of the form   u update   b bytes

A Coder walks the description once, with a Writer or with a Reader; what the memory learns from an operation it learns
after the last column of it, so one that turns out not to fit leaves nothing behind.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from fleet.ledger import blocks
from fleet.ledger.blocks import Block, Deletion, Update
from fleet.ledger.canonical import Value
from fleet.ledger.columns import Reader, Unfit, Writer
from fleet.ledger.memory import Memory, Thread
from fleet.ledger.operation import Author, Operation
from fleet.ledger.suite import COMMON

_TIME_UNITS_MS = (1_800_000, 60_000, 1_000, 1)
_QUOTES, _QUOTES_MAX = 0xE000, 0x100
_QUOTED_LENGTH_MIN = 3
_NUMBER = re.compile(r"[1-9][0-9]{4,17}", re.ASCII)
_NUMBERED = re.compile(r"(.*?)([0-9]{1,9})", re.ASCII | re.DOTALL)
_RESERVED = re.compile(r"[\x00\x01\ue000-\ue0ff]")
_QUOTED = re.compile(r"[\ue000-\ue0ff]")
_NAME = re.compile(r"[^ ,;:=\x00\x01\ue000-\ue0ff]{1,96}")
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)
_CONTENT = re.compile(r"[0-9a-f]{64}", re.ASCII)
_BYTES_MAX = 1 << 16
_LITERAL, _EXPECTED, _LISTED = 0, 1, 2


class Part(NamedTuple):
    """A field of a body: its name ("" if the body is that value alone), its type, and of an update the blocks."""

    name: str
    type: str
    blocks: tuple[tuple[str, str], ...] = ()


_NOBODY = Thread()
"""Of an operation whose target is not known yet; nothing is ever put here."""


class Coder:
    """One operation on its way through the columns."""

    __slots__ = (
        "_later", "hlc", "io", "known", "memory", "person", "shape_place", "suite", "texts", "thread", "update",
    )  # fmt: skip

    def __init__(self, io: Writer | Reader, memory: Memory) -> None:
        self.io, self.memory, self.thread = io, memory, _NOBODY
        self.suite, self.person, self.hlc = COMMON, "", 0
        self.shape_place = "new"
        self.texts: dict[str, str] = {}
        self.update: Update | None = None
        self.known: dict[str, Update] = {}
        self._later: list[Callable[[], None]] = []

    def later(self, lesson: Callable[[], None]) -> None:
        """Learn something once the whole operation has passed."""
        self._later.append(lesson)

    def learn(self) -> None:
        """The operation has passed."""
        for lesson in self._later:
            lesson()

    def aim(self, target: str) -> None:
        """The target is known now."""
        memory = self.memory
        self.thread = memory.threads.get(target) or Thread()
        self.later(lambda: memory.move(target, self.thread))

    def flag(self, value: bool) -> bool:
        """Yes or no, beside the shape."""
        return bool(self.io.number("flag", int(value)))

    def word(self, column: str, given: str, expected: str | None = None) -> str:
        """A text that may have crossed before: as expected, by its place in the table of its column, or in full."""
        where = f"{self.shape_place}.{column}"
        table, code = self.memory.table(where), _LITERAL
        if self.io.writing:
            place = table.place(given)
            code = _EXPECTED if given == expected else _LITERAL if place is None else place + _LISTED
        code = self.io.number(where, code)
        if code == _EXPECTED:
            if expected is None:
                raise Unfit
            return expected
        if code >= _LISTED:
            if code - _LISTED >= len(table.values):
                raise Unfit
            return table.values[code - _LISTED]
        text = self.literal(column, given)
        self.later(lambda: table.learn(text))
        return text

    def literal(self, column: str, given: str) -> str:
        """A text in full; long numbers in it go to a column of their own."""
        numbers = list[int]()
        if self.io.writing:
            if "\x01" in given:
                raise Unfit
            numbers = [int(number) for number in _NUMBER.findall(given)]
        text = self.io.text(column, _NUMBER.sub("\x01", given) if numbers else given)
        if "\x01" not in text:
            return text
        pieces = text.split("\x01")
        out = [pieces[0]]
        for at, piece in enumerate(pieces[1:]):
            out += [str(self.io.number("digits", numbers[at] if numbers else 0)), piece]
        return "".join(out)

    def numbered(self, column: str, given: str) -> str:
        """A name that ends in a number: as far from the last of its kind."""
        match = _NUMBERED.fullmatch(given) if given else None
        head, digits = (match[1], match[2]) if match else (given, "")
        if self.io.writing and _RESERVED.search(head):
            raise Unfit
        series = self.word(column, f"{len(digits)}{head}")
        width = int(series[:1] or "0") if series[:1].isdecimal() else 0
        if not width:
            return series[1:]
        last = self.memory.last_number.get(series, 0)
        number = last + self.io.signed("new", int(digits or "0") - last)
        if not 0 <= number < 10**width:
            raise Unfit
        self.later(lambda: self.memory.counted(series, number))
        return f"{series[1:]}{number:0{width}}"

    def shape(self, given: Operation | None) -> tuple[str, bool, tuple[Part, ...]]:
        """Kind, whether a person signs, and the parts of the body."""
        text = _describe(self, given) if given else ""
        last = self.thread.shape
        self.shape_place = "shape"
        text = self.word("is", text, self.memory.after.get(last))
        parsed = _parse(text)
        table = self.memory.table("shape.is")
        place = table.place(text)
        self.shape_place = str(len(table.values) if place is None else place)
        thread = self.thread

        def lesson() -> None:
            self.memory.follows(last, text)
            thread.shape = text

        self.later(lesson)
        return parsed

    def quoted(self, column: str, given: str, expected: str | None = None) -> str:
        """A text that may repeat other texts of its order, like the purpose of a trip its destination."""
        text = given
        if self.io.writing:
            if _RESERVED.search(given):
                raise Unfit
            if len(text) >= _QUOTED_LENGTH_MIN and text != expected:
                sources = self._sources()
                most = len(text)
                found = [
                    at
                    for at, source in enumerate(sources)
                    if _QUOTED_LENGTH_MIN <= len(source) <= most and source in text
                ]
                for at in sorted(found, key=lambda at: -len(sources[at])):
                    text = text.replace(sources[at], chr(_QUOTES + at))
        text = self.word(column, text, expected)
        if text == expected:
            return text
        if not text.isascii() and (quotes := set(_QUOTED.findall(text))):
            sources = self._sources()
            for sign in quotes:
                if ord(sign) - _QUOTES >= len(sources):
                    raise Unfit
                text = text.replace(sign, sources[ord(sign) - _QUOTES])
        if len(text) > _BYTES_MAX:
            raise Unfit
        return text

    def _sources(self) -> list[str]:
        return [*self.thread.fields.values(), *self.texts.values()][:_QUOTES_MAX]

    def time(self, column: str, given: str, reference_ms: int) -> str:
        """A time in decimal text, from another one, in the coarsest unit it is whole in."""
        value = int(given or "0")
        unit = next(at for at, unit_ms in enumerate(_TIME_UNITS_MS) if value % unit_ms == 0)
        steps = value // _TIME_UNITS_MS[unit] - reference_ms // _TIME_UNITS_MS[unit]
        code = self.io.number(
            f"{self.shape_place}.{column}", (steps << 1 if steps >= 0 else (-steps << 1) - 1) << 2 | unit
        )
        unit_ms, folded = _TIME_UNITS_MS[code & 3], code >> 2
        value = (reference_ms // unit_ms + (-(folded + 1 >> 1) if folded & 1 else folded >> 1)) * unit_ms
        if not 0 <= value < 1 << 53:
            raise Unfit
        return str(value)


def body(coder: Coder, parts: tuple[Part, ...], author: Author, given: Value) -> Value:
    """The body of an operation, part by part."""
    whole = given if isinstance(given, dict) else {"": given}
    values = {part.name: _TYPES[part.type](coder, part, author, whole.get(part.name)) for part in parts}
    return values.get("", values)


def _describe(coder: Coder, given: Operation) -> str:
    """The shape of an operation as text."""
    if given.body is not None and not isinstance(given.body, dict | bytes):
        raise Unfit
    whole = given.body if isinstance(given.body, dict) else {"": given.body}
    parts = [_part(coder, name, value, given) for name, value in whole.items()]
    if not all(map(_is_name, whole)) or not _is_name(given.kind):
        raise Unfit
    if "" in whole and isinstance(given.body, dict):
        raise Unfit
    return " ".join((given.kind, "p" if given.person is not None else "-", ",".join(parts)))


def _part(coder: Coder, name: str, value: Value, given: Operation) -> str:
    match value:
        case str() if name == "content" and _CONTENT.fullmatch(value):
            return f"{name}:h"
        case str():
            return f"{name}:{_text_type(name, value)}"
        case int() if not isinstance(value, bool) and 0 <= value < 1 << 63:
            return f"{name}:{'k' if name.endswith('_km') else 'i'}"
        case bytes():
            update = blocks.read(value)
            if update and update.client == given.author.client_id and _plain_keys(update):
                coder.known[name] = update
                return f"{name}:u" + "".join(
                    f";{block.key}={_text_type(block.key, block.text)}" for block in update.blocks
                )
            return f"{name}:b"
    raise Unfit


def _plain_keys(update: Update) -> bool:
    return all(_is_name(block.key) for block in update.blocks)


@lru_cache(maxsize=1024)
def _is_name(text: str) -> bool:
    """Whether a shape can name a field so; "" is no field of its own and always fits."""
    return not text or _NAME.fullmatch(text) is not None


def _text_type(name: str, text: str) -> str:
    return "m" if (name.endswith("_ms") or not name) and _DECIMAL.fullmatch(text) else "t"


@lru_cache(maxsize=256)
def _parse(text: str) -> tuple[str, bool, tuple[Part, ...]]:
    kind, _, rest = text.partition(" ")
    signed, _, fields = rest.partition(" ")
    parts = []
    for one in filter(None, fields.split(",")):
        name, _, what = one.partition(":")
        keys = tuple((key, kind_of) for key, _, kind_of in (block.partition("=") for block in what.split(";")[1:]))
        if what[:1] not in _TYPES or any(kind_of not in {"t", "m"} for _, kind_of in keys):
            raise Unfit
        parts.append(Part(name, what[:1], keys))
    return kind, signed == "p", tuple(parts)


# -- types -----------------------------------------------------------------------------------------------------------


def _text(coder: Coder, part: Part, _author: Author, given: Value) -> str:
    text = coder.quoted(part.name, given if isinstance(given, str) else "")
    _remember(coder, f"+{part.name}", text)
    return text


def _time_text(coder: Coder, part: Part, _author: Author, given: Value) -> str:
    return coder.time(part.name, given if isinstance(given, str) else "", coder.hlc >> 16)


def _integer(coder: Coder, part: Part, _author: Author, given: Value) -> int:
    return coder.io.number(f"{coder.shape_place}.{part.name}", given if isinstance(given, int) else 0)


def _odometer(coder: Coder, part: Part, _author: Author, given: Value) -> int:
    memory, thread, name = coder.memory, coder.thread, part.name
    vehicle = thread.fields.get("+vehicle", "")
    last = thread.numbers.get(name, memory.odometers.get((vehicle, name), 0))
    value = last + coder.io.signed(f"{coder.shape_place}.{name}", (given if isinstance(given, int) else 0) - last)
    if not 0 <= value < 1 << 63:
        raise Unfit

    def lesson() -> None:
        thread.numbers[name] = value
        memory.driven(vehicle, name, value)

    coder.later(lesson)
    return value


def _hash(coder: Coder, part: Part, _author: Author, given: Value) -> str:
    thread, column = coder.thread, f"{coder.shape_place}.{part.name}"
    expected = (
        Thread(fields={**thread.fields, **coder.texts}).form_content(coder.suite) if coder.update else thread.content
    )
    text = given if isinstance(given, str) else ""
    if coder.io.number(column, int(text != expected)):
        expected = coder.io.raw(column, bytes.fromhex(text), 32).hex()
    if not expected:
        raise Unfit

    def lesson() -> None:
        thread.content = expected

    coder.later(lesson)
    return expected


def _bytes(coder: Coder, part: Part, _author: Author, given: Value) -> bytes:
    data = given if isinstance(given, bytes) else b""
    column = f"{coder.shape_place}.{part.name}"
    size = coder.io.number(column, len(data))
    if size > _BYTES_MAX:
        raise Unfit
    return coder.io.raw(column, data, size)


def _update(coder: Coder, part: Part, author: Author, given: Value) -> bytes:
    known = coder.known.get(part.name)
    thread, io, client = coder.thread, coder.io, author.client_id
    expected = thread.next_clock.get(client, 0)
    clock = expected + io.signed(f"{coder.shape_place}.clock", (known.clock if known else 0) - expected)
    if clock < 0:
        raise Unfit
    reference_ms, made, names = coder.hlc >> 16, list[Block](), list[str]()
    for at, (key, kind_of) in enumerate(part.blocks):
        one = known.blocks[at] if known else Block("", 0, 0, "")
        left = (0, 0)
        if not key:
            left = io.number("left", one.left_client), io.number("left_clock", one.left_clock)
        name = key or thread.blocks.get(left, "?")
        if kind_of == "m":
            text = coder.time(name, one.text, reference_ms)
            reference_ms = int(text)
        else:
            text = coder.quoted(name, one.text, coder.memory.habits.get((coder.person, name)))
        coder.texts[name] = text
        names.append(name)
        made.append(Block(key, *left, text))
    gone = _gone(made)
    if io.number("deletions", 0 if known is None or known.deletions == gone else len(known.deletions) + 1):
        raise Unfit
    coder.later(lambda: _learn_values(coder, part, names, made, (client, clock)))
    coder.update = Update(client, clock, tuple(made), gone)
    return given if isinstance(given, bytes) else blocks.write(coder.update)


def _gone(made: list[Block]) -> tuple[Deletion, ...]:
    """What a set of values replaces: the block each follows."""
    replaced = sorted({(block.left_client, block.left_clock) for block in made if not block.key}, reverse=False)
    runs: list[Deletion] = []
    for client, clock in replaced:
        if runs and (runs[-1].client, runs[-1].clock + runs[-1].length) == (client, clock):
            runs[-1] = runs[-1]._replace(length=runs[-1].length + 1)
        else:
            runs.append(Deletion(client, clock, 1))
    return tuple(runs)


def _remember(coder: Coder, name: str, text: str) -> None:
    thread = coder.thread
    coder.later(lambda: thread.set_field(name, text))


def _learn_values(coder: Coder, part: Part, names: list[str], made: list[Block], begin: tuple[int, int]) -> None:
    """Once an update has passed: its fields, what its author usually writes in them, and which block is which."""
    memory, thread, (client, clock) = coder.memory, coder.thread, begin
    for at, (name, block) in enumerate(zip(names, made, strict=True)):
        if part.blocks[at][1] != "m":
            memory.accustom(coder.person, name, block.text)
        thread.set_field(name, block.text)
        thread.set_block((client, clock + at), name)
    thread.next_clock[client] = clock + len(made)


_TYPES: dict[str, Callable[[Coder, Part, Author, Value], Value]] = {
    "t": _text,
    "m": _time_text,
    "i": _integer,
    "k": _odometer,
    "h": _hash,
    "b": _bytes,
    "u": _update,
}
