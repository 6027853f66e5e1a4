"""`ortoo node api`: a real node called from a real shell, the PIN by file descriptor and typed on a terminal."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from fleet.desk.register import register
from machine.system import SystemClock
from tests.edge.process import ROOT, node_process
from tests.edge.unit import (
    ADMIN,
    APPLICANT,
    APPROVER,
    DISPATCHER,
    HOUR_MS,
    PIN,
    a_form,
    a_vehicle,
    enrol,
    make_home,
    office_of,
    signer,
)

pytestmark = pytest.mark.anyio
ANSWER_MAX_S = 30


class Done(NamedTuple):
    code: int
    told: Any
    err: str


class Shell(NamedTuple):
    """Where a node runs, and how it is called."""

    home: Path

    async def __call__(self, *arguments: str, pin: str = PIN, language: str = "en", stdin: str = "") -> Done:
        reading, writing = os.pipe()
        os.write(writing, f"{pin}\n".encode())
        os.close(writing)
        as_someone = ["--pin-fd", str(reading)] if "--as" in arguments else []
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ortoo", "node", "api", str(self.home), *arguments, *as_someone, pass_fds=[reading],
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=ROOT,
            env={**os.environ, "ORTOO_LANG": language},
        )  # fmt: skip
        os.close(reading)
        out, err = await child.communicate(stdin.encode())
        return Done(child.returncode or 0, json.loads(out) if out.strip() else None, err.decode())


@pytest.fixture
async def shell(tmp_path: Path) -> AsyncIterator[Shell]:
    with socket.create_server(("127.0.0.1", 0)) as door:
        home = make_home(tmp_path / "n", port=door.getsockname()[1])
    enrol(home, SystemClock())
    with closing(office_of(home, SystemClock())) as office:
        register(office.replica, signer(home, ADMIN), a_vehicle())
    async with node_process(home):
        yield Shell(home)


def an_application() -> str:
    now_ms = SystemClock().now_ms()
    form = a_form(start_ms=now_ms + HOUR_MS, end_ms=now_ms + 2 * HOUR_MS)
    form["class"] = form.pop("cls")
    return json.dumps(form)


async def test_a_flow_is_scripted_with_the_pin_given_where_it_is_asked_for_again(shell: Shell) -> None:
    applied = await shell("POST", "/orders", "-", "--as", APPLICANT, stdin=an_application())
    approved = await shell("POST", f"/orders/{applied.told['id']}/acts/approve", "--as", APPROVER)
    refused = await shell("POST", f"/orders/{applied.told['id']}/acts/approve", "{}", "--as", APPROVER)

    assert (applied.code, applied.told["state"]) == (0, "submitted")
    assert (approved.code, approved.told["state"], approved.err) == (0, "approved", "")
    assert (refused.code, refused.told["code"]) == (1, "illegal_move")
    assert all(refused.told[part] in refused.err for part in ("what", "why", "next"))


async def test_a_wrong_call_is_told_apart_from_a_refusal_in_the_callers_language(shell: Shell) -> None:
    wrong = await shell("GET", "/orders/1-00099", "--as", DISPATCHER, language="zh_CN")
    not_json = await shell("POST", "/orders", "{", "--as", APPLICANT)
    closed = await shell("GET", "/orders")
    bad_pin = await shell("GET", "/orders", "--as", DISPATCHER, pin="00000000")

    assert (wrong.code, wrong.told["code"]) == (2, "no_order")
    assert "1-00099" in wrong.err
    assert "核对单号" in wrong.err
    assert (not_json.code, not_json.told) == (2, None)
    assert (closed.code, closed.told["code"]) == (1, "not_signed_in")
    assert (bad_pin.code, bad_pin.told["code"]) == (1, "pin_wrong")


async def test_the_description_of_the_api_needs_nobody_signed_in(shell: Shell) -> None:
    described = await shell("GET", "/schema/openapi.json")

    assert (described.code, described.told["info"]["title"]) == (0, "ortoo node")


async def test_the_pin_is_asked_for_on_the_terminal_and_not_shown(shell: Shell) -> None:
    def call() -> tuple[int, str]:
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(ROOT)
            os.environ["ORTOO_LANG"] = "en"
            arguments = ["node", "api", str(shell.home), "GET", "/settings/rest_h", "--as", DISPATCHER]
            os.execv(sys.executable, [sys.executable, "-m", "ortoo", *arguments])
        said = b""
        while b"PIN" not in said:
            said += os.read(terminal, 1024)
        os.write(terminal, f"{PIN}\n".encode())
        while True:
            try:
                said += os.read(terminal, 65536)
            except OSError:
                break
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said.decode()

    async with asyncio.timeout(ANSWER_MAX_S):
        code, said = await asyncio.to_thread(call)

    assert code == 0
    assert '"name": "rest_h"' in said
    assert PIN not in said


async def test_a_node_that_does_not_run_is_told(tmp_path: Path) -> None:
    done = await Shell(tmp_path)("GET", "/health")

    assert (done.code, done.told) == (1, None)
    assert str(tmp_path) in done.err


@pytest.mark.parametrize("body", ['{"pin": "482913"}', '{"person": "d1", "pin": "482913"}'])
async def test_a_secret_among_the_arguments_is_refused_before_anybody_is_asked(tmp_path: Path, body: str) -> None:
    done = await Shell(tmp_path)("POST", "/session", body)

    assert (done.code, done.told) == (2, None)
    assert "482913" not in done.err
    assert "--as" in done.err
    assert "(-)" in done.err
