"""From what a line heard to an alarm on record: signed by the node, answered by people, withdrawn by later facts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from edge.changes import Changes
from edge.judging import CLOCK_EVERY_MS, LOOKBACK_MS, SETTLE_MS, Judging, window
from edge.store.heard import DriverCard
from edge.store.journal import Office
from fleet.desk.alarm_facts import EMPTY
from fleet.desk.register import register
from fleet.ledger import kinds
from fleet.ledger.operation import read as decode
from fleet.rules.alarm import life
from fleet.rules.alarm.facts import Facts, Fill
from fleet.rules.case import Case
from fleet.rules.position import Position
from tests.edge.desk import Desk
from tests.edge.unit import ADMIN, DISPATCHER, DRIVER, ME, OTHER_PLATE, PHONE, PLATE, a_vehicle, signer

pytestmark = pytest.mark.anyio
MINUTE_S = 60
DAY_MS = 86_400_000
LAT, LON = 39.2165, 101.6666


@asynccontextmanager
async def judging(desk: Desk) -> AsyncIterator[Judging]:
    deaf = False
    made = Judging(desk.journal, desk.telemetry, desk.clock, Changes(), ME, lambda: deaf)
    await made.start(desk.home)
    yield made
    made.stop()


def a_drive(desk: Desk, minutes: int = 10, *, ago_s: int = 0, kmh: float = 60) -> list[Position]:
    """Reports of driving north, the last of them `ago_s` ago."""
    step = kmh / 3600 * 10 / 111.2
    return [
        desk.at(-ago_s - 10 * (minutes * 6 - n), lat=LAT + step * n, lon=LON, speed_kmh=kmh, acc=True, satellites=11)
        for n in range(minutes * 6 + 1)
    ]


def stood(desk: Desk, minutes: int, *, ago_s: int = 0, **said: Any) -> list[Position]:
    """Reports of standing, the last of them `ago_s` ago."""
    given = {"lat": LAT, "lon": LON, "satellites": 11} | said
    return [desk.at(-ago_s - 60 * (minutes - n), **given) for n in range(minutes + 1)]


async def stands(desk: Desk, minutes: int) -> None:
    """Standing, and heard every minute."""
    for _ in range(minutes):
        desk.clock.time.pass_ms(MINUTE_S * 1000)
        await desk.hears(desk.at(0, lat=LAT, lon=LON, satellites=11))


async def alarms(desk: Desk) -> list[Case]:
    def read(office: Office) -> list[Case]:
        cases = office.replica.state.cases
        return [case for target in cases if target.startswith("alarm/") and (case := cases.get(target))]

    return await desk.journal.do(read)


async def told(desk: Desk) -> list[tuple[str, str]]:
    return sorted((case.text("code"), case.state) for case in await alarms(desk))


async def test_a_drive_without_an_order_is_an_alarm_that_the_node_signed_with_its_reasons(desk: Desk) -> None:
    async with judging(desk) as rules:
        await desk.hears(*stood(desk, 20, ago_s=1200), *a_drive(desk, ago_s=600), *stood(desk, 9, lat=LAT + 0.09))
        await rules.step()

        [alarm] = await alarms(desk)

        assert (alarm.text("code"), alarm.state, alarm.plate) == ("A01", life.State.OPEN, PLATE)
        assert alarm.data["limits"] == {
            "alarm_moved_m": "50 local", "alarm_moving_fixes": "3 local", "movement_confirm_min": "30 local",
        }  # fmt: skip
        assert int(dict(alarm.data["facts"])["moved_m"]) > 9_000  # type: ignore[call-overload]
        [made] = await desk.journal.do(_made)
        assert (made.author, made.person, made.kind) == (ME, None, "alarm.raise")


def _made(office: Office) -> list[Any]:
    operations = [decode(held.data).operation for held in office.store.operations()]
    return [one for one in operations if one.kind.startswith("alarm.")]


async def test_what_was_judged_is_not_judged_or_said_again_and_a_restart_goes_on_where_it_was(desk: Desk) -> None:
    await desk.hears(*a_drive(desk, ago_s=600), *stood(desk, 9, lat=LAT + 0.09))
    async with judging(desk) as rules:
        assert await rules.step() == 1
        assert await rules.step() == 0
        assert await desk.telemetry.do(lambda store: store.unjudged()) == {}
    async with judging(desk) as rules:
        desk.clock.time.pass_ms(CLOCK_EVERY_MS)
        assert await rules.step() == 0
        assert await told(desk) == [("A01", "open")]


async def test_reports_stored_but_not_judged_when_the_power_went_are_judged_at_the_next_start(desk: Desk) -> None:
    await desk.hears(*a_drive(desk, ago_s=600), *stood(desk, 9, lat=LAT + 0.09))
    assert set(await desk.telemetry.do(lambda store: store.unjudged())) == {PLATE}

    async with judging(desk) as rules:
        await rules.step()

    assert await told(desk) == [("A01", "open")]


async def test_the_same_drive_under_an_order_is_none_and_a_departure_put_on_record_covers_it(desk: Desk) -> None:
    async with judging(desk) as rules:
        await rules.step()
        await desk.departs()
        desk.clock.time.pass_ms(60 * MINUTE_S * 1000)
        await desk.hears(*a_drive(desk))
        await rules.step()

        assert await told(desk) == []


async def test_an_order_that_covers_the_drive_after_all_withdraws_the_alarm_and_deletes_nothing(desk: Desk) -> None:
    async with judging(desk) as rules:
        await desk.hears(*a_drive(desk, ago_s=600), *stood(desk, 9, lat=LAT + 0.09))
        await rules.step()
        [alarm] = await alarms(desk)
        started_ms = desk.clock.now_ms() - 25 * MINUTE_S * 1000
        notice = {"what": "火情", "rider": "王芳", "plate": PLATE, "driver": DRIVER, "started_ms": started_ms}
        dispatcher = signer(desk.home, DISPATCHER)
        await desk.journal.do(lambda office: office.cases.open(dispatcher, "supplement", notice, act="notice"))
        await rules.step()
        [after] = await alarms(desk)

        assert (alarm.text("grade"), after.text("grade")) == ("serious", "info"), "a notice makes it information"
        assert [fact.act for fact in after.facts] == ["raise", "amend"]


async def test_late_reports_are_put_where_they_belong_and_the_alarm_follows(desk: Desk) -> None:
    drive = a_drive(desk, 20, ago_s=1200)
    async with judging(desk) as rules:
        await desk.hears(*drive[:30], *stood(desk, 19, lat=drive[-1].lat))
        await rules.step()
        [before] = await alarms(desk)
        await desk.hears(*drive[30:], kind="batch")
        await rules.step()
        [after] = await alarms(desk)

        assert (before.state, after.state) == (life.State.PROVISIONAL, life.State.OPEN)
        assert before.id == after.id
        assert [fact.act for fact in after.facts] == ["suspect", "confirm"]


async def test_silence_says_nothing_after_a_start_and_is_an_alarm_once_others_are_heard_there(desk: Desk) -> None:
    await stands(desk, 20)
    async with judging(desk) as rules:
        await rules.step()
        desk.clock.time.pass_ms(SETTLE_MS)
        await rules.step()
        assert await told(desk) == [], "the node was off; vehicles have time to be heard again"

        desk.clock.time.pass_ms(10 * MINUTE_S * 1000)
        await rules.step()
        assert await told(desk) == [("A07", "open")]

        await desk.hears(*stood(desk, 19), kind="batch")
        await rules.step()
        assert await told(desk) == [("A07", "withdrawn")], "the terminal had stored them: it was never lost"


async def test_a_vehicle_silent_in_a_hole_is_blind_and_no_alarm(desk: Desk) -> None:
    hole = {"kind": "radio_hole", "shape": "polygon", "outline": "39.2,101.6 39.3,101.6 39.3,101.7 39.2,101.7"}
    admin = signer(desk.home, ADMIN)
    fields = {f"place/盲区/{name}": text for name, text in hole.items()}
    await desk.journal.do(
        lambda office: office.replica.write([_given(office.replica.edit(kinds.REGISTRY + "lyj", fields, admin))])
    )
    await stands(desk, 20)
    async with judging(desk) as rules:
        desk.clock.time.pass_ms(SETTLE_MS + 10 * MINUTE_S * 1000)
        await rules.step()

        assert rules.blind == {PLATE: None}
        assert await told(desk) == []


def _given(statement: Any) -> Any:
    assert statement is not None
    return statement


async def test_of_a_vehicle_that_is_not_on_the_platform_nothing_is_judged(desk: Desk) -> None:
    admin = signer(desk.home, ADMIN)
    exempt = a_vehicle(OTHER_PLATE, "") | {
        "stage": "exempt", "exempt_ground": "state_security", "exempt_document": "1", "exempt_approver": "x",
        "exempt_review_on": "2027-01-01",
    }  # fmt: skip
    await desk.journal.do(lambda office: register(office.replica, admin, {**exempt, "stage": "registered"}))
    await desk.journal.do(lambda office: register(office.replica, admin, exempt))
    async with judging(desk) as rules:
        desk.clock.time.pass_ms(SETTLE_MS * 10)
        await rules.step()

        assert await told(desk) == []


async def test_what_records_show_without_any_track_is_an_alarm_once_and_ends_when_it_is_seen_to(desk: Desk) -> None:
    """A terminal's fault nobody reported (A33): raised after a day, said once, ended by the report, not withdrawn."""
    driver = signer(desk.home, DRIVER)
    fault = await desk.journal.do(lambda office: office.cases.open(driver, "fault", {"plate": PLATE, "what": "灯不亮"}))
    async with judging(desk) as rules:
        await rules.step()
        assert await told(desk) == []
        desk.clock.time.pass_ms(DAY_MS + CLOCK_EVERY_MS)
        await rules.step()
        await rules.step()
        assert await told(desk) == [("A33", "open")]
    async with judging(desk) as rules:
        await rules.step()
        dispatcher = signer(desk.home, DISPATCHER)
        await desk.journal.do(lambda office: office.cases.act(dispatcher, "fault", fault.id, "report", {"to": "厂家"}))
        await rules.step()
        [alarm] = await alarms(desk)

    assert [fact.act for fact in alarm.facts] == ["raise", "amend"]
    assert (alarm.state, alarm.plate, alarm.whole("until_ms")) == (life.State.OPEN, PLATE, desk.clock.now_ms())
    assert alarm.data["limits"] == {"fault_report_h": "24 local", "fault_repair_d": "7 local"}


async def test_a_vehicles_track_takes_back_no_alarm_of_its_records(desk: Desk) -> None:
    driver = signer(desk.home, DRIVER)
    await desk.journal.do(lambda office: office.cases.open(driver, "fault", {"plate": PLATE, "what": "灯不亮"}))
    desk.clock.time.pass_ms(DAY_MS + CLOCK_EVERY_MS)
    async with judging(desk) as rules:
        await rules.step()
        await desk.hears(*a_drive(desk, ago_s=600), *stood(desk, 9, lat=LAT + 0.09))
        await rules.step()

        assert await told(desk) == [("A01", "open"), ("A33", "open")]


async def card_in(desk: Desk, name: str, *, ago_s: int) -> None:
    at_ms = desk.clock.now_ms() - ago_s * 1000
    await desk.telemetry.save_cards([DriverCard(PHONE, at_ms, at_ms, True, 0, name, "", "")])


async def test_a_card_with_a_name_longer_than_a_persons_may_be_is_an_alarm_like_any_other(desk: Desk) -> None:
    await desk.departs()
    desk.clock.time.pass_ms(60 * MINUTE_S * 1000)
    async with judging(desk) as rules:
        await card_in(desk, " " + "N" * 255, ago_s=1900)
        await desk.hears(*a_drive(desk, 20, ago_s=600), *stood(desk, 9, lat=LAT + 0.18))
        assert await rules.step() == 1
        desk.clock.time.pass_ms(CLOCK_EVERY_MS)
        assert await rules.step() == 0, "what is on record is known again"

    [alarm] = await alarms(desk)
    assert (alarm.text("code"), alarm.text("driver"), alarm.state) == ("A19", "N" * 64, life.State.OPEN)


async def test_what_was_driven_before_a_reader_read_its_first_card_is_no_drive_without_one(desk: Desk) -> None:
    await desk.departs()
    desk.clock.time.pass_ms(60 * MINUTE_S * 1000)
    async with judging(desk) as rules:
        await desk.hears(*a_drive(desk, 20, ago_s=600), *stood(desk, 9, lat=LAT + 0.18))
        await rules.step()
        await card_in(desk, "孟克", ago_s=60)
        await desk.hears(*stood(desk, 1, lat=LAT + 0.18))
        desk.clock.time.pass_ms(CLOCK_EVERY_MS)
        await rules.step()

    assert await told(desk) == []


def test_a_look_at_a_fill_begins_before_the_fill_it_is_held_against() -> None:
    fills = (Fill(20 * DAY_MS, 40_000, "1-1"), Fill(22 * DAY_MS, 20_000, "1-2"))
    facts = Facts(plate=PLATE, now_ms=23 * DAY_MS, track=EMPTY, fills=fills)

    assert window(facts, [], 22 * DAY_MS) == 20 * DAY_MS - LOOKBACK_MS
    assert window(facts, [], 23 * DAY_MS) == 23 * DAY_MS - LOOKBACK_MS
