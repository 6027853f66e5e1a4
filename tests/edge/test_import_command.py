"""`ortoo node import`: a real node, a real spreadsheet, the PIN by file descriptor (Art. 6)."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import NamedTuple

import openpyxl
import pytest

from machine.system import SystemClock
from tests.edge.process import ROOT, node_process
from tests.edge.unit import ADMIN, DISPATCHER, PIN, enrol, make_home

pytestmark = pytest.mark.anyio
HEADER = ["车牌", "车辆用途", "座位数", "终端号", "年检到期"]


class Done(NamedTuple):
    code: int
    out: str
    err: str


class Shell(NamedTuple):
    """Where a node runs, and how a table is imported into it."""

    home: Path

    async def __call__(self, file: Path, *arguments: str, person: str = ADMIN, stdin: str = "") -> Done:
        reading, writing = os.pipe()
        os.write(writing, f"{PIN}\n".encode())
        os.close(writing)
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ortoo", "node", "import", str(self.home), str(file), "--as", person,
            "--pin-fd", str(reading), *arguments, pass_fds=[reading], cwd=ROOT,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "ORTOO_LANG": "en"},
        )  # fmt: skip
        os.close(reading)
        out, err = await child.communicate(stdin.encode())
        return Done(child.returncode or 0, out.decode(), err.decode())


@pytest.fixture
async def shell(tmp_path: Path) -> AsyncIterator[Shell]:
    with socket.create_server(("127.0.0.1", 0)) as door:
        home = make_home(tmp_path / "n", port=door.getsockname()[1])
    enrol(home, SystemClock())
    async with node_process(home):
        yield Shell(home)


def a_table(path: Path, *rows: Sequence[object]) -> Path:
    book = openpyxl.Workbook()
    for row in (HEADER, *rows):
        book.active.append(row)
    book.save(path)
    return path


async def test_a_table_is_shown_and_saved_only_once_it_is_confirmed(shell: Shell, tmp_path: Path) -> None:
    table = a_table(tmp_path / "t.xlsx", ["NM-1", "general", 5, "13800000001", "2027-05-01"])

    refused = await shell(table, stdin="n\n")
    saved = await shell(table, "--yes")
    again = await shell(table, "--yes")

    assert (refused.code, saved.code, again.code) == (1, 0, 0)
    assert "inspected until: - -> 2027-05-01" in refused.out
    assert "1 rows are saved." in saved.out
    assert "nothing to save" in again.out


async def test_a_wrong_cell_saves_nothing_and_is_told_with_its_row(shell: Shell, tmp_path: Path) -> None:
    good, bad = ["NM-1", "general", 5, "13800000001", ""], ["NM-2", "general", "many", "13800000002", ""]
    done = await shell(a_table(tmp_path / "t.xlsx", good, bad), "--yes")
    after = await shell(a_table(tmp_path / "u.xlsx", good), "--yes")

    assert done.code == 1
    assert "    3  NM-2  wrong" in done.out
    assert "nothing was saved" in done.err
    assert "1 new, 0 changed" in after.out, "the good row of the first table was not saved either"


async def test_who_keeps_no_register_is_refused(shell: Shell, tmp_path: Path) -> None:
    done = await shell(a_table(tmp_path / "t.xlsx", ["NM-1", "general", 5, "138", ""]), person=DISPATCHER)

    assert (done.code, done.out) == (1, "")
    assert done.err
