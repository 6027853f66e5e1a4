"""What was heard of terminals, as it is stored and as it is shown: reports, drivers' cards, messages as they came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from fleet.ledger.canonical import encode
from fleet.rules.position import Position
from fleet.tracks.gate import doubts
from fleet.tracks.point import Point

COLUMNS = (
    "terminal, device_ms, received_ms, lat_e6, lon_e6, alt_m, speed_kmh_e1, course, fix, acc, alarm_bits, status_bits,"
    " odometer_m, doubt, order_id, extras, vehicle, fuel_l_e1, satellites, rssi, said_lat_e6, said_lon_e6"
)
CARD_COLUMNS = "terminal, device_ms, received_ms, inserted, result, name, licence, order_id"


class Report(NamedTuple):
    """A position with what the node adds: whose it is, when it was heard, what is wrong with it, and which trip's.

    `vehicle` is the one the terminal was in at the time of the report; `said` the place in the terminal's own datum
    (1e-6 degree), if that is not WGS-84.
    """

    terminal: str
    position: Position
    received_ms: int
    doubt: str
    order: str
    vehicle: str = ""
    said: tuple[int, int] | None = None


class Raw(NamedTuple):
    """A message that is kept as it came: no table yet, or nothing the node uses yet."""

    terminal: str
    received_ms: int
    msg_id: int
    body: bytes


class DriverCard(NamedTuple):
    """A card put into a terminal, or taken out. `result` is the terminal's: 0 read, 1 key, 2 locked, 3 removed, 4 data.

    `device_ms` is the time of receipt if the terminal had none; `order` the trip the vehicle was on then, or "".
    """

    terminal: str
    device_ms: int
    received_ms: int
    inserted: bool
    result: int
    name: str
    licence: str
    order: str


class Unjudged(NamedTuple):
    """From when on (UTC ms, the earliest of its new reports) a track is to be judged again, and as of which report."""

    from_ms: int
    mark: int


@dataclass(frozen=True, slots=True)
class Heard:
    """A stored position, in the units its names give. `device_ms` is the time of receipt if the terminal had none."""

    terminal: str
    device_ms: int
    received_ms: int
    lat: float
    lon: float
    speed_kmh: float
    course: int
    fix: bool
    acc: bool
    alarm_bits: int
    doubt: str
    order: str


def row_of(report: Report) -> tuple[object, ...]:
    """A report as its row, in the order of COLUMNS."""
    position = report.position
    return (
        report.terminal,
        position.device_time_ms,
        report.received_ms,
        round(position.lat * 1e6),
        round(position.lon * 1e6),
        position.alt_m,
        round(position.speed_kmh * 10),
        position.course,
        int(position.fix),
        int(position.acc),
        position.alarm_bits,
        position.status_bits,
        None if position.odometer_km is None else round(position.odometer_km * 1000),
        report.doubt,
        report.order,
        encode([[number, value] for number, value in position.extras]),
        report.vehicle,
        None if position.fuel_l is None else round(position.fuel_l * 10),
        position.satellites,
        position.rssi,
        *(report.said or (None, None)),
    )


def of_segment(terminal: str, point: Point) -> Heard:
    """A report that is in a segment, as it is shown."""
    return Heard(
        terminal=terminal,
        device_ms=point.device_ms,
        received_ms=point.arrival_ms,
        lat=point.lat_e6 / 1e6,
        lon=point.lon_e6 / 1e6,
        speed_kmh=point.speed_kmh_e1 / 10,
        course=point.course,
        fix=bool(point.fix),
        acc=bool(point.acc),
        alarm_bits=point.alarm_bits,
        doubt=doubts([point])[0],
        order="",
    )


def read(row: Sequence[Any]) -> Heard:
    """A row in the order of COLUMNS, as it is shown."""
    terminal, device_ms, received_ms, lat_e6, lon_e6, _alt, speed_e1, course, fix, acc, alarm_bits = row[:11]
    return Heard(
        terminal=terminal,
        device_ms=received_ms if device_ms is None else device_ms,
        received_ms=received_ms,
        lat=lat_e6 / 1e6,
        lon=lon_e6 / 1e6,
        speed_kmh=speed_e1 / 10,
        course=course,
        fix=bool(fix),
        acc=bool(acc),
        alarm_bits=alarm_bits,
        doubt=row[13],
        order=row[14],
    )
