"""The check code that every protocol here uses: the XOR of a frame's bytes, of one frame or of many at once.

Rule kept here: a byte string is folded in halves as one integer, log2(n) steps instead of n. Many short ones are laid
side by side in one integer and folded together, which costs less than a tenth of going one by one.
"""

from __future__ import annotations

from collections.abc import Sequence

_FOLDS = tuple(1 << power for power in range(14, 2, -1))  # 16384 … 8 bits, for up to 4096 bytes
SLOT_SIZE = 128  # bytes; room for one frame beside the others, as most frames need
_SLOT_FOLDS = tuple(fold for fold in _FOLDS if fold < SLOT_SIZE * 8)


def checksum(data: bytes) -> int:
    """XOR of all bytes, up to 4096 of them; 0 for a text followed by its own check code."""
    folded = int.from_bytes(data, "little")
    for fold in _SLOT_FOLDS if len(data) <= SLOT_SIZE else _FOLDS:
        folded ^= folded >> fold
    return folded & 0xFF


def checksums(texts: Sequence[bytes]) -> bytes:
    """The `checksum` of each text, in order. A long one is folded by itself and stands in its slot as its result."""
    slots = b"".join(
        [
            text.ljust(SLOT_SIZE, b"\0") if len(text) <= SLOT_SIZE else checksum(text).to_bytes(SLOT_SIZE, "little")
            for text in texts
        ]
    )
    folded = int.from_bytes(slots, "little")
    for fold in _SLOT_FOLDS:
        folded ^= folded >> fold
    return folded.to_bytes(len(slots), "little")[::SLOT_SIZE]
