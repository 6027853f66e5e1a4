"""What both ends of a channel do alike: take frames apart, speak packet by packet at the channel's pace, and count.

    receive(bytes, now) -> what happened        outgoing(now) -> a frame, or b""        wake() -> when to ask again

`now` is in seconds that only go forward. Sans-IO: the caller owns the port and the clock. One packet is handed over
at a time, and the next only when that one has left the antenna: more would overfill a modem's buffer.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Iterable
from typing import NamedTuple

from fleet.radio import frame
from fleet.radio.air import Air
from fleet.radio.packet import Packet, read
from fleet.radio.repeat import WINDOW

NEVER = float("inf")


class Opened(NamedTuple):
    """A talk with a node has begun; what was left of an earlier one is gone."""

    node: int


class Received(NamedTuple):
    """Bytes of a talk, in order, each once."""

    node: int
    data: bytes


class Failed(NamedTuple):
    """A node's call came to nothing: `unanswered`, `refused` (no agreement on a key) or `lost` (talks do not last)."""

    why: str


Event = Opened | Received | Failed


class Station(ABC):
    """One machine on a channel. `counts` counts frames, bytes and what was wrong with some; `air_s` what it spoke."""

    def __init__(self, air: Air) -> None:
        self.air, self.counts, self.air_s = air, Counter[str](), 0.0
        self._decoder = frame.Decoder()
        self._turn: deque[bytes] = deque()
        self._free_at = -NEVER  # when our own last packet has left
        self._events: list[Event] = []

    def receive(self, data: bytes, now: float) -> list[Event]:
        """Take what the port has read, in any slices. Raises Unavailable if a key cannot be kept."""
        self.counts["bytes_in"] += len(data)
        for content in self._decoder.receive(data):
            if isinstance(content, frame.Bad):
                self.counts[content.why] += 1
                continue
            self.counts["frames_in"] += 1
            packet = read(content)
            if packet is None:
                self.counts["strange"] += 1
            else:
                self._hear(packet, now)
        return self.events()

    def outgoing(self, now: float) -> bytes:
        """The frame to put on the air now; b"" if it is not our time. Raises Unavailable if a key cannot be kept."""
        if now < self._free_at:
            return b""
        if not self._turn:
            self._turn.extend(frame.encode(packet.content) for packet in self._compose(now))
            if not self._turn:
                return b""
            self.counts["turns"] += 1
        said = self._turn.popleft()
        self._free_at = now + self.air.seconds(len(said))
        self.air_s += self.air.seconds(len(said))
        self.counts["frames_out"] += 1
        self.counts["bytes_out"] += len(said)
        if not self._turn:
            self._spoken(self._free_at)
        return said

    def wake(self) -> float:
        """When `outgoing` may have something; NEVER if only hearing something can change that."""
        return self._free_at if self._turn else max(self._free_at, self._due())

    def events(self) -> list[Event]:
        """What has happened since the last call."""
        events, self._events = self._events, []
        return events

    @property
    def _pending_max(self) -> int:
        """Bytes given to a talk at a time, about: what keeps a window full for two turns."""
        return 2 * WINDOW * self.air.packet_size

    @abstractmethod
    def _hear(self, packet: Packet, now: float) -> None:
        """A packet, from whomever."""

    @abstractmethod
    def _due(self) -> float:
        """When the next turn may begin, or a wait ends."""

    @abstractmethod
    def _compose(self, now: float) -> Iterable[Packet]:
        """The packets of the turn that begins now, if one does."""

    @abstractmethod
    def _spoken(self, now: float) -> None:
        """The turn ends at `now`."""
