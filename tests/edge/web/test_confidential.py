"""Confidential trips at every door of a node (Art. 10 (4)): who reads rider, reason and places, and who does not."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from edge.node import Node
from edge.store.heard import Report
from fleet.desk.report import report
from fleet.ledger import escrow, kinds
from fleet.ledger.marks import Identity
from fleet.ledger.operation import Author
from fleet.ledger.replica import Replica, Statement
from fleet.ledger.suite import SHIPPED
from fleet.rules.calendar import month_of
from fleet.rules.position import Position
from tests.edge.web.conftest import HOUR_MS, PINS, Api, Caller, Visitor
from tests.simulation.clock import SimulatedTime
from tests.simulation.disk import SimulatedDisk

pytestmark = pytest.mark.anyio
PLATE = "蒙M-0J001"
SECRETS = {
    "rider": "机要员苏日嘎", "reason": "送密件到边防", "destination": "某某边防连", "phone": "13999990000",
    "origin": "机要室", "remark": "夜里出发",
}  # fmt: skip
SAID = "绕行三号检查站"
WORDS = {*SECRETS.values(), SAID}
MAY = {"1001", "2001", "3001", "4001"}
"""The applicant, an approver, the dispatcher, the trip's driver."""
MAY_NOT = {"5001", "6001", "7001"}
"""The register's keeper, the unit head, finance: they know of the trip, not of who, why and where."""


@pytest.fixture(autouse=True)
async def told(node: Node) -> None:
    """Central's log has told this node who the custodians are."""
    root, central = SHIPPED.key(b"r" * 32), SHIPPED.key(b"c" * 32)
    content = {
        "inner": SHIPPED.key(b"i" * 32).public, "outer": SHIPPED.key(b"o" * 32).public,
        "inner_name": "纪检监察", "outer_name": "主管部门", "issued_ms": 1,
    }  # fmt: skip
    message = escrow.appoint(root, "lyj", content)

    def hear(office: Any) -> None:
        other = Replica(
            SimulatedDisk(), node.clock, root.public, unit="lyj", identity=Identity("lyj", Author(0, 1), central)
        )
        certificate = node._enrolled.grant.central_certificate
        other.write([Statement(kinds.NODE_ENROL, "node/0", certificate)])
        other.write([Statement(kinds.REGION_ESCROW, kinds.REGION + "lyj", message)])
        delta = other.run(Author(0, 1), 0, 1 << 20)
        assert delta
        office.replica.receive(delta)

    await node.journal.do(hear)


@pytest.fixture
async def order(api: Api) -> str:
    """A confidential trip under way, with something said at each step."""
    for entry, sets in (
        (f"vehicle/{PLATE}", {"cls": "confidential", "seats": "5", "terminal": "13800000777"}),
        ("person/4001", {"cleared": "yes"}),
    ):
        proposed = await (await api.signed_in("5001")).post(
            "/cases/change", {"entry": entry, "sets": sets, "reason": "登记"}
        )
        path = f"/cases/change/{proposed.json()['id']}/acts/approve"
        assert (await (await api.signed_in("6001")).post(path, {"pin": PINS["6001"]})).status_code == 200
    order = await api.applied(**SECRETS, **{"class": "confidential"})
    await api.must("2001", order, "approve", opinion=SAID, pin=PINS["2001"])
    await api.must("3001", order, "dispatch", vehicle=PLATE, driver="4001", why=SAID)
    await api.must("4001", order, "depart", odometer_km=1, note=SAID)
    return order


async def everything(caller: Caller, order: str) -> str:
    """All that someone's API has to say: each door once, refusals included."""
    doors = (
        "/board", "/status", "/orders", f"/orders/{order}", f"/orders/{order}/offers", "/clashes", "/claims",
        "/vehicles", "/flags", "/work", "/cases/supplement", "/cases/expense", "/cases/accident", "/settings",
        "/blobs", "/bundles", "/authority/people", "/authority/review", "/people", "/health",
    )  # fmt: skip
    answers = [await caller.get(door) for door in doors]
    searches = [await caller.get("/orders", find=word) for word in WORDS]
    return "".join(answer.text for answer in (*answers, *searches))


@pytest.mark.parametrize("person", sorted(MAY))
async def test_whose_duty_needs_it_reads_it_where_the_order_is(api: Api, order: str, person: str) -> None:
    told = (await (await api.signed_in(person)).get(f"/orders/{order}")).json()

    assert {name: told[name] for name in SECRETS} == SECRETS
    assert (told["hidden"], told["class"]) == (False, "confidential")
    assert told["timeline"][1]["detail"]["opinion"] == SAID


@pytest.mark.parametrize("person", sorted(MAY_NOT))
async def test_the_rest_of_the_office_knows_of_the_trip_and_reads_no_word_at_any_door(
    api: Api, order: str, person: str
) -> None:
    caller = await api.signed_in(person)
    told = (await caller.get(f"/orders/{order}")).json()

    text = await everything(caller, order)
    assert [word for word in WORDS if word in text] == []
    assert (told["hidden"], told["rider"], told["vehicle"], told["passengers"]) == (True, "", PLATE, 3)
    assert "sealed" not in told["timeline"][0]["detail"]


@pytest.mark.parametrize("person", ["1002", "4002"])
async def test_who_has_no_part_in_the_trip_does_not_know_that_it_exists(api: Api, order: str, person: str) -> None:
    text = await everything(await api.signed_in(person), order)

    assert [word for word in WORDS if word in text] == []
    assert (await (await api.signed_in(person)).get(f"/orders/{order}")).status_code == 404


async def test_nobody_finds_it_by_who_why_or_where(api: Api, order: str) -> None:
    caller = await api.signed_in("3001")

    for word in WORDS:
        assert (await caller.get("/orders", find=word)).json()["total"] == 0
    assert (await caller.get("/orders", find=PLATE)).json()["total"] == 1


async def test_where_the_vehicle_is_on_such_a_trip_is_hidden_as_well(api: Api, node: Node, order: str) -> None:
    head = await api.signed_in("6001")
    place = {"kind": "destination", "lat_e6": "39216000", "lon_e6": "101669000"}
    proposed = await (await api.signed_in("5001")).post(
        "/cases/change", {"entry": "place/额肯呼都格站", "sets": place, "reason": "常去"}
    )
    agreed = await head.post(f"/cases/change/{proposed.json()['id']}/acts/approve", {"pin": PINS["6001"]})
    assert agreed.status_code == 200, agreed.text
    there = Position(device_time_ms=api.now_ms, lat=39.216, lon=101.669, speed_kmh=0.0)
    await node.telemetry.save([Report("13800000777", there, api.now_ms, "", order, vehicle=PLATE)], [])

    for person, seen in (("3001", True), ("5001", False), ("7001", False)):
        row = next(
            each for each in (await (await api.signed_in(person)).get("/vehicles")).json() if each["plate"] == PLATE
        )
        assert (row["order"], row["tag"]) == (order, "out")
        beside = {"place": "额肯呼都格站", "away_m": 0, "side": ""}
        told = (row["lat"], row["lon"], row["place"], row["near"])
        assert told == ((39.216, 101.669, "额肯呼都格站", beside) if seen else (None,) * 4)


async def test_the_approver_reads_on_the_page_what_the_approval_covers(api: Api, visitor: Visitor, order: str) -> None:
    waiting = await api.applied(**SECRETS, **{"class": "confidential"})
    await visitor.sign_in("approve", "2001")

    page = (await visitor.get("/approve")).text
    assert all(SECRETS[name] in page for name in ("rider", "reason", "destination"))
    assert waiting[-4:] in page


async def test_the_kiosk_shows_it_to_its_driver_and_idle_to_nobody(api: Api, visitor: Visitor, order: str) -> None:
    idle = (await visitor.get("/kiosk")).text + (await visitor.get("/kiosk/who")).text + (await visitor.get("/")).text
    await visitor.sign_in("kiosk", "4001")
    own = (await visitor.get(f"/kiosk/trips/{order}")).text

    assert [word for word in WORDS if word in idle] == []
    assert SECRETS["destination"] in own


async def test_the_applicants_page_reminds_offers_fixed_texts_and_shows_ones_own_trip(
    api: Api, visitor: Visitor, order: str
) -> None:
    await visitor.sign_in("apply", "1001")

    page = (await visitor.get("/apply")).text
    assert "请勿填写涉密内容" in page
    assert 'value="机要件传递"' in page
    assert SECRETS["rider"] in page


async def test_neither_the_description_of_the_api_nor_the_report_nor_the_log_tells_a_word(
    api: Api, node: Node, order: str, time: SimulatedTime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await everything(await api.signed_in("5001"), order)
    schema = (await api.client.get("/schema/openapi.json")).text
    month = month_of(time.now_ms)
    told = await node.journal.do(lambda office: repr(report(office.replica.state, [order], "lyj", month, time.now_ms)))

    logged = "".join(record.getMessage() for record in caplog.records if record.name.startswith(("edge", "fleet")))

    assert [word for word in WORDS if word in schema + told + logged] == []
    assert PLATE in told


def held_in(home: Path) -> bytes:
    """Every byte of a node's directory."""
    return b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())


async def test_on_the_nodes_disk_no_word_stands_but_sealed(api: Api, node: Node, order: str) -> None:
    await api.must("4001", order, "return", odometer_km=9, place=SECRETS["destination"], place_reason=SAID)
    held = held_in(node.home)

    assert len(held) > 10_000
    assert [word for word in WORDS if word.encode() in held or word.encode("unicode_escape") in held] == []


async def test_the_office_sees_who_the_custodians_are(api: Api, node: Node) -> None:
    told = (await (await api.signed_in("7001")).get("/authority/custodians")).json()
    assert (told["inner"], told["outer"]) == ("纪检监察", "主管部门")

    await node.journal.do(lambda office: office.replica.state.custodians.clear())
    assert (await (await api.signed_in("7001")).get("/authority/custodians")).json()["inner"] is None


async def test_without_known_custodians_the_refusal_says_what_to_do(api: Api, node: Node) -> None:
    await node.journal.do(lambda office: office.replica.state.custodians.clear())

    for language, said in (("zh-CN", "保管人"), ("en", "custodians")):
        answer = await (await api.signed_in("1001", language=language)).post(
            "/orders", api.form(**SECRETS, **{"class": "confidential"})
        )
        assert (answer.status_code, answer.json()["code"], answer.json()["article"]) == (409, "escrow_unknown", "10")
        assert said in answer.json()["next"]


async def test_a_supplement_of_such_a_trip_is_told_in_words_to_whose_business_it_is(api: Api, order: str) -> None:
    request = {
        "cause": "no_prior_order", "why": SAID, "facts": SECRETS["destination"], "plate": PLATE, "driver": "4001",
        "rider": SECRETS["rider"], "started_ms": api.now_ms - 8 * HOUR_MS,
    }  # fmt: skip
    made = await (await api.signed_in("3001")).post("/cases/supplement", request)
    path = f"/cases/supplement/{made.json()['id']}"

    to_the_approver = (await (await api.signed_in("2001")).get(path)).json()
    to_the_admin = (await (await api.signed_in("5001")).get(path)).text
    assert (to_the_approver["data"]["why"], to_the_approver["timeline"][0]["detail"]["facts"]) == (
        SAID, SECRETS["destination"],
    )  # fmt: skip
    assert [word for word in WORDS if word in to_the_admin] == []
