"""The inspector's week: a node raises exactly what a careful inspector wrote down, and central comes to the same."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from fleet.rules.alarm.recheck import Result, Why
from tests.fleet.rules.alarm.scenario import ODOMETER_KM
from tests.simulation.clock import SimulatedClock, SimulatedTime
from tests.week import central, story
from tests.week.node import Lived, enrol, live, opened
from tests.week.page import Written, near, plainly, taken_back, written
from tests.week.reports import Way
from tests.week.told import Told

pytestmark = pytest.mark.anyio


DISTANCE_OFF = 0.01
EVERYTHING = Way(judged_h=12, shuffled=True, split=3, twice=True, restarts=("Mon 13:07", "Wed 09:20", "Fri 10:03"))


def a_unit(tmp_path: Path) -> tuple[Path, Path, SimulatedClock]:
    """A node that a region has enrolled, both with nothing on record."""
    clock = SimulatedClock(SimulatedTime(story.at("Sun- 08:00")))
    region, home = tmp_path / "region", tmp_path / "node"
    central.make(region, clock)
    enrol(home, clock, partial(central.grant, region, clock))
    return region, home, clock


def compare(told: list[Told], wrote: list[Written]) -> None:
    """Line by line: nothing told that is not written, nothing written that is not told."""
    unwritten = [plainly(each) for each in told if not any(near(each, one) for one in wrote)]
    untold = [plainly(one) for one in wrote if not any(near(each, one) for each in told)]
    assert (unwritten, untold, len(told)) == ([], [], len(wrote))


class Place(NamedTuple):
    """A node that has lived through the week, the region it belongs to, and what came of it."""

    region: Path
    home: Path
    clock: SimulatedClock
    lived: Lived


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The week as it was heard."""
    region, home, clock = a_unit(tmp_path_factory.mktemp("week"))
    return Place(region, home, clock, asyncio.run(live(home, clock, Way(judged_h=12))))


def test_a_week_gives_exactly_the_alarms_an_inspector_writes_down(plain: Place) -> None:
    lived = plain.lived

    compare(lived.standing, written())
    assert {(each.vehicle, each.code) for each in lived.told if each not in lived.standing} == {*taken_back()}


async def test_central_comes_to_the_same_alarms_from_the_same_segments_and_settings(plain: Place) -> None:
    async with central.served(plain.region, plain.clock) as running, opened(plain.home, plain.clock) as week:
        await central.hear(running, week)
        found = [each.finding for each in await central.looked_again(running)]

    confidential = {plain.lived.orders[trip.label] for trip in story.TRIPS if trip.confidential}
    assert len(found) == len(written())
    for each in found:
        if each.order in confidential:
            assert (each.result, each.why) == (Result.UNCHECKED, Why.CONFIDENTIAL), each
        elif (each.code, each.from_ms) == ("A31", story.at(story.AGAIN)):
            assert (each.result, each.why) == (Result.UNCHECKED, Why.RECORDS), each
        else:
            assert each.result == Result.AGREES, each


async def test_shuffled_split_repeated_and_over_restarts_the_same_reports_make_the_same_week(
    plain: Place, tmp_path: Path
) -> None:
    _, home, clock = a_unit(tmp_path)

    lived = await live(home, clock, EVERYTHING)

    compare(lived.standing, written())
    assert [each[:7] for each in lived.standing] == [each[:7] for each in plain.lived.standing]
    assert (lived.metres, lived.attributed) == (plain.lived.metres, plain.lived.attributed)


def test_what_a_vehicle_is_told_to_have_driven_is_what_it_drove(plain: Place) -> None:
    for number, road in story.roads().items():
        told_m = sum(metres for (vehicle, _), metres in plain.lived.metres.items() if vehicle == number)
        drove_m = 1000 * (road.vehicle.odometer_km - ODOMETER_KM)
        assert abs(told_m - drove_m) <= DISTANCE_OFF * drove_m, (number, told_m, drove_m)
