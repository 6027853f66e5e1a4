"""Serves the node's one web application on two doors: the Unix socket for consoles, the network address for pages.

Beyond this machine pages go over TLS with the node's own certificate: PINs do not travel in the clear. On the loopback
address plain HTTP is enough. The node lives exactly as long as the server does.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import uvicorn

from edge.home import alone, enrolled
from edge.machine import SystemClock, SystemRandomness
from edge.node import Node
from edge.settings import Settings
from edge.tls import ensure_certificate
from edge.web.app import create_app
from fleet.errors import Unavailable

BACKLOG = 64


class _Server(uvicorn.Server):
    """A server that leaves signals to the node, which runs two of them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(home: Path, settings: Settings, ready: asyncio.Event | None = None) -> None:
    """Run a node until SIGINT or SIGTERM.

    Raises:
        Unavailable: `address_in_use`, or what the files say. NotFound, NotTrusted, NotAllowed: see `edge.home`.
    """
    with alone(home):
        node = Node(settings, enrolled(home), SystemClock(), SystemRandomness())
        async with node.running(home):
            with _doors(home, settings) as (console, pages):
                await _serve_until_signalled(node, home, settings, console, pages, ready)


async def _serve_until_signalled(
    node: Node,
    home: Path,
    settings: Settings,
    console: socket.socket,
    pages: socket.socket,
    ready: asyncio.Event | None,
) -> None:
    app = create_app(node)
    tls = {} if is_loopback(settings.host) else ensure_certificate(home, settings)
    common = {"log_level": "warning", "lifespan": "on", "access_log": False, "timeout_graceful_shutdown": 2}
    servers = [
        _Server(uvicorn.Config(app, **common)),  # type: ignore[arg-type]
        _Server(uvicorn.Config(app, **{**common, "lifespan": "off"}, **tls)),  # type: ignore[arg-type]
    ]
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, _stop, servers)
    running = [
        asyncio.create_task(server.serve([door])) for server, door in zip(servers, (console, pages), strict=True)
    ]
    if ready:
        ready.set()
    done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    _stop(servers)
    await asyncio.gather(*running)
    for task in done:
        task.result()


def _stop(servers: list[_Server]) -> None:
    for server in servers:
        server.should_exit = True


@contextlib.contextmanager
def _doors(home: Path, settings: Settings) -> Iterator[tuple[socket.socket, socket.socket]]:
    path = home / "node.sock"
    path.unlink(missing_ok=True)
    console = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    pages = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        console.bind(str(path))
        path.chmod(0o600)
        pages.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        pages.bind((settings.host, settings.port))
        console.listen(BACKLOG)
        pages.listen(BACKLOG)
        yield console, pages
    except OSError as error:
        address = f"{settings.host}:{settings.port}"
        raise Unavailable("address_in_use", address=address, detail=error.strerror) from error
    finally:
        console.close()
        pages.close()
        path.unlink(missing_ok=True)


def is_loopback(host: str) -> bool:
    """Whether an address is only reachable from this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
