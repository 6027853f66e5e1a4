"""One operation on its way through the columns of the wire codec.

A Coder walks the description of an operation once, with a Writer or with a Reader; what the memory learns from an
operation it learns after the last column of it, so one that turns out not to fit leaves nothing behind.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from fleet.ledger import shapes
from fleet.ledger.blocks import Update
from fleet.ledger.columns import Reader, Unfit, Writer
from fleet.ledger.memory import Memory, Thread
from fleet.ledger.operation import Operation
from fleet.ledger.shapes import Part
from fleet.ledger.suite import COMMON

BYTES_MAX = 1 << 16
"""Bytes, or characters, of one value."""
_TIME_UNITS_MS = (1_800_000, 60_000, 1_000, 1)
_QUOTES, _QUOTES_MAX = 0xE000, 0x100
_QUOTED_LENGTH_MIN = 3
_NUMBER = re.compile(r"[1-9][0-9]{4,17}", re.ASCII)
_NUMBERED = re.compile(r"(.*?)([0-9]{1,9})", re.ASCII | re.DOTALL)
_RESERVED = re.compile(r"[\x00\x01\ue000-\ue0ff]")
_QUOTED = re.compile(r"[\ue000-\ue0ff]")
_LITERAL, _EXPECTED, _LISTED = 0, 1, 2

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
        text = shapes.describe(given, self.known) if given else ""
        last = self.thread.shape
        self.shape_place = "shape"
        text = self.word("is", text, self.memory.after.get(last))
        parsed = shapes.parse(text)
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
        if len(text) > BYTES_MAX:
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
