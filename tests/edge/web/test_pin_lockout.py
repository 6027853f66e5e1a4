"""Wrong PINs are counted for the person, at whatever door they are typed: there is no second count to guess at."""

from __future__ import annotations

import pytest

from edge.keyring import FAILURES_MAX, LOCK_MS
from edge.node import Node
from tests.edge.web.conftest import PINS, Api, Visitor
from tests.simulation.clock import SimulatedTime

pytestmark = pytest.mark.anyio
WRONG = "999999"


async def at_the_api(api: Api, visitor: Visitor, person: str, pin: str, order: str) -> int:
    return (await api.client.post("/api/session", json={"person": person, "pin": pin})).status_code


async def at_the_page(api: Api, visitor: Visitor, person: str, pin: str, order: str) -> int:
    await visitor.get("/approve/sign-in")
    return (await visitor.send("/approve/sign-in", person=person, pin=pin)).status_code


async def in_an_act(api: Api, visitor: Visitor, person: str, pin: str, order: str) -> int:
    approver = await api.signed_in(person)
    answer = await approver.post(f"/orders/{order}/acts/approve", {"opinion": "同意", "pin": pin})
    return answer.status_code


async def at_the_kiosk(api: Api, visitor: Visitor, person: str, pin: str, order: str) -> int:
    await visitor.get(f"/kiosk/pin/{person}")
    return (await visitor.send(f"/kiosk/pin/{person}", person=person, pin=pin)).status_code


async def test_an_approvers_wrong_pins_add_up_over_api_page_and_act_and_lock_all_three(
    node: Node, api: Api, visitor: Visitor, time: SimulatedTime
) -> None:
    order = await api.applied()
    await api.signed_in("2001")
    doors = (at_the_api, at_the_page, in_an_act)

    tried = [await doors[n % 3](api, visitor, "2001", WRONG, order) for n in range(FAILURES_MAX)]
    assert tried == [403] * (FAILURES_MAX - 1) + [423]

    assert [await door(api, visitor, "2001", PINS["2001"], order) for door in doors] == [423] * 3
    time.now_ms += LOCK_MS
    assert await in_an_act(api, visitor, "2001", PINS["2001"], order) == 200


async def test_a_drivers_wrong_pins_add_up_over_kiosk_and_api(node: Node, api: Api, visitor: Visitor) -> None:
    doors = (at_the_kiosk, at_the_api)

    tried = [await doors[n % 2](api, visitor, "4001", WRONG, "") for n in range(FAILURES_MAX)]
    assert tried == [403] * (FAILURES_MAX - 1) + [423]

    assert [await door(api, visitor, "4001", PINS["4001"], "") for door in doors] == [423] * 2
    assert await at_the_kiosk(api, visitor, "4002", PINS["4002"], "") == 303, "nobody else is locked out"
