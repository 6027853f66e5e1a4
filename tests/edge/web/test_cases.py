"""Cases over HTTP (Art. 12): a supplement from the notice to the closed order, who sees it, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.ledger.blobs import outline_of
from tests.edge.web.conftest import HOUR_MS, PINS, Api
from tests.simulation.clock import SimulatedTime

pytestmark = pytest.mark.anyio
PLATE = "蒙M-0B312"
PDF = b"%PDF-1.7 the endorsement, stamped"
SCAN = outline_of([PDF])


@pytest.fixture(autouse=True)
async def scanned(api: Api) -> None:
    """The scan is uploaded before anybody names it."""
    caller = await api.signed_in("3001")
    headers = caller.headers | {"Content-Type": "application/pdf"}
    answer = await api.client.post("/api/blobs", content=PDF, headers=headers)
    assert answer.json() == {"name": SCAN.name.hex(), "size": SCAN.size, "type": "application/pdf"}


def a_request(api: Api, **changes: Any) -> dict[str, Any]:
    return {
        "cause": "no_prior_order",
        "why": "夜间火情, 无人可填申请",
        "facts": "23时接火警, 巴图带车前往, 次日5时归队",
        "plate": PLATE,
        "driver": "4001",
        "rider": "王海",
        "started_ms": api.now_ms - 8 * HOUR_MS,
        "ended_ms": api.now_ms - 2 * HOUR_MS,
        "ended_by": "back",
    } | changes


def a_completion(api: Api, **changes: Any) -> dict[str, Any]:
    trip = {"start_ms": api.now_ms - 8 * HOUR_MS, "end_ms": api.now_ms - 2 * HOUR_MS, "urgency": 0}
    return {
        "scan": SCAN.name.hex(),
        "scan_type": "application/pdf",
        "scan_size": SCAN.size,
        "seal_visible": True,
        "endorser": "李志强",
        "endorsed_on": "2026-03-02",
        "form": api.form(**trip),
        "departed_ms": api.now_ms - 8 * HOUR_MS,
        "back_ms": api.now_ms - 2 * HOUR_MS,
        "odometer_out_km": 45_218,
        "odometer_in_km": 45_402,
    } | changes


async def step(api: Api, person: str, path: str, **given: Any) -> dict[str, Any]:
    answer = await (await api.signed_in(person)).post(path, given)
    assert answer.status_code in {200, 201}, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_from_the_notice_at_night_to_the_closed_order(api: Api, time: SimulatedTime) -> None:
    notice = {"what": "边境林场火情", "rider": "王海", "plate": PLATE, "driver": "4001", "started_ms": api.now_ms}
    opened = await step(api, "4001", "/cases/supplement", act="notice", **notice)
    path = f"/cases/supplement/{opened['id']}"
    assert (opened["state"], opened["moves"], opened["deadline_ms"]) == ("open", [], None)

    requested = await step(api, "3001", f"{path}/acts/request", **a_request(api))
    assert requested["left_ms"] == 22 * HOUR_MS
    time.pass_ms(HOUR_MS)
    await step(api, "2001", f"{path}/acts/endorse", pin=PINS["2001"], opinion="情况属实")
    done = await step(api, "3001", f"{path}/acts/complete", **a_completion(api))

    order = (await (await api.signed_in("3001")).get(f"/orders/{done['order']}")).json()
    assert (done["state"], done["open"], done["left_ms"]) == ("completed", False, None)
    assert [entry["act"] for entry in done["timeline"]] == ["notice", "request", "endorse", "complete"]
    assert (order["state"], order["supplement"], order["vehicle"]) == ("closed", True, PLATE)
    assert [entry["act"] for entry in order["timeline"]] == ["supplement"]
    assert order["reason"] == "春季造林验收"


async def test_a_correction_stands_beside_the_order_and_both_are_readable(api: Api) -> None:
    order = await api.dispatched()
    await api.must("4001", order, "depart", odometer_km=45_218, checks="done")
    await api.must("4001", order, "return", odometer_km=45_402)
    await api.must("3001", order, "close", receipts="none")
    opened = await step(
        api, "3001", "/cases/supplement", cause="correction", order=order, why="目的地填错", facts="实际去了雅布赖"
    )
    path = f"/cases/supplement/{opened['id']}"
    assert (opened["data"]["ended_by"], opened["left_ms"]) == ("closed", 24 * HOUR_MS)
    await step(api, "2001", f"{path}/acts/endorse", pin=PINS["2001"])
    proof = {name: a_completion(api)[name] for name in ("scan", "scan_type", "scan_size", "endorser", "endorsed_on")}
    await step(api, "3001", f"{path}/acts/complete", seal_visible=True, corrections={"destination": "雅布赖"}, **proof)

    told = (await (await api.signed_in("3001")).get(f"/orders/{order}")).json()
    assert (told["state"], told["destination"]) == ("closed", "额肯呼都格")
    assert told["timeline"][-1]["act"] == "correct"
    assert told["timeline"][-1]["detail"]["corrections"] == {"destination": "雅布赖"}


@pytest.mark.parametrize(("language", "what"), [("zh-CN", "补单"), ("en", "supplement")])
async def test_a_refusal_says_what_why_and_next_in_the_callers_language(api: Api, language: str, what: str) -> None:
    opened = await step(api, "3001", "/cases/supplement", **a_request(api))
    caller = await api.signed_in("3001", language=language)

    answer = await caller.post(f"/cases/supplement/{opened['id']}/acts/complete", a_completion(api))

    told = answer.json()
    assert (answer.status_code, told["code"], told["article"]) == (409, "case_move", "12")
    assert what in told["what"]
    assert told["why"]
    assert told["next"]


@pytest.mark.parametrize(
    ("person", "method", "path", "body", "status", "code"),
    [
        ("1001", "POST", "/cases/supplement", {}, 403, "no_role"),
        ("2001", "POST", "/cases/supplement", {}, 403, "no_role"),
        ("3001", "POST", "/cases/supplement", {}, 400, "field_missing"),
        ("3001", "POST", "/cases/supplement", {"act": "endorse"}, 403, "no_role"),
        ("3001", "POST", "/cases/supplement", {"act": "wish"}, 404, "no_act"),
        ("3001", "POST", "/cases/wish", {}, 404, "no_case_kind"),
        ("3001", "GET", "/cases/wish", None, 404, "no_case_kind"),
        ("3001", "GET", "/cases/supplement/1-00099", None, 404, "no_case"),
        ("3001", "POST", "/cases/supplement/1-00001/acts/wish", {}, 404, "no_act"),
        ("3001", "POST", "/cases/supplement/1-00001/acts/endorse", {"pin": "1"}, 403, "no_role"),
        ("2001", "POST", "/cases/supplement/1-00001/acts/endorse", {}, 403, "pin_needed"),
        ("1001", "GET", "/cases/supplement/1-00001", None, 404, "no_case"),
        ("1001", "POST", "/cases/supplement/1-00001/acts/request", {}, 404, "no_case"),
    ],
)
async def test_what_is_not_allowed_is_refused_by_its_code(
    api: Api, person: str, method: str, path: str, body: dict[str, Any] | None, status: int, code: str
) -> None:
    await step(api, "3001", "/cases/supplement", **a_request(api))
    caller = await api.signed_in(person)

    answer = await (caller.get(path) if method == "GET" else caller.post(path, body))

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_the_list_shows_each_reader_what_is_theirs_to_see_the_most_urgent_first(api: Api) -> None:
    later = await step(api, "3001", "/cases/supplement", **a_request(api))
    sooner = await step(api, "3001", "/cases/supplement", **a_request(api, ended_ms=api.now_ms - 20 * HOUR_MS))

    office = (await (await api.signed_in("3001")).get("/cases/supplement", open="true")).json()
    driver = (await (await api.signed_in("4002")).get("/cases/supplement")).json()
    of_another = (await (await api.signed_in("3001")).get("/cases/supplement", plate="蒙M-0B318")).json()

    assert [row["id"] for row in office["rows"]] == [sooner["id"], later["id"]]
    assert (office["total"], office["openings"]) == (2, ["request", "notice"])
    assert (driver["total"], driver["rows"], driver["openings"]) == (0, [], ["notice"])
    assert of_another["total"] == 0


@pytest.mark.parametrize(("told", "value"), [("scan_size", SCAN.size + 1), ("scan_type", "image/png")])
async def test_what_is_said_of_a_scan_is_held_against_the_file(api: Api, told: str, value: object) -> None:
    case = await step(api, "3001", "/cases/supplement", **a_request(api))
    path = f"/cases/supplement/{case['id']}/acts"
    await step(api, "2001", f"{path}/endorse", pin=PINS["2001"])

    answer = await (await api.signed_in("3001")).post(f"{path}/complete", a_completion(api, **{told: value}))

    assert (answer.status_code, answer.json()["code"]) == (400, "blob_differs")
    assert answer.json()["facts"]["field"] == told


async def test_size_and_type_of_a_scan_are_filled_in_from_the_file(api: Api) -> None:
    case = await step(api, "3001", "/cases/supplement", **a_request(api))
    path = f"/cases/supplement/{case['id']}/acts"
    await step(api, "2001", f"{path}/endorse", pin=PINS["2001"])
    given = {name: value for name, value in a_completion(api).items() if name not in {"scan_size", "scan_type"}}

    done = await step(api, "3001", f"{path}/complete", **given)

    assert (done["data"]["scan_size"], done["data"]["scan_type"]) == (SCAN.size, "application/pdf")
