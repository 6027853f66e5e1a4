"""Nudges for open pages: bounded, and over at once when the server stops."""

import asyncio
from contextlib import aclosing

import pytest

from central import live
from central.live import BEAT, NUDGE, Live

pytestmark = pytest.mark.anyio


async def test_a_page_hears_that_something_changed_once_however_much_it_missed() -> None:
    hub = Live()
    async with aclosing(hub.watch()) as stream:
        assert await anext(stream) == f"event: version\ndata: {hub.version}\n\n".encode()
        for _ in range(100):
            hub.changed()
        assert await anext(stream) == NUDGE
        hub.changed()
        assert await anext(stream) == NUDGE


async def test_a_silent_line_is_kept_alive_and_ages_on_the_page_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "BEAT_S", 0.001)
    async with aclosing(Live().watch()) as stream:
        heard = [await anext(stream) for _ in range(9)]
    assert heard[1:] == [BEAT, BEAT, BEAT, NUDGE, BEAT, BEAT, BEAT, NUDGE]


async def test_closing_ends_every_stream_even_one_that_has_something_to_tell() -> None:
    hub = Live()
    idle, busy = hub.watch(), hub.watch()
    for stream in (idle, busy):
        await anext(stream)
    waiting = asyncio.ensure_future(anext(idle, None))
    await asyncio.sleep(0)
    hub.changed()
    hub.close()
    assert await anext(busy, None) is None
    assert await waiting is None
    assert hub.full


async def test_there_is_room_for_so_many_pages_and_one_that_left_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "WATCHERS_MAX", 1)
    hub = Live()
    async with aclosing(hub.watch()) as stream:
        await anext(stream)
        assert hub.full
    assert not hub.full


async def test_a_page_drawn_before_a_change_can_tell_even_across_a_restart() -> None:
    hub = Live()
    drawn = hub.version
    hub.changed()
    async with aclosing(hub.watch()) as stream:
        assert drawn.encode() not in await anext(stream)
    assert Live().version != drawn
