"""Server-sent events: the first at once, one for what changed, a comment when nothing did, an end with the session."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import httpx
import pytest

from edge.changes import Changes
from edge.node import Node
from edge.web.events import Seats, follow
from fleet.errors import NotAllowed
from tests.edge.web.conftest import PINS, Api

pytestmark = pytest.mark.anyio


def welcome() -> None:
    """Nobody is sent away."""


async def events(lines: AsyncIterator[str]) -> AsyncIterator[dict[str, object]]:
    name = ""
    async for line in lines:
        if line.startswith("event:"):
            name = line[6:].strip()
        elif line.startswith("data:"):
            yield {"event": name, **json.loads(line[5:])}


async def test_a_program_hears_at_once_and_then_of_each_change(address: str, api: Api, node: Node) -> None:
    headers = (await api.signed_in("3001")).headers
    async with (
        httpx.AsyncClient(base_url=address) as client,
        client.stream("GET", "/api/events", headers=headers) as stream,
    ):
        heard = events(stream.aiter_lines())
        first = await anext(heard)
        await api.applied()
        second = await anext(heard)

    assert stream.headers["content-type"].startswith("text/event-stream")
    assert first["event"] == second["event"] == "changed"
    assert set(first["topics"]) >= {"orders", "vehicles", "alarms", "sync"}  # type: ignore[call-overload]
    assert "orders" in second["topics"]  # type: ignore[operator]
    assert second["version"] > first["version"]  # type: ignore[operator]


async def test_a_page_hears_that_something_changed_without_signing_in(address: str, api: Api) -> None:
    async with httpx.AsyncClient(base_url=address) as client, client.stream("GET", "/live") as stream:
        heard = events(stream.aiter_lines())
        await anext(heard)
        await api.applied()

        assert set(await anext(heard)) == {"event", "version", "topics"}


async def test_a_comment_goes_out_when_nothing_changed_for_a_while() -> None:
    changes = Changes()
    stream = follow(changes, Seats(1), welcome, comment_every_s=0.001)
    await anext(stream)

    assert (await anext(stream)).encode() == b": \r\n\r\n"

    changes.notify("orders")
    while b"changed" not in (told := (await anext(stream)).encode()):
        pass
    assert b'"topics":["orders"]' in told


async def test_a_slow_listener_gets_the_union_of_what_it_missed_once() -> None:
    changes = Changes()
    stream = follow(changes, Seats(1), welcome)
    await anext(stream)
    changes.notify("orders")
    changes.notify("sync")

    assert b'{"version":3,"topics":["orders","sync"]}' in (await anext(stream)).encode()


async def test_the_stream_ends_with_the_session(node: Node) -> None:
    signer = await node.keyring.unlock("3001", PINS["3001"])
    session = node.sessions.open(signer, "巴图", frozenset({"dispatcher"}))
    stream = follow(node.changes, Seats(1), lambda: node.sessions.get(session.token))
    await anext(stream)
    node.sessions.close(session.token)
    node.changes.notify("orders")

    with pytest.raises(StopAsyncIteration):
        await anext(stream)


async def test_one_who_is_not_welcome_hears_nothing() -> None:
    def unwelcome() -> None:
        raise NotAllowed("session_over")

    assert [event async for event in follow(Changes(), Seats(1), unwelcome)] == []


async def test_a_crowd_at_the_open_door_leaves_room_at_the_others() -> None:
    changes, pages, programs = Changes(), Seats(2), Seats(1)
    crowd = [follow(changes, pages, welcome) for _ in range(3)]
    heard = [[event async for event in stream] if at == 2 else [await anext(stream)] for at, stream in enumerate(crowd)]

    assert [len(each) for each in heard] == [1, 1, 0]
    assert b"changed" in (await anext(follow(changes, programs, welcome))).encode()

    await crowd[0].aclose()  # type: ignore[attr-defined]
    again = await anext(follow(changes, pages, welcome))
    assert b"changed" in again.encode(), "a seat that was left is free"
