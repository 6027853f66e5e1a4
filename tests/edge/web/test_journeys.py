"""Trips and tracks over HTTP: what a track shows of a trip, to whom, and which readings are asked about."""

from __future__ import annotations

from typing import Any

import pytest

from edge.journeys import Outing
from edge.node import Node
from edge.web.journey_rows import row, track_day
from fleet.tracks.datum import to_gcj02
from fleet.tracks.journey import journey
from fleet.tracks.point import Point
from fleet.tracks.track import judged
from tests.edge.web.conftest import MINUTE_MS, Api, Visitor
from tests.edge.web.driving import northwards
from tests.simulation.clock import SimulatedTime

pytestmark = pytest.mark.anyio

PLATE, TERMINAL = "蒙M-0B312", "13800000312"
OUT_KM = 45_218


async def drive(node: Node, time: SimulatedTime, minutes: int = 50, *, plate: str = PLATE) -> None:
    """Twenty minutes north at 72 km/h, ten standing, twenty further; heard as it happened."""
    last = minutes * 60

    def moves(second: int) -> bool:
        return 0 < second < 1200 or 1800 < second < last

    reports = northwards(time.now_ms, last, moves, plate, lambda _, m: {"odometer_km": round(1000 + m / 1000, 1)})
    time.pass_ms(minutes * MINUTE_MS)
    await node.telemetry.save(reports, [])


async def a_trip(api: Api, node: Node, time: SimulatedTime, **form: Any) -> str:
    order = await api.dispatched(**form)
    await api.must("4001", order, "depart", odometer_km=OUT_KM, checks="done")
    await drive(node, time)
    return order


async def home(api: Api, order: str, km: int = OUT_KM + 48) -> None:
    await api.must("4001", order, "return", odometer_km=km, receipts="none", key_to="值班室")


async def test_a_trip_is_legs_stops_metres_and_three_witnesses(api: Api, node: Node, time: SimulatedTime) -> None:
    order = await a_trip(api, node, time)
    await home(api, order)

    told = (await (await api.signed_in("3001")).get(f"/journeys/{order}")).json()

    assert (told["plate"], told["driver_name"], told["hidden"]) == (PLATE, "孟克", False)
    assert [round(leg["metres"], -3) for leg in told["legs"]] == [24_000, 24_000]
    (stop,) = told["stops"]
    assert stop["end_ms"] - stop["start_ms"] == 600_000
    assert told["completeness"] > 0.99
    assert told["kilometres"] == {
        "typed_km": 48, "terminal_km": pytest.approx(47.6, abs=0.2), "track_km": pytest.approx(47.6, abs=0.5),
        "fits": True,
    }  # fmt: skip


async def test_trips_are_summed_by_vehicle_driver_and_day(api: Api, node: Node, time: SimulatedTime) -> None:
    order = await a_trip(api, node, time)
    await home(api, order)
    dispatcher = await api.signed_in("3001")

    for asked in ({"plate": PLATE}, {"driver": "4001"}, {"plate": PLATE, "driver": "4001"}):
        told = (await dispatcher.get("/journeys", **asked)).json()
        assert [row["order"] for row in told["rows"]] == [order]
        metres = told["rows"][0]["metres"]
        assert (told["by_vehicle"], told["by_driver"]) == ({PLATE: metres}, {"4001": metres})
        (day,) = told["by_day"]
        assert [row["order"] for row in (await dispatcher.get("/journeys", day=day)).json()["rows"]] == [order]
    assert (await dispatcher.get("/journeys", day="2020-01-01")).json()["rows"] == []
    assert (await dispatcher.get("/journeys", plate="蒙M-0B318")).json()["rows"] == []
    assert (await dispatcher.get("/journeys")).json()["code"] == "field_missing"
    assert (await dispatcher.get("/journeys", day="morgen")).json()["code"] == "field_not_a_date"


async def test_a_day_shows_every_report_and_whose_it_is_by_its_own_time(
    api: Api, node: Node, time: SimulatedTime
) -> None:
    await drive(node, time, 40)
    time.pass_ms(MINUTE_MS)
    order = await a_trip(api, node, time)
    dispatcher = await api.signed_in("3001")

    told = (await dispatcher.get(f"/tracks/{PLATE}")).json()

    assert [row["order"] for row in told["reports"]] == [""] * 241 + [order] * 301
    assert told["metres"] == pytest.approx(47_600 + 35_600, rel=0.02)
    first = told["reports"][0]
    shifted = (await dispatcher.get(f"/tracks/{PLATE}", datum="gcj02")).json()["reports"][0]
    assert (shifted["lat_e6"], shifted["lon_e6"]) == to_gcj02(first["lat_e6"], first["lon_e6"])
    assert (await dispatcher.get(f"/tracks/{PLATE}", datum="bd09")).json()["code"] == "field_not_listed"
    assert (await dispatcher.get("/tracks/nothing")).json()["code"] == "no_vehicle"


async def test_a_trip_that_has_not_begun_has_no_track(api: Api) -> None:
    order = await api.dispatched()
    answer = await (await api.signed_in("3001")).get(f"/journeys/{order}")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_departed")


async def test_a_trip_is_shown_to_who_may_see_its_order(api: Api, node: Node, time: SimulatedTime) -> None:
    order = await a_trip(api, node, time)

    assert (await (await api.signed_in("1001")).get(f"/journeys/{order}")).status_code == 200
    assert (await (await api.signed_in("4001")).get(f"/journeys/{order}")).status_code == 200
    assert (await (await api.signed_in("4002")).get(f"/journeys/{order}")).json()["code"] == "no_order"
    assert (await (await api.signed_in("4001")).get("/journeys", plate=PLATE)).status_code == 403


@pytest.mark.parametrize(
    ("km", "told"),
    [
        (OUT_KM + 48, (True, None)),
        (OUT_KM + 148, (False, OUT_KM + 48)),
        (OUT_KM * 10, (False, None)),
    ],
)
async def test_a_reading_is_looked_at_before_it_is_signed(
    api: Api, node: Node, time: SimulatedTime, km: int, told: tuple[bool, int | None]
) -> None:
    order = await a_trip(api, node, time)
    said = (await (await api.signed_in("4001")).get(f"/journeys/{order}/odometer", km=str(km))).json()
    assert (said["fits"], said["meant_km"]) == told
    assert said["expected_km"] == OUT_KM + 48


async def test_the_kiosk_asks_about_a_reading_once_and_believes_who_says_it_again(
    visitor: Visitor, api: Api, node: Node, time: SimulatedTime
) -> None:
    order = await a_trip(api, node, time)
    await visitor.sign_in("kiosk", "4001")
    path = f"/kiosk/trips/{order}/return/odometer_km"

    asked = await visitor.send(path, odometer_km=str(OUT_KM + 148))
    assert asked.status_code == 200
    assert "应为 45,266 公里" in asked.text
    again = await visitor.send(path, odometer_km=str(OUT_KM + 148))
    assert again.headers["location"].endswith("/return/fuel_quarters")


async def test_the_kiosk_takes_what_was_meant(visitor: Visitor, api: Api, node: Node, time: SimulatedTime) -> None:
    order = await a_trip(api, node, time)
    await visitor.sign_in("kiosk", "4001")
    path = f"/kiosk/trips/{order}/return"

    await visitor.send(f"{path}/odometer_km", odometer_km=str(OUT_KM + 148))
    await visitor.send(f"{path}/odometer_km", odometer_km=str(OUT_KM + 48))
    for step, value in (("fuel_quarters", "3"), ("receipts", "0")):
        await visitor.send(f"{path}/{step}", **{step: value})
    answer = await visitor.send(f"{path}/key_to", key_to="值班室")

    assert answer.headers["location"] == "/kiosk/done/return"
    told = (await (await api.signed_in("3001")).get(f"/journeys/{order}")).json()
    assert (told["kilometres"]["typed_km"], told["kilometres"]["fits"]) == (48, True)


def an_outing(**changes: Any) -> Outing:
    given: dict[str, Any] = {
        "order": "1-00001", "plate": PLATE, "driver": "4001", "driver_name": "孟克", "start_ms": 100_000,
        "end_ms": 300_000, "back": True, "confidential": True, "odometer_out_km": 10, "odometer_in_km": 11,
    }  # fmt: skip
    return Outing(**given | changes)


def test_of_a_confidential_trip_times_and_kilometres_are_told_and_no_place() -> None:
    points = [
        Point(second * 1000, second * 1000, 39_200_000, 101_600_000, 0, 0, 0, 1, 0, 100, None, 12, 28, 0, 3)
        for second in range(0, 500, 10)
    ]
    track, out = judged(points), an_outing()

    day = track_day(PLATE, 0, track, [out], [out], shifted=False)
    assert (len(day.reports), day.hidden, {each.order for each in day.reports}) == (29, 21, {""})

    told = row(out, journey(track, 100_000, 300_000), None)
    assert (told.stops, told.hidden, told.kilometres.typed_km, told.end_ms) == ([], True, 1, 300_000)
    assert row(out, journey(track, 100_000, 300_000), []).stops != []
