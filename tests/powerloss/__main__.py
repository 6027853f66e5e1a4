"""Cut the power: `python -m tests.powerloss --images N [--seed S] [--json]`.

Sessions of a node are recorded write by write and fsync by fsync; N images of what a power cut may leave at any moment
are opened by the real store. Exit 0 if nothing acknowledged was lost where fsync is honest, and where it lies the loss
showed and everything central had came back; 1 with what was wrong; 2 for a wrong call.
"""

from __future__ import annotations

import argparse
import json
import sys
import time

from tests.powerloss.running import run

WRONG_SHOWN_MAX = 20


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.powerloss", description=__doc__)
    parser.add_argument("--images", default=50, type=int, metavar="N")
    parser.add_argument("--seed", default=0, type=int, metavar="S")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    given = parser.parse_args()
    if given.images < 1:
        parser.error("--images is a number from 1")
    began = time.perf_counter()
    tally = run(given.images, given.seed)
    seconds = round(time.perf_counter() - began, 1)
    for wrong in tally.wrong[:WRONG_SHOWN_MAX]:
        print(wrong, file=sys.stderr)
    found = dict(sorted(tally.found.items()))
    if given.json:
        said = {"images": tally.images, "honest": tally.honest, "acknowledged": tally.acknowledged, "lost": tally.lost}
        print(json.dumps(said | {"lying": found, "wrong": len(tally.wrong), "seconds": seconds}))
    else:
        print(
            f"{tally.images} images in {seconds} s, {tally.honest} of an honest disk: {tally.lost} acknowledged "
            f"records lost there; {len(tally.wrong)} faults"
        )
        for how, times in found.items():
            print(f"  a lying disk left it {how:10} {times:6}")
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
