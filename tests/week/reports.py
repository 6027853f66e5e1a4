"""The reports of the week's terminals, as they come: as they were heard, shuffled, split otherwise, or twice."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from edge.serial_terminal.jt808.heard import Heard
from edge.store.heard import DriverCard
from fleet.rules.position import Position
from fleet.tracks.point import Point
from tests.week import story
from tests.week.story import PHONES, at

AGAIN_MS = 5 * 60_000
"""So long after it was heard a report comes again, if it does."""
SEED = 2026


@dataclass(frozen=True, slots=True)
class Way:
    """How reports come, and how often they are judged: every so many hours."""

    judged_h: int = 6
    shuffled: bool = False
    split: int = 1
    twice: bool = False
    restarts: tuple[str, ...] = ()
    seed: int = SEED


class Reports:
    """The reports of all terminals, handed over as they come."""

    def __init__(self, roads: dict[int, story.Road], way: Way) -> None:
        self._way, self._rng = way, random.Random(way.seed)
        heard = [(point.arrival_ms, False, number, point) for number, road in roads.items() for point in road.reports]
        if way.twice:
            heard += [
                (at_ms + AGAIN_MS, True, number, point._replace(arrival_ms=at_ms + AGAIN_MS))
                for at_ms, _, number, point in self._rng.sample(heard, len(heard) // 3)
            ]
        self._heard, self._next = sorted(heard), 0

    def until(self, moment: int) -> Iterator[list[tuple[int, Point]]]:
        """What comes before a moment, in so many pieces; nothing comes again before it came."""
        fresh = []
        while self._next < len(self._heard) and self._heard[self._next][0] < moment:
            fresh.append(self._heard[self._next])
            self._next += 1
        if self._way.shuffled:
            self._rng.shuffle(fresh)
            fresh.sort(key=lambda each: each[1])
        size = max(1, -(-len(fresh) // self._way.split))
        for begin in range(0, len(fresh), size):
            yield [(number, point) for _, _, number, point in fresh[begin : begin + size]]


def heard(number: int, point: Point) -> Heard:
    """A report of a vehicle's terminal, when it was heard."""
    return Heard(
        phone=PHONES[number].zfill(12), msg_id=0x0200, serial=1, version=2013, kind="position",
        at_ms=point.arrival_ms, positions=(_position(point),),
    )  # fmt: skip


def _position(point: Point) -> Position:
    return Position(
        device_time_ms=point.device_ms, lat=point.lat_e6 / 1e6, lon=point.lon_e6 / 1e6, alt_m=point.alt_m,
        speed_kmh=point.speed_kmh_e1 / 10, course=point.course, fix=bool(point.fix), acc=bool(point.acc),
        alarm_bits=point.alarm_bits, odometer_km=None if point.odometer_km_e1 is None else point.odometer_km_e1 / 10,
        fuel_l=None if point.fuel_l_e1 is None else point.fuel_l_e1 / 10, satellites=point.satellites, rssi=point.rssi,
    )  # fmt: skip


def cards() -> Iterator[DriverCard]:
    """Whose card was in when, as terminals report it."""
    for number, read in story.CARDS.items():
        for moment, inserted, name in read:
            yield DriverCard(PHONES[number], at(moment), at(moment) + 1_000, inserted, 0, name, "", "")
