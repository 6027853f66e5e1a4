"""Packings: the ways a column of the wire codec is made small, each with its number on the wire.

    0 as it is      1 deflate with the dictionary      2, 3, 4 LZMA, each with other bits of context

All come from the standard library, and none unpacks to more than it is told it may.
"""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Callable
from typing import Protocol

from fleet.errors import NotTrusted

RAW_PACKING = 0
"""The packing that leaves data as it is."""
_DEFLATE_BITS = -15
_LZMA_DATA_LEAST, _LZMA_FIRST = 48, 2
"""Data shorter than that is left to the packings before the first LZMA, which needs half a megabyte to begin at all."""
_LZMA_WINDOW, _LZMA_WINDOW_LEAST = 1 << 20, 1 << 12


def _filters(lc: int, pb: int, window: int = _LZMA_WINDOW) -> list[dict[str, int]]:
    return [{"id": lzma.FILTER_LZMA1, "dict_size": window, "lc": lc, "lp": 0, "pb": pb, "preset": 6}]


def _as_it_is(data: bytes, _dictionary: bytes) -> bytes:
    return data


def deflate(data: bytes, dictionary: bytes) -> bytes:
    """Packed by deflate, which may refer back to `dictionary`."""
    machine = zlib.compressobj(9, zlib.DEFLATED, _DEFLATE_BITS, 9, zdict=dictionary)
    return machine.compress(data) + machine.flush()


def _lzma(lc: int, pb: int) -> Callable[[bytes, bytes], bytes]:
    def pack(data: bytes, _dictionary: bytes) -> bytes:
        # Memory is cleared for the whole window: one that is no longer than the data gives the same bytes much sooner.
        window = min(max(len(data), _LZMA_WINDOW_LEAST), _LZMA_WINDOW)
        machine = lzma.LZMACompressor(lzma.FORMAT_RAW, filters=_filters(lc, pb, window))
        return machine.compress(data) + machine.flush()

    return pack


def _keep(data: bytes, _dictionary: bytes, size_max: int) -> bytes:
    if len(data) > size_max:
        raise NotTrusted("packed_size")
    return data


def inflate(data: bytes, dictionary: bytes, size_max: int) -> bytes:
    """What `deflate` packed. Raises as `unpacked`."""
    return _bounded(zlib.decompressobj(_DEFLATE_BITS, zdict=dictionary), data, size_max)


def _unlzma(lc: int, pb: int) -> Callable[[bytes, bytes, int], bytes]:
    def unpack(data: bytes, _dictionary: bytes, size_max: int) -> bytes:
        return _bounded(lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=_filters(lc, pb)), data, size_max)

    return unpack


class _Machine(Protocol):
    """What unpacks, of either library."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, size_max: int, /) -> bytes: ...


def _bounded(machine: _Machine, data: bytes, size_max: int) -> bytes:
    """All that `machine` unpacks of `data`, which must be there to its end and no further."""
    try:
        out = machine.decompress(data, size_max + 1)
    except (zlib.error, lzma.LZMAError):
        raise NotTrusted("packed_form") from None
    if len(out) > size_max:
        raise NotTrusted("packed_size")
    if not machine.eof or machine.unused_data:
        raise NotTrusted("packed_form")
    return out


_PACKINGS: tuple[tuple[Callable[[bytes, bytes], bytes], Callable[[bytes, bytes, int], bytes]], ...] = (
    (_as_it_is, _keep),
    (deflate, inflate),
    (_lzma(0, 0), _unlzma(0, 0)),
    (_lzma(3, 0), _unlzma(3, 0)),
    (_lzma(4, 1), _unlzma(4, 1)),
)


def smallest(data: bytes, dictionary: bytes) -> tuple[int, bytes]:
    """The packing that makes `data` smallest, by number, and what it makes of it."""
    worth = _PACKINGS if len(data) >= _LZMA_DATA_LEAST else _PACKINGS[:_LZMA_FIRST]
    return min(
        ((packing, pack(data, dictionary)) for packing, (pack, _) in enumerate(worth)), key=lambda one: len(one[1])
    )


def unpacked(packing: int, data: bytes, dictionary: bytes, size_max: int) -> bytes:
    """What was packed so.

    Raises:
        NotTrusted: `packed_form`; `packed_size`: it is more than `size_max` bytes.
    """
    if packing >= len(_PACKINGS):
        raise NotTrusted("packed_form")
    return _PACKINGS[packing][1](data, dictionary, size_max)
