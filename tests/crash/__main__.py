"""Kill real processes: `python -m tests.crash --loops N [--seed S] [--json]`.

A node that writes, syncs and checkpoints and its central are killed (SIGKILL) at random instants, N times each, and
started again. Exit 0 if after every kill all that had been acknowledged was there, everything verified, and both came
to one state; 1 with what was wrong; 2 for a wrong call.
"""

from __future__ import annotations

import sys

from tests.crash.killing import run
from tests.repeated import Outcome, command


def outcome(times: int, seed: int) -> Outcome:
    """Kill them so many times."""
    tally = run(times, seed)
    killed = dict(sorted(tally.killed_in.items()))
    said = {"loops": tally.loops, "acknowledged": tally.acknowledged, "receipts": tally.receipts}
    return Outcome(
        wrong=tally.wrong,
        figures=said | {"wrong": len(tally.wrong), "killed_in": killed},
        headline=f"{tally.loops} loops in {{seconds}} s: {tally.acknowledged} records and {tally.receipts} receipts "
        f"had been acknowledged; {len(tally.wrong)} faults",
        lines=[f"killed in {where:32} {times:6}" for where, times in killed.items()],
    )


def main() -> int:
    """The command."""
    return command("tests.crash", __doc__, "loops", 20, outcome)


if __name__ == "__main__":
    sys.exit(main())
