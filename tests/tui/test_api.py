"""The API client: where a node is, and what becomes of answers that are no answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.tui.consoles import Time
from tests.tui.node_double import PIN, DoubleHttp, NodeDouble
from tui.api import LINE_MAX, Api, Changed, Refused, SessionLost, Unreachable, address
from tui.http import Address, Answer

pytestmark = pytest.mark.anyio


class Answering:
    """A node that always answers the same, in the pieces given."""

    def __init__(self, status: int, *parts: bytes) -> None:
        self._status, self._parts = status, parts

    async def ask(self, method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        return Answer(self._status, b"".join(self._parts))

    @asynccontextmanager
    async def follow(self, target: str, headers: Mapping[str, str]) -> AsyncIterator[tuple[int, AsyncIterator[bytes]]]:
        async def parts() -> AsyncIterator[bytes]:
            for part in self._parts:
                yield part

        yield self._status, parts()

    async def close(self) -> None:
        pass


def test_a_node_is_named_by_its_socket_its_directory_or_its_address(tmp_path: Path) -> None:
    assert address(str(tmp_path)) == Address(tmp_path / "node.sock", None)
    assert address(str(tmp_path / "x.sock")) == Address(tmp_path / "x.sock", None)
    assert address("https://10.0.0.7:8088/") == Address(None, "https://10.0.0.7:8088")


async def test_a_refusal_carries_its_sentences_and_its_facts(node: NodeDouble) -> None:
    api = Api(DoubleHttp(node), language="zh-CN")
    with pytest.raises(Refused) as refused:
        await api.sign_in("p3", "0000")

    assert refused.value.code == "pin_wrong"
    assert refused.value.facts == {"left": 4}
    assert refused.value.next == "忘了请找管理员重设"


async def test_asking_without_a_session_is_a_lost_session(node: NodeDouble) -> None:
    api = Api(DoubleHttp(node), language="zh-CN")
    with pytest.raises(SessionLost):
        await api.board()
    with pytest.raises(SessionLost):
        await anext(api.events())


@pytest.mark.parametrize(("status", "body"), [(200, b"<html>"), (502, b"bad gateway"), (500, b"[]")])
async def test_what_is_not_the_nodes_own_answer_counts_as_not_reached(status: int, body: bytes) -> None:
    with pytest.raises(Unreachable):
        await Api(Answering(status, body), language="en").board()


async def test_nobody_listening_counts_as_not_reached(node: NodeDouble) -> None:
    node.down = True
    with pytest.raises(Unreachable, match="refused"):
        await Api(DoubleHttp(node), language="zh-CN").people()


async def test_events_are_told_in_order_and_a_stream_that_ends_is_a_lost_node(node: NodeDouble, time: Time) -> None:
    api = Api(DoubleHttp(node), language="zh-CN")
    await api.sign_in("p3", PIN)
    events = api.events()
    assert (await anext(events)).topics == {"orders", "vehicles", "alarms", "sync"}
    node.changed("alarms")
    node.cut()
    assert await anext(events) == Changed(42, frozenset({"alarms"}))
    with pytest.raises(Unreachable):
        await anext(events)


@pytest.mark.parametrize("size", [1, 7, 1_000])
async def test_comments_and_other_events_are_passed_over_however_the_stream_is_cut(size: int) -> None:
    said = (
        b": still here\r\n\r\nretry: 3000\r\n\r\nevent: other\ndata: {}\n\n"
        b'event: changed\r\ndata: {"version": 3, "topics": ["sync"]}\r\n\r\n'
    )
    parts = [said[start : start + size] for start in range(0, len(said), size)]

    assert await anext(Api(Answering(200, *parts), language="en").events()) == Changed(3, frozenset({"sync"}))


async def test_an_event_that_never_ends_is_a_lost_node() -> None:
    with pytest.raises(Unreachable, match="a line of more than"):
        await anext(Api(Answering(200, b"data: ", b"x" * LINE_MAX), language="en").events())
