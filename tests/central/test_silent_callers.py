"""Who brings a bundle and stops before he is believed keeps no place that somebody else could have."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from central.service import Service
from fleet.ledger.bundle import MAGIC

pytestmark = pytest.mark.anyio


async def test_a_bundle_that_stops_in_its_outside_keeps_no_other_bundle_waiting(
    client: httpx.AsyncClient, served: Service
) -> None:
    stopped = asyncio.Event()

    async def half() -> AsyncIterator[bytes]:
        yield MAGIC
        stopped.set()
        await asyncio.Event().wait()

    silent = asyncio.create_task(client.post("/bundles", content=half()))
    await stopped.wait()
    for _ in range(10):
        await asyncio.sleep(0)

    assert not served.carrying.locked()
    answer = await client.post("/bundles", content=b"no bundle at all, and long enough to be one")
    assert (answer.status_code, answer.json()["code"]) == (403, "bundle_none")
    silent.cancel()
