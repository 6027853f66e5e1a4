"""Tracks at rest: rows and segments read as one, nothing lost between the two, nothing said twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.store import tracks
from edge.store.heard import Report
from edge.store.segments import Part, beside, blob_outline
from edge.store.telemetry import TelemetryStore
from edge.store.tracks import Reader
from fleet.errors import Unavailable
from fleet.rules.position import Position
from fleet.tracks import segment, thin
from fleet.tracks.days import DAY_MS, day_of
from fleet.tracks.journey import journey
from fleet.tracks.movement import Tyres
from fleet.tracks.point import Point
from tests.edge.store.test_ledger import fill, make_room

PHONE, PLATE = "13800138000", "蒙M·01235"
MORNING_MS = day_of(1_793_505_600_000) + 8 * 3_600_000
DAY = day_of(MORNING_MS)


def report(second: int, *, day: int = 0, heard_s: int = 3, vehicle: str = PLATE, **said: Any) -> Report:
    """A report of a vehicle that drives north, so many seconds after eight o'clock."""
    device_ms = MORNING_MS + day * DAY_MS + second * 1000
    position = Position(
        device_time_ms=device_ms,
        lat=round(39.2 + second * 0.000_18, 6),
        lon=101.6,
        alt_m=1300,
        speed_kmh=72.0,
        fix=True,
        acc=True,
        odometer_km=1000 + second // 5 / 10,
        fuel_l=41.5,
        satellites=12,
        rssi=28,
        status_bits=3,
    )
    return Report(PHONE, replace(position, **said), device_ms + heard_s * 1000, "", "", vehicle)


def a_day(day: int = 0) -> list[Report]:
    return [report(second, day=day) for second in range(0, 3600, 10)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TelemetryStore]:
    opened = TelemetryStore(tmp_path)
    yield opened
    opened.close()


def points(store: TelemetryStore, day: int = 0) -> list[Point]:
    return store.tracks.points(PLATE, DAY + day * DAY_MS, DAY + day * DAY_MS)


def pack(store: TelemetryStore, before_ms: int = DAY + DAY_MS, confidential: tracks.Spans = ()) -> int:
    parts = store.tracks.parts(before_ms)
    for part in parts:
        store.tracks.replace(store.tracks.pack(part, confidential))
    return len(parts)


def test_a_day_reads_the_same_before_and_after_it_is_packed(store: TelemetryStore) -> None:
    store.save(a_day(), [])
    before = points(store)

    assert (len(before), pack(store)) == (360, 1)

    assert points(store) == before
    assert before[0] == Point(
        MORNING_MS, MORNING_MS + 3000, 39_200_000, 101_600_000, 1300, 720, 0, 1, 1, 10_000, 415, 12, 28, 0, 3
    )
    assert store._db.conn.execute("SELECT count(*) FROM positions").fetchone() == (0,)
    assert store.count == 360


def test_what_is_stored_is_counted_after_a_restart_too(store: TelemetryStore, tmp_path: Path) -> None:
    store.save([*a_day(), *a_day(1)], [])
    pack(store)
    again = TelemetryStore(tmp_path)
    assert again.count == 720
    again.close()


def test_late_reports_join_their_day_and_make_a_segment_of_their_own(store: TelemetryStore) -> None:
    whole = a_day()
    store.save([each for each in whole if each.position.speed_kmh and (each.received_ms // 1000) % 3], [])
    pack(store)
    first = [*store.tracks.segments()]

    store.save(whole, [])  # what lacked, and everything else once more
    joined = points(store)
    pack(store)

    assert len(joined) == 360
    assert points(store) == joined
    assert [*store.tracks.segments()][:1] == first
    assert [each.positions for each in store.tracks.segments()] == [240, 120]
    assert pack(store) == 0


def test_packing_what_is_packed_already_makes_no_segment_and_takes_the_rows(store: TelemetryStore) -> None:
    store.save(a_day(), [])
    pack(store)
    store.save(a_day()[:20], [])

    assert pack(store) == 1

    assert len([*store.tracks.segments()]) == 1
    assert pack(store) == 0


def test_days_that_are_not_over_are_left_alone(store: TelemetryStore) -> None:
    store.save([*a_day(), *a_day(1)], [])
    assert store.tracks.parts(MORNING_MS) == []
    assert store.tracks.parts(DAY + DAY_MS) == [Part(PLATE, PHONE, DAY)]


@pytest.mark.parametrize(
    "said",
    [{"device_time_ms": None}, {"device_time_ms": 1_000_000_000_000}, {"device_time_ms": MORNING_MS + 1_000_000}],
)
def test_a_report_whose_time_cannot_be_believed_is_of_no_day_and_stays_a_row(
    store: TelemetryStore, said: dict[str, Any]
) -> None:
    store.save([report(0, **said)], [])
    assert (points(store), pack(store), store.count) == ([], 0, 1)


def test_reports_of_a_confidential_trip_make_segments_that_stay_apart(store: TelemetryStore) -> None:
    store.save(a_day(), [])
    before = points(store)

    pack(store, confidential=[(MORNING_MS + 600_000, MORNING_MS + 1_200_000)])

    found = [(each.apart, each.positions) for each in store.tracks.segments()]
    assert found == [(False, 60), (True, 61), (False, 239)]
    assert points(store) == before


def test_a_segment_names_its_bytes_and_carries_its_thinned_line(store: TelemetryStore) -> None:
    store.save(a_day(), [])
    pack(store)
    (row,) = store.tracks.segments()

    assert (row.full_name, row.thin_name) == (blob_outline(row.full).name, blob_outline(row.thin).name)
    assert (row.from_ms, row.to_ms) == (MORNING_MS, MORNING_MS + 3_590_000)
    assert thin.error_m(segment.unpack(row.full), thin.unpack(row.thin)) <= thin.TOLERANCE_M
    assert row.beside == b""


def test_what_a_segment_has_no_column_for_stands_beside_it(store: TelemetryStore) -> None:
    one = report(0, extras=((0x01, b"\0\0\x27\x10"), (0xE4, b"\x11")))._replace(said=(39_201_234, 101_605_678))
    store.save([one, report(10)], [])
    pack(store)
    (row,) = store.tracks.segments()

    assert beside(row.beside) == [[[[0xE4, b"\x11"]], [39_201_234, 101_605_678]], [[], []]]


def test_a_disk_that_is_full_leaves_the_rows_where_they_are(store: TelemetryStore) -> None:
    chance = Random(3)
    rough = [report(s, alt_m=chance.randrange(3000), course=chance.randrange(360)) for s in range(0, 36_000, 10)]
    store.save(rough, [])
    before = points(store)
    fill(store._db)
    with pytest.raises(Unavailable, match="disk_full"):
        pack(store)
    make_room(store._db)

    assert points(store) == before
    assert [*store.tracks.segments()] == []


def test_another_thread_reads_and_packs_what_the_writer_then_puts_in_place(
    store: TelemetryStore, tmp_path: Path
) -> None:
    store.save(a_day(), [])
    reader = Reader(tmp_path)
    (part,) = reader.tracks.parts(DAY + DAY_MS)
    packed = reader.tracks.pack(part)
    store.save([report(5)], [])  # meanwhile
    store.tracks.replace(packed)

    assert len(points(store)) == len(reader.tracks.points(PLATE, DAY, DAY)) == 361
    reader.close()


def test_a_segment_that_is_not_what_it_was_packed_as_is_told_and_not_read(store: TelemetryStore) -> None:
    store.save(a_day(), [])
    pack(store)
    (row,) = store.tracks.segments()
    spoilt = bytearray(row.full)
    spoilt[-20] ^= 1
    store._db.conn.execute("UPDATE segments SET full = ?", (bytes(spoilt),))

    with pytest.raises(Unavailable, match="database_damaged"):
        points(store)


def test_whose_tyres_are_not_known_up_to_today_is_known(store: TelemetryStore) -> None:
    store.save([*a_day(), report(0, vehicle="")], [])
    assert store.tracks.unlearnt(DAY) == [PLATE]
    store.tracks.learn(PLATE, DAY)
    assert store.tracks.unlearnt(DAY) == []
    assert store.tracks.unlearnt(DAY + DAY_MS) == [PLATE]


def test_tyres_are_learnt_day_by_day_and_again_from_a_late_report_on(store: TelemetryStore) -> None:
    for day in range(3):
        store.save([each for each in a_day(day) if day or each.position.lat < 39.3], [])
    before = store.tracks.tyres(PLATE, DAY + 3 * DAY_MS)
    for day in (1, 2, 3):
        store.tracks.learn(PLATE, DAY + day * DAY_MS)
    assert store.tracks.tyres(PLATE, DAY + 3 * DAY_MS) == before

    store.save(a_day(), [])  # the rest of the first day

    after = store.tracks.tyres(PLATE, DAY + 3 * DAY_MS)
    assert after.counted_m > before.counted_m
    assert store._db.conn.execute("SELECT count(*) FROM tyres").fetchone() == (0,)

    each_by_itself = [store.tracks.tyres(PLATE, DAY + day * DAY_MS) for day in (1, 2, 3)]
    store.tracks.learn(PLATE, DAY + 3 * DAY_MS)
    kept = store._db.conn.execute("SELECT road_m, counted_m FROM tyres ORDER BY day_ms").fetchall()
    assert [Tyres(*row) for row in kept] == each_by_itself, "one walk knows the days it went through as well"


def test_tyres_learnt_beside_a_late_report_are_kept_up_to_its_day_only(store: TelemetryStore) -> None:
    for day in range(3):
        store.save([each for each in a_day(day) if day != 1 or each.position.lat < 39.3], [])
    store.tracks.begin(PLATE)
    learnt = store.tracks.learnt(PLATE, DAY + 3 * DAY_MS)
    store.save(a_day(1), [])  # the rest of the second day, while they were learnt

    store.tracks.keep(PLATE, learnt)

    kept = store._db.conn.execute("SELECT day_ms FROM tyres ORDER BY day_ms").fetchall()
    assert kept == [(DAY + DAY_MS,)]


def test_a_span_asks_for_so_many_days_at_the_most(store: TelemetryStore) -> None:
    store.save([report(0), report(0, day=tracks.SPAN_DAYS_MAX)], [])
    assert len(store.tracks.points(PLATE, DAY, DAY + 400 * DAY_MS)) == 1


def two_days() -> list[Report]:
    """Two days with a jump, a tunnel and a parked evening."""
    chance = Random(7)
    said = []
    for day in (0, 1):
        for second in range(0, 5400, 30):
            moving = 300 < second < 3600
            said.append(
                report(
                    second,
                    day=day,
                    lat=round(39.2 + min(second, 3600) * 0.000_18 + chance.uniform(-1e-4, 1e-4) + (second == 900), 6),
                    speed_kmh=72.0 if moving else chance.choice((0.0, 0.0, 3.9)),
                    fix=not 1200 < second < 1500,
                    acc=moving,
                    odometer_km=1000 + day * 66 + min(max(0, second - 300), 3300) // 5 / 10,
                )
            )
    return said


def final(store: TelemetryStore) -> tuple[object, ...]:
    """All that is concluded from what is stored; not when it was heard."""
    found = store.tracks.track(PLATE, DAY, DAY + DAY_MS)
    trip = journey(found, MORNING_MS, MORNING_MS + 3_700_000)
    words = [point._replace(arrival_ms=0) for point in found.points]
    return words, found.doubts, found.metres, trip, store.tracks.tyres(PLATE, DAY + 2 * DAY_MS)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False), st.integers(1, 6), st.booleans())
def test_order_batches_repetition_packing_and_restarts_change_nothing_in_the_end(
    tmp_path_factory: pytest.TempPathFactory, chance: Random, batches: int, learns: bool
) -> None:
    straight = TelemetryStore(tmp_path_factory.mktemp("straight"))
    straight.save(two_days(), [])
    wanted = final(straight)
    straight.close()
    home = tmp_path_factory.mktemp("bent")
    said = two_days() + chance.sample(two_days(), 60)
    chance.shuffle(said)
    for number in range(batches):
        store = TelemetryStore(home)
        store.save(said[number * len(said) // batches : (number + 1) * len(said) // batches], [])
        if chance.random() < 0.5:
            pack(store, DAY + chance.choice((1, 2)) * DAY_MS)
        if learns:
            store.tracks.learn(PLATE, DAY + chance.choice((1, 2)) * DAY_MS)
        store.close()

    bent = TelemetryStore(home)
    assert final(bent) == wanted
    pack(bent, DAY + 2 * DAY_MS)
    assert final(bent) == wanted
    bent.close()
