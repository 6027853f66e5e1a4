"""Settings over HTTP: what is in force and why, and how two people change one (Art. 14)."""

from __future__ import annotations

import pytest

from tests.edge.web.conftest import HOUR_MS, PINS, Api

pytestmark = pytest.mark.anyio
CHANGE = {"name": "planned_lead_h", "value": 24, "source": "local", "reason": "路远"}


async def test_every_setting_says_its_value_bounds_and_source(api: Api) -> None:
    rows = (await (await api.signed_in("1001")).get("/settings")).json()

    deadline = next(row for row in rows if row["name"] == "supplement_deadline_h")
    assert (deadline["value"], deadline["unit"], deadline["source"], deadline["article"]) == (24, "h", "text", "12")
    assert (deadline["changed"], deadline["proposed"]) == (None, [])


async def test_a_change_is_in_force_once_the_unit_head_has_approved_it(api: Api) -> None:
    admin, head = await api.signed_in("5001"), await api.signed_in("6001")
    case = (await admin.post("/cases/setting", CHANGE)).json()
    proposed = (await admin.get("/settings/planned_lead_h")).json()
    assert (proposed["value"], [each["value"] for each in proposed["proposed"]]) == (12, [24])

    approved = await head.post(f"/cases/setting/{case['id']}/acts/approve", {"pin": PINS["6001"]})

    row = (await admin.get("/settings/planned_lead_h")).json()
    assert (approved.status_code, row["value"], row["default"], row["source"]) == (200, 24, 12, "local")
    assert (row["changed"]["proposed_by"], row["changed"]["approved_by"], row["proposed"]) == ("萨仁", "布和", [])


async def test_what_a_changed_setting_refuses_says_so(api: Api) -> None:
    change = CHANGE | {"name": "start_grace_min", "value": 0}
    case = (await (await api.signed_in("5001")).post("/cases/setting", change)).json()
    await (await api.signed_in("6001")).post(f"/cases/setting/{case['id']}/acts/approve", {"pin": PINS["6001"]})
    late = api.form(start_ms=api.now_ms - 60_000, end_ms=api.now_ms + HOUR_MS)

    refused = await (await api.signed_in("1001", language="en")).post("/orders", late)

    assert (refused.status_code, refused.json()["code"]) == (409, "start_in_the_past")
    assert refused.json()["facts"] == {"setting": "start_grace_min", "limit": 0, "measure": "min", "source": "local"}
    assert "is 0 min (source: the unit's setting)" in refused.json()["why"]


@pytest.mark.parametrize(
    ("person", "path", "body", "code"),
    [
        ("3001", "/cases/setting", CHANGE, "no_role"),
        ("5001", "/cases/setting", CHANGE | {"value": 1000}, "setting_out_of_bounds"),
        ("5001", "/cases/setting", CHANGE | {"name": "luck"}, "field_not_listed"),
    ],
)
async def test_what_may_not_be_changed_is_refused(
    api: Api, person: str, path: str, body: dict[str, object], code: str
) -> None:
    assert (await (await api.signed_in(person)).post(path, body)).json()["code"] == code


async def test_a_setting_that_does_not_exist_is_not_found(api: Api) -> None:
    answer = await (await api.signed_in("1001")).get("/settings/luck")

    assert (answer.status_code, answer.json()["code"]) == (404, "no_setting")
