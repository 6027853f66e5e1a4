"""Serves the node's one web application on two doors: the Unix socket for consoles, the network address for pages.

Beyond this machine pages go over TLS with the node's own certificate: PINs do not travel in the clear. On the loopback
address plain HTTP is enough. The node lives exactly as long as the server does.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import uvicorn

from cable.door import impatient, keep_free
from edge.beginning import begin
from edge.home import alone, enrolled
from edge.node import Node
from edge.settings import Settings
from edge.tls import ensure_certificate, is_loopback
from edge.web.app import create_app
from fleet.errors import Unavailable
from machine.system import SystemClock, SystemRandomness, pace_collector

BACKLOG = 64
PAGES_AT_ONCE = 300
"""Connections at the network's door; the console's is its owner's alone, and has no need of a bound."""


class _Server(uvicorn.Server):
    """A server that leaves signals to the node, which runs two of them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(home: Path, settings: Settings, opened: Callable[[str], object] = bool) -> None:
    """Run a node until SIGINT or SIGTERM; `opened` is called once both doors are open, with why
    the node may not write yet ("" if it may).

    Raises:
        Unavailable: `address_in_use`, or what the files say. NotFound, NotTrusted, NotAllowed: see `edge.home`.
        Whatever made a part of the node fail for good.
    """
    with alone(home):
        known = enrolled(home)
        node = Node(settings, known, SystemClock(), SystemRandomness())
        with _doors(home, settings) as doors:  # first: a node that nobody could reach should not start
            async with node.running(home):
                cold = await node.journal.do(lambda office: office.replica.cold)
                await node.journal.do(lambda office: begin(office, home, known.grant, node.clock))
                pace_collector()
                opened(cold)
                await _serve_until_signalled(node, home, settings, doors)


async def _serve_until_signalled(node: Node, home: Path, settings: Settings, doors: Sequence[socket.socket]) -> None:
    app = impatient(create_app(node))
    tls: dict[str, Any] = {} if is_loopback(settings.host) else ensure_certificate(home, settings)
    common: dict[str, Any] = {"log_level": "warning", "access_log": False, "timeout_graceful_shutdown": 2} | {
        "backlog": BACKLOG,
        "server_header": False,
    }
    console = _Server(uvicorn.Config(app, lifespan="on", **common))
    pages = _Server(uvicorn.Config(app, lifespan="off", limit_concurrency=PAGES_AT_ONCE, **common, **tls))
    servers = [console, pages]
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, _stop, servers)
    running = [asyncio.create_task(server.serve([door])) for server, door in zip(servers, doors, strict=True)]
    keeping = asyncio.create_task(keep_free(lambda: pages.server_state.connections))
    try:
        await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    finally:  # a signal, a server that ended, or a part of the node that failed
        keeping.cancel()
        _stop(servers)
        await asyncio.gather(*running)


def _stop(servers: list[_Server]) -> None:
    for server in servers:
        server.should_exit = True


@contextlib.contextmanager
def _doors(home: Path, settings: Settings) -> Iterator[Sequence[socket.socket]]:
    """The console's door and the pages', both listening."""
    path = home / "node.sock"
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with contextlib.ExitStack() as stack:
        console = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        pages = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
        with _told(f"{settings.host}:{settings.port}"):
            pages.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            pages.bind((settings.host, settings.port))
            pages.listen(BACKLOG)
        with _told(str(path)):
            path.unlink(missing_ok=True)
            stack.callback(path.unlink, missing_ok=True)
            before = os.umask(0o177)  # the door is nobody else's from its first moment
            try:
                console.bind(str(path))
            finally:
                os.umask(before)
            console.listen(BACKLOG)
        yield console, pages


@contextlib.contextmanager
def _told(address: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable("address_in_use", address=address, detail=error.strerror or str(error)) from error
