"""Where a vehicle is, in words: the place, so far from one, coordinates, or why nobody knows."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.words import Words
from tests.tui.a_day import vehicle
from tui.rows.vehicles import whereabouts

AT: dict[str, Any] = {"fix": True, "lat": 39.21649, "lon": 101.66661}


def town(away_m: int, side: str) -> dict[str, Any]:
    return {"near": {"place": "额肯呼都格镇", "away_m": away_m, "side": side}}


@pytest.mark.parametrize(
    ("facts", "zh", "en"),
    [
        (AT | {"place": "机关大院"} | town(640, "west"), "机关大院", "机关大院"),
        (AT | town(0, ""), "额肯呼都格镇", "额肯呼都格镇"),
        (AT | town(640, "west"), "额肯呼都格镇 西0.6km", "0.6km W 额肯呼都格镇"),
        (AT | town(12_480, "northeast"), "额肯呼都格镇 东北12km", "12km NE 额肯呼都格镇"),
        (AT, "39.216 101.667", "39.216 101.667"),
        (AT | {"fix": False, "place": "机关大院"}, "无定位", "no position fix"),
        ({}, "没有位置", "no position yet"),
    ],
    ids=["in a place", "in a town", "just outside", "far outside", "nowhere near", "without a fix", "never heard"],
)
def test_where_a_vehicle_is_is_said_in_words_where_there_are_any(facts: dict[str, Any], zh: str, en: str) -> None:
    row: Any = vehicle("蒙M0B312", "free", **facts)

    assert [whereabouts(Words(tag, "console"), row) for tag in ("zh_CN", "en")] == [zh, en]
