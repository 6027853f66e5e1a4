"""telemetry.db: the same report is one row, and the latest of a terminal is the latest by its own clock."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.store.heard import Raw, Report
from edge.store.telemetry import Telemetry, TelemetryStore
from fleet.errors import Unavailable
from fleet.rules.position import Position
from tests.edge.store.test_ledger import fill, make_room
from tests.simulation.clock import START_MS

pytestmark = pytest.mark.anyio

PHONE, OTHER = "13800138000", "13800138001"


def report(
    device_s: int | None = 0,
    *,
    terminal: str = PHONE,
    heard_s: int = 10_000,
    doubt: str = "",
    order: str = "",
    **said: Any,
) -> Report:
    """A report whose device clock stood `device_s` seconds after the start; None if it sent no date."""
    time_ms = None if device_s is None else START_MS + device_s * 1000
    position = Position(**({"device_time_ms": time_ms, "lat": 39.2165, "lon": 101.6666} | said))
    return Report(terminal, position, START_MS + heard_s * 1000, doubt, order)


@pytest.fixture
def store(tmp_path: Path) -> TelemetryStore:
    return TelemetryStore(tmp_path)


def last_s(store: TelemetryStore, terminal: str = PHONE) -> int:
    return (store.latest[terminal].device_ms - START_MS) // 1000


def test_the_same_report_heard_twice_is_one_row_the_one_heard_first(store: TelemetryStore) -> None:
    first, again = report(5, heard_s=6, order="1-1"), report(5, heard_s=60, doubt="implied_speed")

    assert store.save([first, first], []) == 1
    assert store.save([again], []) == 0

    assert store.count == 1
    assert store.latest[PHONE].received_ms == first.received_ms
    assert store.latest[PHONE].order == "1-1"


def test_reports_that_differ_in_what_they_say_are_rows_of_their_own(store: TelemetryStore) -> None:
    changed = [report(5), report(6), report(5, lat=39.3), report(5, alarm_bits=1), report(5, status_bits=2)]

    assert store.save([*changed, report(5, terminal=OTHER)], []) == 6


def test_a_report_without_a_time_of_its_own_is_a_row_each_time_it_is_heard(store: TelemetryStore) -> None:
    assert store.save([report(None, heard_s=1, doubt="no_time"), report(None, heard_s=2, doubt="no_time")], []) == 2
    assert last_s(store) == 2


def test_a_buffered_report_that_comes_late_does_not_move_the_last_position_back(store: TelemetryStore) -> None:
    store.save([report(100)], [])
    store.save([report(40), report(60)], [])

    assert last_s(store) == 100
    assert store.count == 3


def test_a_doubted_position_never_takes_the_place_of_a_good_one(store: TelemetryStore) -> None:
    store.save([report(10)], [])
    store.save([report(50, doubt="implied_speed"), report(90, doubt="clock_ahead")], [])

    assert (last_s(store), store.latest[PHONE].doubt) == (10, "")


def test_a_good_position_takes_the_place_of_a_doubted_one_that_claims_to_be_later(store: TelemetryStore) -> None:
    store.save([report(90, doubt="clock_ahead")], [])
    assert store.latest[PHONE].doubt == "clock_ahead"

    store.save([report(10)], [])

    assert (last_s(store), store.latest[PHONE].doubt) == (10, "")


def test_each_terminal_has_a_last_position_of_its_own(store: TelemetryStore) -> None:
    store.save([report(10), report(20, terminal=OTHER)], [])

    assert (last_s(store, PHONE), last_s(store, OTHER)) == (10, 20)


def test_the_last_word_of_a_terminal_counts_even_where_its_position_does_not(store: TelemetryStore) -> None:
    """An emergency button pressed in a tunnel comes without a fix."""
    store.save([report(10), report(20, doubt="no_fix", alarm_bits=1)], [])
    assert (store.said[PHONE].alarm_bits, last_s(store)) == (1, 10)

    store.save([report(15)], [])
    assert store.said[PHONE].alarm_bits == 1
    store.save([report(30)], [])
    assert store.said[PHONE].alarm_bits == 0


@pytest.mark.parametrize("device_s", [None, 9_000_000])
def test_a_terminal_whose_clock_is_wrong_has_its_say_when_it_is_heard(
    store: TelemetryStore, device_s: int | None
) -> None:
    store.save([report(device_s, heard_s=100, doubt="clock_ahead", alarm_bits=1)], [])
    assert store.said[PHONE].alarm_bits == 1
    store.save([report(101, heard_s=101)], [])
    assert store.said[PHONE].alarm_bits == 0


reports = st.builds(
    report,
    st.none() | st.integers(0, 9),
    terminal=st.sampled_from([PHONE, OTHER]),
    heard_s=st.integers(10, 12),
    doubt=st.sampled_from(["", "", "no_fix"]),
    lat=st.sampled_from([39.2, 39.3]),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(reports, max_size=6), max_size=6))
def test_a_restart_knows_the_same_last_positions_and_the_same_count(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[Report]]
) -> None:
    home = tmp_path_factory.mktemp("t")
    store = TelemetryStore(home)
    for batch in batches:
        store.save(batch, [])
    store.close()

    again = TelemetryStore(home)

    assert again.count == store.count
    assert _ranks(again) == _ranks(store)
    again.close()


def _ranks(store: TelemetryStore) -> list[dict[str, tuple[object, ...]]]:
    """What tells the last of a terminal from those before it."""
    return [
        {terminal: (bool(heard.doubt), heard.device_ms) for terminal, heard in store.latest.items()},
        {terminal: (min(heard.device_ms, heard.received_ms),) for terminal, heard in store.said.items()},
    ]


def test_what_is_stored_is_what_was_said(store: TelemetryStore, tmp_path: Path) -> None:
    said = report(
        5, doubt="", order="1-00001", lat=-39.216512, lon=-101.666634, speed_kmh=36.5, course=359, fix=True, acc=True,
        alarm_bits=1 << 29, status_bits=3, odometer_km=48210.5, alt_m=-12, extras=((0x31, b"\x0d"), (0xE1, b"")),
    )  # fmt: skip
    store.save([said], [])
    store.close()

    heard = TelemetryStore(tmp_path).latest[PHONE]

    assert (heard.lat, heard.lon, heard.speed_kmh, heard.course) == (-39.216512, -101.666634, 36.5, 359)
    assert (heard.fix, heard.acc, heard.alarm_bits, heard.order) == (True, True, 1 << 29, "1-00001")


def test_a_full_disk_stores_nothing_of_a_batch_and_the_last_position_stays(store: TelemetryStore) -> None:
    store.save([report(1)], [])
    fill(store._db)

    with pytest.raises(Unavailable, match="disk_full"):
        store.save([report(n, lat=30 + n / 1000) for n in range(2, 2000)], [Raw(PHONE, START_MS, 0x0900, b"x" * 9000)])
    assert (store.count, last_s(store)) == (1, 1)

    make_room(store._db)
    assert store.save([report(2)], []) == 1
    assert last_s(store) == 2


async def test_from_the_event_loop_the_count_and_the_last_positions_are_those_committed(tmp_path: Path) -> None:
    telemetry = Telemetry()
    await telemetry.start(tmp_path)

    assert (telemetry.stored, dict(telemetry.last)) == (0, {})
    assert await telemetry.save([report(1), report(2), report(2)], [Raw(PHONE, START_MS, 0x0900, b"\x00")]) == 2

    assert telemetry.stored == 2
    assert (await telemetry.latest())[PHONE].device_ms == START_MS + 2000
    telemetry.stop()
