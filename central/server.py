"""Serves central over TLS until it is told to stop; then every open stream is ended and what was begun is finished."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import uvicorn

from cable.door import impatient, keep_free
from central import app, radio, service
from central.checking import Checking
from central.keys import Keys
from central.settings import Settings
from central.silence import Silence
from machine.system import SystemClock, SystemRandomness, pace_collector

PATIENCE_S = 2
"""How long a stop waits for requests under way, and for idle peers to say goodbye."""
REQUESTS_AT_ONCE, BACKLOG = 400, 128
STOPS = (signal.SIGINT, signal.SIGTERM)


class Server(uvicorn.Server):
    """uvicorn, but it says when it listens, and a stop first ends the streams that would never end by themselves."""

    def __init__(self, config: uvicorn.Config, *, ready: Callable[[], None], stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready, self._stopping = ready, stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        self._ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ctrl+C and SIGTERM are the normal way to stop, not a failure to pass on."""
        loop = asyncio.get_running_loop()
        for number in STOPS:
            loop.add_signal_handler(number, self._stop, number)
        try:
            yield
        finally:
            for number in STOPS:
                loop.remove_signal_handler(number)

    def _stop(self, number: signal.Signals) -> None:
        self._stopping()
        self.handle_exit(number, None)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any free one.

    Raises:
        OSError: the address is in use or not this machine's; `filename` says which.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except socket.gaierror:
        raise OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL), f"{host}:{port}") from None
    except OSError as error:
        raise OSError(error.errno, os.strerror(error.errno or 0), f"{host}:{port}") from None


def _is_news(record: logging.LogRecord) -> bool:
    """That a stop left no request behind is nothing to report as an error."""
    return not (str(record.msg).startswith("Cancel %s running task") and record.args == (0,))


async def serve(
    directory: Path, settings: Settings, keys: Keys, listening: socket.socket, ready: Callable[[], None]
) -> None:
    """Serve until a signal asks to stop; `ready` is called once pages and nodes are answered.

    Raises:
        Unavailable: the database cannot be used.
    """
    async with service.running(directory, settings, keys, SystemClock()) as running:
        pace_collector()
        config = uvicorn.Config(
            impatient(app.create(running)),
            ssl_certfile=keys.tls_certificate,
            ssl_keyfile=keys.tls_key,
            lifespan="off",
            log_level="warning",
            access_log=False,  # what people open is logged in the database, not beside it
            server_header=False,
            timeout_graceful_shutdown=PATIENCE_S,
            limit_concurrency=REQUESTS_AT_ONCE,
            backlog=BACKLOG,
        )
        logging.getLogger("uvicorn.error").addFilter(_is_news)
        server = Server(config, ready=ready, stopping=running.live.close)
        async with (
            _beside(radio.serve(running, keys, settings.radios, SystemRandomness()), server),
            _beside(Checking(running).run(), server),
            _beside(Silence(running).run(), server),
            _beside(keep_free(lambda: server.server_state.connections), server),
        ):
            await server.serve(sockets=[listening])


@asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None], server: Server) -> AsyncIterator[None]:
    """Run something beside the server. If it fails for good the server ends, and its failure is what comes out."""
    task = asyncio.create_task(work)

    def ended(_: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception():
            server.should_exit = True

    task.add_done_callback(ended)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
