"""Nodes to test on: an enrolled one, and one with a day on record."""

from __future__ import annotations

import shutil
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import NamedTuple

import pytest

import ortoo
from tests.edge.desk import Desk, a_desk
from tests.edge.unit import a_clock, enrol, keep_a_day, make_home
from tests.simulation.clock import SimulatedClock


@pytest.fixture
def clock() -> SimulatedClock:
    return a_clock()


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The directories that others are copied from."""
    bare = make_home(tmp_path_factory.mktemp("bare") / "n")
    enrolled = tmp_path_factory.mktemp("enrolled") / "n"
    shutil.copytree(bare, enrolled)
    enrol(enrolled, a_clock())
    day = tmp_path_factory.mktemp("day") / "n"
    shutil.copytree(enrolled, day)
    keep_a_day(day, a_clock())
    return {"bare": bare, "enrolled": enrolled, "day": day}


@pytest.fixture
def unenrolled_home(made_once: dict[str, Path], tmp_path: Path) -> Path:
    """A node with people's keys that central has not granted anything yet."""
    return shutil.copytree(made_once["bare"], tmp_path / "n")


@pytest.fixture
def home(made_once: dict[str, Path], tmp_path: Path) -> Path:
    """An enrolled node, nothing on record but who it is."""
    return shutil.copytree(made_once["enrolled"], tmp_path / "n")


@pytest.fixture
def day(made_once: dict[str, Path], tmp_path: Path) -> Path:
    """A node with rows in every table."""
    return shutil.copytree(made_once["day"], tmp_path / "n")


class Done(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """`ortoo …` in this process, through its last door."""

    def run(*arguments: object) -> Done:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["ortoo", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            ortoo.main()
        return Done(int(left.value.code or 0), *capsys.readouterr())

    return run


@pytest.fixture
async def desk(home: Path, clock: SimulatedClock) -> AsyncIterator[Desk]:
    async with a_desk(home, clock) as opened:
        yield opened
