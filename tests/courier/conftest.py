"""A region, a node it has granted, and a stick; commands as a person types them."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import ortoo as console
from courier import commands
from fleet.desk.register import register
from fleet.words import Language, Words
from machine.system import SystemClock
from tests.central.test_commands import PASSPHRASE, Said
from tests.central.test_commands import ortoo as process
from tests.edge.unit import ADMIN, a_vehicle, make_home, office_of, signer


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A region and a node it has granted, both with nothing said yet; made once."""
    place = tmp_path_factory.mktemp("made")
    done("central", "init", place / "region", "--name", "阿拉善盟", "--listen", "127.0.0.1:0", typed=PASSPHRASE)
    make_home(place / "node")
    done("enrol", "request", place / "node", "--out", place / "request")
    done("enrol", "grant", place / "region", place / "request", "--out", place / "grant", "--url", "", "--yes")
    done("enrol", "accept", place / "node", place / "grant")
    office = office_of(place / "node", SystemClock())
    register(office.replica, signer(place / "node", ADMIN), a_vehicle())
    office.close()
    return place


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Path:
    """A region, a node and a stick of one's own."""
    shutil.copytree(made, tmp_path / "place")
    (tmp_path / "place" / "stick").mkdir()
    return tmp_path / "place"


Command = Callable[..., Said]


def done(*words: str | Path, typed: str = "") -> Said:
    """A command, in a process of its own, that must succeed."""
    said = process(*words, typed=typed, language="en")
    assert said.code == 0, said
    return said


@pytest.fixture
def ortoo(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """`ortoo …` in this process, through its last door; it must end with `code`."""

    def run(*given: str | Path, code: int = 0, language: Language = "en") -> Said:
        monkeypatch.setattr(console, "words", Words(language, "command"))
        monkeypatch.setattr(commands, "words", Words(language, "bundle"))
        monkeypatch.setattr(sys, "argv", ["ortoo", *map(str, given)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            console.main()
        said = Said(int(left.value.code or 0), *capsys.readouterr())
        assert said.code == code, said
        return said

    return run
