"""What people do in the demonstration, done as their programs do it: over the node's local API and central's."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx

from demo.cast import Cast
from fleet.errors import Unavailable

TRY_S = 0.1
START_MAX_S = 60.0
UNAUTHORIZED = 401


class Refused(Exception):
    """The other side said no; `code` says why."""

    def __init__(self, status: int, told: dict[str, Any]) -> None:
        super().__init__(f"{status} {told.get('code')}: {told.get('what')}")
        self.status, self.code = status, str(told.get("code", ""))


class Api:
    """A JSON API with one session."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client, self._who = client, dict[str, str]()

    async def call(self, method: str, path: str, body: object = None) -> Any:
        """Call and return the JSON answer; Refused if it is not one of success."""
        return await self._answer(method, path, json=body)

    async def send(self, path: str, file: bytes) -> Any:
        """Send a file and return the JSON answer; Refused if it is not one of success."""
        return await self._answer("POST", path, content=file, headers={"Content-Type": "application/octet-stream"})

    async def _answer(self, method: str, path: str, **content: Any) -> Any:
        """A session that the other side has forgotten (it was restarted) is opened again, once."""
        answer = await self._client.request(method, path, **content)
        if answer.status_code == UNAUTHORIZED and self._who:
            await self.sign_in(**self._who)
            answer = await self._client.request(method, path, **content)
        if answer.is_success:
            return answer.json() if answer.content else None
        try:
            told = answer.json()
        except ValueError:
            told = {}
        raise Refused(answer.status_code, told)

    async def sign_in(self, **who: str) -> None:
        """Open a session and keep its token."""
        self._who = {}
        session = await self.call("POST", "/api/session", who)
        self._who = who
        self._client.headers["Authorization"] = f"Bearer {session['token']}"

    async def answers(self, path: str, check: Any) -> None:
        """Wait until something answers on `path`; `check` is asked in between and may raise."""
        for _ in range(int(START_MAX_S / TRY_S)):
            check()
            try:
                await self._client.get(path)
            except httpx.TransportError:
                await asyncio.sleep(TRY_S)
            else:
                return
        raise Unavailable("demo_no_answer", path=path)

    async def close(self) -> None:
        """Hang up."""
        await self._client.aclose()


class People:
    """Everyone of the unit, each with a session at the node. They talk over its Unix socket, as consoles do."""

    def __init__(self, node_home: Path, cast: Cast) -> None:
        self._socket, self._cast = str(node_home / "node.sock"), cast
        self._open: dict[str, Api] = {}

    async def of(self, role: str) -> Api:
        """The first person of a role, signed in."""
        return await self.person(self._cast.person(role).id)

    async def person(self, person: str) -> Api:
        """A person by staff number, signed in."""
        if person not in self._open:
            api = self.stranger()
            await api.sign_in(person=person, pin=self._cast.pin)
            self._open[person] = api
        return self._open[person]

    def stranger(self) -> Api:
        """Nobody in particular."""
        transport = httpx.AsyncHTTPTransport(uds=self._socket)
        return Api(httpx.AsyncClient(transport=transport, base_url="http://node", timeout=30.0, trust_env=False))

    async def close(self) -> None:
        """Everyone hangs up."""
        for api in self._open.values():
            await api.close()
        self._open.clear()
