"""A vehicle's card and its track over HTTP."""

from __future__ import annotations

import pytest

from edge.node import Node
from edge.store.heard import Report
from edge.web.cards import POINTS_MAX, thinned
from fleet.rules.position import Position
from fleet.tracks.point import Point
from tests.edge.web.conftest import Api
from tests.edge.web.test_journeys import an_outing

pytestmark = pytest.mark.anyio
PLATE = "蒙M-0B312"


async def test_a_card_tells_what_stands_who_has_the_key_and_what_the_register_says(api: Api) -> None:
    dispatcher = await api.signed_in("3001")
    defect = {"plate": PLATE, "item": "brakes", "severity": "blocking", "text": "制动偏软"}
    assert (await dispatcher.post("/cases/defect", defect)).status_code == 201
    assert (await dispatcher.post("/cases/key", {"plate": PLATE, "from": "钥匙柜", "to": "4001"})).status_code == 201

    card = (await dispatcher.get(f"/vehicles/{PLATE}")).json()

    assert (card["key_with"], card["blocking"], card["seal"]) == ("孟克", ["brakes"], None)
    assert card["open"][0]["text"] == "制动偏软"
    assert card["fields"]["terminal"] == "13800000312"


async def test_a_vehicle_nobody_knows_has_no_card_and_a_driver_may_not_ask(api: Api) -> None:
    assert (await (await api.signed_in("3001")).get("/vehicles/京A00000")).status_code == 404
    assert (await (await api.signed_in("4001")).get(f"/vehicles/{PLATE}")).status_code == 403


async def test_a_track_is_thinned_to_what_a_screen_can_show_and_keeps_its_end(api: Api, node: Node) -> None:
    begin_ms, count = api.now_ms - 6 * 3_600_000, POINTS_MAX + 500
    reports = [
        Report(
            "13800000312",
            Position(device_time_ms=begin_ms + n * 5_000, lat=39.2 + n / 1e5, lon=101.6, speed_kmh=30.0),
            begin_ms + n * 5_000,
            "",
            "",
            vehicle=PLATE,
        )
        for n in range(count)
    ]
    await node.telemetry.save(reports, [])
    span = {"from_ms": str(begin_ms), "to_ms": str(api.now_ms)}
    points = (await (await api.signed_in("3001")).get(f"/vehicles/{PLATE}/track", **span)).json()

    assert 0 < len(points) <= POINTS_MAX + 1
    assert points[-1]["at_ms"] == begin_ms + (count - 1) * 5_000


def test_a_track_shows_nothing_of_a_hidden_trip() -> None:
    points = [
        Point(second * 1000, second * 1000, 39_200_000, 101_600_000, 0, 0, 0, 1, 0, 100, None, 12, 28, 0, 3)
        for second in range(0, 500, 10)
    ]

    assert len(thinned(points, [])) == len(points)
    assert {one.at_ms for one in thinned(points, [an_outing()])} == {
        second * 1000 for second in range(0, 500, 10) if not 100 <= second <= 300
    }
