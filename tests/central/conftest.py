"""A region on disk and a clock that stands still, for every test of central."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from central import accounts, app, home, keys, service, settings
from central.accounts import Role
from central.service import Service
from central.settings import Settings
from machine.system import SystemRandomness
from tests.central.unit import StillClock, Unit

PASSPHRASE = "骑马过草原 2026"


@pytest.fixture(scope="session")
def secret() -> str:
    """The slow hash, made once."""
    return accounts.hash_passphrase(PASSPHRASE, SystemRandomness())


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def directory(tmp_path: Path, secret: str, clock: StillClock) -> Path:
    """What `ortoo central init` leaves behind."""
    made = tmp_path / "region"
    own = Settings(name="阿拉善盟", host="127.0.0.1", port=8443, addresses=("127.0.0.1",))
    home.create(
        made,
        own,
        account="admin",
        role=Role.ADMIN,
        secret=secret,
        now_ms=clock.now_ms(),
        randomness=SystemRandomness(),
    )
    return made


@pytest.fixture
def unit(directory: Path, clock: StillClock) -> Unit:
    """An enrolled unit that has not spoken with central yet."""
    return Unit(directory, clock)


@pytest.fixture
async def served(directory: Path, clock: StillClock) -> AsyncIterator[Service]:
    """A running central server, without a socket."""
    async with service.running(directory, settings.load(directory), keys.load(directory), clock) as running:
        yield running


@pytest.fixture
async def client(served: Service) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody at the other end of a line to it; TLS is the server's, not the application's."""
    transport = httpx.ASGITransport(cast(Any, app.create(served)))
    async with httpx.AsyncClient(transport=transport, base_url="https://central.test") as one:
        yield one
