"""Faces hear that something was committed; one that is slow hears it once, however much it was."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from edge.changes import ALL, FACES_MAX, Changes

pytestmark = pytest.mark.anyio


async def test_who_begins_to_listen_hears_of_every_topic_at_once() -> None:
    changes = Changes()
    async with changes.subscribe() as heard:
        assert await anext(heard) == (changes.version, ALL)


async def test_what_a_slow_face_missed_comes_as_one_item() -> None:
    changes = Changes()
    async with changes.subscribe() as heard:
        await anext(heard)
        before = changes.version
        for _ in range(10_000):
            changes.notify("orders")
            changes.notify("vehicles", "alarms")

        assert await anext(heard) == (before + 20_000, frozenset({"orders", "vehicles", "alarms"}))
        waiting = asyncio.ensure_future(anext(heard))
        await asyncio.sleep(0)
        assert not waiting.done()
        changes.notify("sync")
        assert await waiting == (before + 20_001, frozenset({"sync"}))


async def test_what_vehicles_report_is_told_together_and_at_once_with_anything_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("edge.changes.GATHER_S", 0.01)
    changes = Changes()
    async with changes.subscribe() as heard:
        await anext(heard)
        before = changes.version
        for _ in range(20):
            changes.notify("vehicles")
        waiting = asyncio.ensure_future(anext(heard))
        await asyncio.sleep(0)
        assert not waiting.done()
        assert await waiting == (before + 20, frozenset({"vehicles"}))

        changes.notify("vehicles")
        changes.notify("orders")
        assert await anext(heard) == (before + 22, frozenset({"vehicles", "orders"}))

        waiting = asyncio.ensure_future(anext(heard))
        await asyncio.sleep(0.03)
        assert not waiting.done()
        waiting.cancel()


async def test_every_face_hears_everything_at_its_own_pace() -> None:
    changes = Changes()
    async with changes.subscribe() as quick, changes.subscribe() as slow:
        await anext(quick)
        await anext(slow)
        changes.notify("orders")
        assert (await anext(quick))[1] == {"orders"}
        changes.notify("sync")
        assert (await anext(quick))[1] == {"sync"}

        assert (await anext(slow))[1] == {"orders", "sync"}


async def test_a_change_with_nobody_listening_only_counts() -> None:
    changes = Changes()
    before = changes.version

    changes.notify("orders")

    assert changes.version == before + 1


async def test_no_more_faces_may_listen_than_the_bound_and_one_that_leaves_makes_room() -> None:
    changes = Changes()
    async with AsyncExitStack() as faces:
        for _ in range(FACES_MAX - 1):
            await faces.enter_async_context(changes.subscribe())
        async with changes.subscribe():
            with pytest.raises(ConnectionRefusedError):
                await faces.enter_async_context(changes.subscribe())

        await faces.enter_async_context(changes.subscribe())
