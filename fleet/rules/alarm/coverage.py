"""Where a unit's radio is heard, learnt from its own reports (Art. 15): a hole in the radio is no fault of a terminal.

    heard at once          ──▶ the cell is heard         a report that had waited ──▶ the cell is deaf
    silent: in a deaf cell or a registered hole ──▶ blind, and expected back       where others are heard ──▶ lost

* The ground is cut into cells of some 2 km. Counts of a cell are halved when they grow beyond COUNT_MAX, so what is
  newer weighs more; beyond CELLS_MAX cells the one least known is forgotten.
* Learning is a fold over reports; in whatever batches they come, each report counts once, by its own time of arrival.
* How long holes last is learnt from reports as well: the longest wait of the last WAITS_MAX that ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from fleet.tracks.point import Point

CELL_E6 = 20_000
"""2.2 km north, 1.3 to 1.8 km east in the region."""
CELLS_MAX = 20_000
COUNT_MAX = 64
WAITS_MAX = 32
AT_ONCE_MS = 60_000
"""A report that came later than this had waited; terminals' clocks are some seconds off."""
KNOWN_LEAST = 3
"""So many reports make a cell known."""
HEARD_PERCENT, DEAF_PERCENT = 80, 20

Cell = tuple[int, int]


class Count(NamedTuple):
    """Reports of a cell that came at once, and that had waited."""

    heard: int = 0
    waited: int = 0


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was learnt: counts by cell, and how long the last waits were (ms), newest last."""

    cells: Mapping[Cell, Count] = field(default_factory=dict)
    waits_ms: tuple[int, ...] = ()

    def learn(self, points: Iterable[Point]) -> Coverage:
        """With the good places among some more reports."""
        cells, waits = dict(self.cells), list(self.waits_ms)
        for point in points:
            late_ms = point.arrival_ms - point.device_ms
            cell = cell_of(point.lat_e6, point.lon_e6)
            heard, waited = cells.get(cell, Count())
            count = Count(heard, waited + 1) if late_ms > AT_ONCE_MS else Count(heard + 1, waited)
            cells[cell] = Count(count[0] // 2, count[1] // 2) if sum(count) > COUNT_MAX else count
            if late_ms > AT_ONCE_MS:
                waits = [*waits, late_ms][-WAITS_MAX:]
        if len(cells) > CELLS_MAX:
            known = sorted(cells.items(), key=lambda item: (-sum(item[1]), item[0]))
            cells = dict(known[:CELLS_MAX])
        return Coverage(cells, tuple(waits))

    def heard(self, lat_e6: int, lon_e6: int) -> bool | None:
        """Whether reports from there come at once; None while too little is known."""
        heard, waited = self.cells.get(cell_of(lat_e6, lon_e6), Count())
        if heard + waited < KNOWN_LEAST:
            return None
        share = 100 * heard // (heard + waited)
        return True if share >= HEARD_PERCENT else False if share <= DEAF_PERCENT else None

    def near_deaf(self, lat_e6: int, lon_e6: int) -> bool:
        """Whether a cell beside this one is deaf: who was last heard at the edge of a hole went into it."""
        north, east = cell_of(lat_e6, lon_e6)
        return any(
            self.heard((north + up) * CELL_E6, (east + side) * CELL_E6) is False
            for up in (-1, 0, 1)
            for side in (-1, 0, 1)
        )

    @property
    def wait_ms(self) -> int | None:
        """How long one has to wait for a vehicle in a hole, as nine of ten waits went; None if none is known."""
        waits = sorted(self.waits_ms)
        return waits[len(waits) * 9 // 10] if waits else None


UNLEARNT = Coverage()


def cell_of(lat_e6: int, lon_e6: int) -> Cell:
    """The cell of a place."""
    return lat_e6 // CELL_E6, lon_e6 // CELL_E6
