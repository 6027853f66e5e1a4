"""The inspector's week at length: python -m tests.week [--ways N] [--judged H]

Lives the week again and again, each time with its reports in another order, in other pieces, with repetitions and with
restarts of the node at other moments, judged as often as asked for; every time the alarms must be those on the page and
the distances the same. Ends with how far the distances are from what the vehicles really drove.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import click

from tests.simulation.clock import SimulatedClock, SimulatedTime
from tests.week import central, story
from tests.week.node import Lived, enrol, live
from tests.week.page import near, plainly, written
from tests.week.reports import Way
from tests.week.story import at

MINUTE_MS, WEEK_MIN = 60_000, 7 * 24 * 60


async def lived(way: Way) -> Lived:
    """A week on a node of its own."""
    with tempfile.TemporaryDirectory() as place:
        clock = SimulatedClock(SimulatedTime(at("Sun- 08:00")))
        region, home = Path(place) / "region", Path(place) / "node"
        central.make(region, clock)
        enrol(home, clock, partial(central.grant, region, clock))
        return await live(home, clock, way)


def a_way(number: int, judged_h: int) -> Way:
    """Some way for the same reports to come."""
    chance = random.Random(number)
    minutes = sorted(chance.sample(range(24 * 60, WEEK_MIN), chance.randrange(4)))
    restarts = tuple(f"{story.DAYS[1 + minute // 1440]} {minute // 60 % 24:02}:{minute % 60:02}" for minute in minutes)
    return Way(
        judged_h=judged_h, shuffled=chance.random() < 0.7, split=chance.choice((1, 2, 5)), twice=chance.random() < 0.5,
        restarts=restarts, seed=number,
    )  # fmt: skip


@click.command(help=__doc__)
@click.option("--ways", default=5, show_default=True)
@click.option("--judged", default=2, show_default=True, help="Hours between two judgements.")
def main(ways: int, judged: int) -> None:
    """Compare, and say so."""
    first = asyncio.run(lived(Way(judged_h=judged)))
    faults = differences(first)
    for number in range(1, ways):
        began, way = time.monotonic(), a_way(number, judged)
        again = asyncio.run(lived(way))
        found = differences(again) + (["other distances"] if again.metres != first.metres else [])
        click.echo(f"{number}: {time.monotonic() - began:.0f} s, {way}: {'; '.join(found) or 'the same'}")
        faults += found
    for number, road in story.roads().items():
        drove_km = road.vehicle.odometer_km - 45_000
        told_km = sum(metres for (vehicle, _), metres in first.metres.items() if vehicle == number) / 1000
        click.echo(f"vehicle {number}: drove {drove_km:.1f} km, told {told_km:.1f} km, {told_km / drove_km - 1:+.2%}")
    sys.exit(1 if faults else 0)


def differences(found: Lived) -> list[str]:
    """What is not as it is on the page."""
    wrote = written()
    untold = [f"not told: {plainly(one)}" for one in wrote if not any(near(each, one) for each in found.standing)]
    return untold + [
        f"not written: {plainly(each)}" for each in found.standing if not any(near(each, one) for one in wrote)
    ]


if __name__ == "__main__":
    main()
