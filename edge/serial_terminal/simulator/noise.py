"""A bad line, on purpose: what happens to frames between a terminal and its platform.

Rules kept here:
* The same seed spoils the same frames in the same way.
* Counted apart: `damaged` frames, which their platform must not take, and what damages nothing: bytes between frames
  and 7E shared by two frames, which it must see through.
"""

from __future__ import annotations

from dataclasses import dataclass

from edge.serial_terminal.jt808.frame import FLAG
from fleet.ports import Randomness

GARBAGE_SIZE_MAX = 40  # bytes


@dataclass(slots=True)
class Spoilt:
    """What was done so far."""

    damaged: int = 0
    garbage_bytes: int = 0
    shared_flags: int = 0


class Noise:
    """One line's weather. `level` is the share of frames something happens to, 0 to 1."""

    def __init__(self, level: float, randomness: Randomness) -> None:
        self.done = Spoilt()
        self._level, self._random = level, randomness
        self._after_flag = False  # the last byte put on the line was a frame's closing 7E
        self._ways = (self._flip, self._cut, self._prefix, self._share)

    def spoil(self, frame: bytes) -> bytes:
        """The bytes that reach the other end."""
        if self._random.below(1_000_000) < self._level * 1_000_000:
            frame = self._ways[self._random.below(len(self._ways))](frame)
        self._after_flag = frame.endswith(FLAG)
        return frame

    def _flip(self, frame: bytes) -> bytes:
        """One bit, anywhere between the flags."""
        self.done.damaged += 1
        at = 1 + self._random.below(len(frame) - 2)
        return frame[:at] + bytes((frame[at] ^ 1 << self._random.below(8),)) + frame[at + 1 :]

    def _cut(self, frame: bytes) -> bytes:
        """The end is missing: the next frame's 7E comes instead of this one's."""
        self.done.damaged += 1
        return frame[: 1 + self._random.below(len(frame) - 2)]

    def _prefix(self, frame: bytes) -> bytes:
        """Bytes that belong to nobody, before the frame."""
        garbage = self._random.bytes(1 + self._random.below(GARBAGE_SIZE_MAX))
        self.done.garbage_bytes += len(garbage)
        return garbage + frame

    def _share(self, frame: bytes) -> bytes:
        """One 7E ends the last frame and starts this one."""
        if not self._after_flag:
            return frame
        self.done.shared_flags += 1
        return frame[1:]
