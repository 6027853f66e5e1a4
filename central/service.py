"""What every handler of central works with: the thread that owns the region, the watchers, the clock, the session."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from anyio import CapacityLimiter, to_thread
from sqlalchemy import Connection

from central import accounts
from central.accounts import Viewer
from central.bundles import CentralHouse
from central.database import open_reader
from central.keys import Keys
from central.live import Live
from central.owner import Owner
from central.region import Region, open_region
from central.settings import Settings, database_url
from fleet.errors import NotAllowed, Unavailable
from fleet.ports import Clock

R = TypeVar("R")
HASHES_AT_ONCE = 2
"""Passphrases compared at the same time; each takes 64 MiB."""
CONVERSATIONS_AT_ONCE = 32
"""Nodes heard at the same time; each may hold SAID_SIZE_MAX bytes of memory before anybody knows who it is."""
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=1$" + "A" * 22 + "$" + "A" * 43
"""What a name nobody has is compared with, for as long as any other."""


@dataclass(slots=True)
class Service:
    """One running central server."""

    name: str
    owner: Owner[Region]
    reader: Owner[Connection]
    live: Live
    clock: Clock
    zone: ZoneInfo
    session_ms: int
    directory: Path
    house: CentralHouse
    conversing: int = 0
    carrying: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a bundle is taken in: one at a time."""
    hashing: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(HASHES_AT_ONCE))

    @contextmanager
    def room_to_converse(self) -> Iterator[None]:
        """A place among those who speak at once; Unavailable `busy` if there is none: the node comes back by itself."""
        if self.conversing >= CONVERSATIONS_AT_ONCE:
            raise Unavailable("busy")
        self.conversing += 1
        try:
            yield
        finally:
            self.conversing -= 1

    async def do(self, work: Callable[[Region], R]) -> R:
        """Run `work` with the region, on its thread."""
        return await self.owner.do(work)

    async def read(self, work: Callable[[Connection], R]) -> R:
        """Run `work` on a connection that cannot write, beside whatever is being stored."""
        return await self.reader.do(work)

    async def sign_in(self, name: str, passphrase: str) -> str:
        """Begin a session and return its token.

        Raises:
            NotAllowed: `sign_in_wrong`, or `sign_in_locked` after too many failures.
        """
        now_ms = self.clock.now_ms()
        secret = await self.do(lambda region: accounts.attempt(region.connection, name, now_ms=now_ms))
        right = await to_thread.run_sync(accounts.fits, passphrase, secret or _NOBODY, limiter=self.hashing)
        if not (right and secret):
            raise NotAllowed("sign_in_wrong")
        token, until_ms = secrets.token_urlsafe(32), now_ms + self.session_ms
        await self.do(
            lambda region: accounts.open_session(region.connection, name, token, now_ms=now_ms, until_ms=until_ms)
        )
        return token

    async def sign_out(self, token: str) -> None:
        """End a session."""
        await self.do(lambda region: accounts.close_session(region.connection, token))

    async def viewer(self, token: str) -> Viewer:
        """Who a token belongs to; NotAllowed `not_signed_in` if nobody."""
        now_ms = self.clock.now_ms()
        return await self.do(lambda region: accounts.viewer(region.connection, token, now_ms=now_ms))

    async def seen(self, viewer: Viewer, path: str) -> None:
        """Log that `viewer` has opened `path`."""
        now_ms = self.clock.now_ms()
        await self.do(lambda region: accounts.log_view(region.connection, viewer, path, now_ms=now_ms))


@asynccontextmanager
async def running(directory: Path, settings: Settings, keys: Keys, clock: Clock) -> AsyncIterator[Service]:
    """A central server over a directory: its database is opened here, and closed at the end."""
    owner: Owner[Region] = Owner(partial(open_region, directory, keys, clock))
    reader: Owner[Connection] = Owner(partial(open_reader, database_url(directory, settings)))
    live = Live()
    try:
        await owner.start()
        await reader.start()
        session_ms = settings.session_hours * 3_600_000
        yield Service(
            settings.name, owner, reader, live, clock, ZoneInfo(settings.timezone), session_ms, directory,
            CentralHouse(directory, keys, clock=clock),
        )  # fmt: skip
    finally:
        live.close()
        await reader.end(Connection.close)
        await owner.end(Region.close)
