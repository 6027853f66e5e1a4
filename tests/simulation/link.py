"""The link port, simulated: two ends, one conversation, and weather in between.

A line carries one direction. It knows where frames begin, so it can lose, repeat or overtake whole ones; besides that
the conversation may be cut after any byte, and what arrives comes in slices of any size. Nothing is delivered before
its time, and time moves only when the world says so.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from fleet.errors import NotTrusted, Unavailable
from fleet.ledger.exchange import Exchange
from tests.simulation.forger import tamper
from tests.simulation.host import Host


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """Chances of one frame (cut: of one conversation), and the longest a frame may travel, milliseconds."""

    drop: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    forge: float = 0.0
    flip: float = 0.0
    shorten: float = 0.0
    cut: float = 0.0
    delay_ms_max: int = 0


CALM = Weather()


@dataclass(slots=True)
class Line:
    """One direction: frames on their way, by the time they arrive."""

    weather: Weather
    chance: random.Random
    count: Counter[str]
    _flying: list[tuple[int, int, bytes]] = field(default_factory=list)
    _sent: int = 0
    _last_ms: int = 0

    def put(self, data: bytes, now_ms: int) -> None:
        """Send bytes; each whole frame in them meets the weather on its own."""
        for frame in frames(data):
            if self.chance.random() < self.weather.drop:
                self.count["drops"] += 1
                continue
            if self.chance.random() < self.weather.forge and (forged := tamper(frame, self.chance)):
                self.count["forged frames"] += 1
                self._fly(forged, now_ms)
            self._fly(self._spoilt(frame), now_ms)
            if self.chance.random() < self.weather.duplicate:
                self.count["duplicates"] += 1
                self._fly(frame, now_ms)

    def due(self, now_ms: int) -> bytes:
        """What has arrived by now, in the order it did."""
        here = sorted(flight for flight in self._flying if flight[0] <= now_ms)
        self._flying = [flight for flight in self._flying if flight[0] > now_ms]
        return b"".join(frame for _, _, frame in here)

    @property
    def empty(self) -> bool:
        """Whether nothing is on its way."""
        return not self._flying

    def _spoilt(self, frame: bytes) -> bytes:
        """The frame, now and then with a bit turned or its end missing. A refusal is spared: nobody signs it, and only
        what the real links add of their own protects it."""
        if self.chance.random() < self.weather.flip and b"refusal" not in frame[:16]:
            self.count["bit flips"] += 1
            return turned(frame, self.chance)
        if self.chance.random() < self.weather.shorten:
            self.count["truncated frames"] += 1
            return frame[: self.chance.randrange(len(frame))]
        return frame

    def _fly(self, frame: bytes, now_ms: int) -> None:
        arrives_ms = now_ms + (self.chance.randrange(self.weather.delay_ms_max) if self.weather.delay_ms_max else 0)
        overtakes = self.chance.random() < self.weather.reorder
        if not overtakes:
            arrives_ms = max(arrives_ms, self._last_ms)
            self._last_ms = arrives_ms
        elif any(flight[0] >= arrives_ms for flight in self._flying):
            self.count["reorders"] += 1
        # What arrives in the same millisecond keeps its order, but for a frame that overtakes.
        self._flying.append((arrives_ms, -self._sent if overtakes else self._sent, frame))
        self._sent += 1


@dataclass(slots=True)
class Conversation:
    """Two machines speaking about one unit. `heard` is everything the first sent, for a replay later."""

    first: Host
    second: Host
    unit: str
    ends: tuple[Exchange, Exchange]
    lines: tuple[Line, Line]
    budget: int
    cut_after: int | None
    heard: bytearray = field(default_factory=bytearray)
    crossed: int = 0
    over: bool = False

    def open(self, now_ms: int) -> None:
        """Who calls speaks first."""
        self._say(0, now_ms)

    def pump(self, now_ms: int, chance: random.Random, count: Counter[str]) -> None:
        """Deliver what is due to both ends and let them answer; ends when nothing is left to say, or cut."""
        for here, line in enumerate(self.lines):
            data = line.due(now_ms)
            if not data:
                continue
            if self.cut_after is not None and self.crossed + len(data) > self.cut_after:
                data = data[: max(0, self.cut_after - self.crossed)]
                self.over = True
                count["cuts"] += 1
            self.crossed += len(data)
            if here == 0:
                self.heard += data
            self._hear(1 - here, data, now_ms, chance, count)
            if self.over:
                return
        self.over = all(line.empty for line in self.lines)

    def _hear(self, end: int, data: bytes, now_ms: int, chance: random.Random, count: Counter[str]) -> None:
        try:
            for piece in slices(data, chance):
                self.ends[end].receive(piece, now_ms=now_ms)
        except NotTrusted:
            count["hung up"] += 1
            self.over = True
        except Unavailable:
            count["disk full"] += 1
            self.over = True
        else:
            count["causal waits"] += len(self.ends[end].outcome.waiting_for)
            self.ends[end].outcome.waiting_for = ()
        if not self.over:
            self._say(end, now_ms)

    def _say(self, end: int, now_ms: int) -> None:
        if data := self.ends[end].outgoing(self.budget):
            self.lines[end].put(data, now_ms)


def frames(data: bytes) -> Iterator[bytes]:
    """Cut what an end sends into its frames: a length, seven bits a byte, and what follows."""
    while data:
        size = length = 0
        while data[size] >= 0x80:
            length |= (data[size] & 0x7F) << 7 * size
            size += 1
        size += 1 + (length | data[size] << 7 * size)
        yield data[:size]
        data = data[size:]


def turned(data: bytes, chance: random.Random) -> bytes:
    """The same bytes but for one bit."""
    at, bit = chance.randrange(len(data)), 1 << chance.randrange(8)
    return data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]


def slices(data: bytes, chance: random.Random) -> Iterator[bytes]:
    """The same bytes as the other end may read them: in one piece mostly, in odd ones sometimes."""
    while data:
        size = len(data) if chance.random() < 0.5 else chance.randrange(1, len(data) + 1)
        yield data[:size]
        data = data[size:]
