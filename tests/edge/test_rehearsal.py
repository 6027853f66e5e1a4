"""What a changed number would have raised, from a node's own files."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from edge.rehearsal import differ, rehearse
from fleet.rules.alarm.verdict import Verdict
from fleet.rules.calendar import day_of
from fleet.rules.order import Act
from tests.edge.desk import Desk
from tests.edge.test_judging import LAT, a_drive, stood
from tests.edge.unit import DRIVER, signer

pytestmark = pytest.mark.anyio


async def asked(desk: Desk, *settings: str, json_too: bool = True) -> Result:
    today = day_of(desk.clock.now_ms()).isoformat()
    given = [part for setting in settings for part in ("--setting", setting)]
    arguments = [str(desk.home), *given, "--from", today, "--to", today]
    return CliRunner().invoke(rehearse, [*arguments, "--json"] if json_too else arguments)


async def test_a_lower_limit_adds_what_it_would_have_raised_and_the_rest_stays(desk: Desk) -> None:
    await desk.hears(*a_drive(desk, ago_s=600, kmh=90), *stood(desk, 9, lat=LAT + 0.135))

    told = json.loads((await asked(desk, "speed_limit_kmh=60")).output)

    assert told["settings"] == {"speed_limit_kmh": {"is": 120, "would_be": 60}}
    assert [(each["code"], each["facts"]["kmh"]) for each in told["added"]] == [("A06", 90)]
    assert (told["gone"], told["same"]) == ([], 1), "the drive had no order, at whatever speed"


async def test_a_laxer_number_takes_alarms_away_and_says_so_in_words(desk: Desk) -> None:
    await desk.hears(*a_drive(desk, 2, ago_s=600, kmh=20), *stood(desk, 9, lat=LAT + 0.006))

    told = (await asked(desk, "alarm_moved_m=1000", json_too=False)).output

    assert "- A01" in told
    assert "多出 0 条, 少掉 1 条, 相同 0 条。" in told, "two thirds of a kilometre are less than one"


async def test_what_follows_from_records_is_rehearsed_too(desk: Desk) -> None:
    order = await desk.departs()
    driver = signer(desk.home, DRIVER)
    back = {"odometer_km": 45_300, "fuel_quarters": 2, "key_to": "巴图"}
    await desk.journal.do(lambda office: office.desk.act(driver, order, Act.RETURN, back))

    told = json.loads((await asked(desk, "check_after_h=1")).output)

    assert [(each["code"], each["order"]) for each in told["added"]] == [("A29", order)], "nobody looked it over"
    assert told["gone"] == []


@pytest.mark.parametrize("setting", ["fault_report_h=1", "supplement_deadline_h=1", "unheard_notice_h=1"])
async def test_a_number_that_is_fixed_on_record_or_central_s_is_refused_and_not_rehearsed(
    desk: Desk, setting: str
) -> None:
    refused = await asked(desk, setting)

    assert getattr(refused.exception, "code", "") == "setting_not_rehearsed"


@pytest.mark.parametrize(
    ("setting", "code"),
    [("no_such=1", "field_not_listed"), ("parked_min=x", "field_not_a_number"), ("parked_min=1", "field_out_of_range")],
)
async def test_a_number_that_is_none_or_out_of_its_bounds_is_refused(desk: Desk, setting: str, code: str) -> None:
    refused = await asked(desk, setting)

    assert getattr(refused.exception, "code", "") == code


async def test_days_that_are_none_are_refused(desk: Desk) -> None:
    arguments = [str(desk.home), "--setting", "parked_min=60", "--from", "2026-11-03", "--to", "3 Nov"]
    refused = CliRunner().invoke(rehearse, arguments)

    assert getattr(refused.exception, "code", "") == "field_not_a_date"


def a_verdict(**changed: Any) -> Verdict:
    given: dict[str, Any] = {"code": "A02", "plate": "p", "from_ms": 0, "until_ms": 60_000, "grade": "serious"}
    return Verdict(**(given | changed))


def test_an_alarm_is_the_same_if_code_vehicle_grade_and_time_are() -> None:
    one, night = a_verdict(), a_verdict(grade="critical")

    assert differ([one], [a_verdict(from_ms=30_000)]).added == []
    assert differ([one], [night]) == ([night], [one], [])
    assert differ([one], [a_verdict(from_ms=120_000, until_ms=None)]).gone == [one]
