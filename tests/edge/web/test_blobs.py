"""Scans over HTTP: put, got again, named by an act only when they are here, and never larger or other than a scan."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from edge.node import Node
from fleet.ledger.blobs import outline_of
from fleet.ledger.canonical import Value
from fleet.ledger.replica import Statement
from tests.edge.web.conftest import PINS, Api

pytestmark = pytest.mark.anyio
PDF = b"%PDF-1.7 " + bytes(100_000)


async def put(api: Api, content: bytes, media_type: str = "application/pdf", person: str = "3001") -> httpx.Response:
    caller = await api.signed_in(person)
    return await api.client.post("/api/blobs", content=content, headers=caller.headers | {"Content-Type": media_type})


async def test_a_scan_comes_back_as_it_was_put_whatever_it_was_said_to_be(api: Api) -> None:
    told = (await put(api, PDF, "image/png")).json()
    pieces = [PDF[:65_536], PDF[65_536:]]
    assert told == {"name": outline_of(pieces).name.hex(), "size": len(PDF), "type": "application/pdf"}

    answer = await (await api.signed_in("2001")).get(f"/blobs/{told['name']}")
    assert (answer.content, answer.headers["content-type"]) == (PDF, "application/pdf")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("content", "media_type", "code"),
    [
        (b"<html>", "application/pdf", "blob_type"),
        (b"", "application/pdf", "blob_empty"),
        (PDF, "text/html", "json_form"),
        (PDF, "application/json", "json_form"),
        (b"%PDF-" + bytes(10 << 20), "application/pdf", "blob_too_large"),
    ],
    ids=["a page", "nothing", "as a page", "as JSON", "too large"],
)
async def test_what_is_no_scan_is_refused_in_words(api: Api, content: bytes, media_type: str, code: str) -> None:
    answer = await put(api, content, media_type)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json()["what"]


async def test_a_scan_is_for_people_who_are_signed_in_and_the_office_to_read(api: Api) -> None:
    name = (await put(api, PDF)).json()["name"]
    headers = {"Content-Type": "application/pdf"}

    assert (await api.client.post("/api/blobs", content=PDF, headers=headers)).status_code == 401
    assert (await api.nobody.get(f"/blobs/{name}")).status_code == 401
    assert (await (await api.signed_in("4001")).get(f"/blobs/{name}")).status_code == 403
    assert (await (await api.signed_in("3001")).get(f"/blobs/{'0' * 64}")).status_code == 404
    assert (await (await api.signed_in("3001")).get("/blobs/..%2fcore.db")).status_code == 404


async def test_what_is_named_and_not_here_is_counted(api: Api, node: Node) -> None:
    def name_it(office: Any) -> None:
        body: dict[str, Value] = {"scan": "5" * 64, "seal_visible": True}
        office.replica.write([Statement("supplement.complete", "supplement/x", body, signer)])

    signer = await node.keyring.unlock("3001", PINS["3001"])
    await node.journal.do(name_it)
    told = (await (await api.signed_in("3001")).get("/blobs")).json()
    assert told == {"named": 1, "here": 0, "missing": ["5" * 64]}


async def test_an_act_cannot_name_a_scan_that_is_not_here(api: Api, node: Node) -> None:
    ended = {"ended_ms": api.now_ms, "ended_by": "back", "started_ms": api.now_ms - 1, "plate": "蒙M-0B312"}
    given = {"cause": "no_prior_order", "why": "x", "facts": "x", "driver": "4001", "rider": "王海", **ended}
    opened = await (await api.signed_in("3001")).post("/cases/supplement", given)
    path = f"/cases/supplement/{opened.json()['id']}/acts"
    await (await api.signed_in("2001")).post(f"{path}/endorse", {"pin": PINS["2001"]})
    trip = {"departed_ms": api.now_ms - 1, "back_ms": api.now_ms, "odometer_out_km": 1, "odometer_in_km": 2}
    scan = {"scan": "5" * 64, "scan_type": "application/pdf", "scan_size": 9, "seal_visible": True, "endorser": "L"}
    completion = {**scan, **trip, "endorsed_on": "2026-03-02", "form": api.form(end_ms=api.now_ms, start_ms=1)}
    answer = await (await api.signed_in("3001")).post(f"{path}/complete", completion)

    assert (answer.status_code, answer.json()["code"]) == (400, "blob_missing"), answer.text
