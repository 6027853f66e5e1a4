"""The harness is held to account: it is deterministic, reaches what it claims, and catches builds that are wrong."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.simulation.__main__ import main
from tests.simulation.insider import TRICKS
from tests.simulation.mutants import MUTANTS
from tests.simulation.plan import Plan
from tests.simulation.running import Failure, run, run_all

REACHED = (
    "backups restored",
    "bit flips",
    "bundles taken in",
    "bundles turned away",
    "careless writes",
    "causal waits",
    "clock jumps",
    "clocks a year off",
    "clocks stuck",
    "commits struck",
    "conflicting acts",
    "conversations of two versions",
    "crashes",
    "cuts",
    "databases lost",
    "disk full",
    "disks copied",
    "disks that had lied",
    "drops",
    "duplicates",
    "forged frames",
    "late acts",
    "logs continued twice",
    "lost and refilled",
    "merged documents",
    "months apart",
    "operations by hand",
    "orders at rest",
    "partitions",
    "refused acts",
    "reorders",
    "replays",
    "revocations that raced an approval",
    "sticks damaged",
    "sticks pulled",
    "torn writes",
    "truncated frames",
    "weeks passed",
    "writes refused while cold",
)
CAUGHT_WITHIN = 200
STEPS = 150


def broken_worlds() -> Iterator[Failure]:
    """What breaks, world by world."""
    for seed in range(CAUGHT_WITHIN):
        _, failure = run(seed, STEPS, Counter())
        if failure:
            yield failure


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


def test_an_insider_plays_every_trick_and_none_has_an_effect() -> None:
    count: Counter[str] = Counter()
    theirs = [seed for seed in range(52) if Plan.drawn(random.Random(seed)).insider]

    failures = [failure for seed in theirs if (failure := run(seed, 2 * STEPS, count)[1])]

    assert failures == []
    assert [trick for trick in TRICKS if not count[f"insider: {trick}"]] == []


def test_the_same_seed_gives_the_same_trace_on_a_process_that_hashes_otherwise() -> None:
    here, _ = run(7, 80, Counter())
    code = "from collections import Counter; from tests.simulation.running import run; print(run(7, 80, Counter())[0])"
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


def test_two_processes_run_the_same_worlds_as_one() -> None:
    assert [*run_all(range(4), 20, 2)] == [*run_all(range(4), 20, 1)]


@pytest.mark.parametrize("name", MUTANTS)
def test_a_build_that_leaves_a_check_out_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant = MUTANTS[name]
    mutant.apply(monkeypatch)

    caught = (not mutant.breaks or failure.invariant in mutant.breaks for failure in broken_worlds())

    assert any(caught), f"{CAUGHT_WITHIN} worlds did not show it"
