"""Runs worlds from their seeds, here or shared out over processes; a seed gives the same world in each.

A module beside the command, because a process that is started anew finds nothing in the `__main__` of a package.
"""

from __future__ import annotations

import multiprocessing
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from unittest.mock import patch

from fleet.ledger import state
from tests.simulation import remembering
from tests.simulation.invariants import Broken
from tests.simulation.world import World

RECENT_MS = 60_000
"""How soon what has ended may rest: a world lasts minutes, not months."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A world that broke: its seed, how many steps it had run, and what did not hold."""

    seed: int
    step: int
    invariant: str
    detail: str


def run(seed: int, steps: int, count: Counter[str]) -> tuple[str, Failure | None]:
    """Run one world to its end. Returns its trace and what broke, if anything did."""
    with remembering.signatures(), patch.object(state, "RECENT_MS", RECENT_MS):
        world, failure = World(seed), None
        try:
            for _ in range(steps):
                world.step()
            world.settle()
        except Broken as broken:
            failure = Failure(seed, world.steps, broken.name, str(broken))
        except Exception as error:  # noqa: BLE001 -- whatever a machine raises is a finding, and the seed is what matters
            detail = "".join(traceback.format_exception(error)[-3:])
            failure = Failure(seed, world.steps, "no machine falls over", detail)
    count.update(world.count)
    return world.trace, failure


def run_all(seeds: Sequence[int], steps: int, jobs: int) -> Iterator[tuple[Counter[str], Failure | None]]:
    """Run worlds in `jobs` processes; what each counted and what broke, in the order of the seeds."""
    each = ((seed, steps) for seed in seeds)
    if jobs == 1:
        yield from map(_counted, each)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap(_counted, each, chunksize=max(1, min(8, len(seeds) // (4 * jobs))))


def _counted(world: tuple[int, int]) -> tuple[Counter[str], Failure | None]:
    count: Counter[str] = Counter()
    _, failure = run(*world, count)
    return count, failure
