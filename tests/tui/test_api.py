"""The API client: where a node is, and what becomes of answers that are no answers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.tui.consoles import Time
from tests.tui.node_double import PIN, DoubleTransport, NodeDouble
from tui.api import Address, Api, Changed, Refused, SessionLost, Unreachable, address

pytestmark = pytest.mark.anyio


def answering(status: int, body: bytes) -> Api:
    return Api("http://node", httpx.MockTransport(lambda _: httpx.Response(status, content=body)), language="en")


def test_a_node_is_named_by_its_socket_its_directory_or_its_address(tmp_path: Path) -> None:
    assert address(str(tmp_path)) == Address(tmp_path / "node.sock", None)
    assert address(str(tmp_path / "x.sock")) == Address(tmp_path / "x.sock", None)
    assert address("https://10.0.0.7:8088/") == Address(None, "https://10.0.0.7:8088")


async def test_a_refusal_carries_its_sentences_and_its_facts(node: NodeDouble) -> None:
    api = Api("http://node", DoubleTransport(node), language="zh-CN")
    with pytest.raises(Refused) as refused:
        await api.sign_in("p3", "0000")

    assert refused.value.code == "pin_wrong"
    assert refused.value.facts == {"left": 4}
    assert refused.value.next == "忘了请找管理员重设"


async def test_asking_without_a_session_is_a_lost_session(node: NodeDouble) -> None:
    api = Api("http://node", DoubleTransport(node), language="zh-CN")
    with pytest.raises(SessionLost):
        await api.board()
    with pytest.raises(SessionLost):
        await anext(api.events())


@pytest.mark.parametrize(("status", "body"), [(200, b"<html>"), (502, b"bad gateway"), (500, b"[]")])
async def test_what_is_not_the_nodes_own_answer_counts_as_not_reached(status: int, body: bytes) -> None:
    with pytest.raises(Unreachable):
        await answering(status, body).board()


async def test_nobody_listening_counts_as_not_reached(node: NodeDouble) -> None:
    node.down = True
    with pytest.raises(Unreachable, match="refused"):
        await Api("http://node", DoubleTransport(node), language="zh-CN").people()


async def test_events_are_told_in_order_and_a_stream_that_ends_is_a_lost_node(node: NodeDouble, time: Time) -> None:
    api = Api("http://node", DoubleTransport(node), language="zh-CN")
    await api.sign_in("p3", PIN)
    events = api.events()
    assert (await anext(events)).topics == {"orders", "vehicles", "alarms", "sync"}
    node.changed("alarms")
    node.cut()
    assert await anext(events) == Changed(42, frozenset({"alarms"}))
    with pytest.raises(Unreachable):
        await anext(events)


async def test_comments_and_other_events_are_passed_over() -> None:
    class Stream(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b": still here\r\n\r\nretry: 3000\r\n\r\nevent: other\ndata: {}\n\n"
            yield f"event: changed\r\ndata: {json.dumps({'version': 3, 'topics': ['sync']})}\r\n\r\n".encode()

    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Stream()))
    events = Api("http://node", transport, language="en").events()

    assert await anext(events) == Changed(3, frozenset({"sync"}))
