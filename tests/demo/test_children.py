"""What the demonstration starts ends with it, also what it only waits for."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from demo import children
from fleet.errors import Unavailable

pytestmark = pytest.mark.anyio
TELLS_AND_STAYS = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(600)"


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a command that never ends tells its process number."""
    os.mkfifo(tmp_path / "told")
    monkeypatch.setattr(children, "ORTOO", (sys.executable, "-c", TELLS_AND_STAYS))
    return tmp_path / "told"


async def test_a_command_under_way_ends_when_the_demonstration_is_interrupted(told: Path) -> None:
    waiting = asyncio.create_task(children.command(str(told)))
    process = int(await asyncio.to_thread(told.read_text))

    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert not is_there(process)


async def test_a_command_that_takes_too_long_is_ended_and_named(told: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "COMMAND_MAX_S", 1.0)
    waiting = asyncio.create_task(children.command(str(told)))
    process = int(await asyncio.to_thread(told.read_text))

    with pytest.raises(Unavailable, match="demo_command_failed"):
        await waiting

    assert not is_there(process)
