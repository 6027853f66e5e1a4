"""The node's local API as the console calls it, over a Unix socket or an address; every failure is one of three.

ApiError
├── Unreachable   nobody answered, or the answer broke off: nothing is known about what happened; ask again later
├── SessionLost   the node no longer knows who is asking: sign in again, then go on
└── Refused       the node said no, and says what, why and what next in the caller's language

Only facts that were answered are returned; nothing is remembered here but the session's token.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from tui.shapes import Board, Facts, Health, Offers, Order, Orders, Person, Session, Status

CONNECT_TIMEOUT_S = 5.0
ANSWER_TIMEOUT_S = 20.0
SLOW_S = 2.0
"""A person who waits longer is told what for."""
SILENCE_TIMEOUT_S = 40.0
"""The node's event stream says something every 15 s; two of those missed and a half is a lost connection."""
SOCKET_NAME = "node.sock"


class ApiError(Exception):
    """Something kept the console from getting an answer it can use."""


class Unreachable(ApiError):
    """The node could not be reached. `detail` is the system's own word for it, for the person who looks after it."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Refused(ApiError):
    """The node refused; `what`, `why` and `next` are sentences, `code` and `facts` are for machines."""

    def __init__(self, code: str, what: str, why: str, following: str, facts: Facts) -> None:
        super().__init__(code)
        self.code, self.what, self.why, self.next, self.facts = code, what, why, following, facts


class SessionLost(Refused):
    """The session ended, or the node was started anew."""


class Changed(NamedTuple):
    """The node committed something: its version now, and which topics it touched (empty: any)."""

    version: int
    topics: frozenset[str]


class Address(NamedTuple):
    """Where a node is: a socket's path, or a base URL. One of the two is None."""

    socket: Path | None
    url: str | None

    def __str__(self) -> str:
        return str(self.socket or self.url)


def address(text: str) -> Address:
    """Read what a person wrote after --node: a URL, a socket, or the node's directory with the socket in it."""
    if text.startswith(("http://", "https://")):
        return Address(None, text.rstrip("/"))
    path = Path(text)
    return Address(path / SOCKET_NAME if path.is_dir() else path, None)


class Api:
    """One console's conversation with one node."""

    def __init__(self, base_url: str, transport: httpx.AsyncBaseTransport | None, *, language: str) -> None:
        """`language` is an Accept-Language tag: refusals come worded in it."""
        self._client = httpx.AsyncClient(
            base_url=base_url,
            transport=transport,
            headers={"Accept-Language": language},
            timeout=httpx.Timeout(ANSWER_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            trust_env=False,
        )
        self._asked: set[asyncio.Future[httpx.Response]] = set()
        self._late = 0
        self.slow_s = SLOW_S
        self.on_slow: Callable[[bool], None] = lambda slow: None
        """Told when answers are long in coming, and when they have come."""

    @classmethod
    def at(cls, where: Address, *, language: str) -> Api:
        """Reach the node at an address."""
        if where.socket is not None:
            return cls("http://node", httpx.AsyncHTTPTransport(uds=str(where.socket)), language=language)
        return cls(where.url or "", None, language=language)

    async def close(self) -> None:
        await self._client.aclose()

    async def health(self) -> Health:
        return await self._ask("GET", "/api/health")  # type: ignore[no-any-return]

    async def people(self) -> list[Person]:
        return await self._ask("GET", "/api/people")  # type: ignore[no-any-return]

    async def sign_in(self, person: str, pin: str) -> Session:
        """Open a session; a wrong or locked PIN is `Refused` with code `pin_wrong` or `pin_locked`."""
        session: Session = await self._ask("POST", "/api/session", {"person": person, "pin": pin})
        self._client.headers["Authorization"] = f"Bearer {session['token']}"
        return session

    async def sign_out(self) -> None:
        await self._ask("DELETE", "/api/session")
        self._client.headers.pop("Authorization", None)

    async def board(self) -> Board:
        return await self._ask("GET", "/api/board")  # type: ignore[no-any-return]

    async def orders(self, *, find: str, offset: int, limit: int) -> Orders:
        """One page of the orders that match, newest first."""
        query = {"find": find, "offset": str(offset), "limit": str(limit)}
        return await self._ask("GET", "/api/orders", query=query)  # type: ignore[no-any-return]

    async def order(self, order_id: str) -> Order:
        return await self._ask("GET", f"/api/orders/{order_id}")  # type: ignore[no-any-return]

    async def offers(self, order_id: str) -> Offers:
        return await self._ask("GET", f"/api/orders/{order_id}/offers")  # type: ignore[no-any-return]

    async def act(self, order_id: str, act: str, fields: Mapping[str, str]) -> Order:
        """Have the signed-in person do `act`; returns the order as committed."""
        return await self._ask("POST", f"/api/orders/{order_id}/acts/{act}", dict(fields))  # type: ignore[no-any-return]

    async def status(self) -> Status:
        return await self._ask("GET", "/api/status")  # type: ignore[no-any-return]

    async def try_sync(self) -> None:
        await self._ask("POST", "/api/sync/try", {})

    async def get(self, path: str, **query: str) -> Any:
        """What the node answers at `path` below /api."""
        return await self._ask("GET", f"/api{path}", query=query)

    async def get_file(self, path: str, **query: str) -> bytes:
        """The bytes of what the node answers at `path` below /api."""
        return (await self._answer("GET", f"/api{path}", query)).content

    async def post(self, path: str, body: Facts | None = None) -> Any:
        """What the node answers to `body` at `path` below /api."""
        return await self._ask("POST", f"/api{path}", body or {})

    async def as_other(self, person: str, pin: str, path: str, body: Facts) -> Any:
        """As `post`, in the name of somebody who enters the PIN for this one act; their session ends with it."""
        session: Session = await self._ask("POST", "/api/session", {"person": person, "pin": pin})
        theirs = {"Authorization": f"Bearer {session['token']}"}
        try:
            return await self._send("POST", f"/api{path}", None, json=body, headers=theirs)
        finally:
            with suppress(ApiError):  # it runs out by itself
                await self._send("DELETE", "/api/session", None, headers=theirs)

    async def put_file(self, path: str, data: bytes, media_type: str, **query: str) -> Any:
        """What the node answers to a file at `path` below /api."""
        return await self._send("POST", f"/api{path}", query, content=data, headers={"Content-Type": media_type})

    async def events(self) -> AsyncIterator[Changed]:
        """Every committed change from now on, the first at once. Ends by raising, never by running out."""
        timeout = httpx.Timeout(ANSWER_TIMEOUT_S, connect=CONNECT_TIMEOUT_S, read=SILENCE_TIMEOUT_S)
        try:
            async with self._client.stream("GET", "/api/events", timeout=timeout) as response:
                if response.is_error:
                    await response.aread()
                    raise _refusal(response)
                async for data in _server_sent(response.aiter_lines()):
                    yield Changed(int(data.get("version", 0)), frozenset(data.get("topics", ())))
        except (httpx.HTTPError, OSError) as error:
            raise Unreachable(_detail(error)) from None
        raise Unreachable("end of stream")

    @contextmanager
    def _watched(self, asked: asyncio.Future[httpx.Response]) -> Iterator[None]:
        """Tell `on_slow` when an answer is long in coming, and when nobody waits for one any more."""
        loop, late = asyncio.get_running_loop(), False

        def overdue() -> None:
            nonlocal late
            if not asked.done():
                late = True
                self._late += 1
                self.on_slow(True)

        timer = loop.call_later(self.slow_s, overdue)
        try:
            yield
        finally:
            timer.cancel()
            self._late -= late
            if late and not self._late:
                self.on_slow(False)

    def _answered(self, asked: asyncio.Future[httpx.Response]) -> None:
        self._asked.discard(asked)
        if not asked.cancelled():
            asked.exception()  # looked at, whether somebody still waits for it or not

    async def _ask(
        self, method: str, path: str, body: Facts | None = None, *, query: Mapping[str, str] | None = None
    ) -> Any:
        return await self._send(method, path, query, json=body)

    async def _send(self, method: str, path: str, query: Mapping[str, str] | None, **content: Any) -> Any:
        """What was answered, read as JSON; None where nothing was to be said."""
        response = await self._answer(method, path, query, **content)
        if response.status_code == HTTPStatus.NO_CONTENT:
            return None
        try:
            return response.json()
        except ValueError:
            raise Unreachable(f"{path}: not JSON") from None

    async def _answer(self, method: str, path: str, query: Mapping[str, str] | None, **content: Any) -> httpx.Response:
        """Ask; a request that was begun is answered even if nobody waits for it any more. To break one off would leave
        open whether the node did it, and the socket's reader trips over an answer that comes at that moment."""
        asked = asyncio.ensure_future(self._client.request(method, path, params=query, **content))
        self._asked.add(asked)
        asked.add_done_callback(self._answered)
        try:
            with self._watched(asked):
                response = await asyncio.shield(asked)
        except (httpx.HTTPError, OSError) as error:
            raise Unreachable(_detail(error)) from None
        if response.is_error:
            raise _refusal(response)
        return response


def _detail(error: Exception) -> str:
    return str(error) or type(error).__name__


def _refusal(response: httpx.Response) -> ApiError:
    try:
        told = response.json()
    except ValueError:
        told = None
    if not isinstance(told, dict) or "code" not in told:
        return Unreachable(f"HTTP {response.status_code}")
    kind = SessionLost if response.status_code == HTTPStatus.UNAUTHORIZED else Refused
    texts = [str(told.get(part) or "") for part in ("what", "why", "next")]
    return kind(str(told["code"]), texts[0] or str(told["code"]), texts[1], texts[2], told.get("facts") or {})


async def _server_sent(lines: AsyncIterator[str]) -> AsyncIterator[Facts]:
    """The data of each `changed` event (WHATWG HTML, server-sent events: fields until an empty line)."""
    event, data = "", ""
    async for line in lines:
        if not line:
            if event == "changed" and data:
                yield json.loads(data)
            event, data = "", ""
        elif line.startswith("event:"):
            event = line[6:].strip()
        elif line.startswith("data:"):
            data += line[5:].strip()
