"""JT/T 808 framing: bytes in, frames out. No port, no clock, no logging.

    7E | header + body, escaped | check code, escaped | 7E      (JT/T 808, message structure)

Rules kept here:
* 7E is a separator: each one ends the frame before it and starts the next, so two frames may share one and a
  damaged byte costs one frame (a damaged 7E: its two neighbours). The next 7E is in step again.
* Bytes before the first 7E, or between frames, are weather and not errors: values the caller counts.
* How the stream is cut into reads never changes what comes out, and each byte is looked at a fixed number of times.
* What waits for its 7E is bounded by PENDING_SIZE_MAX; a longer run is reported once and skipped to the next 7E.
"""

from __future__ import annotations

import re
from typing import NamedTuple

FLAG, ESCAPE = b"\x7e", b"\x7d"
PENDING_SIZE_MAX = 4096  # bytes; the largest legal frame with every byte escaped is 2092
PAYLOAD_SIZE_MIN = 12  # bytes; the shortest header
BAD_ESCAPE = re.compile(rb"\x7d(?![\x01\x02])")

# A byte string XORs down to one byte by folding it in halves, as one integer: log2(n) steps, not n.
_FOLDS = tuple(1 << power for power in range(14, 2, -1))  # 16384 … 8 bits, for up to 4096 bytes
_SHORT_FOLDS = tuple(fold for fold in _FOLDS if fold <= 512)  # enough for 128 bytes, as most frames are


class Frame(NamedTuple):
    """One sound frame: `payload` is header and body, unescaped, the check code verified and removed."""

    payload: bytes


class BadFrame(NamedTuple):
    """What stood between two 7E and is no frame; `reason` is one of escape, checksum, short, overlong."""

    raw: bytes
    reason: str


def checksum(data: bytes) -> int:
    """XOR of all bytes, up to 4096 of them; 0 for a payload followed by its own check code."""
    folded = int.from_bytes(data, "little")
    for fold in _SHORT_FOLDS if len(data) <= 128 else _FOLDS:
        folded ^= folded >> fold
    return folded & 0xFF


def encode(payload: bytes) -> bytes:
    """Return the frame as it goes on the line: check code added, escaped, a 7E at each end."""
    plain = payload + bytes((checksum(payload),))
    return FLAG + plain.replace(ESCAPE, b"\x7d\x01").replace(FLAG, b"\x7d\x02") + FLAG


class FrameDecoder:
    """Cuts one line's bytes into frames. Feed it any slices; it never raises."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._skipping = False  # the run under way was already reported as overlong

    def receive(self, data: bytes) -> list[Frame | BadFrame]:
        """Take any slice of the stream; return what it completed, in order."""
        head, *rest = data.split(FLAG)
        events: list[Frame | BadFrame] = []
        self._grow(head, events)
        if not rest:
            return events
        if self._pending:
            events.append(_open(bytes(self._pending)))
            self._pending.clear()
        self._skipping = False
        tail = rest.pop()
        events.extend([_open(chunk) for chunk in rest if chunk])
        self._grow(tail, events)
        return events

    def _grow(self, part: bytes, events: list[Frame | BadFrame]) -> None:
        if self._skipping:
            return
        self._pending += part
        if len(self._pending) > PENDING_SIZE_MAX:
            events.append(BadFrame(bytes(self._pending[:PENDING_SIZE_MAX]), "overlong"))
            self._pending.clear()
            self._skipping = True


def _open(chunk: bytes) -> Frame | BadFrame:
    if len(chunk) > PENDING_SIZE_MAX:
        return BadFrame(chunk[:PENDING_SIZE_MAX], "overlong")
    plain = chunk
    if ESCAPE in chunk:
        if BAD_ESCAPE.search(chunk):
            return BadFrame(chunk, "escape")
        plain = chunk.replace(b"\x7d\x02", FLAG).replace(b"\x7d\x01", ESCAPE)
    if len(plain) <= PAYLOAD_SIZE_MIN:
        return BadFrame(chunk, "short")
    if checksum(plain):
        return BadFrame(chunk, "checksum")
    return Frame(plain[:-1])
