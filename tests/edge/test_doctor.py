"""What a doctor finds on a node: each row spoils one thing, and that thing is named and nothing else is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from edge import doctor
from edge.doctor import look
from edge.home import alone
from edge.settings import Line, as_toml, load
from edge.store.telemetry import TelemetryStore
from fleet.words import LANGUAGES, Words
from tests.edge.conftest import Command
from tests.simulation.clock import START_MS

YEAR_MS = 365 * 24 * 3_600_000
DAY_MS = 24 * 3_600_000
AFTER_MS = START_MS + DAY_MS


def ill(home: Path, now_ms: int = AFTER_MS) -> set[str]:
    return {finding.code for finding in look(home, now_ms) if finding.grade == "ill"}


def doubtful(home: Path, now_ms: int = AFTER_MS) -> set[str]:
    return {finding.code for finding in look(home, now_ms) if finding.grade == "doubt"}


def with_line(home: Path, port: str) -> None:
    (home / "node.toml").write_text(as_toml(msgspec.structs.replace(load(home), lines=(Line(port=port),))))


def without(home: Path, pattern: str) -> None:
    for path in home.glob(pattern):
        path.unlink()


SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "a key others can read": (lambda home: (home / "node.key").chmod(0o644), "not_private"),
    "a key that is cut short": (lambda home: (home / "node.key").write_bytes(b"short"), "refused.key_file_wrong"),
    "a secret that is gone": (lambda home: (home / "device.secret").unlink(), "refused.disk_failed"),
    "no grant": (lambda home: (home / "grant.cbor").unlink(), "refused.not_enrolled"),
    "a grant that was touched": (lambda home: (home / "grant.cbor").write_bytes(b"\x80"), "refused.grant_file_wrong"),
    "a ledger that is no database": (
        lambda home: (home / "core.db").write_bytes(b"x" * 8192),
        "refused.database_damaged",
    ),
    "nobody who could sign in": (lambda home: without(home, "local.db*"), "nobody"),
    "a line to a port that is not there": (lambda home: with_line(home, "/dev/ttyNONE9"), "port.not_found"),
    "a line to what is no port": (lambda home: with_line(home, "/etc/hostname"), "port.not_serial"),
    "settings nobody can read": (lambda home: (home / "node.toml").write_text("unit = 1"), "refused.settings_wrong"),
}


def test_a_node_with_a_day_on_record_needs_no_mending(day: Path) -> None:
    assert ill(day) == set()
    assert {"enrolled", "engine", "database", "people", "clock"} <= {finding.code for finding in look(day, AFTER_MS)}


@pytest.mark.parametrize("case", SPOILT)
def test_what_is_spoilt_is_named(case: str, day: Path) -> None:
    spoil, code = SPOILT[case]
    spoil(day)

    assert code in ill(day)


def test_looking_changes_no_file(day: Path) -> None:
    before = {path: path.read_bytes() for path in day.iterdir() if path.is_file()}
    look(day, AFTER_MS)

    assert {path: path.read_bytes() for path in before} == before


def test_a_clock_behind_what_was_signed_is_wrong(day: Path) -> None:
    assert "clock_behind" in ill(day, START_MS - DAY_MS)


def test_a_lease_is_told_before_it_ends_and_when_it_is_over(home: Path) -> None:
    ends = next(finding.facts["days"] for finding in look(home, AFTER_MS) if finding.code == "enrolled")

    assert "lease_ends" in doubtful(home, AFTER_MS + (ends - 30) * DAY_MS)
    assert "lease_over" in ill(home, AFTER_MS + (ends + 2) * DAY_MS)


def test_a_full_disk_is_told_before_it_stops_the_node(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = shutil.disk_usage(home)
    for free, grade in ((100_000_000, "ill"), (1_000_000_000, "doubt"), (50_000_000_000, "well")):
        monkeypatch.setattr(doctor, "disk_usage", lambda _path, free=free: whole._replace(free=free))
        assert next(found.grade for found in look(home, AFTER_MS) if found.code.startswith("disk")) == grade


def test_a_running_node_is_told_from_a_stopped_one(home: Path) -> None:
    assert "stopped" in doubtful(home)
    with alone(home):
        assert "running" in {finding.code for finding in look(home, AFTER_MS)}


def test_the_command_says_all_of_it_in_words_and_fails_if_anything_must_be_mended(command: Command, day: Path) -> None:
    (day / "node.key").chmod(0o644)
    done = command("node", "doctor", day)

    assert done.code == 1
    assert f"chmod go= {day / 'node.key'}" in done.out

    rows = json.loads(command("node", "doctor", day, "--json").out)
    assert {"code", "grade", "facts", "told"} == set(rows[0])
    assert [row["told"] for row in rows if row["told"].startswith("doctor.")] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_has_its_words(language: str) -> None:
    words, source = Words(language, "command"), Path(doctor.__file__).read_text()  # type: ignore[arg-type]
    codes = {part.split('"')[0] for part in source.split('Finding("')[1:]}

    assert [code for code in codes if f"doctor.{code}" not in words] == []


@pytest.mark.parametrize(("a_day", "grade"), [(0.01, "well"), (0.05, "doubt")])
def test_how_many_days_the_disk_will_do_is_told_once_it_is_known(
    home: Path, monkeypatch: pytest.MonkeyPatch, a_day: float, grade: str
) -> None:
    assert not [found for found in look(home, AFTER_MS) if found.code == "disk_days"]
    whole = shutil.disk_usage(home)
    store = TelemetryStore(home)
    for day in (0, 1):
        store.measured(day * DAY_MS, round(day * a_day * whole.free))
    store.close()
    monkeypatch.setattr(doctor, "disk_usage", lambda _path: whole)

    (told,) = [found for found in look(home, AFTER_MS) if found.code == "disk_days"]
    assert (told.grade, told.facts) == (grade, {"days": whole.free // round(a_day * whole.free)})
