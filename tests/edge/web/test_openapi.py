"""The description of the API: served by the node, loading nothing, and saying what the handlers do."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from litestar import Litestar

from fleet.rules.cases import CASES
from fleet.rules.order import Act
from tests.edge.web.conftest import Api
from tests.edge.web.test_api_authority import doors

pytestmark = pytest.mark.anyio
Json = dict[str, Any]


@pytest.fixture
async def described(api: Api) -> Json:
    answer = await api.client.get("/schema/openapi.json")
    assert answer.status_code == 200
    document: Json = answer.json()
    return document


def operations(described: Json) -> dict[tuple[str, str], Json]:
    return {
        (method.upper(), path): operation
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    }


async def test_every_door_of_the_api_is_described_and_no_page(app: Litestar, described: Json) -> None:
    def general(path: str) -> str:
        path = re.sub(r"^/api/orders/\{order_id\}/acts/\w+$", "/api/orders/{order_id}/acts/{act}", path)
        return re.sub(r"^/api/cases/\w+/\{case_id\}/acts/\w+$", "/api/cases/{kind}/{case_id}/acts/{act}", path)

    told = {(method, general(path)) for method, path in operations(described)}

    assert told == {(method, path.replace(":str}", "}")) for method, path in doors(app)}


async def test_every_act_of_orders_and_cases_is_described_with_who_may_and_what_it_takes(described: Json) -> None:
    paths = described["paths"]

    assert all(f"/api/orders/{{order_id}}/acts/{act}" in paths for act in Act)
    for kind in CASES.values():
        for act, deed in kind.acts.items():
            if deed.roles:
                operation = paths[f"/api/cases/{kind.name}/{{case_id}}/acts/{act}"]["post"]
                body = operation["requestBody"]["content"]["application/json"]["schema"]
                assert operation["x-roles"] == sorted(deed.roles)
                form = {"form"} if (kind.name, act) == ("supplement", "complete") else set[str]()
                assert set(body["properties"]) - {"pin"} == set(deed.takes) | form
                assert ("pin" in body["required"]) == deed.pin


async def test_every_refusal_has_the_one_form_and_every_closed_door_asks_for_a_session(described: Json) -> None:
    for (method, path), operation in operations(described).items():
        assert operation["responses"]["default"]["content"]["application/json"]["schema"] == {
            "$ref": "#/components/schemas/Refusal"
        }, (method, path)
    closed = operations(described)["GET", "/api/orders"]
    assert closed["security"] == [{"session": []}]
    assert "security" not in operations(described)["GET", "/api/health"]


async def test_every_reference_leads_somewhere_and_nothing_comes_from_elsewhere(described: Json) -> None:
    text = msgspec.json.encode(described).decode()

    named = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert named <= set(described["components"]["schemas"])
    assert "http://" not in text
    assert "https://" not in text


async def test_what_a_real_refusal_looks_like_is_what_is_described(api: Api, described: Json) -> None:
    refusal = described["components"]["schemas"]["Refusal"]

    answer = await (await api.signed_in("3001")).get("/orders/1-99999")

    assert set(answer.json()) == set(refusal["properties"]) == set(refusal["required"])


async def test_there_are_no_pages_about_the_api(api: Api) -> None:
    for path in ("/schema/swagger", "/schema/redoc", "/schema/elements", "/schema/rapidoc"):
        answer = await api.client.get(path)

        assert answer.status_code == 404, path
        assert "http" not in answer.text
