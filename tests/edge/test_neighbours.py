"""Two nodes of a unit tell each other everything over the unit's own network, with no central anywhere."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from edge import home as homes
from edge.proof import prove
from machine.system import SystemClock
from tests.edge.conftest import Command
from tests.edge.process import NodeProcess, node_process
from tests.edge.test_enrolling_alone import (
    ADMIN,
    FIRST,
    HEAD,
    OTHER_HEAD,
    PIN,
    UNIT,
    a_key,
    granted_by_the_root,
    voiced,
)
from tests.edge.unit import a_form, office_of

pytestmark = pytest.mark.anyio
SOON_S = 60
HOUR_MS = 3_600_000


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def set_lines(home: Path, **values: str) -> None:
    """Change lines of DIR/node.toml."""
    path = home / "node.toml"
    text = path.read_text()
    for name, value in values.items():
        text = re.sub(rf"(?m)^{name} = .*$", f"{name} = {value}", text)
    path.write_text(text)


@pytest.fixture
def two(tmp_path: Path, command: Command) -> tuple[Path, Path]:
    """A node the root has granted, with an approver, and one its unit's two people have, with an applicant."""
    first, second = tmp_path / "first", tmp_path / "second"
    asked, granted = tmp_path / "asked", tmp_path / "granted"
    assert command("node", "init", first, *UNIT).code == 0
    for person, (name, role) in FIRST.items():
        a_key(command, first, person, name, role)
    a_key(command, first, "s1", "苏和", "approver")
    assert command("enrol", "request", first, "--out", asked).code == 0
    granted.write_bytes(granted_by_the_root(asked.read_bytes()))
    assert command("enrol", "accept", first, granted).code == 0
    assert command("node", "init", second, *UNIT).code == 0
    a_key(command, second, "a1", "乌云", "applicant")
    assert command("enrol", "request", second, "--out", asked).code == 0
    done = voiced(command, "grant", first, asked, "--out", granted, "--yes", by=(HEAD, OTHER_HEAD))
    assert done.code == 0, done.err
    assert command("enrol", "accept", second, granted).code == 0
    here, there = free_port(), free_port()
    common = {"sync_idle_s": "1", "sync_retry_max_s": "1"}
    set_lines(first, host='"0.0.0.0"', port=str(here), peers=f'["http://127.0.0.1:{there}"]', **common)
    set_lines(second, port=str(there), peers=f'["https://127.0.0.1:{here}"]', **common)
    return first, second


async def until(node: NodeProcess, path: str, wanted: Any) -> Any:
    """Ask until the answer is a success and is as wanted."""
    async with asyncio.timeout(SOON_S):
        while True:
            answer = await node.api.get(path)
            if answer.is_success and wanted(answer.json()):
                return answer.json()
            await asyncio.sleep(0.2)


async def test_an_order_applied_for_at_one_node_is_approved_at_the_other_with_no_central_at_all(
    two: tuple[Path, Path],
) -> None:
    first, second = two
    now_ms = int(time.time() * 1000)
    form = a_form(start_ms=now_ms + 2 * HOUR_MS, end_ms=now_ms + 4 * HOUR_MS)
    form["class"] = form.pop("cls")
    async with node_process(first) as approving, node_process(second) as applying:
        await applying.sign_in("a1", PIN)
        made = await applying.api.post("/orders", json=form)
        assert made.is_success, made.text
        order = made.json()["id"]

        await approving.sign_in("s1", PIN)
        seen = await until(approving, f"/orders/{order}", lambda row: row["state"] == "submitted")
        said = await approving.api.post(
            f"/orders/{order}/acts/approve", json={"opinion": "同意", "content": seen["content"], "pin": PIN}
        )
        assert said.is_success, said.text
        await until(applying, f"/orders/{order}", lambda row: row["state"] == "approved")
        await approving.sign_in(ADMIN, PIN)
        await applying.sign_in("a1", PIN)
        status = await approving.get("/status")
        assert {way["kind"]: way["state"] for way in status["ways"]} == {"peer": "up"}
        assert await approving.stop() == await applying.stop() == 0

    assert prove(first).faults == prove(second).faults == []
    assert prove(first).state_hash == prove(second).state_hash
    assert homes.enrolled(first).grant.url == ""
    for home in two:
        office = office_of(home, SystemClock())
        assert len(office.replica.state.heads) == 2
        office.close()
