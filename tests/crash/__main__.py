"""Kill real processes: `python -m tests.crash --loops N [--seed S] [--json]`.

A node that writes, syncs and checkpoints and its central are killed (SIGKILL) at random instants, N times each, and
started again. Exit 0 if after every kill all that had been acknowledged was there, everything verified, and both came
to one state; 1 with what was wrong; 2 for a wrong call.
"""

from __future__ import annotations

import argparse
import json
import sys
import time

from tests.crash.killing import run

WRONG_SHOWN_MAX = 20


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--loops", default=20, type=int, metavar="N")
    parser.add_argument("--seed", default=0, type=int, metavar="S")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    given = parser.parse_args()
    if given.loops < 1:
        parser.error("--loops is a number from 1")
    began = time.perf_counter()
    tally = run(given.loops, given.seed)
    seconds = round(time.perf_counter() - began, 1)
    for wrong in tally.wrong[:WRONG_SHOWN_MAX]:
        print(wrong, file=sys.stderr)
    said = {"loops": tally.loops, "acknowledged": tally.acknowledged, "receipts": tally.receipts}
    if given.json:
        killed = dict(sorted(tally.killed_in.items()))
        print(json.dumps(said | {"wrong": len(tally.wrong), "seconds": seconds, "killed_in": killed}))
    else:
        print(
            f"{tally.loops} loops in {seconds} s: {tally.acknowledged} records and {tally.receipts} receipts had been "
            f"acknowledged; {len(tally.wrong)} faults"
        )
        for where, times in sorted(tally.killed_in.items()):
            print(f"  killed in {where:32} {times:6}")
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
