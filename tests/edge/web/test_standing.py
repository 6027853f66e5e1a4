"""A session opens what its person's key may do now: what was taken back, or has run out, opens no door any more."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from edge import home as homes
from edge.node import Node
from fleet.ledger import enrolment, kinds
from fleet.ledger.enrolment import LEASE_MS, Request
from fleet.ledger.granting import certified
from fleet.ledger.operation import Author
from fleet.ledger.replica import Statement
from fleet.ledger.suite import SHIPPED
from tests.edge.web.conftest import PINS, Api, Visitor
from tests.simulation.clock import SimulatedTime

pytestmark = pytest.mark.anyio


@pytest.fixture
async def authorised(node: Node) -> Node:
    """The node, where admin and unit head together may grant and revoke."""
    grant = homes.enrolled(node.home).grant
    found = [certified(grant.root_public, message) for message in grant.people]
    people = tuple(enrolment.Person(id=one.subject, name=one.name, roles=one.roles, public=one.public) for one in found)
    asked = Request(suite=SHIPPED.id, unit=grant.unit, unit_name=grant.unit_name, public=b"", people=people)
    (message,) = enrolment.authorise(SHIPPED.key(b"r" * 32), asked, Author(1, 1), now_ms=node.clock.now_ms())
    statement = Statement(kinds.UNIT_AUTHORITY, kinds.UNITS + grant.unit, message)
    await node.journal.do(lambda office: office.replica.write([statement]))
    return node


async def ruled(api: Api, what: str, **particulars: str | int) -> None:
    """Something granted by the two who may."""
    asked = {"what": what, "particulars": particulars, "pin": PINS["5001"]}
    proposed = (await (await api.signed_in("5001")).post("/authority/grants", asked)).json()
    head = await api.signed_in("6001")
    answer = await head.post(f"/authority/grants/{proposed['id']}/approve", {"pin": PINS["6001"]})
    assert answer.json()["state"] == "approved", answer.text


def refused(answer: httpx.Response) -> tuple[int, Any]:
    return answer.status_code, answer.json()["code"]


async def test_who_was_revoked_reads_nothing_more_in_a_session_that_was_open(authorised: Node, api: Api) -> None:
    finance = await api.signed_in("7001")
    assert (await finance.get("/board")).status_code == 200

    await ruled(api, "revoke_person", person="7001", public="", reason="Left")

    assert refused(await finance.get("/board")) == (403, "not_certified")
    assert refused(await finance.get("/board")) == (401, "not_signed_in")


async def test_a_role_that_was_taken_is_missing_in_a_session_that_was_open(authorised: Node, api: Api) -> None:
    dispatcher = await api.signed_in("3001")
    assert (await dispatcher.get("/clashes")).status_code == 200

    await ruled(api, "roles", person="3001", roles="driver", declared="")

    assert refused(await dispatcher.get("/clashes")) == (403, "no_role")
    assert (await dispatcher.get("/orders")).status_code == 200, "as a driver"


async def test_a_role_that_was_given_is_there_in_a_session_that_was_open(authorised: Node, api: Api) -> None:
    driver = await api.signed_in("4001")
    assert refused(await driver.get("/board")) == (403, "no_role")

    await ruled(api, "roles", person="4001", roles="dispatcher", declared="")

    assert (await driver.get("/board")).status_code == 200


async def test_a_page_that_was_open_is_closed_to_who_was_revoked(authorised: Node, api: Api, visitor: Visitor) -> None:
    await visitor.sign_in("approve", "2001")
    assert (await visitor.get("/approve")).status_code == 200

    await ruled(api, "revoke_person", person="2001", public="", reason="Left")

    assert (await visitor.get("/approve")).status_code == 403


async def test_a_session_ends_with_the_lease_of_its_certificate(node: Node, api: Api, time: SimulatedTime) -> None:
    time.now_ms += LEASE_MS - 2 * 3_600_000  # the grant was given an hour ago
    driver = await api.signed_in("4001")
    assert (await driver.get("/orders")).status_code == 200

    time.now_ms += 3 * 3_600_000

    assert refused(await driver.get("/orders")) == (403, "not_certified")
