"""Try forged records: `python -m tests.forgery --count N --seed S [--json]`.

The forger knows all that is on record and has every key but the honest ones; it may be a rightly enrolled node with
rightly enrolled people. Each class names in words what is forged. Exit 0 if nothing forged was accepted, changed
anything, or went without its reason, and honest work came through afterwards; 1 with what went wrong; 2 for a wrong
call.
"""

from __future__ import annotations

import argparse
import json
import sys
import time

from tests.forgery.running import CLASSES, run

WRONG_SHOWN_MAX = 20


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.forgery", description=__doc__)
    parser.add_argument("--count", default=len(CLASSES), type=int, metavar="N")
    parser.add_argument("--seed", default=0, type=int, metavar="S")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    given = parser.parse_args()
    if given.count < 1:
        parser.error("--count is a number from 1")
    began = time.perf_counter()
    tally = run(given.count, given.seed)
    seconds = round(time.perf_counter() - began, 1)
    for wrong in tally.wrong[:WRONG_SHOWN_MAX]:
        print(wrong, file=sys.stderr)
    tried = sum(tally.tried.values())
    if given.json:
        said = {"forged": tried, "classes": len(tally.tried), "accepted": len(tally.wrong), "seconds": seconds}
        print(json.dumps(said | {"reasons": tally.codes}))
    else:
        print(f"{tried} forgeries of {len(tally.tried)} classes in {seconds} s, {len(tally.wrong)} accepted")
        for name, codes in tally.codes.items():
            print(f"  {name:64} {tally.tried[name]:6}  {' '.join(sorted(codes))}")
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
