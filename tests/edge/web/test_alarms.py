"""Alarms over HTTP: each explains itself, and whoever it is about may answer (Art. 3)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from edge.judging import Judging
from edge.node import Node
from fleet.desk.alarms import record
from fleet.rules.alarm.live import OWN
from fleet.rules.alarm.verdict import Verdict
from tests.edge.web.conftest import Api

pytestmark = pytest.mark.anyio
PLATE = "蒙M-0B312"
START_MS = 1_790_000_000_000


def a_verdict(**changed: Any) -> Verdict:
    given: dict[str, Any] = {
        "code": "A01", "plate": PLATE, "from_ms": START_MS, "until_ms": START_MS + 600_000, "grade": "serious",
        "driver": "孟克", "staff": "4001", "facts": {"moved_m": 320, "noticed": 0},
        "limits": {"alarm_moved_m": (50, "local")},
    }  # fmt: skip
    return Verdict(**(given | changed))


@pytest.fixture(autouse=True)
def _nobody_judges(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is put on record here follows from no track: the node's own rules would take it back."""

    async def idle(_: Judging) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Judging, "run", idle)


async def state(node: Node, *verdicts: Verdict) -> None:
    """What the node's rules show of the vehicle, put on record."""
    await node.journal.do(lambda office: record(office.replica, node.author, PLATE, verdicts, START_MS, START_MS))
    await node._alarms.refresh()


async def test_an_alarm_says_fact_article_number_with_source_and_what_would_have_complied(api: Api, node: Node) -> None:
    await state(node, a_verdict())

    [alarm] = (await (await api.signed_in("3001")).get("/alarms")).json()

    assert (alarm["code"], alarm["name"], alarm["article"], alarm["grade"]) == ("A01", "无单动车", "12", "serious")
    assert "320 米" in alarm["what"]
    assert alarm["limits"] == ["动车判定距离: 50 米 (本单位设定)"]
    assert alarm["complied"].startswith("出车前已派单")
    assert "院内挪车" in alarm["unless"]


async def test_the_driver_it_is_about_reads_and_answers_and_another_driver_does_not(api: Api, node: Node) -> None:
    await state(node, a_verdict())
    [alarm] = (await (await api.signed_in("4001")).get("/alarms")).json()
    assert (await (await api.signed_in("4002")).get("/alarms")).json() == []

    path = f"/cases/alarm/{alarm['id']}/acts"
    hidden = await (await api.signed_in("4002")).post(f"{path}/explain", {"text": "不是我开的"})
    assert (hidden.status_code, hidden.json()["code"]) == (404, "no_case")
    answered = await (await api.signed_in("4001")).post(f"{path}/explain", {"text": "救火, 已电话报告"})
    assert answered.json()["state"] == "explained"
    own = await (await api.signed_in("4001")).post(f"{path}/accept", {})
    assert (own.status_code, own.json()["code"]) == (403, "no_role")
    accepted = await (await api.signed_in("6001")).post(f"{path}/accept", {"opinion": "属实"})
    assert accepted.json()["state"] == "accepted"

    assert (await (await api.signed_in("3001")).get("/alarms")).json() == []
    [kept] = (await (await api.signed_in("3001")).get("/alarms", all="true")).json()
    assert (kept["state"], kept["explanation"]) == ("accepted", "救火, 已电话报告")


async def test_what_is_still_provisional_cannot_be_upheld_and_says_why(api: Api, node: Node) -> None:
    await state(node, a_verdict(provisional=True))
    [alarm] = (await (await api.signed_in("6001")).get("/alarms")).json()
    assert (alarm["state"], alarm["provisional"]) == ("provisional", True)
    path = f"/cases/alarm/{alarm['id']}/acts"
    await (await api.signed_in("4001")).post(f"{path}/explain", {"text": "救火"})

    refused = await (await api.signed_in("6001")).post(f"{path}/uphold", {"opinion": "无单"})

    assert (refused.status_code, refused.json()["code"]) == (409, "alarm_provisional")
    assert "轨迹尚不完整" in refused.json()["why"]


async def test_the_board_shows_it_once_and_it_goes_when_facts_take_it_back(api: Api, node: Node) -> None:
    await state(node, a_verdict(until_ms=None))
    board = (await (await api.signed_in("3001")).get("/board")).json()["alarms"]
    assert [(row["code"], row["grade"], row["plate"], row["seen"]) for row in board["rows"]] == [
        ("A01", "serious", PLATE, False)
    ]

    await state(node)

    assert (await (await api.signed_in("3001")).get("/board")).json()["alarms"]["count"] == 0


async def test_a_dispatcher_says_that_a_trip_takes_longer(api: Api, node: Node) -> None:
    await state(node, a_verdict(code="A14", until_ms=None, subject="7-00001", order="7-00001", facts={"minutes": 61}))
    [alarm] = (await (await api.signed_in("3001")).get("/alarms")).json()
    given = {"expected_ms": START_MS + 7_200_000, "reason": "雪大, 改走国道"}

    told = await (await api.signed_in("3001")).post(f"/cases/alarm/{alarm['id']}/acts/extend", given)

    assert told.json()["data"]["expected_ms"] == START_MS + 7_200_000


@pytest.mark.parametrize(
    ("code", "subject"),
    [
        ("TERM", "13800000999"),
        ("LINE", "/dev/ttyUSB0"),
        ("SPEED", "/dev/ttyUSB0"),
        ("DISK", "telemetry.db"),
        ("TWIN", PLATE),
        ("CLOCK", PLATE),
    ],
)
async def test_what_is_wrong_with_the_node_itself_says_where_and_what_to_do(
    api: Api, node: Node, monkeypatch: pytest.MonkeyPatch, code: str, subject: str
) -> None:
    row = {"id": f"{code}/{subject}", "code": code, "grade": OWN[code], "plate": None, "since_ms": START_MS,
           "facts": {"subject": subject}, "seen": False}  # fmt: skip
    monkeypatch.setattr(node, "alarms", lambda: [row])

    [alarm] = (await (await api.signed_in("3001")).get("/alarms")).json()

    assert subject in alarm["what"]
    assert "请" in alarm["what"]
