"""Columns of whole numbers, packed: what segments and thinned lines have in common.

    row count | column count | each column's divisor | LZMA of ( a plane for each column | what was escaped )

Rules kept here:
* A number is one byte of its column's plane: its sign in the lowest bit, its column's divisor taken out. ESCAPE says
  that it is larger and stands, as a varint, among the escaped ones of all columns.
* All columns are one LZMA stream, one after the other: like beside like, and one start to pay for.
* What comes from outside is bounded before it is unpacked: by the caller's row and column counts, and by the size
  these can need.
"""

from __future__ import annotations

import lzma
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from math import gcd
from typing import Any

NUMBER_SIZE_MAX = 10
"""Bytes of one varint: numbers of up to 64 bits and their sign."""
ESCAPE = 255

_FILTERS: list[dict[str, Any]] = [
    {"id": lzma.FILTER_LZMA1, "dict_size": 1 << 20, "lc": 0, "lp": 0, "pb": 0, "mf": lzma.MF_BT4, "nice_len": 64}
]
_SIGNED = [code >> 1 if not code & 1 else -(code >> 1) - 1 for code in range(256)]
_AS_SIGNED = bytes(number & 0xFF for number in _SIGNED)
"""The same as bytes that are read with their sign."""
_MARKS = re.compile(bytes((ESCAPE,))).finditer
Column = Sequence[int] | memoryview
"""Numbers; one that is nothing but zeros is `bytes`, so that it can be told at once."""


class Misformed(ValueError):
    """Bytes that `pack` never makes."""


def pack(columns: Sequence[Sequence[int]]) -> bytes:
    """Pack columns of one length."""
    head, planes, escaped = [len(columns[0]), len(columns)], bytearray(), bytearray()
    for column in columns:
        divisor = gcd(*column) or 1
        head.append(divisor)
        numbers = [number // divisor for number in column] if divisor > 1 else column
        codes = [number + number if number >= 0 else -number - number - 1 for number in numbers]
        if codes and max(codes) >= ESCAPE:
            escaped += varints(code for code in codes if code >= ESCAPE)
            codes = [code if code < ESCAPE else ESCAPE for code in codes]
        planes += bytes(codes)
    return varints(head) + lzma.compress(bytes(planes + escaped), format=lzma.FORMAT_RAW, filters=_FILTERS)


def unpack(data: bytes, *, rows_max: int, columns_max: int) -> list[Column]:
    """The columns.

    Raises:
        Misformed: it is not what `pack` makes, or more than allowed.
    """
    try:
        (rows, count), at = read_varints(data, 2)
        if rows > rows_max or not 0 < count <= columns_max:
            raise Misformed("size")
        divisors, at = read_varints(data, count, at)
        stream = _decompressed(data[at:], rows * count * (1 + NUMBER_SIZE_MAX))
    except lzma.LZMAError as fault:
        raise Misformed(str(fault)) from None
    if len(stream) < rows * count:
        raise Misformed("planes")
    escaped = iter(_escaped(stream[rows * count :]))
    columns = [_column(stream[rows * at : rows * (at + 1)], divisor, escaped) for at, divisor in enumerate(divisors)]
    if next(escaped, None) is not None:
        raise Misformed("escapes")
    return columns


def varints(numbers: Iterable[int]) -> bytes:
    """Numbers from 0 on, seven bits a byte, the lowest first."""
    out = bytearray()
    for number in numbers:
        rest = number
        while rest > 0x7F:
            out.append(rest & 0x7F | 0x80)
            rest >>= 7
        out.append(rest)
    return bytes(out)


def read_varints(data: bytes, count: int, at: int = 0) -> tuple[list[int], int]:
    """So many numbers from a place on, and the place behind them.

    Raises:
        Misformed: there are not so many, or one is too long.
    """
    numbers = []
    for _ in range(count):
        number = shift = 0
        while True:
            if at >= len(data) or shift >= 7 * NUMBER_SIZE_MAX:
                raise Misformed("number")
            byte = data[at]
            number |= (byte & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if byte < 0x80:
                break
        numbers.append(number)
    return numbers, at


def unsigned(number: int) -> int:
    """A number and its sign as one from 0 on: small ones stay small."""
    return number + number if number >= 0 else -number - number - 1


def signed(code: int) -> int:
    """The reverse of `unsigned`."""
    return -(code >> 1) - 1 if code & 1 else code >> 1


def _column(plane: bytes, divisor: int, escaped: Iterator[int]) -> Column:
    if plane.count(0) == len(plane):
        return plane
    if divisor == 1:
        numbers = memoryview(plane.translate(_AS_SIGNED)).cast("b")
        if ESCAPE not in plane:
            return numbers
        found = numbers.tolist()
    else:
        multiples = _multiples(divisor)
        found = [multiples[code] for code in plane]
    marks = [mark.start() for mark in _MARKS(plane)]
    codes = list(islice(escaped, len(marks)))
    if len(codes) < len(marks):
        raise Misformed("escapes")
    for at, code in zip(marks, codes, strict=True):
        found[at] = (-(code >> 1) - 1 if code & 1 else code >> 1) * divisor
    return found


@lru_cache(maxsize=64)
def _multiples(divisor: int) -> list[int]:
    """What a byte of a plane stands for."""
    return [number * divisor for number in _SIGNED]


def _escaped(data: bytes) -> list[int]:
    numbers = []
    number = shift = 0
    for byte in data:
        if byte < 0x80:
            numbers.append(number | byte << shift)
            number = shift = 0
        elif shift >= 7 * NUMBER_SIZE_MAX:
            raise Misformed("number")
        else:
            number |= (byte & 0x7F) << shift
            shift += 7
    if shift:
        raise Misformed("number")
    return numbers


def _decompressed(body: bytes, size_max: int) -> bytes:
    opener = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=_FILTERS)
    stream = opener.decompress(body, size_max)
    if not opener.eof and opener.decompress(b"", 1):
        raise Misformed("size")
    if not opener.eof or opener.unused_data:
        raise Misformed("end")
    return stream
