"""Try forged records: `python -m tests.forgery --count N --seed S [--json]`.

The forger knows all that is on record and has every key but the honest ones; it may be a rightly enrolled node with
rightly enrolled people. Each class names in words what is forged. Exit 0 if nothing forged was accepted, changed
anything, or went without its reason, and honest work came through afterwards; 1 with what went wrong; 2 for a wrong
call.
"""

from __future__ import annotations

import sys

from tests.forgery.running import CLASSES, run
from tests.repeated import Outcome, command


def outcome(times: int, seed: int) -> Outcome:
    """Forge so many records."""
    tally = run(times, seed)
    tried = sum(tally.tried.values())
    said = {"forged": tried, "classes": len(tally.tried), "accepted": len(tally.wrong)}
    return Outcome(
        wrong=tally.wrong,
        figures=said | {"reasons": tally.codes},
        headline=f"{tried} forgeries of {len(tally.tried)} classes in {{seconds}} s, {len(tally.wrong)} accepted",
        lines=[f"{name:64} {tally.tried[name]:6}  {' '.join(sorted(codes))}" for name, codes in tally.codes.items()],
    )


def main() -> int:
    """The command."""
    return command("tests.forgery", __doc__, "count", len(CLASSES), outcome)


if __name__ == "__main__":
    sys.exit(main())
