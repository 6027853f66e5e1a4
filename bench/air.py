"""A channel in simulated time: stations of `fleet.radio` on one frequency, and the weather between them.

Whatever a station puts on the air takes its time; who speaks hears nothing meanwhile, and two who speak at once spoil
each other. Nobody waits: time goes on to the next moment at which anything can happen.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from fleet.radio.station import Event, Station


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """Chances of one packet at one receiver, of 1; the longest delay behind the air, seconds; `echo`: a radio gives
    back what it was given to send; `noise`: bytes that nobody sent before a packet, at most."""

    loss: float = 0.0
    flip: float = 0.0
    cut: float = 0.0
    duplicate: float = 0.0
    delay_s: float = 0.0
    echo: bool = False
    noise: int = 0


CALM = Weather()


@dataclass(slots=True)
class _Flight:
    speaker: int
    begin_s: float
    end_s: float
    data: bytes
    spoiled: bool = False


@dataclass
class Channel:
    """The stations, the weather and the time. `happens` is told every event, with the place of its station."""

    stations: Sequence[Station]
    happens: Callable[[int, Event], None]
    chance: random.Random
    weather: Weather = CALM
    now_s: float = 0.0
    count: Counter[str] = field(default_factory=Counter)
    _flights: list[_Flight] = field(default_factory=list)
    _arriving: list[tuple[float, int, int, bytes]] = field(default_factory=list)  # when, order, at which station, what
    _order: int = 0

    def run(self, until_s: float, enough: Callable[[], bool] = lambda: False) -> bool:
        """Let time pass until then, or until it is enough; whether it was."""
        while not enough():
            at_s = min(self._moments(), default=float("inf"))
            if at_s > until_s:
                self.now_s = until_s
                return False
            self.now_s = max(self.now_s, at_s)
            self._land()
            self._deliver()
            self._let_speak()
        return True

    def _moments(self) -> Iterable[float]:
        yield from (flight.end_s for flight in self._flights)
        yield from (arrival[0] for arrival in self._arriving)
        yield from (wake_s for station in self.stations if (wake_s := station.wake()) != float("inf"))

    def _let_speak(self) -> None:
        for place, station in enumerate(self.stations):
            if station.wake() > self.now_s:
                continue
            data = station.outgoing(self.now_s)
            self._tell(place, station.events())
            if data:
                flight = _Flight(place, self.now_s, self.now_s + station.air.seconds(len(data)), data)
                for other in self._flights:
                    other.spoiled = flight.spoiled = True
                    self.count["collisions"] += 1
                self._flights.append(flight)

    def _land(self) -> None:
        for flight in [flight for flight in self._flights if flight.end_s <= self.now_s]:
            self._flights.remove(flight)
            for place in range(len(self.stations)):
                if place != flight.speaker:
                    self._send(place, flight)
                elif self.weather.echo:
                    self._arrive(place, flight.data)

    def _send(self, place: int, flight: _Flight) -> None:
        data, weather, chance = flight.data, self.weather, self.chance
        if chance.random() < weather.loss:
            self.count["lost"] += 1
            return
        if flight.spoiled or chance.random() < weather.flip:
            self.count["damaged"] += 1
            data = _flipped(data, chance)
        if chance.random() < weather.cut:
            self.count["cut"] += 1
            data = data[: chance.randrange(len(data))]
        if weather.noise:
            data = chance.randbytes(chance.randrange(weather.noise + 1)) + data
        self._arrive(place, data)
        if chance.random() < weather.duplicate:
            self.count["duplicated"] += 1
            self._arrive(place, data)

    def _arrive(self, place: int, data: bytes) -> None:
        self._order += 1
        self._arriving.append((self.now_s + self.chance.random() * self.weather.delay_s, self._order, place, data))

    def _deliver(self) -> None:
        due = sorted(arrival for arrival in self._arriving if arrival[0] <= self.now_s)
        self._arriving = [arrival for arrival in self._arriving if arrival[0] > self.now_s]
        for _, _, place, data in due:
            self._tell(place, self.stations[place].receive(data, self.now_s))

    def _tell(self, place: int, events: Sequence[Event]) -> None:
        for event in events:
            self.happens(place, event)


def _flipped(data: bytes, chance: random.Random) -> bytes:
    """With one to four bits the other way round."""
    damaged = bytearray(data)
    for _ in range(chance.randrange(1, 5)):
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    return bytes(damaged)
