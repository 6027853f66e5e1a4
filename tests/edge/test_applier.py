"""A process that takes what others wrote: bombs end in quarantine, and where one kills it all the same, the next start
but one passes it over. What is good is applied after it as if nothing had been."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from edge.proof import prove
from edge.store.journal import SLATE
from fleet.ledger import kinds
from fleet.ledger.delta import Delta
from fleet.ledger.trial import SLATE_SIZE
from machine.system import SystemClock
from tests.edge.applier import packed
from tests.edge.conftest import Command
from tests.edge.insider import Insider
from tests.edge.process import ROOT
from tests.edge.unit import office_of
from tests.fleet.updates import BOMBS

BOMB = "a value nested 26,000 deep in 52 KB"
"""The one that really ends a process, by a stack that is too deep."""


@pytest.fixture
def insider(home: Path) -> Insider:
    """A second node of the unit that writes what it likes; the first has met it."""
    insider = Insider.at(home)
    with closing(office_of(home, SystemClock())) as office:
        office.replica.receive(insider.begins())
    return insider


class Done:
    """What a process of the applier said, and how it ended."""

    def __init__(self, home: Path, deltas: Iterable[Delta], *options: str) -> None:
        (home / "deltas").write_bytes(packed(deltas))
        child = subprocess.run(
            [sys.executable, "-m", "tests.edge.applier", str(home), str(home / "deltas"), *options],
            cwd=ROOT, env=os.environ, capture_output=True, check=False,
        )  # fmt: skip
        self.code = child.returncode
        self.said: list[dict[str, Any]] = [json.loads(line) for line in child.stdout.splitlines()]
        self.refused = [each["refused"] for each in self.said]


def test_every_known_bomb_ends_in_quarantine_and_the_next_good_update_is_applied(home: Path, insider: Insider) -> None:
    made = list[Delta]()
    for number, bomb in enumerate(BOMBS.values()):
        made.append(insider.edits(f"1-{number:05}", bomb(insider.client_id)))
        made.append(insider.edits("1-90000", insider.good(number)))

    done = Done(home, made)

    assert done.code == 0
    assert all(each["stored"] for each in done.said)
    assert [len(refused) for refused in done.refused] == [1, 0] * len(BOMBS)
    with closing(office_of(home, SystemClock())) as office:
        fields = office.replica.state.document(kinds.ORDERS + "1-90000").fields
        assert len(fields) == len(BOMBS)
        assert office.replica.quarantined == len(BOMBS)


def test_an_update_that_ended_the_process_twice_is_passed_over_and_its_author_told(
    home: Path, insider: Insider, command: Command
) -> None:
    bomb = insider.edits("1-00001", BOMBS[BOMB](insider.client_id))
    good = insider.edits("1-00002", insider.good())

    died = [Done(home, [bomb, good], "--unguarded") for _ in range(2)]
    third = Done(home, [bomb, good], "--unguarded")

    assert [(done.code < 0, done.said) for done in died] == [(True, []), (True, [])]
    assert (third.code, third.refused) == (0, [["update_crashes"], []])
    with closing(office_of(home, SystemClock())) as office:
        assert [refusal.code for refusal in office.replica.refusals] == ["update_crashes"]
        assert [refusal.head.author for refusal in office.replica.refusals] == [insider.me.author]
        assert office.replica.state.document(kinds.ORDERS + "1-00002").fields
    assert prove(home).crashed == 1
    proved = command("verify", home)
    assert (proved.code, "1 " in proved.out.splitlines()[-1]) == (0, True)


def test_what_is_held_as_a_bomb_is_not_tried_at_the_next_start_either(home: Path, insider: Insider) -> None:
    bomb = insider.edits("1-00001", BOMBS[BOMB](insider.client_id))
    for _ in range(3):
        Done(home, [bomb], "--unguarded")
    (home / SLATE).unlink()
    for file in home.glob("core.db-*"):
        file.unlink(missing_ok=True)

    again = Done(home, [insider.edits("1-00002", insider.good())], "--unguarded")

    assert (again.code, again.refused) == (0, [[]])


def test_a_process_that_was_killed_once_while_it_tried_a_good_update_applies_it_at_the_next_start(
    home: Path, insider: Insider
) -> None:
    made = insider.edits("1-00001", insider.good())
    (home / SLATE).write_bytes((b"\x01" + insider.made[-1].hash).ljust(SLATE_SIZE, b"\0"))

    done = Done(home, [made])

    assert (done.code, done.refused) == (0, [[]])
    assert (home / SLATE).read_bytes()[0] == 0


def test_a_slate_is_its_owners_alone(home: Path) -> None:
    with closing(office_of(home, SystemClock())):
        assert (home / SLATE).stat().st_mode & 0o777 == 0o600
        assert (home / SLATE).stat().st_size == SLATE_SIZE
