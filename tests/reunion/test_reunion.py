"""A unit that was cut off comes back by HTTPS, by radio or by a stick: all six ends come to one state."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reunion.ways import reunite

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(
        "config.getoption('--suite') == 'second'",
        reason="the child that opens bundles hears of no suite but the shipped",
    ),
]


async def test_whichever_way_a_unit_comes_back_everyone_comes_to_the_same_state(tmp_path: Path) -> None:
    made, ways = await reunite(tmp_path, days=30, orders=8, sightings=40, rate=115_200, loss=0.2, seed=3, within_s=90)

    assert made > 50
    assert ways.keys() == {"https", "radio", "bundle"}
    assert len({state for way in ways.values() for state in (way.at_node, way.at_central)}) == 1
