"""A fleet's reports through the node's own store, and how far what comes out is from the truth.

    workload ─▶ telemetry.db, row by row in order of arrival ─▶ segments, day by day ─▶ days read back, judged, compared

Rules kept here:
* The product's own store, gate, order and judgement do the work; time passes as the workload's arrivals say, and a day
  is packed when the node would pack it. What comes after its day was packed is packed once more, as on a node.
* Bytes are those of segments with all that stands beside them, and of thinned lines; `disk` is the whole file.
* A day is lossless if every report of the workload comes back once, all fields equal, and nothing else does.
* A distance is what the store says of the time between the true start and end of a trip.
* Judged is: put in order, gated, run into metres, and every alarm of the catalogue that a track is enough for, with the
  true trips as orders if they are given. Its rate is without the time it takes to read a day, the time of a day with.
* Segments are decoded one after another, as they are asked for: never a month of them in memory at once.
"""

from __future__ import annotations

import json
import struct
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter, process_time
from typing import Any, NamedTuple

from edge.store.heard import COLUMNS, Report, row_of
from edge.store.telemetry import TelemetryStore
from fleet.errors import BadInput
from fleet.rules.alarm.facts import Facts, Outing
from fleet.rules.alarm.judging import judge
from fleet.rules.position import Position
from fleet.tracks import segment, thin
from fleet.tracks.days import DAY_MS, day_of
from fleet.tracks.point import Point
from fleet.tracks.track import in_order, judged

HOT_DAYS = 2
BATCH = 200
"""Reports a transaction; a line in a coverage hole's wake brings as many."""
DAYS_ASKED, SEED = 300, 1
CLOCK_MS = 6_000
"""Terminals' clocks are so far off; the truth has another."""
KM_BANDS = {"1-10km": (1_000, 10_000), "10-50km": (10_000, 50_000), "over_50km": (50_000, float("inf"))}

_NONE = -(1 << 31)
_ROW = struct.Struct("<qqiiihhbbiihhi")
Day = tuple[str, int]


class Trip(NamedTuple):
    """What really happened (UTC ms); `order` is None if nobody applied."""

    start_ms: int
    end_ms: int
    metres: float
    order: str | None
    driver: str


def measure(workload: Path, truth: Path | None) -> dict[str, Any]:
    """The figures of ``ortoo bench tracks --json``.

    Raises:
        BadInput: `workload_form`, with the line.
    """
    with tempfile.TemporaryDirectory(prefix="ortoo-bench-") as home:
        store = TelemetryStore(Path(home))
        said, stored_per_s = _fill(store, workload)
        days = sorted(said)
        asked = Random(SEED).sample(days, min(DAYS_ASKED, len(days)))  # noqa: S311 - which days are asked for
        trips = _trips(truth) if truth else {}
        figures: dict[str, Any] = _judging(store, asked, trips) | {"stored_positions_per_s": round(stored_per_s)}
        _pack(store, None)
        figures |= _sizes(store, Path(home)) | _speeds(store) | _queries(store, asked)
        if truth:
            figures |= _distances(store, trips, days)
        figures["lossless"] = all(_alike(store, day, said[day]) for day in days)
        store.close()
    return figures


def _read(path: Path) -> Iterator[Report]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                yield _report(json.loads(line))
            except (ValueError, KeyError, TypeError):
                raise BadInput("workload_form", line=number) from None


def _report(row: Mapping[str, Any]) -> Report:
    position = Position(
        device_time_ms=row["device_time"] * 1000,
        lat=row["lat"],
        lon=row["lon"],
        alt_m=row["alt"],
        speed_kmh=row["speed_kmh"],
        course=row["course"],
        fix=bool(row["fix"]),
        acc=bool(row["acc"]),
        alarm_bits=row["alarm_bits"],
        odometer_km=row["odometer_km"],
        fuel_l=row["fuel_l"],
        satellites=row["sats"],
        rssi=row["rssi"],
    )
    return Report(row["vehicle"], position, round(row["arrival_time"] * 1000), "", "", row["vehicle"])


def _fill(store: TelemetryStore, workload: Path) -> tuple[dict[Day, bytearray], float]:
    """Store everything, packing on the way; what was said, by vehicle and day, and rows stored a second."""
    said: dict[Day, bytearray] = defaultdict(bytearray)
    reports, spent_s, count, today_ms = _read(workload), 0.0, 0, 0
    while batch := list(islice(reports, BATCH)):
        for report in batch:
            point = _point(report)
            said[report.vehicle, day_of(point.device_ms)] += _packed(point)
        begun = perf_counter()
        store.save(batch, [])
        spent_s += perf_counter() - begun
        count += len(batch)
        if today_ms < (now_ms := day_of(batch[-1].received_ms)):
            today_ms = now_ms
            _pack(store, today_ms - (HOT_DAYS - 1) * DAY_MS, today_ms)
    return said, count / spent_s


def _pack(store: TelemetryStore, before_ms: int | None, today_ms: int = 0) -> None:
    """Pack days before one, or all, and know the tyres up to today: a node's turn."""
    for part in store.tracks.parts(1 << 50 if before_ms is None else before_ms):
        store.tracks.replace(store.tracks.pack(part))
        store.tracks.learn(part.vehicle, part.day_ms + DAY_MS)
    for vehicle in store.tracks.unlearnt(today_ms) if today_ms else ():
        store.tracks.learn(vehicle, today_ms)


def _judging(store: TelemetryStore, asked: Sequence[Day], trips: Mapping[str, Sequence[Trip]]) -> dict[str, Any]:
    """How fast days are judged, and what it takes to judge one again, reading included, as it lies on a node."""
    outings = {(vehicle, day): _outings(trips.get(vehicle, ()), day) for vehicle, day in asked}
    judged_s, positions, again = 0.0, 0, []
    for vehicle, day in asked:
        begun = perf_counter()
        points, tyres = store.tracks.points(vehicle, day, day), store.tracks.tyres(vehicle, day)
        begun_cpu = process_time()
        track = judged(points, tyres)
        judge(Facts(plate=vehicle, now_ms=day + DAY_MS, track=track, outings=outings[vehicle, day]))
        judged_s += process_time() - begun_cpu
        again.append((perf_counter() - begun) * 1000)
        positions += len(points)
    return {
        "judged_positions_per_s": round(positions / judged_s),
        "rejudge_day_ms": round(_p95(again), 2),
    }


def _sizes(store: TelemetryStore, home: Path) -> dict[str, Any]:
    rows = [*store.tracks.segments()]
    positions = sum(row.positions for row in rows)
    error_m = 0.0
    for row in rows:
        if row.thin:
            track = judged(segment.unpack(row.full))
            error_m = max(error_m, thin.error_m(track.placed, thin.unpack(row.thin)))
    store.tracks.tidy()
    return {
        "positions": positions,
        "segments": len(rows),
        "bytes_per_position_stored": round(sum(len(row.full) + len(row.beside) for row in rows) / positions, 3),
        "bytes_per_position_thin": round(sum(len(row.thin) for row in rows) / positions, 3),
        "disk_bytes_per_position": round((home / "telemetry.db").stat().st_size / positions, 3),
        "thin_max_error_m": round(error_m, 2),
    }


def _speeds(store: TelemetryStore) -> dict[str, Any]:
    packed = [row.full for row in store.tracks.segments()]
    begun = process_time()
    positions = sum(len(segment.unpack_columns(full)[0]) for full in packed)
    decoding_s = process_time() - begun
    days = [segment.unpack(full) for full in packed]
    begun = process_time()
    for points in days:
        segment.pack(points)
    return {
        "encode_positions_per_s": round(positions / (process_time() - begun)),
        "decode_positions_per_s": round(positions / decoding_s),
    }


def _queries(store: TelemetryStore, asked: Sequence[Day]) -> dict[str, Any]:
    spent = []
    for vehicle, day in asked:
        begun = perf_counter()
        store.tracks.points(vehicle, day, day)
        spent.append((perf_counter() - begun) * 1000)
    return {"query_day_ms_p95": round(_p95(spent), 2)}


def _trips(truth: Path) -> dict[str, list[Trip]]:
    found: dict[str, list[Trip]] = defaultdict(list)
    with truth.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                row = json.loads(line)
                trip = Trip(row["start"] * 1000, row["end"] * 1000, row["distance_m"], row["order"], row["driver"])
            except (ValueError, KeyError, TypeError):
                raise BadInput("workload_form", line=number) from None
            found[row["vehicle"]].append(trip)
    return found


def _outings(trips: Iterable[Trip], day_ms: int) -> tuple[Outing, ...]:
    """The orders of a day, by what really happened."""
    return tuple(
        Outing(
            order=trip.order, dispatched_ms=trip.start_ms, start_ms=trip.start_ms, end_ms=trip.end_ms,
            driver=trip.driver, departed_ms=trip.start_ms, back_ms=trip.end_ms,
        )
        for trip in trips
        if trip.order and trip.start_ms < day_ms + DAY_MS and trip.end_ms >= day_ms
    )  # fmt: skip


def _distances(store: TelemetryStore, trips: Mapping[str, Sequence[Trip]], days: Iterable[Day]) -> dict[str, Any]:
    """How far trips are off, in per cent by length, and what vehicles ran where the truth has them parked."""
    errors: dict[str, list[float]] = {band: [] for band in KM_BANDS}
    for vehicle, driven in trips.items():
        for start_ms, end_ms, true_m, *_ in driven:
            track = store.tracks.track(vehicle, start_ms, end_ms)
            off = abs(track.metres_between(start_ms - CLOCK_MS, end_ms + CLOCK_MS) - true_m) / true_m * 100
            for band, (least, most) in KM_BANDS.items():
                if least <= true_m < most:
                    errors[band].append(off)
    parked = [_parked_m(store, day, trips.get(day[0], ())) for day in days]
    return {
        "distance_error_pct_p95": {band: round(_p95(found), 3) for band, found in errors.items() if found},
        "distance_error_pct_median": {band: round(median(found), 3) for band, found in errors.items() if found},
        "parked_m_per_day": round(sum(parked) / len(parked), 3),
    }


def _parked_m(store: TelemetryStore, day: Day, trips: Iterable[Trip]) -> float:
    """Metres of a vehicle's day outside trips."""
    vehicle, day_ms = day
    track = store.tracks.track(vehicle, day_ms, day_ms)
    parked_m, since_ms = 0.0, day_ms
    for start_ms, end_ms, *_ in sorted(trips):
        if start_ms < day_ms + DAY_MS and end_ms >= day_ms:
            parked_m += track.metres_between(since_ms, max(since_ms, start_ms - CLOCK_MS))
            since_ms = end_ms + CLOCK_MS
    return parked_m + track.metres_between(since_ms, max(since_ms, day_ms + DAY_MS))


def _alike(store: TelemetryStore, day: Day, said: bytearray) -> bool:
    vehicle, day_ms = day
    wanted = in_order(_unpacked(row) for row in _ROW.iter_unpack(said))
    return store.tracks.points(vehicle, day_ms, day_ms) == wanted


def _point(report: Report) -> Point:
    said = dict(zip(COLUMNS.replace(" ", "").split(","), row_of(report), strict=True))
    odometer_m: Any = said["odometer_m"]
    named = {"arrival_ms": said["received_ms"], "odometer_km_e1": None if odometer_m is None else odometer_m // 100}
    return Point(**{name: (said | named)[name] for name in Point._fields})  # type: ignore[arg-type]


def _packed(point: Point) -> bytes:
    return _ROW.pack(*(_NONE if value is None else value for value in point[:14]))


def _unpacked(row: tuple[int, ...]) -> Point:
    return Point(*(None if value == _NONE else value for value in row))  # type: ignore[arg-type]


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.95))]
