"""A region on one machine: central, a node, terminals on real pseudo-serial lines, and a road between them.

Made with the same commands a unit and its regional office would type. Everything lies in one directory; all that is
running ends with the block.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from demo.cast import Cast
from demo.children import Children, command
from demo.faces import Api, People
from demo.relay import Relay
from fleet.ledger.enrolment import read_grant

LINES = 2
"""Serial lines of the unit's yard; the vehicles share them."""
REPORT_EVERY_S = 1.0
NOISE = 0.05
LOOK_S = 0.2
SETTINGS = {
    "sighting_every_s": "5",
    "sync_idle_s": "2",
    "sync_retry_max_s": "2",
    "sync_seal_s": "1",
    "silent_after_s": "60",
}


class Terminals:
    """The simulated vehicles, told where to go."""

    def __init__(self, child: asyncio.subprocess.Process) -> None:
        self._child = child

    async def ports(self) -> list[str]:
        """The serial lines they speak on."""
        return [str(port) for port in json.loads(await self._line())["ports"]]

    async def stop(self) -> dict[str, int]:
        """Stop reporting, let what was sent be answered, and return the terminals' own count."""
        self._child.terminate()
        counts: dict[str, int] = json.loads(await self._line())
        await self._child.wait()
        return counts

    async def tell(self, order: str) -> str:
        """Give one order, such as `go PLATE`; return the answer."""
        if self._child.stdin is None:
            return ""
        self._child.stdin.write(f"{order}\n".encode())
        await self._child.stdin.drain()
        return await self._line()

    async def _line(self) -> str:
        if self._child.stdout is None:
            return ""
        return (await self._child.stdout.readline()).decode().strip()


class Region:
    """The running region."""

    def __init__(self, home: Path, cast: Cast) -> None:
        self.node_home, self.central_home = home / "node", home / "central"
        self.cast, self.children = cast, Children(home / "logs")
        self.people = People(self.node_home, cast)
        central_port, self.pages_port = free_port(), free_port()
        self.relay = Relay(free_port(), central_port)
        self.central_port = central_port
        self.central: Api
        self.terminals: Terminals
        self.capture: Terminals | None = None

    @property
    def pages_url(self) -> str:
        """Where the node's pages are."""
        return f"http://127.0.0.1:{self.pages_port}/"

    @property
    def central_url(self) -> str:
        """Where central's pages are."""
        return f"https://127.0.0.1:{self.central_port}/"

    async def build(self, frames: Path | None) -> None:
        """Set everything up and start it; the road is open afterwards."""
        cast, node, central = self.cast, str(self.node_home), str(self.central_home)
        await command(
            *("central", "init", central, "--name", cast.region_name, "--listen", f"127.0.0.1:{self.central_port}"),
            *("--account", cast.account),
            secret=cast.passphrase,
        )
        ports = await self._start_terminals(frames)
        lines = [argument for port in ports for argument in ("--line", port)]
        listen = f"127.0.0.1:{self.pages_port}"
        await command("node", "init", node, "--unit", cast.unit, "--name", cast.unit_name, "--listen", listen, *lines)
        self._hurry()
        for person in cast.people:
            who = ("--id", person.id, "--name", person.name, "--role", person.role)
            await command("enrol", "person", node, *who, secret=cast.pin)
        request, grant = self.node_home / "request.cbor", self.node_home / "grant-received.cbor"
        await command("enrol", "request", node, "--out", str(request))
        url = f"https://127.0.0.1:{self.relay.port}"
        await command("enrol", "grant", central, str(request), "--out", str(grant), "--url", url, "--yes")
        await command("enrol", "accept", node, str(grant))
        await self._start_servers()

    async def _start_terminals(self, frames: Path | None) -> list[str]:
        stranger = self.cast.stranger
        plates = ",".join([*(vehicle.plate for vehicle in self.cast.vehicles), stranger.plate])
        phones = ",".join([*(vehicle.terminal for vehicle in self.cast.vehicles), stranger.terminal])
        common = ("terminal", "simulate", "--json", "--interval-s", str(REPORT_EVERY_S), "--answer-timeout-s", "2")
        yard = await self.children.start(
            "terminals",
            *(*common, "--pty", str(LINES), "--plates", plates, "--phones", phones, "--noise", str(NOISE)),
            "--control",
            controlled=True,
        )
        self.terminals = Terminals(yard)
        ports = await self.terminals.ports()
        if frames:
            played = ("terminal", "simulate", "--json", "--pty", "1", "--frames", str(frames), "--control")
            self.capture = Terminals(await self.children.start("frames", *played, controlled=True))
            ports += await self.capture.ports()
        return ports

    def _hurry(self) -> None:
        """A day in a minute: positions reach central and lost links are tried again sooner than a unit would want."""
        path = self.node_home / "node.toml"
        lines = path.read_text(encoding="utf-8").splitlines()
        changed = [
            f"{name} = {SETTINGS[name]}" if (name := line.partition(" =")[0]) in SETTINGS else line for line in lines
        ]
        path.write_text("\n".join(changed) + "\n", encoding="utf-8")

    async def _start_servers(self) -> None:
        await self.children.start("central", "central", "run", str(self.central_home))
        context = ssl.create_default_context(cadata=read_grant((self.node_home / "grant.cbor").read_bytes()).ca_pem)
        client = httpx.AsyncClient(base_url=self.central_url, verify=context, timeout=30.0, trust_env=False)
        self.central = Api(client)
        await self.central.answers("/", self.children.check)
        await self.central.sign_in(name=self.cast.account, passphrase=self.cast.passphrase)
        await self.relay.mend()
        await self.start_node()

    async def lose_power(self) -> None:
        """The node dies between two instructions, and is started again."""
        await self.children.kill("node")
        await self.start_node()

    async def play_capture(self) -> None:
        """Play the captured frames into their line, if there are any; all of them are on it afterwards."""
        if self.capture is None:
            return
        await self.capture.tell("play")
        while True:
            *_, played, _, total = (await self.capture.tell("played")).split()
            if played == total:
                return
            self.children.check()
            await asyncio.sleep(LOOK_S)

    async def stop_terminals(self) -> dict[str, int]:
        """End the simulated terminals; their own final count."""
        self.children.forget("terminals")
        return await self.terminals.stop()

    async def start_node(self) -> None:
        """Start the node and wait until it answers."""
        await self.children.start("node", "node", "run", str(self.node_home), "--log", "info")
        stranger = self.people.stranger()
        await stranger.answers("/api/health", self.children.check)
        await stranger.close()

    async def close(self) -> None:
        """Hang up and end every process."""
        await self.people.close()
        if hasattr(self, "central"):
            await self.central.close()
        await self.children.end()
        await self.relay.cut()


@asynccontextmanager
async def running(home: Path, cast: Cast, frames: Path | None) -> AsyncIterator[Region]:
    """A region from the first key to the last process ended."""
    region = Region(home, cast)
    try:
        await region.build(frames)
        yield region
    finally:
        await asyncio.shield(region.close())


def free_port() -> int:
    """A loopback port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
