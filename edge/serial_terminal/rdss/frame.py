"""RDSS framing, both protocols on one line: bytes in, frames out. No port, no clock, no logging.

    2.1   $ CCxxx or BDxxx , fields * hh CR LF                          hh = XOR between $ and *
    4.0   $ four letters | total length 2 | own card 3 | content | XOR of all before

Rules kept here:
* A 4.0 frame is cut by its length, never by line: its content may hold $, CR and LF. Which of the two a `$` begins is
  told by the letters after it.
* What is damaged costs itself: hunting goes on right after its `$`. Bytes between frames are weather.
* Bounded by FRAME_SIZE_MAX; how the stream is sliced changes nothing.
Source: RDSS 2.1 and 4.0 as makers' public guides and implementations show them.
"""

from __future__ import annotations

from typing import NamedTuple

from edge.serial_terminal.xor import checksum

START = b"$"
FRAME_SIZE_MAX = 1024  # bytes
NAME_SIZE, OVERHEAD = 4, 11  # bytes of a 4.0 frame's name, and of all but its content
TO_MODULE = frozenset({"GLJC", "DWSQ", "TXSQ", "SJSC", "ICJC", "XTZJ", "BBDQ"})
FROM_MODULE = frozenset({"GLZK", "DWXX", "TXXX", "ICXX", "ZJXX", "SJXX", "BBXX", "FKXX", "TXHZ"})
_NAMES = {name.encode() for name in TO_MODULE | FROM_MODULE}


class Sentence(NamedTuple):
    """One sound sentence of 2.1: the bytes between `$` and `*`."""

    raw: bytes


class Binary(NamedTuple):
    """One sound frame of 4.0."""

    name: str
    card: int
    content: bytes


class BadFrame(NamedTuple):
    """What began as a frame and is none; `reason` is checksum, length, no_check or overlong."""

    raw: bytes
    reason: str


Event = Sentence | Binary | BadFrame


def encode_sentence(text: str) -> bytes:
    """Return a 2.1 sentence as it goes on the line; Chinese text in GBK."""
    raw = text.encode("gbk")
    return START + raw + b"*%02X\r\n" % checksum(raw)


def encode_binary(frame: Binary) -> bytes:
    """Return a 4.0 frame as it goes on the line."""
    size = OVERHEAD + len(frame.content)
    text = START + frame.name.encode() + size.to_bytes(2, "big") + frame.card.to_bytes(3, "big") + frame.content
    return text + bytes((checksum(text),))


class FrameDecoder:
    """Cuts one line's bytes into frames. Feed it any slices; it never raises. `weather` counts bytes between them."""

    def __init__(self) -> None:
        self.weather = 0
        self._pending = b""

    @property
    def waits(self) -> bool:
        """Whether half a frame is there."""
        return bool(self._pending)

    def receive(self, data: bytes) -> list[Event]:
        """Take any slice of the stream; return what it completed, in order."""
        data, at = self._pending + data, 0
        events: list[Event] = []
        while (start := data.find(START, at)) >= 0:
            self.weather += start - at
            at = start
            if len(data) <= at + NAME_SIZE and b"\n" not in data[at:]:
                break
            binary = data[at + 1 : at + 1 + NAME_SIZE] in _NAMES
            event, size = _binary(data, at) if binary else _sentence(data, at)
            if not size:
                break
            if event:
                events.append(event)
            at += size
        else:
            self.weather += len(data) - at
            at = len(data)
        self._pending = data[at:]
        return events


def _binary(data: bytes, at: int) -> tuple[Event | None, int]:
    """The 4.0 frame that begins here and how many bytes it takes; 0 if more is needed."""
    head = data[at : at + 7]
    if len(head) < 7:
        return None, 0
    size = int.from_bytes(head[5:7], "big")
    if not OVERHEAD <= size <= FRAME_SIZE_MAX:
        return BadFrame(head, "length"), 1
    raw = data[at : at + size]
    if len(raw) < size:
        return None, 0
    if checksum(raw):
        return BadFrame(raw, "checksum"), 1
    return Binary(head[1:5].decode(), int.from_bytes(raw[7:10], "big"), raw[10:-1]), size


def _sentence(data: bytes, at: int) -> tuple[Event | None, int]:
    """The 2.1 sentence that begins here and how many bytes it takes; 0 if more is needed."""
    ends = [end for mark in (b"*", b"\n", START) if (end := data.find(mark, at + 1, at + FRAME_SIZE_MAX)) >= 0]
    if not ends:
        raw = data[at : at + FRAME_SIZE_MAX]
        return (BadFrame(raw, "overlong"), len(raw)) if len(raw) == FRAME_SIZE_MAX else (None, 0)
    end = min(ends)
    raw, digits = data[at + 1 : end], data[end + 1 : end + 3]
    if data[end : end + 1] != b"*":
        return (BadFrame(raw, "no_check") if raw.strip() else None), end - at
    if len(digits) < 2:
        return None, 0
    if digits.upper() != b"%02X" % checksum(raw):
        return BadFrame(raw, "checksum"), 1
    return Sentence(raw), end + 3 - at
