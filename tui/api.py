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
from codecs import getincrementaldecoder
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote, urlencode

from tui.http import Address, Answer
from tui.node_shapes import Status
from tui.shapes import Board, CaseRow, Facts, Health, Offers, Order, Orders, Person, Session

SLOW_S = 2.0
"""A person who waits longer is told what for."""
SOCKET_NAME = "node.sock"
LINE_MAX = 65_536
"""Signs of one line of the event stream."""


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


class Asking(Protocol):
    """How a node is reached; `tui.http.Http` when it is a real one. Every failure is an OSError."""

    async def ask(self, method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> Answer: ...

    def follow(
        self, target: str, headers: Mapping[str, str]
    ) -> AbstractAsyncContextManager[tuple[int, AsyncIterator[bytes]]]: ...

    async def close(self) -> None: ...


def address(text: str) -> Address:
    """Read what a person wrote after --node: a URL, a socket, or the node's directory with the socket in it."""
    if text.startswith(("http://", "https://")):
        return Address(None, text.rstrip("/"))
    path = Path(text)
    return Address(path / SOCKET_NAME if path.is_dir() else path, None)


class Api:
    """One console's conversation with one node."""

    def __init__(self, http: Asking, *, language: str) -> None:
        """`language` is an Accept-Language tag: refusals come worded in it."""
        self._http = http
        self._headers = {"Accept-Language": language, "Content-Type": "application/json"}
        self._asked: set[asyncio.Future[Answer]] = set()
        self._late = 0
        self.slow_s = SLOW_S
        self.on_slow: Callable[[bool], None] = lambda slow: None
        """Told when answers are long in coming, and when they have come."""

    async def close(self) -> None:
        await self._http.close()

    async def health(self) -> Health:
        return await self._ask("GET", "/api/health")  # type: ignore[no-any-return]

    async def people(self) -> list[Person]:
        return await self._ask("GET", "/api/people")  # type: ignore[no-any-return]

    async def sign_in(self, person: str, pin: str) -> Session:
        """Open a session; a wrong or locked PIN is `Refused` with code `pin_wrong` or `pin_locked`."""
        session: Session = await self._ask("POST", "/api/session", {"person": person, "pin": pin})
        self.go_on(session)
        return session

    def go_on(self, session: Session) -> None:
        """Ask in this session from now on."""
        self._headers["Authorization"] = f"Bearer {session['token']}"

    async def sign_out(self) -> None:
        await self._ask("DELETE", "/api/session")
        self._headers.pop("Authorization", None)

    async def board(self) -> Board:
        return await self._ask("GET", "/api/board")  # type: ignore[no-any-return]

    async def orders(self, *, find: str, offset: int, limit: int) -> Orders:
        """One page of the orders that match, newest first."""
        query = {"find": find, "offset": str(offset), "limit": str(limit)}
        return await self._ask("GET", "/api/orders", query=query)  # type: ignore[no-any-return]

    async def order(self, order_id: str) -> Order:
        return await self._ask("GET", f"/api/orders/{order_id}")  # type: ignore[no-any-return]

    async def note(self) -> CaseRow | None:
        """The last handover note that nobody has taken over."""
        answer = await self._ask("GET", "/api/cases/handover", query={"open": "true", "limit": "50"})
        notes: list[CaseRow] = [row for row in answer["rows"] if row["open"]]
        return max(notes, key=lambda row: row["since_ms"], default=None)

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
        return (await self._answer("GET", _target(f"/api{path}", query))).body

    async def post(self, path: str, body: Facts | None = None) -> Any:
        """What the node answers to `body` at `path` below /api."""
        return await self._ask("POST", f"/api{path}", body or {})

    async def as_other(self, person: str, pin: str, path: str, body: Facts) -> Any:
        """As `post`, in the name of somebody who enters the PIN for this one act; their session ends with it."""
        session: Session = await self._ask("POST", "/api/session", {"person": person, "pin": pin})
        theirs = {"Authorization": f"Bearer {session['token']}"}
        try:
            return await self._send("POST", f"/api{path}", _json(body), headers=theirs)
        finally:
            with suppress(ApiError):  # it runs out by itself
                await self._send("DELETE", "/api/session", headers=theirs)

    async def put_file(self, path: str, data: bytes, media_type: str, **query: str) -> Any:
        """What the node answers to a file at `path` below /api."""
        return await self._send("POST", _target(f"/api{path}", query), data, headers={"Content-Type": media_type})

    async def events(self) -> AsyncIterator[Changed]:
        """Every committed change from now on, the first at once. Ends by raising, never by running out."""
        try:
            async with self._http.follow("/api/events", self._headers) as (status, parts):
                if status >= HTTPStatus.BAD_REQUEST:
                    raise _refusal(Answer(status, b"".join([part async for part in parts])))
                async for data in _server_sent(parts):
                    yield Changed(int(data.get("version", 0)), frozenset(data.get("topics", ())))
        except OSError as error:
            raise Unreachable(_detail(error)) from None
        raise Unreachable("end of stream")

    @contextmanager
    def _watched(self, asked: asyncio.Future[Answer]) -> Iterator[None]:
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

    def _answered(self, asked: asyncio.Future[Answer]) -> None:
        self._asked.discard(asked)
        if not asked.cancelled():
            asked.exception()  # looked at, whether somebody still waits for it or not

    async def _ask(
        self, method: str, path: str, body: Facts | None = None, *, query: Mapping[str, str] | None = None
    ) -> Any:
        return await self._send(method, _target(path, query or {}), _json(body))

    async def _send(self, method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Any:
        """What was answered, read as JSON; None where nothing was to be said."""
        answer = await self._answer(method, target, body, headers)
        if answer.status == HTTPStatus.NO_CONTENT:
            return None
        try:
            return json.loads(answer.body)
        except ValueError:
            raise Unreachable(f"{target}: not JSON") from None

    async def _answer(
        self, method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Ask, with `headers` in the place of this console's own of the same names. A request that was begun is
        answered even if nobody waits for it any more: to break one off would leave open whether the node did it."""
        asked = asyncio.ensure_future(self._http.ask(method, target, {**self._headers, **(headers or {})}, body))
        self._asked.add(asked)
        asked.add_done_callback(self._answered)
        try:
            with self._watched(asked):
                answer = await asyncio.shield(asked)
        except OSError as error:
            raise Unreachable(_detail(error)) from None
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise _refusal(answer)
        return answer


def _json(body: Facts | None) -> bytes:
    return b"" if body is None else json.dumps(body, ensure_ascii=False).encode()


def _target(path: str, query: Mapping[str, str]) -> str:
    """Path and query as they are asked for; of the path, what is no ASCII is written as RFC 3986 has it."""
    return quote(path) + (f"?{urlencode(query)}" if query else "")


def _detail(error: Exception) -> str:
    return str(error) or type(error).__name__


def _refusal(answer: Answer) -> ApiError:
    try:
        told = json.loads(answer.body)
    except ValueError:
        told = None
    if not isinstance(told, dict) or "code" not in told:
        return Unreachable(f"HTTP {answer.status}")
    kind = SessionLost if answer.status == HTTPStatus.UNAUTHORIZED else Refused
    texts = [str(told.get(part) or "") for part in ("what", "why", "next")]
    return kind(str(told["code"]), texts[0] or str(told["code"]), texts[1], texts[2], told.get("facts") or {})


async def _server_sent(parts: AsyncIterator[bytes]) -> AsyncIterator[Facts]:
    """The data of each `changed` event (WHATWG HTML, server-sent events: fields until an empty line)."""
    event, data = "", ""
    async for line in _lines(parts):
        if not line:
            if event == "changed" and data:
                yield json.loads(data)
            event, data = "", ""
        elif line.startswith("event:"):
            event = line[6:].strip()
        elif line.startswith("data:"):
            data += line[5:].strip()


async def _lines(parts: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """The lines of a text in UTF-8 that ends them with a line feed, with or without a carriage return before it."""
    decode, text = getincrementaldecoder("utf-8")("replace").decode, ""
    async for part in parts:
        *whole, text = (text + decode(part)).split("\n")
        for line in whole:
            yield line.removesuffix("\r")
        if len(text) > LINE_MAX:
            raise OSError(f"a line of more than {LINE_MAX} signs")
