"""Meshtastic's stream framing: bytes in, frames and debug text out. No port, no clock, no logging.

    94 C3 | length, 2 bytes big-endian | protobuf message

Rules kept here:
* There is no check code: a length over FRAME_SIZE_MAX is no frame, and hunting goes on with the very next byte; what is
  damaged inside is found by whoever reads the message.
* A message that cannot be protobuf costs itself only if its length was right: hunting goes on inside it, so that a
  frame cut short does not swallow the next. The reader says whether it was one (`sound`).
* Bytes between frames are the radio's own log: handed on as counts. The stream's slicing changes nothing.
Source: Meshtastic client API, streaming version, as publicly described.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

START = b"\x94\xc3"
HEAD_SIZE, FRAME_SIZE_MAX = 4, 512  # bytes
WAKE = b"\xc3" * 32


class Frame(NamedTuple):
    """One message's bytes."""

    payload: bytes


class BadFrame(NamedTuple):
    """What began as a frame and is none; `reason` is length or content."""

    raw: bytes
    reason: str


def encode(payload: bytes) -> bytes:
    """Return the frame as it goes on the line.

    Raises:
        ValueError: the message is longer than a frame carries.
    """
    if len(payload) > FRAME_SIZE_MAX:
        raise ValueError(f"a frame carries {FRAME_SIZE_MAX} bytes")
    return START + len(payload).to_bytes(2, "big") + payload


class FrameDecoder:
    """Cuts one line's bytes into frames. Feed it any slices; it never raises. `text` counts the bytes between them."""

    def __init__(self, sound: Callable[[bytes], bool]) -> None:
        self.text = 0
        self._sound, self._pending = sound, b""

    @property
    def waits(self) -> bool:
        """Whether half a frame is there."""
        return len(self._pending) > 1

    def receive(self, data: bytes) -> list[Frame | BadFrame]:
        """Take any slice of the stream; return what it completed, in order."""
        data, at = self._pending + data, 0
        events: list[Frame | BadFrame] = []
        while True:
            start = data.find(START, at)
            if start < 0:
                keep = 1 if data[at:].endswith(START[:1]) else 0  # a 94 may be half a start
                self.text += len(data) - keep - at
                at = len(data) - keep
                break
            self.text += start - at
            at = start
            if len(data) < at + HEAD_SIZE:
                break
            stop = at + HEAD_SIZE + int.from_bytes(data[at + 2 : at + HEAD_SIZE], "big")
            if stop > at + HEAD_SIZE + FRAME_SIZE_MAX:
                events.append(BadFrame(data[at : at + HEAD_SIZE], "length"))
                at += len(START)
            elif stop > len(data):
                break
            elif self._sound(payload := data[at + HEAD_SIZE : stop]):
                events.append(Frame(payload))
                at = stop
            else:
                events.append(BadFrame(data[at:stop], "content"))
                at += len(START)
        self._pending = data[at:]
        return events
