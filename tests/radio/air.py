"""The air between two radio modems: two real pseudo-terminals, joined by weather, at the pace of the air.

Whatever one end writes takes its time; who speaks while the other does spoils both. What was written is kept, as it was
before the weather, for whoever wants to look at it.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.air import Weather
from edge.serial_terminal.simulator.pseudo import PseudoPort

BITS_PER_BYTE = 10


@dataclass(slots=True)
class _Flight:
    end: int
    data: bytes
    until_s: float
    spoiled: bool = False


@dataclass
class Air:
    """Two modems; `ports[0]` is the node's. `rate` in bits a second; `open` is whether anything comes through."""

    rate: int
    weather: Weather
    chance: random.Random
    open: bool = True
    said: tuple[list[bytes], list[bytes]] = field(default_factory=lambda: ([], []))
    count: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.ends = (PseudoPort(), PseudoPort())
        self.ports = tuple(end.name for end in self.ends)
        self._free_s = [0.0, 0.0]
        self._flights: list[_Flight] = []
        self._spoken = asyncio.Event()

    @property
    def carried(self) -> int:
        """Bytes that were put on the air."""
        return sum(map(len, self.said[0])) + sum(map(len, self.said[1]))

    async def moment(self) -> None:
        """Wait until something was put on the air, after the last look."""
        self._spoken.clear()
        await self._spoken.wait()

    @contextmanager
    def blowing(self) -> Iterator[None]:
        """Carry what is said until the block ends."""
        loop = asyncio.get_running_loop()
        for place, end in enumerate(self.ends):
            assert end.fd is not None
            loop.add_reader(end.fd, self._speak, place)
        try:
            yield
        finally:
            self.open = False
            for end in self.ends:
                assert end.fd is not None
                loop.remove_reader(end.fd)
                end.close()

    def _speak(self, place: int) -> None:
        data, loop = self.ends[place].read(), asyncio.get_running_loop()
        if not data:
            return
        self.said[place].append(data)
        self._spoken.set()
        begin_s = max(loop.time(), self._free_s[place])
        flight = _Flight(place, data, begin_s + len(data) * BITS_PER_BYTE / self.rate)
        self._free_s[place] = flight.until_s
        for other in self._flights:
            if other.end != place and other.until_s > begin_s:
                other.spoiled = flight.spoiled = True
                self.count["collisions"] += 1
        self._flights.append(flight)
        loop.call_at(flight.until_s, self._land, flight)

    def _land(self, flight: _Flight) -> None:
        self._flights.remove(flight)
        chance, weather, data = self.chance, self.weather, bytearray(flight.data)
        if not self.open or chance.random() < weather.loss:
            self.count["lost"] += 1
            return
        if flight.spoiled or chance.random() < weather.flip:
            self.count["damaged"] += 1
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        self.count["arrived"] += 1
        self.ends[1 - flight.end].write(bytes(data))
