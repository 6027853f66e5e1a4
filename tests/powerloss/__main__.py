"""Cut the power: `python -m tests.powerloss --images N [--seed S] [--json]`.

Sessions of a node are recorded write by write and fsync by fsync; N images of what a power cut may leave at any moment
are opened by the real store. Exit 0 if nothing acknowledged was lost where fsync is honest, and where it lies the loss
showed and everything central had came back; 1 with what was wrong; 2 for a wrong call.
"""

from __future__ import annotations

import sys

from tests.powerloss.running import run
from tests.repeated import Outcome, command


def outcome(times: int, seed: int) -> Outcome:
    """Open so many images."""
    tally = run(times, seed)
    found = dict(sorted(tally.found.items()))
    said = {"images": tally.images, "honest": tally.honest, "acknowledged": tally.acknowledged, "lost": tally.lost}
    return Outcome(
        wrong=tally.wrong,
        figures=said | {"lying": found, "wrong": len(tally.wrong)},
        headline=f"{tally.images} images in {{seconds}} s, {tally.honest} of an honest disk: {tally.lost} acknowledged "
        f"records lost there; {len(tally.wrong)} faults",
        lines=[f"a lying disk left it {how:10} {times:6}" for how, times in found.items()],
    )


def main() -> int:
    """The command."""
    return command("tests.powerloss", __doc__, "images", 50, outcome)


if __name__ == "__main__":
    sys.exit(main())
