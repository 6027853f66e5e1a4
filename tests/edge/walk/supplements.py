"""What the walks say of a trip without an order, and what completes it."""

from __future__ import annotations

from fleet.rules.calendar import day_of
from tests.edge.walk.conftest import Json, Office
from tests.edge.web.conftest import HOUR_MS


def trip(office: Office, plate: str, hours_ago: int = 8, **changes: object) -> Json:
    """What a supplement asks for."""
    return {
        "cause": "no_prior_order", "why": "夜间火情", "facts": "接警后带车前往", "plate": plate, "driver": "4001",
        "rider": "王海", "started_ms": office.now_ms - hours_ago * HOUR_MS,
        "ended_ms": office.now_ms - (hours_ago - 4) * HOUR_MS, "ended_by": "back",
    } | changes  # fmt: skip


def completion(office: Office, scan: str, hours_ago: int = 8, **changes: object) -> Json:
    """What completes it; size and type of the scan are the node's to say."""
    begun_ms, over_ms = office.now_ms - hours_ago * HOUR_MS, office.now_ms - (hours_ago - 4) * HOUR_MS
    return {
        "scan": scan, "seal_visible": True, "endorser": "李志强", "endorsed_on": str(day_of(office.now_ms)),
        "form": office.form(start_ms=begun_ms, end_ms=over_ms, urgency=0), "departed_ms": begun_ms,
        "back_ms": over_ms, "odometer_out_km": 1000, "odometer_in_km": 1100,
    } | changes  # fmt: skip
