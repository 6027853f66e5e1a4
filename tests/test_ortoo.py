"""The command line: one table, help without loading a building, and every failure told to a person."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

import ortoo
from fleet.errors import BadInput, NotAllowed
from fleet.words import LANGUAGES, Language, Words


def run_main(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["ortoo", *arguments])
    with pytest.raises(SystemExit) as left:
        ortoo.main()
    return int(left.value.code or 0)


def let_demo_fail(monkeypatch: pytest.MonkeyPatch, failure: BaseException) -> None:
    """Put a command that fails with `failure` where the table looks for the demo."""

    @click.command()
    def failing() -> None:
        raise failure

    monkeypatch.setattr(ortoo, "load", lambda target: failing)


def test_help_lists_every_row_of_the_table_and_imports_no_building() -> None:
    program = "import sys, ortoo\ntry: ortoo.main()\nfinally: print(*sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", program, "--help"], capture_output=True, text=True, check=True, cwd=Path(__file__).parent
    )

    *listing, modules = done.stdout.splitlines()
    shown = {line.split()[0] for line in listing if line.startswith("  ") and line.split()}
    assert {row.partition(" ")[0] for row in ortoo.COMMANDS} <= shown
    assert {name.partition(".")[0] for name in modules.split()}.isdisjoint(
        {"edge", "central", "tui", "demo", "litestar", "textual", "serial", "pycrdt", "sqlite_utils", "sqlalchemy"}
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_row_and_every_group_has_a_help_line_in_both_languages(language: Language) -> None:
    words = Words(language, "command")
    groups = {row.partition(" ")[0] for row in ortoo.COMMANDS}

    rows = {row.replace(" ", ".") for row in ortoo.COMMANDS}
    assert [name for name in rows | groups if f"help.{name}" not in words] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_of_the_system_has_words_in_both_languages(language: Language) -> None:
    words = Words(language, "command")
    keys = {f"system.{kind}.{part}" for kind in (*ortoo.SYSTEM_REFUSALS.values(), "other") for part in ("what", "next")}

    assert [key for key in sorted(keys) if key not in words] == []


def test_a_group_made_of_rows_lists_its_own_commands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_main(monkeypatch, "enrol", "--help") == 0

    listed = capsys.readouterr().out
    assert all(name in listed for name in ("request", "grant", "accept", "person"))


def test_an_unknown_command_is_a_wrong_call(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_main(monkeypatch, "fly") == 2


def test_a_part_that_is_not_installed_is_named_without_a_trace(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(ortoo.COMMANDS, "demo", "not_installed_here.commands:demo")

    assert run_main(monkeypatch, "demo") == 1

    assert "not_installed_here" in capsys.readouterr().err


@pytest.mark.parametrize(("settings", "target"), ortoo.VERIFIERS.items())
def test_verify_hands_a_directory_to_the_building_it_belongs_to(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: str, target: str
) -> None:
    (tmp_path / settings).touch()
    handed: list[tuple[str, str, bool]] = []
    loaded = ortoo.load

    def load(wanted: str) -> click.Command:
        @click.command()
        @click.argument("directory")
        @click.option("--json", "as_json", is_flag=True)
        def verify(directory: str, as_json: bool) -> None:
            handed.append((wanted, directory, as_json))

        return verify if wanted in ortoo.VERIFIERS.values() else loaded(wanted)

    monkeypatch.setattr(ortoo, "load", load)

    assert run_main(monkeypatch, "verify", str(tmp_path), "--json") == 0
    assert handed == [(target, str(tmp_path), True)]


def test_verify_refuses_a_directory_that_belongs_to_nobody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_main(monkeypatch, "verify", str(tmp_path)) == 2

    assert str(tmp_path) in capsys.readouterr().err


@pytest.mark.parametrize(
    ("failure", "exit_code", "told"),
    [
        (NotAllowed("no_such_code_here"), 1, "no_such_code_here"),
        (BadInput("no_such_code_here"), 2, "no_such_code_here"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "core.db"), 1, "core.db"),
        (OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE)), 1, os.strerror(errno.EADDRINUSE)),
        (FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "/nowhere"), 2, "/nowhere"),
        (OSError("said by a library"), 1, "said by a library"),
        (ZeroDivisionError("ours"), 1, "ZeroDivisionError: ours"),
    ],
)
def test_a_failure_becomes_a_message_and_an_exit_code_and_never_a_trace(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    failure: BaseException,
    exit_code: int,
    told: str,
) -> None:
    let_demo_fail(monkeypatch, failure)

    assert run_main(monkeypatch, "demo") == exit_code

    shown = capsys.readouterr()
    assert told in shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""


def test_an_interrupted_command_leaves_quietly_with_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    let_demo_fail(monkeypatch, KeyboardInterrupt())

    assert run_main(monkeypatch, "demo") == 130

    assert capsys.readouterr().err.strip() == ""


def test_the_trace_of_a_fault_is_shown_to_those_who_ask_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    let_demo_fail(monkeypatch, ZeroDivisionError("ours"))
    monkeypatch.setenv("ORTOO_TRACE", "1")
    monkeypatch.setattr(sys, "argv", ["ortoo", "demo"])

    with pytest.raises(ZeroDivisionError):
        ortoo.main()
