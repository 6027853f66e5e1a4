"""The supervisor's pages of alarms and of a vehicle's day: what they show, in both languages, what they leave out."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from datetime import datetime

import httpx
import pytest
from sqlalchemy import Connection, select

from central import alarms, findings
from central.alarms import PAGE_LINES
from central.checking import Checking
from central.service import Service
from central.tables import cases, views
from central.tallied import changing
from fleet.rules.alarm.recheck import Finding, Result
from fleet.rules.calendar import LOCAL
from fleet.rules.order import Act
from fleet.tracks.days import DAY_MS, day_of
from tests.central.conftest import PASSPHRASE
from tests.central.test_checking import Told, a_day, found
from tests.central.unit import HOUR_MS, PLATE, StillClock, Unit

pytestmark = pytest.mark.anyio


@pytest.fixture
def told(unit: Unit, clock: StillClock) -> Told:
    made = Told(unit)
    first = day_of(clock.time_ms) + DAY_MS
    clock.time_ms = first + 3 * DAY_MS + HOUR_MS
    made.days = {first: a_day(first, (10, 12)), first + DAY_MS: a_day(first + DAY_MS)}
    return made


def day_name(told: Told) -> str:
    """The first of its days."""
    return f"{datetime.fromtimestamp(min(told.days) / 1000, LOCAL):%Y-%m-%d}"


async def look(served: Service, told: Told) -> None:
    for day_ms in told.days:
        told.packs(day_ms)
    await found(Checking(served), told.unit)


async def opened(client: httpx.AsyncClient, path: str, language: str = "en") -> str:
    answer = await client.post("/api/session", json={"name": "admin", "passphrase": PASSPHRASE})
    headers = {"authorization": f"Bearer {answer.json()['token']}", "accept-language": language}
    page = await client.get(path, headers=headers)
    assert page.status_code == 200, page.text
    return html.unescape(re.sub(r"\s+", " ", page.text))


@pytest.mark.parametrize(
    ("language", "agrees", "name"), [("en", "agrees", "movement without"), ("zh-CN", "一致", "无单动车")]
)
async def test_the_list_and_the_alarm_say_what_central_came_to(
    client: httpx.AsyncClient, served: Service, told: Told, language: str, agrees: str, name: str
) -> None:
    told.says(told.judges())
    await look(served, told)

    listed = await opened(client, "/alarms", language)
    assert name in listed
    assert f'<span class="check check-agrees">{agrees}</span></td>' in listed.replace("</span> </td>", "</span></td>")
    (path,) = set(re.findall(r'href="(/units/lyj/alarms/[^"]+)"', listed))
    page = await opened(client, path, language)
    assert name in page
    assert "check-agrees" in page
    assert '"alarms":{"agrees":1,"differs":0,"missing":0,"unchecked":0}' in await opened(client, "/api/units/lyj")


async def test_what_is_missing_or_differs_is_listed_to_be_looked_into_with_both_sides(
    client: httpx.AsyncClient, served: Service, told: Told
) -> None:
    (right,) = told.judges()
    told.says([replace(right, facts={"moved_m": 900, "reports": 48, "noticed": 0})])
    first = max(told.days)
    told.days[first] = a_day(first, (15, 12))
    await look(served, told)

    listed = await opened(client, "/alarms?show=doubted")
    assert listed.count("check-differs") == 2
    assert listed.count("check-missing") == 2
    assert "raised by nobody" in listed
    (path,) = set(re.findall(r'href="(/units/lyj/alarms/[^"]+)"', listed))
    page = await opened(client, path)
    assert "as signed by the node" in page
    assert ">900<" in page


async def test_a_day_is_drawn_with_its_line_stops_places_and_alarms_and_opening_it_is_on_record(
    client: httpx.AsyncClient, served: Service, told: Told
) -> None:
    told.says(told.judges())
    await look(served, told)
    day = day_name(told)

    page = await opened(client, f"/units/lyj/days/{PLATE}?day={day}")

    assert 'class="way way-full"' in page
    assert page.count("<li value=") == 2
    assert 'class="place designated"' in page
    assert 'class="dot alarm"' in page
    assert "24." in page, "kilometres"
    seen = await served.read(lambda db: [row.path for row in db.execute(select(views)).all()])
    assert any("/days/" in path and day in path for path in seen)
    assert "Nothing of this day" in await opened(client, f"/units/lyj/days/{PLATE}?day=2020-01-01")


async def test_what_belongs_to_a_confidential_trip_is_not_drawn_though_its_bytes_were_here(
    client: httpx.AsyncClient, served: Service, told: Told
) -> None:
    first = min(told.days)
    unit, now_ms = told.unit, told.unit.clock.time_ms
    unit.clock.time_ms = first + 9 * HOUR_MS
    order = unit.submit(start_ms=str(first + 10 * HOUR_MS), end_ms=str(first + 12 * HOUR_MS))
    unit.sent(order)
    unit.clock.time_ms = first + 12 * HOUR_MS
    unit.act("u4", order, Act.RETURN, odometer_km=45_402, fuel_quarters=2)
    edit = unit.replica.edit(f"order/{order}", {"cls": "confidential"}, unit.signers["u1"])
    assert edit is not None
    unit.replica.write([edit])
    unit.clock.time_ms = now_ms
    await look(served, told)

    page = await opened(client, f"/units/lyj/days/{PLATE}?day={day_name(told)}")

    assert "What belongs to a confidential trip is not shown." in page
    assert page.count("<li value=") == 2, "it is not said to have stood in the yard meanwhile"
    assert 'class="dot alarm"' not in page
    for path in re.findall(r'class="way way-full" d="([^"]+)"', page):
        heights = [float(pair.split()[1]) for pair in path[1:].split("L")]
        assert max(heights) - min(heights) < 200, "the drive north is left out"
    assert f"order={order}" not in page


def put_alarms(connection: Connection, unit: str, count: int, begin_ms: int) -> None:
    """So many alarms on record, the later ones of earlier drives: every fifth withdrawn, every tenth looked at."""
    rows = [
        {
            "id": f"alarm/7-{number:05}", "kind": "alarm", "state": "withdrawn" if number % 5 == 0 else "open",
            "open": 1, "since_ms": begin_ms + number * 1000, "deadline_ms": None, "about_order": "", "plate": PLATE,
            "refused": 0,
            "data": json.dumps({"code": "A06", "grade": "notice", "from_ms": begin_ms - number}),
        }
        for number in range(count)
    ]  # fmt: skip
    seen = [
        Finding(case=f"7-{number:05}", code="A06", plate=PLATE, from_ms=begin_ms, until_ms=None, result=result)
        for number in range(0, count, 10)
        for result in (Result.DIFFERS if number % 20 else Result.AGREES,)
    ]
    missed = Finding(case="", code="A01", plate=PLATE, from_ms=begin_ms, until_ms=None, result=Result.MISSING)
    with changing(connection, unit) as change:
        change.insert(cases, rows)
        findings.keep(change, [], [*seen, missed], begin_ms + count * 500)


async def test_a_list_longer_than_a_page_says_how_many_there_are_and_every_alarm_stands_on_one_page(
    client: httpx.AsyncClient, served: Service, unit: Unit
) -> None:
    count, begin_ms = 2 * PAGE_LINES + 30, unit.clock.time_ms
    await served.do(lambda region: put_alarms(region.connection, unit.code, count, begin_ms))
    pages = [
        await served.read(lambda db, page=page: alarms.listed(db, "", page=page))  # type: ignore[misc]
        for page in (1, 2, 3)
    ]
    lines = [line for page in pages for line in page.lines]

    standing = [number for number in range(count) if number % 5 or number % 10 == 0]
    assert [(page.page, page.pages, page.count) for page in pages] == [(n, 3, len(standing) + 1) for n in (1, 2, 3)]
    assert sorted(line.id for line in lines if line.id) == [f"7-{number:05}" for number in standing]
    known = [int(line.id[2:]) if line.id else count / 2 for line in lines]
    assert known == sorted(known, reverse=True), "what became known last comes first, whoever raised it"
    assert [line.result for line in lines if line.found] == [
        "missing" if not line.id else "differs" if int(line.id[2:]) % 20 else "agrees" for line in lines if line.found
    ]
    assert await served.read(lambda db: alarms.listed(db, unit.code, page=99)) == pages[-1], "after the last the last"
    assert (await served.read(lambda db: alarms.listed(db, "other"))).count == 0
    doubted = await served.read(lambda db: alarms.listed(db, unit.code, doubted=True))
    assert doubted.count == len(doubted.lines) == 1 + sum(number % 20 == 10 for number in range(count))

    first, last = await opened(client, "/alarms"), await opened(client, "/alarms?page=3", "zh-CN")
    assert f"<h1>Alarms: {len(standing) + 1}</h1>" in first
    assert "page 1 of 3" in first
    assert 'rel="next" href="/alarms?unit=&show=all&page=2"' in first
    assert "第 3 页，共 3 页" in last
    assert ('rel="prev"' in last, 'rel="next"' in last) == (True, False)
