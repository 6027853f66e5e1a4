"""Central judges again what nodes signed, from the tracks they named, and says where the two differ."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from central import findings
from central.checking import Checking
from central.findings import Found
from central.service import Service
from fleet.desk.alarm_facts import EMPTY, known
from fleet.desk.alarm_records import judged_records
from fleet.desk.alarms import record, record_records
from fleet.ledger import kinds
from fleet.ledger.replica import Statement
from fleet.rules.alarm.catalogue import CATALOGUE
from fleet.rules.alarm.facts import Facts
from fleet.rules.alarm.judging import judge
from fleet.rules.alarm.recheck import Result, Why
from fleet.rules.alarm.verdict import Verdict
from fleet.rules.settings import SETTINGS
from fleet.tracks.days import DAY_MS, day_of
from fleet.tracks.point import Point
from fleet.tracks.track import judged
from tests.central.test_tracks import packed, put
from tests.central.test_tracks import told as converse
from tests.central.unit import HOUR_MS, PLATE, StillClock, Unit
from tests.simulation.shelf import SimulatedShelf

pytestmark = pytest.mark.anyio
MINUTE_MS = 60_000
YARD = (39_200_000, 101_600_000)


def a_day(day_ms: int, *drives: tuple[float, int], every_s: int = 30) -> list[Point]:
    """A vehicle that stands in the yard all day but for drives north and back: (hour, minutes out), at 60 km/h."""
    points = []
    for second in range(0, 86_400, every_s):
        hour = second / 3600
        out_m, speed = 0.0, 0
        for begin, minutes in drives:
            since = (hour - begin) * 60
            if 0 <= since < 2 * minutes:
                out_m, speed = 1000 * min(since, 2 * minutes - since), 600
        at_ms = day_ms + second * 1000
        points.append(
            Point(
                at_ms, at_ms + 1_500, YARD[0] + round(out_m * 9), YARD[1], 1300, speed, 0, 1,
                int(bool(speed)), None, None, 12, 28, 0, 3,
            )
        )  # fmt: skip
    return points


class Told:
    """A unit with a node that judges its vehicle's days and says what the test lets it say."""

    def __init__(self, unit: Unit) -> None:
        self.unit, self.days = unit, dict[int, list[Point]]()
        unit.register_vehicle()
        fields = {
            "kind": "designated",
            "shape": "circle",
            "lat_e6": str(YARD[0]),
            "lon_e6": str(YARD[1]),
            "radius_m": "200",
        }
        edit = unit.replica.edit(
            kinds.REGISTRY + unit.code, {f"place/车库/{k}": v for k, v in fields.items()}, unit.signers["u5"]
        )
        assert edit is not None
        unit.replica.write([edit])

    def facts(self, now_ms: int | None = None) -> Facts:
        at_ms = now_ms or self.unit.clock.time_ms
        points = [point for day in self.days.values() for point in day if point.device_ms <= at_ms]
        return replace(known(self.unit.replica.state, at_ms)[PLATE], track=judged(points) if points else EMPTY)

    def judges(self) -> list[Verdict]:
        return judge(self.facts(), self.unit.replica.state.settings)

    def says(self, verdicts: list[Verdict]) -> None:
        now_ms = self.unit.clock.time_ms
        record(self.unit.replica, self.unit.grant.author, PLATE, verdicts, 0, now_ms)

    def packs(self, day_ms: int) -> None:
        packed(self.unit, self.days[day_ms])


@pytest.fixture
def told(unit: Unit, clock: StillClock) -> Told:
    made = Told(unit)
    first = day_of(clock.time_ms) + DAY_MS
    clock.time_ms = first + 3 * DAY_MS + HOUR_MS
    made.days = {first: a_day(first, (10, 12)), first + DAY_MS: a_day(first + DAY_MS)}
    return made


@pytest.fixture
def checking(served: Service) -> Checking:
    return Checking(served)


async def found(checking: Checking, unit: Unit) -> list[Found]:
    service = checking._service
    await service.do(lambda region: converse(region, unit))
    await checking.turn()
    return await service.do(lambda region: findings.of_unit(region.connection, unit.code))


def plain(each: Found) -> tuple[str, str, str]:
    return each.finding.code, each.finding.result.value, each.finding.why.value


async def test_what_a_node_says_rightly_agrees(checking: Checking, told: Told) -> None:
    told.says(told.judges())
    for day_ms in told.days:
        told.packs(day_ms)

    assert [plain(each) for each in await found(checking, told.unit)] == [("A01", Result.AGREES, Why.SAME)]
    assert await checking.turn() == 0, "nothing came: nothing is looked at again"


async def test_an_alarm_whose_track_has_not_come_is_not_judged_by_less(checking: Checking, told: Told) -> None:
    told.says(told.judges())
    assert [plain(each) for each in await found(checking, told.unit)] == [("A01", Result.UNCHECKED, Why.UNNAMED)]

    told.unit.blobs = SimulatedShelf()
    for day_ms in told.days:
        told.packs(day_ms)
    told.unit.blobs, shelf = None, told.unit.blobs
    assert [plain(each) for each in await found(checking, told.unit)] == [("A01", Result.UNCHECKED, Why.AWAITED)]

    told.unit.blobs = shelf
    assert [plain(each) for each in await found(checking, told.unit)] == [("A01", Result.AGREES, Why.SAME)]


async def test_an_alarm_that_was_left_out_is_told(checking: Checking, told: Told) -> None:
    for day_ms in told.days:
        told.packs(day_ms)

    (one,) = await found(checking, told.unit)
    assert plain(one) == ("A01", Result.MISSING, Why.NOT_RAISED)
    assert one.finding.from_ms == min(told.days) + 10 * HOUR_MS

    told.says(told.judges())
    assert [plain(each) for each in await found(checking, told.unit)] == [("A01", Result.AGREES, Why.SAME)]


async def test_an_alarm_that_was_withdrawn_though_its_track_stands_is_told(checking: Checking, told: Told) -> None:
    told.says(told.judges())
    told.says([])
    for day_ms in told.days:
        told.packs(day_ms)

    assert [plain(each) for each in await found(checking, told.unit)] == [("A01", Result.MISSING, Why.WITHDRAWN)]


async def test_an_alarm_that_its_track_does_not_hold_is_told(checking: Checking, told: Told) -> None:
    (right,) = told.judges()
    first = min(told.days)
    invented = replace(right, from_ms=first + 15 * HOUR_MS, until_ms=first + 16 * HOUR_MS)
    told.says([right, invented])
    for day_ms in told.days:
        told.packs(day_ms)

    assert sorted(plain(each) for each in await found(checking, told.unit)) == [
        ("A01", Result.AGREES, Why.SAME),
        ("A01", Result.DIFFERS, Why.NOT_SHOWN),
    ]


LIMITS = {name: (SETTINGS[name].default, SETTINGS[name].source) for name in CATALOGUE["A01"].settings}


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        ({"grade": "info"}, {"grade"}),
        ({"until_ms": -20 * MINUTE_MS}, {"until_ms"}),
        ({"facts": {"moved_m": 900, "reports": 48, "noticed": 0}}, {"moved_m"}),
        ({"limits": LIMITS | {"alarm_moved_m": (900, "local")}}, {"alarm_moved_m"}),
        ({"driver": "别人", "staff": "u9"}, {"driver", "staff"}),
    ],
)
async def test_an_alarm_that_was_told_otherwise_names_what_differs(
    checking: Checking, told: Told, changed: dict[str, Any], names: set[str]
) -> None:
    (right,) = told.judges()
    if "until_ms" in changed:
        changed = {"until_ms": (right.until_ms or 0) + changed["until_ms"]}
    told.says([replace(right, **changed)])
    for day_ms in told.days:
        told.packs(day_ms)

    (one,) = await found(checking, told.unit)
    assert plain(one) == ("A01", Result.DIFFERS, Why.OTHERWISE)
    assert set(one.finding.otherwise) == names


async def test_an_alarm_is_judged_by_the_places_of_its_time(checking: Checking, told: Told) -> None:
    told.says(told.judges())
    edit = told.unit.replica.edit(
        kinds.REGISTRY + told.unit.code, {"place/车库/radius_m": "20000"}, told.unit.signers["u5"]
    )
    assert edit is not None
    told.unit.clock.time_ms += HOUR_MS
    told.unit.replica.write([edit])
    assert told.judges() == [], "in a yard of twenty kilometres it never left"
    for day_ms in told.days:
        told.packs(day_ms)

    assert [plain(each) for each in await found(checking, told.unit)] == [("A01", Result.AGREES, Why.SAME)]


async def test_a_silence_in_which_there_are_reports_is_told(checking: Checking, told: Told) -> None:
    first = min(told.days)
    silence = Verdict(
        code="A07", plate=PLATE, from_ms=first + 2 * HOUR_MS, until_ms=first + 4 * HOUR_MS, grade="serious",
        facts={"minutes": 120},
    )  # fmt: skip
    told.says([*told.judges(), silence])
    for day_ms in told.days:
        told.packs(day_ms)

    assert ("A07", Result.DIFFERS, Why.REPORTS) in [plain(each) for each in await found(checking, told.unit)]


async def test_bytes_that_are_no_track_are_waited_for(checking: Checking, told: Told) -> None:
    told.says(told.judges())
    first = min(told.days)
    shelf = SimulatedShelf()
    told.unit.blobs = shelf
    body: dict[str, Any] = {
        "day_ms": first, "from_ms": first, "to_ms": first + 1, "positions": 1, "terminal": "1",
        "full": put(shelf, b"nonsense"), "thin": b"",
    }  # fmt: skip
    told.unit.replica.write([Statement(kinds.TRACK_PACK, f"track/{PLATE}", body)])

    assert [plain(each) for each in await found(checking, told.unit)] == [("A01", Result.UNCHECKED, Why.AWAITED)]


async def test_an_alarm_of_records_that_was_left_out_is_told_and_one_that_was_raised_agrees(
    checking: Checking, told: Told
) -> None:
    unit = told.unit
    order = unit.submit()
    unit.closed(order)
    unit.clock.time_ms += 13 * HOUR_MS
    unit.seen()

    (one,) = await found(checking, unit)
    assert plain(one) == ("A29", Result.MISSING, Why.NOT_RAISED), "twelve hours after it was back nobody looked it over"
    assert one.finding.order == order

    state, now_ms = unit.replica.state, unit.clock.time_ms
    record_records(unit.replica, unit.grant.author, judged_records(state, now_ms), now_ms)
    assert [plain(each) for each in await found(checking, unit)] == [("A29", Result.AGREES, Why.SAME)]


async def test_of_what_is_due_after_the_unit_was_heard_last_nothing_is_said(checking: Checking, told: Told) -> None:
    unit = told.unit
    unit.closed(unit.submit())
    unit.clock.time_ms += 11 * HOUR_MS
    unit.seen()
    unit.clock.time_ms += 100 * HOUR_MS

    assert await found(checking, unit) == []
