"""A real node process, and a terminal at the far end of a pseudo-serial line: for what only real processes can show."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tty
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from tests.edge.serial_terminal.doubles import frame, said

START_MAX_S = 20
ROOT = Path(__file__).parent.parent.parent


class NodeProcess:
    """`python -m ortoo node run DIR`, ready when its doors are open."""

    def __init__(self, home: Path, child: asyncio.subprocess.Process) -> None:
        self.child = child
        transport = httpx.AsyncHTTPTransport(uds=str(home / "node.sock"))
        self.api = httpx.AsyncClient(transport=transport, base_url="http://node/api", timeout=20.0)

    async def sign_in(self, person: str, pin: str) -> None:
        """Open a session and keep its token."""
        answer = await self.api.post("/session", json={"person": person, "pin": pin})
        self.api.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['token']}"

    async def get(self, path: str) -> Any:
        """A JSON answer of success."""
        return (await self.api.get(path)).raise_for_status().json()

    async def kill(self) -> None:
        """The power is gone."""
        self.child.kill()
        await self.child.wait()

    async def stop(self) -> int:
        """Ask it to end; its exit code."""
        self.child.send_signal(signal.SIGTERM)
        async with asyncio.timeout(START_MAX_S):
            return await self.child.wait()


@asynccontextmanager
async def node_process(home: Path) -> AsyncIterator[NodeProcess]:
    """A node that runs until the block ends, at the latest."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ortoo", "node", "run", str(home),
        stdout=asyncio.subprocess.PIPE, env={**os.environ, "ORTOO_LANG": "en"}, cwd=ROOT,
    )  # fmt: skip
    try:
        assert child.stdout
        async with asyncio.timeout(START_MAX_S):
            assert await child.stdout.readline(), "the node ended before it was ready"
        node = NodeProcess(home, child)
        async with node.api:
            yield node
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()


class PtyTerminal:
    """A minimal terminal. `acknowledged` holds the serials of its messages that were answered with success."""

    def __init__(self, phone: str) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.port = os.ttyname(self._slave)
        self.code = ""
        self.acknowledged: set[int] = set()
        self._phone, self._heard, self._news = phone, b"", asyncio.Event()
        asyncio.get_running_loop().add_reader(self._master, self._read)

    def say(self, msg_id: int, facts: Mapping[str, Any] | bytes, serial: int) -> None:
        """Put a message on the line."""
        os.write(self._master, frame(msg_id, facts, phone=self._phone, serial=serial))

    async def until(self, serial: int) -> None:
        """Wait until this message was acknowledged."""
        async with asyncio.timeout(START_MAX_S):
            while serial not in self.acknowledged:
                self._news.clear()
                await self._news.wait()

    def restart_serials(self) -> None:
        """Forget what was acknowledged: serials begin again after a reboot."""
        self.acknowledged.clear()
        self._heard = b""

    def close(self) -> None:
        """Unplug it."""
        asyncio.get_running_loop().remove_reader(self._master)
        os.close(self._master)
        os.close(self._slave)

    def _read(self) -> None:
        self._heard += os.read(self._master, 65536)
        end = self._heard.rfind(b"\x7e") + 1 if self._heard.count(b"\x7e") % 2 == 0 else 0
        whole, self._heard = self._heard[:end], self._heard[end:]
        for msg_id, facts in said(whole):
            if msg_id in (0x8001, 0x8100) and facts["result"] == 0:
                self.code = facts.get("auth_code", self.code)
                self.acknowledged.add(facts["ack_serial"])
        self._news.set()
