"""Scans at central: a supervisor sees what has come, it is on record who looked, and of confidential trips nothing."""

from __future__ import annotations

import httpx
import pytest

from central.accounts import Role, add
from central.region import Region
from central.service import Service
from central.tables import views
from fleet.ledger.blobs import outline_of
from fleet.ledger.canonical import Value
from fleet.ledger.replica import Statement
from tests.central.conftest import PASSPHRASE
from tests.central.unit import Unit, talk

pytestmark = pytest.mark.anyio
PDF = b"%PDF-1.7 " + bytes(range(256)) * 300
OUTLINE = outline_of([PDF[at : at + (1 << 16)] for at in range(0, len(PDF), 1 << 16)])
NAME = OUTLINE.name.hex()


async def signed_in(served: Service, client: httpx.AsyncClient, role: Role, secret: str) -> dict[str, str]:
    """The header of somebody with that role."""
    now_ms = served.clock.now_ms()
    await served.do(lambda region: add(region.connection, role.value + "-1", role, secret, now_ms=now_ms))
    answer = await client.post("/api/session", json={"name": role.value + "-1", "passphrase": PASSPHRASE})
    return {"Authorization": f"Bearer {answer.json()['token']}"}


def names_it(unit: Unit) -> None:
    """An act that names the scan."""
    body: dict[str, Value] = {"scan": NAME, "scan_type": "application/pdf", "scan_size": len(PDF), "seal_visible": True}
    unit.replica.write([Statement("supplement.complete", "supplement/1-1", body, unit.signers["u3"])])


async def arrives(served: Service, unit: Unit) -> None:
    def store(region: Region) -> None:
        blobs = region.blobs(unit.code)
        blobs.begin(OUTLINE.name, OUTLINE.encoded())
        blobs.append(OUTLINE.name, PDF)
        blobs.keep(OUTLINE.name)

    await served.do(store)


async def test_a_supervisor_opens_a_scan_that_has_come_and_it_is_on_record(
    client: httpx.AsyncClient, served: Service, unit: Unit, secret: str
) -> None:
    names_it(unit)
    await served.do(lambda region: talk(region, unit))
    headers = await signed_in(served, client, Role.SUPERVISOR, secret)
    listed = await client.get("/api/units/lyj/scans", headers=headers)
    assert listed.json() == [{"name": NAME, "about": "supplement/1-1", "held": False}]
    assert (await client.get(f"/api/units/lyj/scans/{NAME}", headers=headers)).status_code == 404

    await arrives(served, unit)
    answer = await client.get(f"/api/units/lyj/scans/{NAME}", headers=headers)

    assert (answer.status_code, answer.content) == (200, PDF)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("attachment")
    seen = await served.do(lambda region: _paths(region))
    assert {f"/api/units/lyj/scans/{NAME}", "/api/units/lyj/scans"} <= seen


def _paths(region: Region) -> set[str]:
    with region.connection.begin():
        return {row.path for row in region.connection.execute(views.select())}


async def test_nobody_else_sees_any(client: httpx.AsyncClient, served: Service, unit: Unit, secret: str) -> None:
    names_it(unit)
    await served.do(lambda region: talk(region, unit))
    await arrives(served, unit)
    admin = await signed_in(served, client, Role.ADMIN, secret)
    for path in ("/api/units/lyj/scans", f"/api/units/lyj/scans/{NAME}"):
        assert (await client.get(path)).status_code == 401
        refused = await client.get(path, headers=admin)
        assert (refused.status_code, refused.json()["code"]) == (403, "supervisor_only")
    assert f"/api/units/lyj/scans/{NAME}" not in await served.do(_paths)


async def test_what_nothing_names_is_not_there(
    client: httpx.AsyncClient, served: Service, unit: Unit, secret: str
) -> None:
    await served.do(lambda region: talk(region, unit))
    await arrives(served, unit)
    headers = await signed_in(served, client, Role.SUPERVISOR, secret)

    for name in (NAME, "00" * 32, "x", "..%2f..", NAME.upper()):
        assert (await client.get(f"/api/units/lyj/scans/{name}", headers=headers)).status_code == 404
    assert (await client.get("/api/units/nobody/scans", headers=headers)).status_code == 404


async def test_of_a_confidential_trip_nobody_is_shown_a_scan(
    client: httpx.AsyncClient, served: Service, unit: Unit, secret: str
) -> None:
    order = unit.confidential()
    names_it(unit)
    await served.do(lambda region: talk(region, unit))
    await arrives(served, unit)

    def belongs(region: Region) -> None:
        state = region.replica("lyj").state
        state.blobs[OUTLINE.name] = f"order/{order}"

    await served.do(belongs)
    headers = await signed_in(served, client, Role.SUPERVISOR, secret)
    assert (await client.get("/api/units/lyj/scans", headers=headers)).json() == []
    refused = await client.get(f"/api/units/lyj/scans/{NAME}", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "scan_confidential")
