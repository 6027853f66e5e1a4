"""Who may come in at which door of the API. A door that is not in the table is a door the test has found."""

from __future__ import annotations

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from tests.edge.web.conftest import PINS, Api

pytestmark = pytest.mark.anyio

OPEN = {("GET", "/api/people"), ("GET", "/api/health"), ("POST", "/api/session")}
SOCKET = {("POST", "/api/bundles/export"), ("POST", "/api/bundles/import")}
"""For whoever can open the node's own socket; what that means is `tests/courier/test_carrying.py`."""
OFFICE = {"approver", "dispatcher", "admin", "unit_head", "finance"}
EVERYONE = OFFICE | {"applicant", "driver"}
PERSON = {
    "applicant": "1001",
    "approver": "2001",
    "dispatcher": "3001",
    "driver": "4001",
    "admin": "5001",
    "unit_head": "6001",
    "finance": "7001",
}

READ: dict[tuple[str, str], set[str]] = {
    ("GET", "/api/board"): OFFICE,
    ("GET", "/api/status"): OFFICE,
    ("POST", "/api/sync/try"): OFFICE,
    ("GET", "/api/events"): EVERYONE,
    ("GET", "/api/orders"): EVERYONE,
    ("POST", "/api/orders"): {"applicant"},
    ("GET", "/api/orders/{order_id:str}"): EVERYONE,
    ("GET", "/api/orders/{order_id:str}/offers"): OFFICE,
    ("POST", "/api/orders/{order_id:str}/acts/{act:str}"): EVERYONE,
    ("GET", "/api/clashes"): OFFICE,
    ("GET", "/api/claims"): OFFICE,
    ("GET", "/api/vehicles"): OFFICE,
    ("POST", "/api/vehicles"): {"admin"},
    ("GET", "/api/vehicles/{plate:str}"): OFFICE,
    ("GET", "/api/vehicles/{plate:str}/track"): OFFICE,
    ("GET", "/api/authority/people"): OFFICE,
    ("GET", "/api/authority/grants"): OFFICE,
    ("GET", "/api/authority/review"): OFFICE,
    ("GET", "/api/authority/custodians"): OFFICE,
    ("POST", "/api/authority/grants"): {"admin", "unit_head"},
    ("POST", "/api/authority/grants/{grant:str}/approve"): {"admin", "unit_head"},
    ("POST", "/api/authority/grants/{grant:str}/reject"): {"admin", "unit_head"},
    ("POST", "/api/authority/requests"): {"admin", "unit_head"},
    ("POST", "/api/authority/files"): {"admin", "unit_head"},
    ("GET", "/api/blobs"): OFFICE,
    ("POST", "/api/blobs"): EVERYONE,
    ("GET", "/api/blobs/{name:str}"): OFFICE,
    ("GET", "/api/bundles"): OFFICE,
    ("GET", "/api/cases/{kind:str}"): EVERYONE,
    ("POST", "/api/cases/{kind:str}"): {"dispatcher"},
    ("GET", "/api/cases/{kind:str}/{case_id:str}"): EVERYONE,
    ("POST", "/api/cases/{kind:str}/{case_id:str}/acts/{act:str}"): EVERYONE,
    ("GET", "/api/settings"): EVERYONE,
    ("GET", "/api/settings/{name:str}"): EVERYONE,
    ("GET", "/api/flags"): OFFICE,
    ("GET", "/api/alarms"): OFFICE | {"driver", "finance", "unit_head"},
    ("GET", "/api/trips/end"): OFFICE,
    ("GET", "/api/tracks/{plate:str}"): OFFICE,
    ("GET", "/api/places"): OFFICE,
    ("GET", "/api/sync"): OFFICE,
    ("GET", "/api/journeys"): OFFICE,
    ("GET", "/api/receipts"): {"finance", "unit_head"},
    ("POST", "/api/receipts/match"): {"finance"},
    ("GET", "/api/reports/month/{month:str}"): OFFICE,
    ("GET", "/api/journeys/{order_id:str}"): EVERYONE,
    ("GET", "/api/journeys/{order_id:str}/odometer"): EVERYONE,
    ("GET", "/api/work"): EVERYONE,
    ("POST", "/api/imports/{kind:str}"): {"admin", "unit_head"},
    ("POST", "/api/imports/{kind:str}/confirm"): {"admin", "unit_head"},
    ("POST", "/api/imports/approve/{batch:str}"): {"unit_head"},
    ("POST", "/api/settlements/{case_id:str}/ledger"): {"finance"},
    ("GET", "/api/settlements/{case_id:str}/notice"): {"unit_head", "finance"},
    ("POST", "/api/terminals/{terminal:str}/send"): {"dispatcher", "admin"},
    ("POST", "/api/terminals/{terminal:str}/call"): {"dispatcher", "admin"},
    ("DELETE", "/api/session"): EVERYONE,
}
"""Door -> the roles that come in. The stream never ends, and acts have a table of their own; cases are tried as
supplements, whose acts are each their own role's (`tests/edge/web/test_cases.py`)."""
NAMES = {"terminal": "13800000312", "kind": "supplement", "case_id": "1-00001", "act": "request", "name": "rest_h"} | {
    "month": "2026-11",
    "batch": "0" * 16,
    "grant": "1-00001",
}

BODIES = dict.fromkeys(
    (
        ("POST", "/api/imports/{kind:str}"),
        ("POST", "/api/imports/{kind:str}/confirm"),
        ("POST", "/api/settlements/{case_id:str}/ledger"),
    ),
    "application/octet-stream",
) | {("POST", "/api/blobs"): "application/pdf"}
"""Doors that take a file as it is; all others take JSON."""
STREAM, SIGN_OUT = ("GET", "/api/events"), ("DELETE", "/api/session")
ACT = ("POST", "/api/orders/{order_id:str}/acts/{act:str}")

ACTS: dict[str, tuple[set[str], dict[str, object]]] = {
    "submit": ({"applicant"}, {}),
    "approve": ({"approver"}, {"pin": "{pin}"}),
    "send_back": ({"approver"}, {"pin": "{pin}", "reason": "时间不合适"}),
    "cancel": ({"applicant", "dispatcher"}, {"reason": "会议改期"}),
    "dispatch": ({"dispatcher"}, {"vehicle": "蒙M-0B312", "driver": "4001"}),
    "recall": ({"dispatcher"}, {"reason": "换车"}),
    "unmet": ({"dispatcher"}, {"reason": "无车"}),
    "depart": ({"driver"}, {"odometer_km": 1}),
    "arrive": ({"driver"}, {}),
    "head_back": ({"driver"}, {}),
    "return": ({"driver"}, {"odometer_km": 1}),
    "close": ({"dispatcher"}, {"receipts": "none"}),
}


def doors(app: Litestar) -> set[tuple[str, str]]:
    return {
        (str(method), route.path_format.replace("}", ":str}"))
        for route in app.routes
        if isinstance(route, HTTPRoute) and route.path.startswith("/api")
        for method in route.methods - {"OPTIONS", "HEAD"}
    }


def filled(path: str, **names: str) -> str:
    for name, value in (NAMES | names).items():
        path = path.replace(f"{{{name}:str}}", value)
    return path


async def test_every_door_of_the_api_is_in_the_table_and_no_other(app: Litestar) -> None:
    assert doors(app) == OPEN | SOCKET | set(READ)


@pytest.mark.parametrize(("method", "path"), sorted(READ))
@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer 00", "Basic MzAwMTozMDAx"])
async def test_nobody_comes_in_without_a_session(api: Api, method: str, path: str, header: str) -> None:
    address = filled(path, order_id="1-00001", act="cancel")
    headers = {"Authorization": header, "Content-Type": BODIES.get((method, path), "application/json")}

    answer = await api.client.request(method, address, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


@pytest.mark.parametrize("role", sorted(EVERYONE))
async def test_each_role_comes_in_where_the_table_says_and_nowhere_else(api: Api, role: str) -> None:
    order = await api.dispatched()
    signed_in = (await api.signed_in(PERSON[role])).headers
    tried = set(READ) - {STREAM, SIGN_OUT, ACT}
    came_in = set()
    for method, path in tried:
        address = filled(path, order_id=order)
        headers = signed_in | {"Content-Type": BODIES.get((method, path), "application/json")}
        answer = await api.client.request(method, address, headers=headers, content=b"{}" if method == "POST" else None)
        if answer.status_code != 403 or answer.json()["code"] != "no_role":
            came_in.add((method, path))

    theirs = {door for door in tried if role in READ[door]}
    assert came_in == theirs


@pytest.mark.parametrize("act", ACTS)
async def test_an_act_is_refused_to_every_role_it_is_not_for_whatever_the_orders_state(api: Api, act: str) -> None:
    roles, fields = ACTS[act]
    order = await api.dispatched()
    for role in sorted(EVERYONE - roles):
        body = {name: PINS[PERSON[role]] if value == "{pin}" else value for name, value in fields.items()}
        answer = await (await api.signed_in(PERSON[role])).post(f"/orders/{order}/acts/{act}", body)

        assert (answer.status_code, answer.json()["code"]) == (403, "no_role"), role
        assert answer.json()["why"], "it says whose act it is"


async def test_an_applicant_sees_only_own_orders_and_a_driver_only_own_trips(api: Api) -> None:
    theirs = await api.dispatched(driver="4001")
    for person in ("1002", "4002"):
        caller = await api.signed_in(person)

        assert (await caller.get("/orders")).json() == {"total": 0, "rows": []}
        assert (await caller.get(f"/orders/{theirs}")).json()["code"] == "no_order"
    for person in ("1001", "4001"):
        caller = await api.signed_in(person)

        assert [row["id"] for row in (await caller.get("/orders")).json()["rows"]] == [theirs]
        assert (await caller.get(f"/orders/{theirs}")).status_code == 200


async def test_an_applicant_cannot_call_off_what_is_not_theirs_to_see(api: Api) -> None:
    order = await api.applied()

    answer = await (await api.signed_in("1002")).post(f"/orders/{order}/acts/cancel", {"reason": "会议改期"})

    assert (answer.status_code, answer.json()["code"]) == (404, "no_order")


async def test_the_cookie_of_a_page_opens_nothing_in_the_api(api: Api) -> None:
    token = (await api.signed_in("3001")).headers["Authorization"].removeprefix("Bearer ")

    answer = await api.client.get("/api/board", headers={"Cookie": f"ortoo_session={token}"})

    assert answer.status_code == 401
