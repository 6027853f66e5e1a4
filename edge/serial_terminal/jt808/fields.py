"""The kinds of field JT/T 808 bodies are made of: each reads itself from bytes and writes itself back.

A message is a row of fields (see `tables/`); this module knows how one field looks on the wire and which plain value
(number, text, hex, list, mapping: what JSON can say) stands for it. Facts decoded from a body are those values by name.

Rules kept here:
* Big-endian; text is GBK with its zero padding stripped; bytes that are not GBK are given as "hex:…" so that nothing
  is lost, except half a character cut off at the end, which is dropped as screens would.
* A body that ends early raises `ShortBodyError` with the place; what was read before it stands.
Source: JT/T 808-2013 and -2019, data types; clause numbers differ between editions, the types do not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from edge.serial_terminal import facts as plain
from edge.serial_terminal.jt808.location import bcd_time, device_time_ms

Facts = plain.Facts  # here: field name to plain value


class ShortBodyError(Exception):
    """The body ended before the field did."""


class Cursor:
    """A place in a body."""

    def __init__(self, body: bytes) -> None:
        self.body, self.at = body, 0

    @property
    def left(self) -> int:
        return len(self.body) - self.at

    def take(self, size: int) -> bytes:
        if size > self.left:
            raise ShortBodyError(f"wanted {size} at {self.at} of {len(self.body)}")
        self.at += size
        return self.body[self.at - size : self.at]

    def rest(self) -> bytes:
        return self.take(self.left)


class Kind(Protocol):
    """How one field looks on the wire."""

    def read(self, cursor: Cursor) -> Any: ...

    def write(self, value: Any) -> bytes: ...


class Number(NamedTuple):
    """An unsigned integer; `shown` formats it where people and tools expect hex ("0x{:04x}" for a message id)."""

    size: int
    shown: str = ""

    def read(self, cursor: Cursor) -> int | str:
        value = int.from_bytes(cursor.take(self.size), "big")
        return self.shown.format(value) if self.shown else value

    def write(self, value: int | str) -> bytes:
        return (int(value, 16) if isinstance(value, str) else value).to_bytes(self.size, "big")


class Digits(NamedTuple):
    """BCD[n], kept as its digits: dates, SIM numbers. Non-decimal digits show as they are."""

    size: int

    def read(self, cursor: Cursor) -> str:
        return cursor.take(self.size).hex()

    def write(self, value: str) -> bytes:
        return bytes.fromhex(value)


class Moment:
    """BCD[6] yyMMddHHmmss in China time, given as ISO 8601 UTC; None when the bytes are not a date."""

    def read(self, cursor: Cursor) -> str | None:
        return plain.iso(device_time_ms(cursor.take(6)))

    def write(self, value: str | None) -> bytes:
        return bcd_time(round(datetime.fromisoformat(value).timestamp() * 1000)) if value else bytes(6)


class Degrees:
    """DWORD in 1e-6 degree, unsigned: in fences the hemisphere is in the attribute word, as it travels."""

    def read(self, cursor: Cursor) -> float:
        return int.from_bytes(cursor.take(4), "big") / 1e6

    def write(self, value: float) -> bytes:
        return round(value * 1e6).to_bytes(4, "big")


class Text(NamedTuple):
    """GBK text: `size` bytes, zero padded; or counted by a number before it; or, with neither, to the body's end."""

    size: int = 0
    counted: Number | None = None

    def read(self, cursor: Cursor) -> str:
        return text(_sized(cursor, self.size, self.counted))

    def write(self, value: str) -> bytes:
        raw = bytes.fromhex(value[4:]) if value.startswith("hex:") else value.encode("gbk")
        return _counted(raw, self.counted) if self.counted else raw[: self.size or None].ljust(self.size, b"\0")


class Raw(NamedTuple):
    """Bytes kept as hex: fixed, counted or to the end, as `Text`."""

    size: int = 0
    counted: Number | None = None

    def read(self, cursor: Cursor) -> str:
        return _sized(cursor, self.size, self.counted).hex()

    def write(self, value: str) -> bytes:
        return _counted(bytes.fromhex(value), self.counted)


class Several(NamedTuple):
    """A list, counted by a number before it, or running to the end of the body while whole items fit."""

    of: Kind
    counted: Number | None = None

    def read(self, cursor: Cursor) -> list[Any]:
        if self.counted:
            return [self.of.read(cursor) for _ in range(int(self.counted.read(cursor)))]
        items: list[Any] = []
        while cursor.left:
            start = cursor.at
            try:
                items.append(self.of.read(cursor))
            except ShortBodyError:
                if not items:
                    raise
                cursor.at = start  # counts are wrong in the field: what makes no item is the body's tail
                break
        return items

    def write(self, value: Sequence[Any]) -> bytes:
        head = self.counted.write(len(value)) if self.counted else b""
        return head + b"".join(self.of.write(item) for item in value)


class Inline(Kind, Protocol):
    """A kind that states several facts and can put them straight into the message's own."""

    def read_into(self, facts: Facts, cursor: Cursor) -> None: ...


class Field(NamedTuple):
    """One named field; `when` says, from the facts before it and the bytes left, whether it is there at all."""

    name: str
    kind: Kind
    when: Callable[[Facts, int], bool] | None = None


class Row(tuple[Field | Inline, ...]):
    """Fields one after the other: the body of a message, or one item of a list. Facts in, facts out."""

    def read(self, cursor: Cursor) -> Facts:
        facts: Facts = {}
        self.read_into(facts, cursor)
        return facts

    def read_into(self, facts: Facts, cursor: Cursor) -> None:
        """Fill `facts` as far as the body goes; raises ShortBodyError where it ends."""
        for field in self:
            if not isinstance(field, Field):
                field.read_into(facts, cursor)
            elif field.when is None or field.when(facts, cursor.left):
                facts[field.name] = field.kind.read(cursor)

    def write(self, value: Mapping[str, Any]) -> bytes:
        return b"".join(
            field.kind.write(value[field.name]) if isinstance(field, Field) else field.write(value)
            for field in self
            if not isinstance(field, Field) or field.when is None or field.name in value
        )


def text(raw: bytes) -> str:
    """GBK bytes as text, lossless: zero padding stripped, "hex:…" if they are no text at all."""
    raw = raw.strip(b"\0")  # some terminals pad on the left
    for candidate in (raw, raw[:-1].rstrip(b"\0")):  # the second: half a character left by a cut at a fixed length
        try:
            return candidate.decode("gbk")
        except UnicodeDecodeError as damage:
            if damage.end != len(raw):
                break
    return f"hex:{raw.hex()}"


def _sized(cursor: Cursor, size: int, count: Number | None) -> bytes:
    if count:
        return cursor.take(int(count.read(cursor)))
    return cursor.take(size) if size else cursor.rest()


def _counted(raw: bytes, count: Number | None) -> bytes:
    return (count.write(len(raw)) if count else b"") + raw


BYTE, WORD, DWORD = Number(1), Number(2), Number(4)
MESSAGE_ID, PARAMETER_ID = Number(2, "0x{:04x}"), Number(4, "0x{:04x}")
