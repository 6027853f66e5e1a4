"""The counter at which commands ask a node for something, whether it runs or not.

A running node is asked over its socket. One that is stopped is opened here for as long as the command takes, with the
same application and no line or link; meanwhile its directory is held, so that it cannot be started underneath. Either
way the same doors are asked, and refuse alike.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn

import click
import httpx

from edge import home as node_home
from edge import settings as node_settings
from edge.beginning import begin
from edge.node import Node
from edge.web.app import create_app
from fleet.words import Words, language_from_environment
from machine.system import SystemClock, SystemRandomness

TIMEOUT_S = 60.0
CALLED_WRONGLY = frozenset({400, 404})
words = Words(language_from_environment(os.environ), "command")


class Refused(click.ClickException):
    """What the node refused, in its own words."""

    def __init__(self, told: dict[str, Any]) -> None:
        lines = [str(told[part]) for part in ("what", "why", "next") if told.get(part)]
        super().__init__("\n".join(lines) or str(told.get("code", "")))

    def show(self, file: Any = None) -> None:
        """Say it on standard error, as every refusal of the console script is said."""
        click.echo(self.message, err=True)


class Counter:
    """One node's API, for one person at a time."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client, self._pin = client, ""

    @asynccontextmanager
    async def signed_in(self, person: str, pin: str) -> AsyncIterator[None]:
        """Everything inside is asked in this person's name."""
        opened = await self._ask("POST", "/session", {"person": person, "pin": pin})
        self._client.headers["Authorization"], self._pin = f"Bearer {opened['token']}", pin
        try:
            yield
        finally:
            await self._client.delete("/session")
            del self._client.headers["Authorization"]
            self._pin = ""

    async def get(self, path: str) -> Any:
        """What the node says."""
        return await self._ask("GET", path, None)

    async def post(self, path: str, given: dict[str, Any]) -> Any:
        """Ask for something, with the PIN given again."""
        return await self._ask("POST", path, given | {"pin": self._pin})

    async def _ask(self, method: str, path: str, given: dict[str, Any] | None) -> Any:
        answer = await self._client.request(method, path, json=given)
        if not answer.is_success:
            _refuse(answer)
        return answer.json() if answer.content else None


class CalledWrongly(Refused):
    """The command itself was at fault."""

    exit_code = 2


@asynccontextmanager
async def counter(directory: Path) -> AsyncIterator[Counter]:
    """The counter of a node's directory.

    Raises:
        NotFound, NotTrusted, Unavailable: as starting the node would.
        Refused: what the node said no to.
    """
    settings = node_settings.load(directory)
    async with AsyncExitStack() as stack:
        transport: httpx.AsyncBaseTransport = httpx.AsyncHTTPTransport(uds=str(directory / "node.sock"))
        if not await _answers(transport):
            await transport.aclose()
            stack.enter_context(node_home.alone(directory))
            known = node_home.enrolled(directory)
            node = Node(settings, known, SystemClock(), SystemRandomness())
            await stack.enter_async_context(node.opened(directory))
            await node.journal.do(lambda office: begin(office, directory, known.grant, node.clock))
            transport = httpx.ASGITransport(create_app(node))  # type: ignore[arg-type]
        headers = {"Accept-Language": words.tag}
        client = httpx.AsyncClient(
            transport=transport, base_url="http://node/api", headers=headers, timeout=TIMEOUT_S, trust_env=False
        )
        yield Counter(await stack.enter_async_context(client))


async def _answers(transport: httpx.AsyncBaseTransport) -> bool:
    try:
        request = httpx.Request("GET", "http://node/api/health")
        return (await transport.handle_async_request(request)).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _refuse(answer: httpx.Response) -> NoReturn:
    raise (CalledWrongly if answer.status_code in CALLED_WRONGLY else Refused)(answer.json())
