"""A node and its central are killed a few times; the harness notices a build that answers before the disk has it."""

from __future__ import annotations

import json
import socket
import sys

import pytest

from edge.store.ledger import LedgerStore
from fleet.ledger.store import Batch
from tests.crash import __main__ as command
from tests.crash import children, killing
from tests.crash.children import Pipe
from tests.crash.killing import run
from tests.crash.place import Place


def test_whatever_is_killed_in_the_middle_of_whatever_nothing_acknowledged_is_lost() -> None:
    tally = run(3, seed=1)

    assert tally.wrong == []
    assert tally.acknowledged > 0
    assert sum(tally.killed_in.values()) == 2 * tally.loops
    assert not any("by itself" in where for where in tally.killed_in)


def hasty(place: Place, link: socket.socket, pipe: Pipe, seed: int) -> None:
    """A node that says it has stored what it will store some time later."""
    late = list[Batch]()

    def later(_store: LedgerStore, batch: Batch) -> None:
        late.append(batch)

    LedgerStore.commit = later  # type: ignore[assignment, method-assign]
    children.node(place, link, pipe, seed)


def test_a_build_that_answers_before_it_has_stored_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(killing, "node", hasty)

    assert "lost" in " ".join(run(5, seed=1).wrong)


def test_the_command_says_what_was_killed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["crash", "--loops", "1", "--json"])

    assert command.main() == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["loops"], said["wrong"], sum(said["killed_in"].values())) == (1, 0, 2)
