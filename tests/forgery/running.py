"""Runs forgeries of every class against one ground after the other, and counts what became of them."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

from fleet.errors import NotTrusted
from tests.forgery import by_insiders, on_the_way, papers
from tests.forgery.ground import Class, Ground, lay

CLASSES: dict[str, Class] = on_the_way.CLASSES | by_insiders.CLASSES | papers.CLASSES
"""Every way to forge there is here, by what is forged."""
EACH_GROUND = 1_000
"""Forgeries tried on one victim before honest work has to come through it, and another victim is taken."""


@dataclass
class Tally:
    """How many forgeries of each class were tried, the reasons given, and what went wrong."""

    tried: Counter[str] = field(default_factory=Counter)
    codes: dict[str, Counter[str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def run(count: int, seed: int) -> Tally:
    """Try so many forgeries, every class in turn."""
    chance, tally, names = random.Random(seed), Tally(), [*CLASSES]
    for begin in range(0, count, EACH_GROUND):
        ground = lay(chance)
        for number in range(begin, min(begin + EACH_GROUND, count)):
            _try(ground, names[number % len(names)], tally)
        _honest_work_goes_on(ground, tally)
    return tally


def _try(ground: Ground, name: str, tally: Tally) -> None:
    forged = CLASSES[name].make(ground)
    attempt = ground.attempt(forged)
    tally.tried[name] += 1
    tally.codes.setdefault(name, Counter())[attempt.code] += 1
    if attempt.changed:
        tally.wrong.append(f"{name}: it changed {', '.join(attempt.changed)}")
    if attempt.code not in CLASSES[name].codes:
        tally.wrong.append(f"{name}: the reason given is {attempt.code!r}")


def _honest_work_goes_on(ground: Ground, tally: Tally) -> None:
    """Nothing that was forged stops those who did not."""
    with suppress(NotTrusted):
        if ground.victim.receive(ground.tail).stored == len(ground.tail.operations):
            ours, theirs = ground.honest.replica.state, ground.victim.state
            if dict(ours.orders) == dict(theirs.orders):
                return
    tally.wrong.append("honest work did not come through")
