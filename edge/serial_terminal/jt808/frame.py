"""JT/T 808 framing: bytes in, frames out. No port, no clock, no logging.

    7E | header + body, escaped | check code, escaped | 7E      (JT/T 808, message structure)

Rules kept here:
* 7E is a separator: each one ends the frame before it and starts the next, so two frames may share one and a
  damaged byte costs one frame (a damaged 7E: its two neighbours). The next 7E is in step again.
* Bytes before the first 7E, or between frames, are weather and not errors: values the caller counts.
* How the stream is cut into reads never changes what comes out, and each byte is looked at a fixed number of times.
* What waits for its 7E is bounded by PENDING_SIZE_MAX; a longer run is reported once and skipped to the next 7E.
* All frames of one read are checked together (`xor`); one frame alone goes the same way.
"""

from __future__ import annotations

from typing import NamedTuple

from edge.serial_terminal.xor import checksum, checksums

FLAG, ESCAPE = b"\x7e", b"\x7d"
PENDING_SIZE_MAX = 4096  # bytes; the largest legal frame with every byte escaped is 2092
PAYLOAD_SIZE_MIN = 12  # bytes; the shortest header

_new = tuple.__new__  # what a NamedTuple's own constructor calls, without its argument handling


class Frame(NamedTuple):
    """One sound frame: `payload` is header and body, unescaped, the check code verified and removed."""

    payload: bytes


class BadFrame(NamedTuple):
    """What stood between two 7E and is no frame; `reason` is one of escape, checksum, short, overlong."""

    raw: bytes
    reason: str


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
        closed = data.split(FLAG)
        tail = closed.pop()
        if closed and self._pending:
            closed[0] = bytes(self._pending) + closed[0]
            self._pending.clear()
        elif closed and self._skipping:
            closed[0], self._skipping = b"", False
        events = _open(list(filter(None, closed)))
        if tail:
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


def _open(chunks: list[bytes]) -> list[Frame | BadFrame]:
    """What stood between the delimiters, unescaped and checked."""
    if len(chunks) == 1:
        (chunk,) = chunks
        text = _unescape(chunk) if ESCAPE in chunk else chunk
        return [_judge(chunk, text, checksum(text))]
    texts = [_unescape(chunk) if ESCAPE in chunk else chunk for chunk in chunks]
    return list(map(_judge, chunks, texts, checksums(texts)))


def _judge(chunk: bytes, text: bytes, code: int) -> Frame | BadFrame:
    """One chunk, its unescaped text and that text's check code."""
    if not code and PAYLOAD_SIZE_MIN < len(text) <= PENDING_SIZE_MAX:
        return _new(Frame, (text[:-1],))
    if len(chunk) > PENDING_SIZE_MAX:
        return BadFrame(chunk[:PENDING_SIZE_MAX], "overlong")
    if not text:
        return BadFrame(chunk, "escape")
    return BadFrame(chunk, "short" if len(text) <= PAYLOAD_SIZE_MIN else "checksum")


def _unescape(chunk: bytes) -> bytes:
    """The chunk without escapes; b"" if one of them is none, or if there is too much of it to look."""
    if len(chunk) > PENDING_SIZE_MAX:
        return b""
    text = chunk.replace(b"\x7d\x02", FLAG).replace(b"\x7d\x01", ESCAPE)
    return text if len(chunk) - len(text) == chunk.count(ESCAPE) else b""  # each escape gave up one byte
