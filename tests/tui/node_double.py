"""A stand-in for a node at its HTTP port: the local API's shapes with a small, believable day behind them.

It keeps state the way the node does as far as a console can see: acts go through the real table of moves, every one
lands on the order's timeline, and each change is told to whoever follows the events. It signs nothing and knows no
files. `NodeDouble` answers; `DoubleHttp` is where a console's connections to it
would be; `served` puts it behind a real server, to look at:

    python -m uvicorn --uds /tmp/node.sock --factory tests.tui.node_double:served
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from copy import deepcopy
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

from fleet.rules.order import MOVES, Act, State
from fleet.rules.roles import may
from tests.tui.a_day import NOW_MS, PEOPLE, a_board, some_cases, some_offers, some_orders, some_status, some_sync
from tui.http import Answer as HttpAnswer

Json = dict[str, Any]
PIN = "246810"
TRIES = 5
FIELDS_OF_ROW = ("vehicle", "driver", "driver_name")


class Answer(Exception):
    """An answer other than the expected one."""

    def __init__(
        self, status: int, code: str, what: str = "", why: str = "", following: str = "", **facts: object
    ) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"code": code, "what": what, "why": why, "next": following, "article": "", "facts": facts}


class NodeDouble:
    """One unit's node. `down` makes it unreachable, `refuse_next` makes the next act refused."""

    def __init__(self, now_ms: Callable[[], int] = lambda: NOW_MS) -> None:
        self.now_ms = now_ms
        self.board: Json = a_board()
        self.orders: dict[str, Json] = some_orders()
        self.offers: Json = some_offers()
        self.status: Json = some_status()
        self.sessions: dict[str, Json] = {}
        self.tries_left = TRIES
        self.down = False
        self.refuse_next: Answer | None = None
        self.answers: Json = some_cases()
        """What is answered to a GET at these paths below /api, as it is."""
        self.asked: list[tuple[str, str, Json]] = []
        self._followers: set[asyncio.Queue[Json | None]] = set()

    def answer(self, method: str, path: str, query: dict[str, str], token: str, body: Json) -> tuple[int, Any]:
        """Answer one request; the events are `follow`."""
        self.asked.append((method, path, body))
        try:
            return self._routed(method, path, query, token, body)
        except Answer as told:
            return told.status, told.body

    async def follow(self) -> AsyncIterator[bytes]:
        """Server-sent events; ends when `cut` is called."""
        queue: asyncio.Queue[Json | None] = asyncio.Queue()
        self._followers.add(queue)
        try:
            yield _event({"version": self.board["version"], "topics": ["orders", "vehicles", "alarms", "sync"]})
            while (change := await queue.get()) is not None:
                yield _event(change)
        finally:
            self._followers.discard(queue)

    def changed(self, *topics: str) -> None:
        """Something was committed: tell everyone who follows."""
        self.board["version"] += 1
        for queue in self._followers:
            queue.put_nowait({"version": self.board["version"], "topics": list(topics)})

    def cut(self) -> None:
        """Break every event stream off."""
        for queue in self._followers:
            queue.put_nowait(None)

    def _routed(self, method: str, path: str, query: dict[str, str], token: str, body: Json) -> tuple[int, Any]:
        unit = self.board["unit"]
        match method, path.removeprefix("/api/").split("/"):
            case "GET", ["people"]:
                return 200, PEOPLE
            case "GET", ["health"]:
                return 200, {"unit": unit, "node": 7, "now_ms": self.now_ms(), "version": "0.1"}
            case "POST", ["session"]:
                return 201, self._sign_in(body)
        person = self.sessions.get(token)
        if person is None:
            raise Answer(401, "not_signed_in", "没有登录", "会话已结束", "请重新登录")
        return self._for(person, method, path, query, token, body)

    def _for(
        self, person: Json, method: str, path: str, query: dict[str, str], token: str, body: Json
    ) -> tuple[int, Any]:
        if (told := self._told(method, path)) is not None:
            return 200, told
        match method, path.removeprefix("/api/").split("/"):
            case "DELETE", ["session"]:
                del self.sessions[token]
                return 204, None
            case "GET", ["board"]:
                return 200, self._board()
            case "GET", ["orders"]:
                return 200, self._find(query)
            case "GET", ["orders", order_id]:
                return 200, self._order(order_id, person)
            case "GET", ["orders", _, "offers"]:
                return 200, self.offers
            case "POST", ["orders", order_id, "acts", act]:
                return 200, self._act(order_id, act, person, body)
            case "GET", ["status"]:
                return 200, self.status
            case "POST", ["sync", "try"]:
                return 202, {"asked": True}
        raise Answer(404, "not_found", path)

    def _told(self, method: str, path: str) -> Any:
        """What is answered as it is: what a test put there, and lists that are empty unless one did."""
        asked = path.removeprefix("/api")
        if method != "GET":
            return None
        if asked in self.answers:
            return deepcopy(self.answers[asked])
        match asked.strip("/").split("/"):
            case ["cases", _]:
                return {"total": 0, "rows": [], "openings": []}
            case ["places"]:
                return {"type": "FeatureCollection", "features": []}
            case ["clashes"]:
                return []
            case ["sync"]:
                return some_sync()
            case ["bundles"]:
                return {}
            case ["vehicles"]:
                return self.board["vehicles"]["rows"]
        return None

    def _sign_in(self, body: Json) -> Json:
        if self.tries_left == 0:
            raise Answer(423, "pin_locked", "PIN 已锁定", "连续输错 5 次", "15:02 以后再试", until_ms=self.now_ms())
        if body["pin"] != PIN:
            self.tries_left -= 1
            what = f"PIN 不对, 还可以试 {self.tries_left} 次"
            raise Answer(403, "pin_wrong", what, "", "忘了请找管理员重设", left=self.tries_left)
        self.tries_left = TRIES
        person = next(person for person in PEOPLE if person["id"] == body["person"])
        token = f"token-{len(self.asked)}"
        self.sessions[token] = person
        return {"token": token, "person": person, "expires_ms": self.now_ms() + 12 * 3_600_000}

    def _board(self) -> Json:
        todo = {"submitted", "approved", "unmet", "back"}
        rows = [_row(order) for order in self.orders.values() if order["state"] in todo]
        return self.board | {"now_ms": self.now_ms(), "todo": {"count": len(rows), "rows": rows}}

    def _find(self, query: dict[str, str]) -> Json:
        text, offset, limit = query.get("find", ""), int(query.get("offset", 0)), int(query.get("limit", 50))
        fields = ("tail", "rider", "vehicle", "reason", "destination")
        rows = [_row(order) for order in self.orders.values() if any(text in str(order[field]) for field in fields)]
        rows.sort(key=lambda row: str(row["tail"]), reverse=True)
        return {"total": len(rows), "rows": rows[offset : offset + limit]}

    def _order(self, order_id: str, person: Json) -> Json:
        if order_id not in self.orders:
            raise Answer(404, "not_found", order_id)
        order, roles = self.orders[order_id], frozenset(person["roles"])
        moves = [act for state, act in MOVES if state == order["state"] and may(roles, act)]
        return deepcopy(order) | {"moves": moves}

    def _act(self, order_id: str, act: str, person: Json, body: Json) -> Json:
        if self.refuse_next is not None:
            refused, self.refuse_next = self.refuse_next, None
            raise refused
        order = self.orders[order_id]
        target = MOVES.get((State(order["state"]), Act(act)))
        if target is None:
            raise Answer(409, "illegal_move", f"{order['tail']} 不能{act}", "", "", state=order["state"], act=act)
        names = {driver["id"]: driver["name"] for driver in PEOPLE}
        if act == Act.DISPATCH:
            order |= {"vehicle": body["vehicle"], "driver": body["driver"], "driver_name": names.get(body["driver"])}
        elif act == Act.RECALL:
            order |= dict.fromkeys(FIELDS_OF_ROW)
        order |= {"state": str(target), "since_ms": self.now_ms(), "mark": "^"}
        order["timeline"].append(
            {
                "at_ms": self.now_ms(),
                "act": act,
                "by": person["id"],
                "by_name": person["name"],
                "role": person["roles"][0],
                "detail": body,
                "proof": "waiting",
                "refused": None,
                "record": f"{len(self.asked):016x}",
            }
        )
        self.changed("orders", "vehicles", "sync")
        return self._order(order_id, person)


class DoubleHttp:
    """The double where a console's connections to its node would be, event stream included."""

    def __init__(self, node: NodeDouble) -> None:
        self._node = node

    async def ask(self, method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> HttpAnswer:
        if self._node.down:
            raise ConnectionRefusedError("connection refused")
        where = urlsplit(target)
        token, query = headers.get("Authorization", "").removeprefix("Bearer "), dict(parse_qsl(where.query))
        status, answer = self._node.answer(method, unquote(where.path), query, token, json.loads(body or b"{}"))
        return HttpAnswer(status, b"" if answer is None else json.dumps(answer).encode())

    @asynccontextmanager
    async def follow(self, target: str, headers: Mapping[str, str]) -> AsyncIterator[tuple[int, AsyncIterator[bytes]]]:
        if not self._node.down and headers.get("Authorization", "").removeprefix("Bearer ") in self._node.sessions:
            yield 200, self._node.follow()
        else:
            status, body = await self.ask("GET", target, headers)
            yield status, _once(body)

    async def close(self) -> None:
        pass


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body


Receive = Callable[[], Awaitable[Json]]
Send = Callable[[Json], Awaitable[None]]


def served() -> Callable[[Json, Receive, Send], Awaitable[None]]:
    """The double as an ASGI application."""
    node = NodeDouble()

    async def application(scope: Json, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if scope["path"] == "/api/events" and token in node.sessions:
            await send(
                {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]}
            )
            async for data in node.follow():
                await send({"type": "http.response.body", "body": data, "more_body": True})
            return
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode()).items()}
        status, answer = node.answer(scope["method"], scope["path"], query, token, json.loads(body or b"{}"))
        await send(
            {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]}
        )
        await send({"type": "http.response.body", "body": b"" if answer is None else json.dumps(answer).encode()})

    return application


def _event(data: Json) -> bytes:
    return f"event: changed\ndata: {json.dumps(data)}\n\n".encode()


def _row(order: Json) -> Json:
    beyond = {"timeline", "moves", "remark", "content", "approved_content"}
    return {name: value for name, value in order.items() if name not in beyond}
