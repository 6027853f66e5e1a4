"""Orders of a span, found in rows: those that something was done about in it, whether they rest or not."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from edge.store import listing
from fleet.desk.register import register
from fleet.rules.order import Act
from tests.edge.unit import ADMIN, DISPATCHER, DRIVER, a_vehicle, departed_order, office_of, signer
from tests.simulation.clock import START_MS, SimulatedClock

HOUR_MS = 3_600_000
BACK_MS = START_MS + 2 * HOUR_MS


@pytest.mark.parametrize(
    ("from_ms", "until_ms", "found"),
    [
        (START_MS, START_MS + 1, True),
        (START_MS - HOUR_MS, START_MS, False),
        (BACK_MS, BACK_MS + 1, True),
        (BACK_MS + HOUR_MS, BACK_MS + 2 * HOUR_MS, False),
    ],
    ids=["applied for in it", "applied for after it", "came to its end in it", "was over before it"],
)
def test_an_order_is_of_every_span_from_its_application_to_its_end(
    home: Path, clock: SimulatedClock, from_ms: int, until_ms: int, found: bool
) -> None:
    with closing(office_of(home, clock)) as office:
        register(office.replica, signer(home, ADMIN), a_vehicle())
        order = departed_order(home, office)
        assert listing.orders_of(office.store, BACK_MS + HOUR_MS, BACK_MS + 2 * HOUR_MS) == [order], "it goes on"
        clock.time.pass_ms(2 * HOUR_MS)
        office.desk.act(signer(home, DRIVER), order, Act.RETURN, {"odometer_km": 45_300})
        office.desk.act(signer(home, DISPATCHER), order, Act.CLOSE, {"receipts": "none"})

        assert listing.orders_of(office.store, from_ms, until_ms) == ([order] if found else [])
