"""`ortoo node …` and `ortoo enrol …` as an admin meets them: done, refused with the next step, or called wrongly."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from edge import commands, enrolment_commands
from edge import home as homes
from edge.keyring import unwrap
from edge.proof import prove
from edge.settings import Line, load
from edge.store.local import LocalStore, WrappedKey
from fleet.ledger import enrolment
from fleet.ledger.enrolment import Request
from fleet.ledger.operation import Author
from fleet.ledger.suite import SHIPPED
from fleet.words import LANGUAGES
from machine.system import SystemClock
from tests.edge.conftest import Command, Done
from tests.edge.unit import CENTRAL, DRIVER, PEOPLE, PIN, UNIT, enrol, grant_for, make_home, office_of, request_of

NOBODY = 65534


def refused(done: Done, *named: object) -> None:
    """A refusal is told on standard error in more than a code, with what it is about and never a trace."""
    assert done.out == ""
    assert "Traceback" not in done.err
    assert len(done.err.strip().splitlines()) >= 2, done.err
    assert [name for name in named if str(name) not in done.err] == []


@contextmanager
def pin_on_a_pipe(pin: str) -> Iterator[int]:
    reading, writing = os.pipe()
    os.write(writing, f"{pin}\n".encode())
    os.close(writing)
    try:
        yield reading
    finally:
        os.close(reading)


def enrol_person(command: Command, home: Path, pin: str = PIN, **changed: str) -> Done:
    given = {"id": DRIVER, "name": "孟克", "role": "driver"} | changed
    with pin_on_a_pipe(pin) as fd:
        options = [f"--{name}={value}" for name, value in given.items()]
        return command("enrol", "person", home, *options, "--pin-fd", fd)


# -- ortoo node init ------------------------------------------------------------------------------------------------


def test_init_makes_a_node_tells_the_fingerprint_of_its_key_and_the_next_step(tmp_path: Path, command: Command) -> None:
    home = tmp_path / "n"
    done = command(
        "node", "init", home, "--unit=lyj", "--name=林草局", "--listen=[::1]:9000",
        "--line=/dev/ttyUSB0@9600", "--line=socket://10.0.0.2:5000", "--language=en",
    )  # fmt: skip

    assert (done.code, done.err) == (0, "")
    assert enrolment.fingerprint(homes.node_key(home).public) in done.out
    assert f"ortoo enrol person {home}" in done.out
    settings = load(home)
    assert (settings.unit, settings.unit_name, settings.host, settings.port) == ("lyj", "林草局", "::1", 9000)
    assert settings.lines == (Line(port="/dev/ttyUSB0", baud=9600), Line(port="socket://10.0.0.2:5000"))
    assert settings.language == "en"


def test_init_over_a_node_is_refused_and_its_keys_stay(tmp_path: Path, command: Command) -> None:
    assert command("node", "init", tmp_path / "n", "--unit=lyj", "--name=局").code == 0
    key = homes.node_key(tmp_path / "n").public

    done = command("node", "init", tmp_path / "n", "--unit=lyj", "--name=局")

    assert done.code == 1
    refused(done, tmp_path / "n")
    assert homes.node_key(tmp_path / "n").public == key


@pytest.mark.parametrize(
    "option",
    [
        "--unit=LYJ",
        "--unit=central",
        "--unit=",
        "--unit=../x",
        "--name=",
        "--name=" + "局" * 65,
        "--name=a\x07b",
        "--listen=8088",
        "--listen=127.0.0.1:0",
        "--listen=127.0.0.1:65536",
        "--listen=127.0.0.1:http",
    ],
)
def test_init_with_a_wrong_value_makes_nothing(tmp_path: Path, option: str, command: Command) -> None:
    done = command("node", "init", tmp_path / "n", "--unit=lyj", "--name=局", option)

    assert done.code == 2
    refused(done)
    assert not (tmp_path / "n").exists()


# -- wrong calls and places that cannot be used ---------------------------------------------------------------------

CALLS: list[tuple[str, ...]] = [
    ("node", "run", "DIR"),
    ("node", "rebuild", "DIR"),
    ("verify", "DIR"),
    ("enrol", "request", "DIR", "--out", "OUT"),
    ("enrol", "accept", "DIR", "GRANT"),
    ("enrol", "person", "DIR", "--id=1", "--name=n", "--role=driver", "--pin-fd=0"),
]
by_name = pytest.mark.parametrize("call", CALLS, ids=lambda call: "-".join(call[:2]))


def fill_in(call: tuple[str, ...], home: Path) -> list[str]:
    places = {"DIR": str(home), "OUT": str(home.parent / "out"), "GRANT": str(home.parent / "grant")}
    return [places.get(word, word) for word in call]


@by_name
def test_a_directory_that_holds_no_node_is_a_wrong_call(
    tmp_path: Path, call: tuple[str, ...], command: Command
) -> None:
    for home in (tmp_path, tmp_path / "nowhere"):
        done = command(*fill_in(call, home))
        assert done.code == 2
        assert str(home) in done.err
        assert "Traceback" not in done.err
    assert list(tmp_path.iterdir()) == []


@by_name
def test_a_file_where_a_directory_belongs_is_a_wrong_call_but_verify_reads_it_as_a_bundle(
    tmp_path: Path, call: tuple[str, ...], command: Command
) -> None:
    (tmp_path / "file").write_text("")

    done = command(*fill_in(call, tmp_path / "file"))

    assert done.code == (1 if call[0] == "verify" else 2)
    assert "Traceback" not in done.err


@by_name
def test_a_directory_that_may_not_be_read_is_told_with_its_name(
    home: Path, call: tuple[str, ...], command: Command, as_a_stranger: Callable[[], object]
) -> None:
    home.parent.chmod(0o700)
    (home.parent / "grant").write_bytes(b"")
    as_a_stranger()

    done = command(*fill_in(call, home))

    assert done.code in {1, 2}
    refused(done, home.parent)


@pytest.fixture
def as_a_stranger(tmp_path: Path) -> Iterator[Callable[[], object]]:
    """From when it is called, files are looked at as somebody who may not."""
    if os.geteuid():
        yield lambda: tmp_path.chmod(0)
        tmp_path.chmod(0o700)
    else:
        yield lambda: os.seteuid(NOBODY)
        os.seteuid(0)


@by_name
@pytest.mark.parametrize("extra", ["--no-such-option", "one-argument-too-many"])
def test_wrong_arguments_are_a_wrong_call(home: Path, call: tuple[str, ...], extra: str, command: Command) -> None:
    done = command(*fill_in(call, home), extra)

    assert done.code == 2
    assert "Traceback" not in done.err


@pytest.mark.parametrize("call", [["node", "init"], ["node", "fly"], ["enrol", "person"], ["enrol", "accept"]])
def test_missing_arguments_and_unknown_commands_are_a_wrong_call(call: list[str], command: Command) -> None:
    assert command(*call).code == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_has_a_help_page(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[click.Command] = [*commands.node.commands.values(), commands.verify]
    found += [enrolment_commands.person, enrolment_commands.request, enrolment_commands.accept]

    for each in found:
        done = CliRunner().invoke(each, ["--help"])
        assert done.exit_code == 0
        assert ".help" not in done.output


# -- ortoo node run -------------------------------------------------------------------------------------------------


def test_a_node_that_is_not_enrolled_says_what_to_do_first(unenrolled_home: Path, command: Command) -> None:
    done = command("node", "run", unenrolled_home)

    assert done.code == 2
    refused(done, unenrolled_home, "ortoo enrol request")
    assert not (unenrolled_home / "core.db").exists()


def test_an_address_that_is_taken_is_named_and_nothing_was_started(tmp_path: Path, command: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        home = make_home(tmp_path / "n", port=port)
        enrol(home, SystemClock())
        done = command("node", "run", home)

    assert done.code == 1
    refused(done, f"127.0.0.1:{port}")
    assert not (home / "telemetry.db").exists()


def test_a_setting_that_is_wrong_stops_the_start_and_is_named(home: Path, command: Command) -> None:
    with (home / "node.toml").open("a") as settings:
        settings.write("surprise = 1\n")

    done = command("node", "run", home)

    assert done.code == 2
    refused(done, "surprise", home / "node.toml")


@pytest.mark.parametrize("call", [("node", "run"), ("node", "rebuild")])
def test_a_second_process_on_a_directory_is_refused(home: Path, call: tuple[str, str], command: Command) -> None:
    with homes.alone(home):
        done = command(*call, home)

    assert done.code == 1
    refused(done, home)


def as_a_process(*arguments: object) -> Done:
    """`ortoo …` as a shell runs it."""
    call = [sys.executable, "-m", "ortoo", *map(str, arguments)]
    done = subprocess.run(call, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False)
    return Done(done.returncode, done.stdout, done.stderr)


def test_a_shell_sees_the_same_codes_and_no_trace(home: Path) -> None:
    with homes.alone(home):
        ran_twice = as_a_process("node", "run", home)
    made_twice = as_a_process("node", "init", home, "--unit=lyj", "--name=n")
    called_wrongly = as_a_process("node", "run")
    proved = as_a_process("verify", home)

    assert (ran_twice.code, made_twice.code, called_wrongly.code, proved.code) == (1, 1, 2, 0)
    refused(ran_twice, home)
    refused(made_twice, home)
    refused(called_wrongly)


# -- ortoo enrol ----------------------------------------------------------------------------------------------------


def test_from_an_empty_directory_to_an_enrolled_node_by_the_commands_alone(tmp_path: Path, command: Command) -> None:
    home, asked, granted = tmp_path / "n", tmp_path / "asked", tmp_path / "granted"
    steps = [command("node", "init", home, "--unit=lyj", "--name=林草局")]
    steps += [enrol_person(command, home, id=person.id, name=person.name, role=person.roles[0]) for person in PEOPLE]
    steps.append(command("enrol", "request", home, "--out", asked))
    granted.write_bytes(grant_for(enrolment.read_request(asked.read_bytes()), now_ms=SystemClock().now_ms()))
    steps.append(command("enrol", "accept", home, granted))

    assert [(step.code, step.err) for step in steps] == [(0, "")] * len(steps)
    assert prove(home).faults == []
    office = office_of(home, SystemClock())
    assert set(office.replica.state.people) == {person.id for person in PEOPLE}
    office.close()
    root = homes.enrolled(home).grant.root_public
    assert enrolment.fingerprint(root) in steps[-1].out
    assert f"ortoo node run {home}" in steps[-1].out


def test_a_pin_comes_by_a_file_descriptor_and_is_neither_shown_nor_an_option(
    unenrolled_home: Path, command: Command
) -> None:
    done = enrol_person(command, unenrolled_home, pin="4821 with spaces", id="4002")

    assert done.code == 0
    assert "4821" not in done.out + done.err
    key = next(key for key in keys_of(unenrolled_home) if key.person == "4002")
    assert unwrap(key, "4821 with spaces", homes.device_secret(unenrolled_home)) is not None
    assert command("enrol", "person", unenrolled_home, "--id=1", "--name=n", "--role=driver", "--pin=4821").code == 2


def keys_of(home: Path) -> list[WrappedKey]:
    store = LocalStore(home)
    try:
        return store.keys()
    finally:
        store.close()


def test_a_pin_that_is_typed_is_asked_for_twice_and_not_shown(unenrolled_home: Path) -> None:
    call = [str(unenrolled_home), "--id=4002", "--name=道尔吉", "--role=driver"]
    done = CliRunner().invoke(enrolment_commands.person, call, input="48213\n48214\n48213\n48213\n")

    assert done.exit_code == 0
    assert "4821" not in done.output


@pytest.mark.parametrize(
    ("changed", "pin"),
    [
        ({}, "123"),
        ({"id": "no spaces"}, PIN),
        ({"id": ""}, PIN),
        ({"name": ""}, PIN),
        ({"name": "x" * 65}, PIN),
        ({"role": "king"}, PIN),
    ],
)
def test_a_person_who_could_not_be_certified_gets_no_key(
    unenrolled_home: Path, changed: dict[str, str], pin: str, command: Command
) -> None:
    before = keys_of(unenrolled_home)

    done = enrol_person(command, unenrolled_home, pin, **changed)

    assert done.code == 2
    assert "Traceback" not in done.err
    assert keys_of(unenrolled_home) == before


def test_nobody_approves_what_he_dispatches(unenrolled_home: Path, command: Command) -> None:
    with pin_on_a_pipe(PIN) as fd:
        roles = ["--role=approver", "--role=dispatcher"]
        done = command("enrol", "person", unenrolled_home, "--id=6", "--name=n", *roles, "--pin-fd", fd)

    assert done.code == 2
    refused(done, "6")


def test_a_descriptor_that_is_not_open_is_a_wrong_call(unenrolled_home: Path, command: Command) -> None:
    done = command("enrol", "person", unenrolled_home, "--id=6", "--name=n", "--role=driver", "--pin-fd=990")

    assert done.code == 2
    refused(done, "990")


def test_a_request_names_the_unit_and_its_people_and_holds_no_secret(
    unenrolled_home: Path, tmp_path: Path, command: Command
) -> None:
    done = command("enrol", "request", unenrolled_home, "--out", tmp_path / "asked")

    message = (tmp_path / "asked").read_bytes()
    asked = enrolment.read_request(message)
    assert done.code == 0
    assert (asked.unit, [person.id for person in asked.people]) == (UNIT, [person.id for person in PEOPLE])
    assert asked.public == homes.node_key(unenrolled_home).public
    secrets = [(unenrolled_home / name).read_bytes() for name in ("node.key", "device.secret")]
    assert [
        secret for secret in [*secrets, *(key.wrapped for key in keys_of(unenrolled_home))] if secret in message
    ] == []


@pytest.mark.parametrize(
    ("grant", "code"),
    [
        pytest.param(lambda asked: grant_for(replace(asked, public=CENTRAL.public)), 1, id="for another node's key"),
        pytest.param(lambda asked: grant_for(replace(asked, unit="slj")), 1, id="for another unit"),
        pytest.param(lambda asked: grant_for(asked)[:-1] + b"\x00", 1, id="damaged"),
        pytest.param(lambda asked: b"", 1, id="empty"),
        pytest.param(lambda asked: b"x" * 10_000_000, 1, id="not a grant at all"),
        pytest.param(lambda asked: enrolment.sign_request(SHIPPED.key(b"n" * 32), asked), 1, id="the request itself"),
    ],
)
def test_a_grant_that_is_not_for_this_node_is_refused_and_nothing_is_written(
    unenrolled_home: Path, tmp_path: Path, grant: Callable[[Request], bytes], code: int, command: Command
) -> None:
    (tmp_path / "granted").write_bytes(grant(request_of(unenrolled_home)))

    done = command("enrol", "accept", unenrolled_home, tmp_path / "granted")

    assert done.code == code
    refused(done)
    assert not (unenrolled_home / "grant.cbor").exists()
    assert not (unenrolled_home / "core.db").exists()


def test_a_grant_that_is_not_there_is_a_wrong_call(unenrolled_home: Path, tmp_path: Path, command: Command) -> None:
    done = command("enrol", "accept", unenrolled_home, tmp_path / "granted")

    assert done.code == 2
    refused(done, tmp_path / "granted")


@pytest.mark.parametrize(
    ("root", "author"), [(SHIPPED.key(b"x" * 32), Author(1, 1)), (None, Author(7, 1)), (None, Author(1, 2))]
)
def test_a_node_that_belongs_to_a_region_is_not_taken_over_by_another_grant(
    home: Path, tmp_path: Path, root: object, author: Author, command: Command
) -> None:
    before = (home / "grant.cbor").read_bytes()
    more = {"root": root} if root else {}
    (tmp_path / "granted").write_bytes(grant_for(request_of(home), author=author, **more))  # type: ignore[arg-type]

    done = command("enrol", "accept", home, tmp_path / "granted")

    assert done.code == 1
    refused(done)
    assert (home / "grant.cbor").read_bytes() == before


def test_a_grant_taken_twice_is_taken_once_and_a_later_one_brings_what_is_new(
    home: Path, tmp_path: Path, command: Command
) -> None:
    made = prove(home).operations
    (tmp_path / "granted").write_bytes(grant_for(request_of(home)))
    assert command("enrol", "accept", home, tmp_path / "granted").code == 0
    assert prove(home).operations == made

    enrol_person(command, home, id="4002", name="道尔吉")
    (tmp_path / "granted").write_bytes(grant_for(request_of(home)))
    assert command("enrol", "accept", home, tmp_path / "granted").code == 0
    assert (prove(home).operations, prove(home).faults) == (made + 1, [])


def test_a_grant_is_not_taken_in_while_the_node_runs(home: Path, tmp_path: Path, command: Command) -> None:
    (tmp_path / "granted").write_bytes(grant_for(request_of(home)))
    with homes.alone(home):
        done = command("enrol", "accept", home, tmp_path / "granted")

    assert done.code == 1
    refused(done, home)


def test_a_disk_that_is_full_when_the_grant_is_taken_in_loses_nothing_and_the_next_try_ends_it(
    unenrolled_home: Path, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "granted").write_bytes(grant_for(request_of(unenrolled_home), now_ms=SystemClock().now_ms()))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(enrolment_commands, "begin", full)
        done = command("enrol", "accept", unenrolled_home, tmp_path / "granted")
    assert done.code == 1
    refused(done)

    assert command("enrol", "accept", unenrolled_home, tmp_path / "granted").code == 0
    assert prove(unenrolled_home).faults == []
    assert prove(unenrolled_home).operations == 1 + len(PEOPLE)


def test_a_copied_directory_is_proved_where_it_lies(day: Path, tmp_path: Path, command: Command) -> None:
    copy = shutil.copytree(day, tmp_path / "a copy on a stick")

    assert command("verify", copy).code == 0
