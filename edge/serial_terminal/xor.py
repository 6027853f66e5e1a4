"""The check code that every protocol here uses: the XOR of a frame's bytes, of one frame or of many at once.

Rule kept here: a byte string is folded in halves as one integer, log2(n) steps instead of n. Many short ones are laid
side by side in one integer and folded together, which costs less than a tenth of going one by one.
"""

from __future__ import annotations

from collections.abc import Sequence


def _folds(size: int) -> tuple[int, ...]:
    """By how many bits to fold up to `size` bytes, a power of two: half of them, a quarter … one byte."""
    return tuple(size * 4 >> step for step in range(size.bit_length() - 1))


SHORT, LONG = 64, 128  # bytes; the slots for frames side by side: nearly all fit the one or the other
_FOLDS_SHORT, _FOLDS_LONG, _FOLDS = _folds(SHORT), _folds(LONG), _folds(4096)


def checksum(data: bytes) -> int:
    """XOR of all bytes, up to 4096 of them; 0 for a text followed by its own check code."""
    folded, size = int.from_bytes(data, "little"), len(data)
    for fold in _FOLDS_SHORT if size <= SHORT else _FOLDS_LONG if size <= LONG else _FOLDS:
        folded ^= folded >> fold
    return folded & 0xFF


def checksums(texts: Sequence[bytes]) -> bytes:
    """The `checksum` of each text, in order. A long one is folded by itself and stands in its slot as its result."""
    size = SHORT if max(map(len, texts), default=0) <= SHORT else LONG
    slots = b"".join(
        [text.ljust(size, b"\0") if len(text) <= size else checksum(text).to_bytes(size, "little") for text in texts]
    )
    folded = int.from_bytes(slots, "little")
    for fold in _FOLDS_SHORT if size == SHORT else _FOLDS_LONG:
        folded ^= folded >> fold
    return folded.to_bytes(len(slots), "little")[::size]
