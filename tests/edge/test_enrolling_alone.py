"""A unit enrols a second node and a new driver with no network at all, by the commands, in real directories."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from edge import doctor
from edge import home as homes
from edge.proof import prove
from fleet.ledger import enrolment, rights
from fleet.ledger.operation import Author
from machine.system import SystemClock
from tests.edge.conftest import Command, Done
from tests.edge.process import node_process
from tests.edge.unit import CENTRAL, ROOT, central_certificate, office_of

PIN = "82461357"
UNIT = ("--unit=lyj", "--name=林草局")
ADMIN, HEAD, OTHER_HEAD = "g1", "z1", "z2"
FIRST = {
    ADMIN: ("萨仁", "admin"),
    HEAD: ("李志强", "unit_head"),
    OTHER_HEAD: ("王芳", "unit_head"),
    "d1": ("巴图", "driver"),
}


@contextmanager
def pins(count: int, pin: str = PIN) -> Iterator[list[object]]:
    """So many options that name descriptors a PIN can be read from once."""
    with ExitStack() as stack:
        options: list[object] = []
        for _ in range(count):
            reading, writing = os.pipe()
            os.write(writing, f"{pin}\n".encode())
            os.close(writing)
            stack.callback(os.close, reading)
            options += ["--pin-fd", reading]
        yield options


def voiced(command: Command, *arguments: object, by: tuple[str, ...] = (ADMIN, HEAD), pin: str = PIN) -> Done:
    """A command that these people ask for, each with a PIN."""
    with pins(len(by), pin) as options:
        return command("enrol", *arguments, *(f"--by={person}" for person in by), *options)


def a_key(command: Command, home: Path, person: str, name: str, role: str) -> None:
    with pins(1) as options:
        done = command("enrol", "person", home, f"--id={person}", f"--name={name}", f"--role={role}", *options)
    assert done.code == 0, done.err


def granted_by_the_root(asked: bytes) -> bytes:
    """What the region's authority gives for a request, with the authority of the unit."""
    request, now_ms = enrolment.read_request(asked), SystemClock().now_ms()
    node, people = enrolment.certify(ROOT, request, Author(1, 1), now_ms=now_ms)
    grant = enrolment.Grant(
        suite=request.suite, unit=request.unit, unit_name=request.unit_name, author=Author(1, 1),
        root_public=ROOT.public, node_certificate=node, people=people, central_certificate=central_certificate(),
        central_public=CENTRAL.public, ca_pem="", url="",
        authorities=enrolment.authorise(ROOT, request, Author(1, 1), now_ms=now_ms),
    )  # fmt: skip
    return enrolment.sign_grant(ROOT, grant)


@pytest.fixture
def first(tmp_path: Path, command: Command) -> Path:
    """A node that central has granted: two people of its authority and more, and a driver."""
    home = tmp_path / "first"
    assert command("node", "init", home, *UNIT).code == 0
    for person, (name, role) in FIRST.items():
        a_key(command, home, person, name, role)
    asked, granted = home / "asked", home / "granted"
    assert command("enrol", "request", home, "--out", asked).code == 0
    granted.write_bytes(granted_by_the_root(asked.read_bytes()))
    assert command("enrol", "accept", home, granted).code == 0
    return home


def asking(command: Command, tmp_path: Path) -> tuple[Path, Path]:
    """A second node with a driver that nobody has granted yet, and its request."""
    home, asked = tmp_path / "second", tmp_path / "asked"
    assert command("node", "init", home, *UNIT).code == 0
    a_key(command, home, "d8", "乌云", "driver")
    assert command("enrol", "request", home, "--out", asked).code == 0
    return home, asked


def roles_at(home: Path, person: str) -> set[str]:
    office = office_of(home, SystemClock())
    try:
        return set(rights.roles_now(office.replica.state, person))
    finally:
        office.close()


def test_a_new_driver_is_certified_at_once_by_two_people(first: Path, command: Command) -> None:
    a_key(command, first, "d9", "孟克", "driver")
    assert roles_at(first, "d9") == set()

    done = voiced(command, "grant", first)

    assert (done.code, done.err) == (0, "")
    assert "d9" in done.out
    assert roles_at(first, "d9") == {"driver"}
    assert prove(first).faults == []


def test_a_second_node_with_its_people_takes_back_a_file_and_proves_itself(
    first: Path, tmp_path: Path, command: Command
) -> None:
    (second, asked), granted = asking(command, tmp_path), tmp_path / "granted"
    a_key(command, second, "g1", "萨仁", "admin")
    assert command("enrol", "request", second, "--out", asked).code == 0

    done = voiced(command, "grant", first, asked, "--out", granted, "--yes", by=(HEAD, OTHER_HEAD))
    assert (done.code, done.err) == (0, "")
    done = command("enrol", "accept", second, granted)
    assert (done.code, done.err) == (0, "")

    known = homes.enrolled(second)
    assert known.identity.author == Author(2, 1)
    assert roles_at(second, "d8") == {"driver"}
    assert prove(second).faults == prove(first).faults == []
    found = {one.code for one in doctor.look(second, SystemClock().now_ms())}
    assert "enrolled" in found
    assert not any(code.startswith("refused") for code in found)
    office, other = office_of(first, SystemClock()), office_of(second, SystemClock())
    delta = other.replica.run(Author(2, 1), 0, 1 << 20)
    assert delta
    office.replica.receive(delta)
    assert office.replica.state.nodes[Author(2, 1)].public == known.identity.key.public
    office.close()
    other.close()


def test_a_second_node_whose_log_nobody_has_any_more_is_given_another_life_by_two_people(
    first: Path, tmp_path: Path, command: Command
) -> None:
    (second, asked), granted = asking(command, tmp_path), tmp_path / "granted"
    assert voiced(command, "grant", first, asked, "--out", granted, "--yes").code == 0
    assert command("enrol", "accept", second, granted).code == 0
    for file in second.glob("core.db*"):
        file.unlink()

    assert command("enrol", "request", second, "--new-life", "--out", asked).code == 0
    done = voiced(command, "grant", first, asked, "--out", granted, "--yes", by=(ADMIN,))
    assert (done.code, "enrol approve" in done.err) == (1, True)  # the certificate of the first life is no answer
    done = voiced(command, "approve", first, "--yes", by=(HEAD,))
    assert done.code == 0, done.err
    done = voiced(command, "grant", first, asked, "--out", granted, "--yes")
    assert (done.code, done.err) == (0, "")
    assert command("enrol", "accept", second, granted).code == 0

    assert homes.enrolled(second).identity.author == Author(2, 2)
    assert roles_at(second, "d8") == {"driver"}
    assert prove(second).faults == prove(first).faults == []


def test_one_proposes_and_another_approves_later_having_seen_what(first: Path, command: Command) -> None:
    a_key(command, first, "d9", "孟克", "driver")
    done = voiced(command, "propose", first, by=(ADMIN,))
    assert done.code == 0, done.err
    assert roles_at(first, "d9") == set()

    listed = voiced(command, "list", first, by=(HEAD,))
    assert "d9" in listed.out
    own = voiced(command, "approve", first, "--yes", by=(ADMIN,))
    assert own.code == 0
    assert roles_at(first, "d9") == set(), "what one proposed oneself is not there to approve"

    done = voiced(command, "approve", first, "--yes", by=(HEAD,))
    assert (done.code, done.err) == (0, "")
    assert roles_at(first, "d9") == {"driver"}


def test_a_file_is_not_written_before_everything_in_it_is_approved(
    first: Path, tmp_path: Path, command: Command
) -> None:
    asked, granted = tmp_path / "asked", tmp_path / "granted"
    second = tmp_path / "second"
    assert command("node", "init", second, *UNIT).code == 0
    assert command("enrol", "request", second, "--out", asked).code == 0

    done = voiced(command, "grant", first, asked, "--out", granted, "--yes", by=(ADMIN,))

    assert done.code == 1
    assert "enrol approve" in done.err
    assert not granted.exists()


@pytest.mark.parametrize(
    ("by", "pin", "code"),
    [((ADMIN, ADMIN), PIN, 1), (("d1", HEAD), PIN, 1), ((ADMIN, HEAD), "11111111", 1), (("nobody", HEAD), PIN, 2)],
)
def test_nobody_certifies_alone_or_without_the_right_pin(
    first: Path, command: Command, by: tuple[str, ...], pin: str, code: int
) -> None:
    a_key(command, first, "d9", "孟克", "driver")

    done = voiced(command, "grant", first, by=by, pin=pin)

    assert done.code == code
    assert "Traceback" not in done.err
    assert done.err.strip() != ""
    assert roles_at(first, "d9") == set()


def test_roles_are_changed_and_a_person_revoked_by_two(first: Path, command: Command) -> None:
    assert voiced(command, "roles", first, "d1", "--role=driver", "--role=applicant").code == 0
    assert roles_at(first, "d1") == {"driver", "applicant"}

    assert voiced(command, "revoke", first, "--person=d1", "--reason=Left").code == 0
    assert roles_at(first, "d1") == set()


def test_an_approvers_right_is_lent_and_taken_back(first: Path, command: Command) -> None:
    a_key(command, first, "s1", "苏和", "approver")
    assert voiced(command, "grant", first).code == 0
    when = ("--begins=2026-01-01", "--ends=2046-01-01T08:00")
    done = voiced(command, "delegate", first, "--from=s1", "--to=d1", *when, "--document=12/2026")
    assert (done.code, done.err) == (0, "")
    grant_id = done.out.split()[0]

    def lenders() -> list[str]:
        office = office_of(first, SystemClock())
        found = rights.lenders(office.replica.state, "d1", SystemClock().now_ms())
        office.close()
        return found

    assert lenders() == ["s1"]
    assert voiced(command, "revoke", first, f"--delegation={grant_id}", "--reason=Back").code == 0
    assert lenders() == []


@pytest.mark.anyio
async def test_a_running_node_is_asked_over_its_socket(first: Path, command: Command) -> None:
    async with node_process(first) as node:
        await asyncio.to_thread(a_key, command, first, "d9", "孟克", "driver")
        done = await asyncio.to_thread(voiced, command, "grant", first)
        assert (done.code, done.err) == (0, "")
        await node.sign_in("d9", PIN)
        assert await node.stop() == 0
    assert roles_at(first, "d9") == {"driver"}


@pytest.mark.parametrize("verb", ["propose", "approve", "list"])
def test_a_step_of_one_person_is_not_taken_in_two_names(first: Path, command: Command, verb: str) -> None:
    done = voiced(command, verb, first)

    assert done.code == 2
