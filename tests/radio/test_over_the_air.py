"""A real node and a real central with nothing between them but two pseudo-terminals and bad air."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path

import pytest

from bench.air import Weather
from tests.radio.air import Air
from tests.radio.nonces import openings, sealed
from tests.radio.region import region

pytestmark = pytest.mark.anyio

RATE = 115_200  # twelve times as fast as the slow modems this is made for
WEATHER = Weather(loss=0.15, flip=0.05)


async def test_both_ends_come_to_one_state_over_bad_air_whoever_loses_power_and_no_counter_is_used_twice(
    tmp_path: Path,
) -> None:
    air = Air(RATE, WEATHER, random.Random(7))
    async with region(tmp_path, air, rate=RATE, orders=12, sightings=3_000) as unit:
        made = unit.made()
        await asyncio.gather(unit.start("central"), unit.start("node"))
        await unit.until_carried(15_000)
        await unit.kill("node")
        await unit.start("node")
        await unit.until_central_holds(1, within_s=90)
        await unit.kill("central")
        held = unit.sealed()
        await unit.start("central")
        await unit.until_central_holds(made, within_s=90)
        for name in ("node", "central"):
            await unit.kill(name)

        assert 0 < held < made  # both lost power in the middle
        assert len(set(unit.proved())) == 1
        assert min(air.count["lost"], air.count["damaged"]) > 0
        numbers = [opening.number for opening in openings(air)]
        assert len(numbers) >= 3  # each has begun anew
        assert len(set(numbers)) == len(numbers)
        uses = Counter((one.key, one.counter) for one in {*sealed(air, unit.home)})
        assert set(uses.values()) == {1}
        assert len(uses) > 50
