"""The command of a proof that tries something many times: how often, a seed, one JSON object or a few lines for people.

Exit 0 if nothing went wrong, 1 if something did (told on stderr, the first WRONG_SHOWN_MAX), 2 for a wrong call.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

WRONG_SHOWN_MAX = 20


class Outcome(NamedTuple):
    """What came of it: what went wrong, the figures for a program, and for people the first line, in which `{seconds}`
    stands for how long it took, and what follows it."""

    wrong: Sequence[str]
    figures: Mapping[str, object]
    headline: str
    lines: Sequence[str]


def command(name: str, doc: str | None, times: str, default: int, run: Callable[[int, int], Outcome]) -> int:
    """The command `python -m NAME --TIMES N [--seed S] [--json]`, which calls `run(N, S)`; answers its exit code."""
    parser = argparse.ArgumentParser(prog=f"python -m {name}", description=doc)
    parser.add_argument(f"--{times}", dest="times", default=default, type=int, metavar="N")
    parser.add_argument("--seed", default=0, type=int, metavar="S")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    given = parser.parse_args()
    if given.times < 1:
        parser.error(f"--{times} is a number from 1")
    began = time.perf_counter()
    outcome = run(given.times, given.seed)
    seconds = round(time.perf_counter() - began, 1)
    for wrong in outcome.wrong[:WRONG_SHOWN_MAX]:
        print(wrong, file=sys.stderr)
    if given.json:
        print(json.dumps({**outcome.figures, "seconds": seconds}))
    else:
        print(outcome.headline.format(seconds=seconds))
        for line in outcome.lines:
            print(f"  {line}")
    return 1 if outcome.wrong else 0
