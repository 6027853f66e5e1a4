"""A unit's backlog over real processes and bad air, at the pace of a real modem: minutes, not a test.

python -m tests.radio --rate 9600 --loss 0.2 --orders 100 --sightings 500
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections import Counter
from pathlib import Path

from bench.air import Weather
from tests.radio.air import Air
from tests.radio.nonces import openings, sealed
from tests.radio.region import region

BOUND_S = 6 * 3600.0


async def carry(rate: int, weather: Weather, orders: int, sightings: int, seed: int, kills: int) -> dict[str, object]:
    """What it took to bring both ends in step, with so many power cuts at chance moments at either."""
    air = Air(rate, weather, random.Random(seed))
    with tempfile.TemporaryDirectory() as where:
        async with region(Path(where), air, rate=rate, orders=orders, sightings=sightings, turn_ms=50) as unit:
            made = unit.made()
            await asyncio.gather(unit.start("central"), unit.start("node"))
            begin_s = time.monotonic()
            for _ in range(kills):
                await unit.until_carried(air.chance.randrange(2_000, 40_000), within_s=BOUND_S)
                name = air.chance.choice(["node", "central"])
                await unit.kill(name)
                await unit.start(name)
            await unit.until_central_holds(made, within_s=BOUND_S)
            seconds = time.monotonic() - begin_s
            for name in ("node", "central"):
                await unit.kill(name)
            at_node, at_central = unit.proved()
            used = Counter((one.key, one.counter) for one in {*sealed(air, unit.home)})
            return {
                "operations": made,
                "seconds": round(seconds, 1),
                "air_bytes": air.carried,
                "packets": dict(air.count),
                "talks": len(openings(air)),
                "counters_used_twice": sum(count > 1 for count in used.values()),
                "state_equal": at_node == at_central,
            }


def main() -> None:
    """Read the arguments, print one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m tests.radio", description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=int, default=9_600)
    parser.add_argument("--loss", type=float, default=0.2)
    parser.add_argument("--flip", type=float, default=0.05)
    parser.add_argument("--orders", type=int, default=100)
    parser.add_argument("--sightings", type=int, default=500)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    weather = Weather(loss=asked.loss, flip=asked.flip)
    result = asyncio.run(carry(asked.rate, weather, asked.orders, asked.sightings, asked.seed, asked.kills))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
