"""The power goes a few times; the harness notices a store that does not wait for the disk."""

from __future__ import annotations

import json
import random
import sys

import pytest

from tests.powerloss import __main__ as command
from tests.powerloss.images import SECTOR, image
from tests.powerloss.recorder import Event, Marked, Synced, Truncated, Written
from tests.powerloss.running import NEVER, run

FILE = "core.db"


def test_with_an_honest_disk_nothing_acknowledged_is_lost_and_a_lying_one_is_found_out_and_filled_again() -> None:
    tally = run(12, seed=2)

    assert (tally.lost, tally.wrong) == (0, [])
    assert 0 < tally.honest < tally.images
    assert tally.acknowledged > 0
    assert tally.found.total() == tally.images - tally.honest


def test_a_store_that_does_not_wait_for_the_disk_at_each_commit_is_noticed() -> None:
    assert run(12, seed=2, synchronous="NORMAL", lying_share=0).lost > 0


def test_the_command_says_what_it_found(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["powerloss", "--images", "1", "--json"])

    assert command.main() == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["images"], said["lost"], said["wrong"]) == (1, 0, 0)


# -- images ---------------------------------------------------------------------------------------------------------


def images(*events: Event, lies_from: int = NEVER) -> set[bytes]:
    """Everything that may be left of a file of two sectors."""
    drawn = (image({FILE: b"old"}, events, random.Random(seed), lies_from=lies_from) for seed in range(400))
    return {bytes(files[FILE]) for files in drawn}


A, B = (letter * SECTOR for letter in (b"a", b"b"))
OLD = b"old"


def test_what_was_synced_is_always_there() -> None:
    assert images(Written(FILE, 0, A + B), Synced(FILE)) == {A + B}


def test_of_what_was_not_synced_any_sectors_may_be_there() -> None:
    hole = OLD.ljust(SECTOR, b"\0")

    assert images(Written(FILE, 0, A + B)) == {OLD, A, A + B, hole + B}


def test_what_a_lying_disk_said_was_synced_is_as_if_it_was_not() -> None:
    assert images(Written(FILE, 0, A), Synced(FILE), Written(FILE, 0, B), Synced(FILE), lies_from=2) == {A, B}


def test_a_file_may_be_as_long_as_before_or_as_after() -> None:
    assert images(Written(FILE, 0, A + B), Synced(FILE), Truncated(FILE, SECTOR), Marked("done")) == {A + B, A}


def test_another_files_sync_says_nothing_of_this_one() -> None:
    assert images(Written(FILE, 0, A), Synced("core.db-wal")) == {OLD, A}
