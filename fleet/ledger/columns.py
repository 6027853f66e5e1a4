"""Columns: where the wire codec puts values, and how columns become bytes and come back within bounds.

One description of a record serves both directions: a Writer stores the value it is given and answers it, a Reader
ignores the value it is given and answers the stored one. In bulk every column is a stream of its own, packed by
whatever makes it smallest; a run of a few records is one stream of numbers, one of text and one of raw bytes.

    bulk   = 1 · (name · packing · size · bytes)*              few = 0 · numbers size · text size · numbers text raw

Unpacking is bounded before anything is allocated: the sum of all columns never passes the cap given.
"""

from __future__ import annotations

from typing import Final

from fleet.errors import NotTrusted
from fleet.ledger.packings import RAW_PACKING, deflate, inflate, smallest, unpacked

NAMES_MAX = 512
NUMBER_MAX = (1 << 64) - 1
_FEW, _BULK = 0, 1
_ENDS = "\0"
TEXT_CODEC = "gb18030"
"""All of Unicode; two bytes for a common Chinese character where UTF-8 takes three."""

NUMBERS, TEXT, RAW = "#", "$", "*"
"""First letters of column names: what a column holds."""


class Unfit(Exception):
    """A value no column can carry."""


class Writer:
    """Collects columns."""

    writing: Final = True

    def __init__(self) -> None:
        self._columns: dict[str, bytearray] = {}
        self._grown: list[tuple[bytearray, int]] = []  # since the mark, and how long each column was

    def mark(self) -> None:
        """Where `back` goes back to."""
        self._grown.clear()

    def back(self) -> None:
        """Forget what was written since the mark."""
        while self._grown:
            column, size = self._grown.pop()
            del column[size:]

    def number(self, name: str, value: int) -> int:
        """Put a number, 0 to NUMBER_MAX."""
        if not 0 <= value <= NUMBER_MAX:
            raise Unfit
        out = self._column(NUMBERS + name)
        if value < 0x80:  # nearly every number is one byte
            out.append(value)
        else:
            out += leb128(value)
        return value

    def signed(self, name: str, value: int) -> int:
        """Put a number that may be negative."""
        self.number(name, value << 1 if value >= 0 else (-value << 1) - 1)
        return value

    def text(self, name: str, value: str) -> str:
        """Put a text."""
        try:
            data = value.encode(TEXT_CODEC)
            if _ENDS in value or data.decode(TEXT_CODEC) != value:
                raise Unfit
        except UnicodeError:
            raise Unfit from None
        self._column(TEXT + name).extend(data + b"\0")
        return value

    def raw(self, name: str, value: bytes, size: int) -> bytes:
        """Put `size` bytes that nothing can make smaller."""
        if len(value) != size:
            raise Unfit
        self._column(RAW + name).extend(value)
        return value

    def texts(self) -> bytes:
        """All text, in the order of its columns."""
        return b"".join(column for name, column in self._columns.items() if name[0] == TEXT)

    def _column(self, name: str) -> bytearray:
        column = self._columns.get(name)
        if column is None:
            column = self._columns[name] = bytearray()
        self._grown.append((column, len(column)))
        return column

    def packed(self, dictionary: bytes) -> bytes:
        """Everything as bytes, packed column by column."""
        out = bytearray([_BULK])
        for name, column in self._columns.items():
            if column:
                packing, data = RAW_PACKING, bytes(column)
                if name[0] != RAW:  # nothing makes those smaller
                    packing, data = smallest(data, dictionary)
                out += name.encode() + b"\0" + bytes([packing]) + len(data).to_bytes(3)
                out += data
        return bytes(out)


class RowWriter(Writer):
    """Collects a few records, as rows."""

    def _column(self, name: str) -> bytearray:
        return super()._column(name[0])

    def packed(self, dictionary: bytes) -> bytes:
        """Everything as bytes: numbers, then text, then raw bytes."""
        numbers, text, raw = (bytes(self._columns.get(kind, b"")) for kind in (NUMBERS, TEXT, RAW))
        packed = deflate(text, dictionary) if text else b""
        sizes = bytearray([_FEW])
        for size in (len(numbers), len(packed)):
            sizes += leb128(size)
        return bytes(sizes) + numbers + packed + raw


class Reader:
    """Gives back what a Writer of either kind has packed.

    Raises:
        NotTrusted: `packed_form`, `packed_size`.
    """

    writing: Final = False

    def __init__(self, data: bytes, dictionary: bytes, size_max: int) -> None:
        self._columns: dict[str, bytes] = {}
        self._at: dict[str, int] = {}
        self._bulk = data[:1] == bytes([_BULK])
        if self._bulk:
            self._read_bulk(data, dictionary, size_max)
        elif data[:1] == bytes([_FEW]):
            self._read_few(data, dictionary, size_max)
        else:
            raise NotTrusted("packed_form")

    @property
    def finished(self) -> bool:
        """Whether every column was read to its end."""
        return all(self._at.get(name, 0) == len(column) for name, column in self._columns.items())

    def texts(self) -> bytes:
        """All text, in the order of its columns."""
        return b"".join(column for name, column in self._columns.items() if name[0] == TEXT)

    def number(self, name: str, _value: int = 0) -> int:
        """The next number of a column."""
        name = NUMBERS + name if self._bulk else NUMBERS
        column, at = self._columns.get(name, b""), self._at.get(name, 0)
        if at < len(column) and column[at] < 0x80:  # nearly every number is one byte
            self._at[name] = at + 1
            return column[at]
        value = shift = 0
        while True:
            if at >= len(column) or shift > 63:
                raise NotTrusted("packed_form")
            byte = column[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
            shift += 7
        if value > NUMBER_MAX:
            raise NotTrusted("packed_form")
        self._at[name] = at
        return value

    def signed(self, name: str, _value: int = 0) -> int:
        """The next number that may be negative."""
        value = self.number(name)
        return -(value + 1 >> 1) if value & 1 else value >> 1

    def text(self, name: str, _value: str = "") -> str:
        """The next text."""
        name = TEXT + name if self._bulk else TEXT
        column, at = self._columns.get(name, b""), self._at.get(name, 0)
        end = column.find(b"\0", at)
        if end < 0:
            raise NotTrusted("packed_form")
        self._at[name] = end + 1
        try:
            return column[at:end].decode(TEXT_CODEC)
        except UnicodeDecodeError:
            raise NotTrusted("packed_form") from None

    def raw(self, name: str, _value: bytes, size: int) -> bytes:
        """The next `size` raw bytes."""
        name = RAW + name if self._bulk else RAW
        column, at = self._columns.get(name, b""), self._at.get(name, 0)
        if at + size > len(column):
            raise NotTrusted("packed_form")
        self._at[name] = at + size
        return column[at : at + size]

    def _read_bulk(self, data: bytes, dictionary: bytes, size_max: int) -> None:
        at, left = 1, size_max
        while at < len(data):
            end = data.find(b"\0", at, at + 256)
            if end < 0 or len(data) < end + 5 or len(self._columns) >= NAMES_MAX:
                raise NotTrusted("packed_form")
            name, packing, size = (
                data[at:end].decode(errors="replace"),
                data[end + 1],
                int.from_bytes(data[end + 2 : end + 5]),
            )
            at = end + 5 + size
            if at > len(data) or name in self._columns:
                raise NotTrusted("packed_form")
            self._columns[name] = column = unpacked(packing, data[end + 5 : at], dictionary, left)
            left -= len(column)

    def _read_few(self, data: bytes, dictionary: bytes, size_max: int) -> None:
        at, sizes = 1, []
        for _ in range(2):
            size, at = _read_leb128(data, at)
            sizes.append(size)
        numbers, text = sizes
        if at + numbers + text > len(data):
            raise NotTrusted("packed_form")
        self._columns[NUMBERS] = data[at : at + numbers]
        at += numbers
        self._columns[TEXT] = inflate(data[at : at + text], dictionary, size_max) if text else b""
        self._columns[RAW] = data[at + text :]


def leb128(value: int) -> bytes:
    """A number in seven bits a byte, the lowest first."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _read_leb128(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift <= 28:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
    raise NotTrusted("packed_form")
