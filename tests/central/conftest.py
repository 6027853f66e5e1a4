"""A region on disk and a clock that stands still, for every test of central."""

from pathlib import Path

import pytest

from central import accounts, home
from central.accounts import Role
from central.machine import SystemRandomness
from central.settings import Settings
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
