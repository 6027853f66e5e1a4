"""Run worlds: `python -m tests.simulation --seeds A:B --steps N [--jobs K] [--json]`.

Exit 0 if every invariant held in every world; 1 with the seed, the step and the broken invariant if one did not, and
the call that replays it; 2 for a wrong call. The counters show that each rare case was really reached. Worlds are
shared out over K processes, as many as the machine has cores if nothing is said; a seed gives the same world in each.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter

from tests.simulation.running import run_all


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", default="0:50", type=_range, metavar="A:B", help="from A to B - 1")
    parser.add_argument("--steps", default=200, type=_at_least_one)
    parser.add_argument("--jobs", default=os.cpu_count() or 1, type=_at_least_one, metavar="K", help="processes")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    given = parser.parse_args()
    count: Counter[str] = Counter()
    failures, began = [], time.perf_counter()
    for counted, failure in run_all(given.seeds, given.steps, given.jobs):
        count.update(counted)
        if failure:
            failures.append(failure)
            print(f"seed {failure.seed}, step {failure.step}: {failure.detail}", file=sys.stderr)
            again = f"python -m tests.simulation --seeds {failure.seed} --steps {given.steps} --jobs 1"
            print(f"  again: {again}", file=sys.stderr)
    steps_s = round(len(given.seeds) * given.steps / (time.perf_counter() - began))
    if given.json:
        failed = [{"seed": one.seed, "step": one.step, "invariant": one.invariant} for one in failures]
        print(json.dumps({"seeds": len(given.seeds), "steps_s": steps_s, "counters": count, "failures": failed}))
    else:
        print(f"{len(given.seeds)} seeds, {given.steps} steps each, {steps_s} steps/s, {len(failures)} broken")
        for name, times in sorted(count.items()):
            print(f"  {name:32} {times:8}")
    return 1 if failures else 0


def _range(text: str) -> range:
    first, _, last = text.partition(":")
    try:
        seeds = range(int(first), int(last or int(first) + 1))
    except ValueError:
        raise argparse.ArgumentTypeError("seeds are A:B, two numbers") from None
    if not seeds:  # no world would be run, and none would break
        raise argparse.ArgumentTypeError("seeds are A:B, and B is more than A")
    return seeds


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError("a number from 1")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
