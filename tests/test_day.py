"""A unit's day with real processes: central, node and terminals on pseudo-serial lines, a real TCP link, real keys.

In the middle of a trip, with the road to central cut, the node is killed as by a power cut and started again. What
anyone was told is safe must be there afterwards, at the node and at central, and both must prove it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from demo import cast as casting
from demo.children import command
from demo.day import Day, holds, whole_day
from demo.region import Region, running
from edge.store.engine import open_reader

pytestmark = pytest.mark.anyio

TRIP_S = 16.0
ILLEGAL_MOVES = {
    "no_role": "an applicant does not approve",
    "illegal_move": "nothing is dispatched before approval, after cancelling, or cancelled on the road",
    "not_the_driver": "a vehicle is not handed to another driver",
    "reason_missing": "sending back needs a reason",
}


async def test_a_day_with_the_road_cut_and_the_node_killed_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    async with running(tmp_path, casting.load(), frames=None) as region:
        day = Day(region, lambda key, **facts: None, mishap=region.lose_power)

        results = await whole_day(day, TRIP_S)

        assert holds(results), results
        assert results["orders"] == {"closed": 1, "sent_back": 1, "cancelled": 1}
        assert results["positions_stored"] >= day.positions_acknowledged > 0
        assert set(day.refused) == set(ILLEGAL_MOVES)
        assert results["link"]["cut_s"] > 0
        assert await acts_on_record(region) == day.acknowledged
        assert positions_of_trips(region.node_home) > 0
    for directory in ("node", "central"):
        await command("verify", str(tmp_path / directory))  # raises with its words if anything does not hold


async def acts_on_record(region: Region) -> int:
    """Acts in the timelines of all orders, without the applications themselves and what was refused."""
    dispatcher = await region.people.of("dispatcher")
    orders = await dispatcher.call("GET", "/api/orders?limit=100")
    timelines = [(await dispatcher.call("GET", f"/api/orders/{row['id']}"))["timeline"] for row in orders["rows"]]
    return sum(1 for timeline in timelines for entry in timeline if entry["act"] != "submit" and not entry["refused"])


def positions_of_trips(node_home: Path) -> int:
    """Stored positions that belong to an order."""
    db = open_reader(node_home / "telemetry.db")
    return int(db.execute("SELECT count(*) FROM positions WHERE order_id <> ''").fetchone()[0])
