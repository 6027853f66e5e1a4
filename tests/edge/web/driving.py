"""A drive as a terminal reports it, put into a node's store: north from the yard, wherever and whenever it moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from edge.store.heard import Report
from fleet.rules.position import Position

TERMINAL = "13800000312"
EVERY_S, HEARD_AFTER_MS = 10, 2_000
Said = Callable[[int, float], Mapping[str, float]]
"""What else the terminal says at a second, so many metres driven."""


def northwards(begin_ms: int, seconds: int, moves: Callable[[int], bool], plate: str, said: Said) -> list[Report]:
    """Reports of a vehicle that drives north at 72 km/h at every second at which it `moves`."""
    driven_m, reports = 0.0, []
    for second in range(0, seconds + 1, EVERY_S):
        moving = moves(second)
        driven_m += 200.0 * moving
        position = Position(
            device_time_ms=begin_ms + second * 1000,
            lat=round(39.2 + driven_m / 111_000, 6),
            lon=101.6,
            speed_kmh=72.0 * moving,
            acc=moving,
            satellites=12,
            **said(second, driven_m),  # type: ignore[arg-type]
        )
        reports.append(Report(TERMINAL, position, begin_ms + second * 1000 + HEARD_AFTER_MS, "", "", plate))
    return reports
