"""`ortoo bench tracks`: the figures are of the store's own work, against a truth that is known here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bench import tracks
from bench.commands import bench
from fleet.errors import BadInput

MORNING_S = 1_793_462_400 + 8 * 3600
TRIP_M = 20_000


def day(number: int, vehicle: str) -> list[dict[str, Any]]:
    """An hour parked, a thousand seconds north at 72 km/h, an hour parked."""
    rows = []
    for second in range(-3600, 4600, 10):
        driven_m = min(max(0, second), 1000) * 20
        device_s = MORNING_S + 86_400 * number + second
        rows.append(
            {
                "vehicle": vehicle, "device_time": device_s, "arrival_time": device_s + 2,
                "lat": round(40 + driven_m / 111_030, 6), "lon": 110.0, "alt": 1000,
                "speed_kmh": 72.0 * (0 < second < 1000), "course": 0, "fix": 1, "acc": int(0 <= second <= 1000),
                "odometer_km": round((number * TRIP_M + driven_m) // 100 / 10, 1), "fuel_l": None, "sats": 12,
                "rssi": 20, "alarm_bits": 0,
            }
        )  # fmt: skip
    return rows


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Four days of two vehicles; of the second day some reports come on the fourth, and some twice."""
    rows = [row for number in range(4) for vehicle in ("V01", "V02") for row in day(number, vehicle)]
    late = [row | {"arrival_time": MORNING_S + 86_400 * 3} for row in day(1, "V01")[300:340]]
    rows = [row for row in rows if row["device_time"] not in {each["device_time"] for each in late}] + late + late[:5]
    rows.sort(key=lambda row: row["arrival_time"])
    workload, truth = tmp_path / "tracks.jsonl", tmp_path / "truth.jsonl"
    workload.write_text("".join(json.dumps(row) + "\n" for row in rows))
    trips = [
        {
            "vehicle": vehicle,
            "start": start,
            "end": start + 1000,
            "distance_m": TRIP_M,
            "order": "G1-1",
            "driver": "D01",
        }
        for start in (MORNING_S + 86_400 * number for number in range(4))
        for vehicle in ("V01", "V02")
    ]
    truth.write_text("".join(json.dumps(trip) + "\n" for trip in trips))
    return workload, truth


def test_a_known_month_comes_back_whole_and_of_its_length(files: tuple[Path, Path]) -> None:
    workload, truth = files
    told = CliRunner().invoke(bench, ["tracks", "--workload", str(workload), "--truth", str(truth), "--json"])
    figures = json.loads(told.stdout)

    assert figures["lossless"] is True
    assert figures["segments"] == 9, "eight days, and what came late"
    assert figures["positions"] == 820 * 8 - 40
    assert figures["distance_error_pct_p95"]["10-50km"] <= 1, "speeds are known at the ends of steps only"
    assert figures["parked_m_per_day"] == 0
    assert 0 < figures["bytes_per_position_thin"] < figures["bytes_per_position_stored"] < 4
    assert figures["thin_max_error_m"] <= 30
    assert all(figures[name] > 0 for name in figures if name.endswith(("_per_s", "_ms", "_p95")) and "pct" not in name)


def test_a_day_that_does_not_come_back_is_noticed(files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracks, "in_order", lambda points: sorted({point[:2]: point for point in points}.values())[1:])
    assert tracks.measure(files[0], None)["lossless"] is False


def test_a_workload_that_is_none_is_told_by_its_line(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.jsonl"
    wrong.write_text('{"vehicle": "V01"}\n')
    with pytest.raises(BadInput, match="workload_form: line=1"):
        tracks.measure(wrong, None)
