"""The harness is held to account: it is deterministic, reaches what it claims, and catches builds that are wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

import pytest

from fleet.ledger import cose, judge
from fleet.ledger.operation import Author, Head, Operation
from fleet.ledger.state import State
from fleet.ledger.store import Batch, Placing
from fleet.ledger.suite import Suite
from tests.simulation import host
from tests.simulation.__main__ import Failure, main, run
from tests.simulation.disk import SimulatedDisk

REACHED = (
    "careless writes",
    "causal waits",
    "clock jumps",
    "commits struck",
    "conflicting acts",
    "crashes",
    "cuts",
    "disk full",
    "drops",
    "duplicates",
    "forged frames",
    "late acts",
    "merged documents",
    "orders at rest",
    "partitions",
    "refused acts",
    "reorders",
    "replays",
)
CAUGHT_WITHIN = 40
STEPS = 150


def first_failure(seeds: int = CAUGHT_WITHIN) -> Failure:
    """The first world that breaks; fails the test if none does."""
    for seed in range(seeds):
        _, failure = run(seed, STEPS, Counter())
        if failure:
            return failure
    pytest.fail(f"{seeds} worlds ran clean on a build that is wrong")


@pytest.mark.parametrize("call", [["--seeds", "3:3"], ["--seeds", "5:1"], ["--steps", "0"], ["--steps", "-1"]])
def test_a_call_that_would_run_nothing_does_not_pass_for_a_clean_run(
    call: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["simulation", *call])

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 2


def test_worlds_run_clean_and_between_them_reach_every_rare_case() -> None:
    count: Counter[str] = Counter()

    failures = [failure for seed in range(30) if (failure := run(seed, STEPS, count)[1])]

    assert failures == []
    assert [name for name in REACHED if not count[name]] == []


def test_the_same_seed_gives_the_same_trace_on_a_process_that_hashes_otherwise() -> None:
    here, _ = run(7, 80, Counter())
    code = "from collections import Counter; from tests.simulation.__main__ import run; print(run(7, 80, Counter())[0])"
    there = [
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in (1, 2)
    ]

    assert there == [here, here]
    assert run(8, 80, Counter())[0] != here


def test_a_build_without_the_causal_gate_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def open_gate(_state: State, _operation: Operation) -> tuple[Head, ...]:
        return ()

    monkeypatch.setattr(judge, "missing", open_gate)

    first_failure()


def test_a_build_that_does_not_check_seals_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    checked = cose.signed_by

    def lenient(suite: Suite, public: bytes, context: str, payload: bytes, mark: bytes) -> bool:
        return context == "seal" or checked(suite, public, context, payload, mark)

    monkeypatch.setattr(cose, "signed_by", lenient)

    assert first_failure().invariant in {"every operation is its author's own", "honest work is never refused"}


def test_a_build_that_does_not_check_what_people_signed_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "meaning_signed_by", lambda _public, _operation: True)

    assert first_failure().invariant == "no effect without authority"


def test_a_disk_that_acknowledges_before_it_commits_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "SimulatedDisk", ForgetfulDisk)

    assert first_failure().invariant in {"nothing acknowledged is lost", "rows follow from the log"}


class ForgetfulDisk(SimulatedDisk):
    """Answers a commit while it is still in flight: the last one is gone when the power is."""

    def __init__(self) -> None:
        super().__init__()
        self._before: tuple[list[Placing], dict[Author, list[Placing]]] = ([], {})

    def commit(self, batch: Batch) -> None:
        if batch.operations:
            self._before = [*self.log], {author: [*log] for author, log in self.logs.items()}
        super().commit(batch)

    def power_cut(self) -> None:
        super().power_cut()
        self.log, self.logs = self._before
