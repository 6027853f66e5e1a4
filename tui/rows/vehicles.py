"""Vehicles on the board: a line for each that is doing something, the idle ones side by side on what room is left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from fleet.words import Words
from tui.cells import fit
from tui.rows.columns import WIDE, Cell, beside, rest, widest
from tui.shapes import VehicleRow
from tui.times import FRESH_MS, brief
from tui.widgets.lines import Spans

PAINTS = {
    "free": "good",
    "assigned": "notice",
    "out": "notice",
    "waiting": "notice",
    "silent": "serious",
    "blind": "serious",
    "repair": "dim",
    "sealed": "dim",
    "duty": "good",
    "suspended": "dim",
}
"""Every tag a vehicle may carry, and its paint."""
IDLE = ("free", "duty", "repair", "sealed", "suspended")
PLATE_CELLS = 9
LONG_DRIVEN_MIN = 8 * 60
"""A driver this long on the road today is shown in the paint of what is serious."""


ROUGH_KM = 10
"""From here on distances are said in whole kilometres."""


class Parked(NamedTuple):
    """Idle vehicles that share one line."""

    vehicles: tuple[VehicleRow, ...]


BoardVehicle = VehicleRow | Parked


def board_vehicles(words: Words, rows: Iterable[VehicleRow], width: int) -> list[BoardVehicle]:
    """The active vehicles in the order given, then the idle ones as many to a line as fit."""
    active: list[BoardVehicle] = []
    idle: list[VehicleRow] = []
    for row in rows:
        (idle if row["tag"] in IDLE and not row["order"] else active).append(row)
    idle.sort(key=lambda row: (IDLE.index(row["tag"]), row["plate"]))
    each = max(1, (width + 2) // (_tag_cells(words) + PLATE_CELLS + 3))
    return active + [Parked(tuple(idle[start : start + each])) for start in range(0, len(idle), each)]


def vehicle_key(vehicle: BoardVehicle) -> object:
    """What stays the same about a line while its facts change."""
    return [row["plate"] for row in vehicle.vehicles] if isinstance(vehicle, Parked) else vehicle["plate"]


def vehicle_line(words: Words, vehicle: BoardVehicle, now_ms: int, width: int) -> Spans:
    """The vehicle, or the vehicles that share the line, in `width` cells."""
    if isinstance(vehicle, Parked):
        return _parked(words, vehicle.vehicles)
    seen_ms = vehicle["seen_ms"]
    stale = seen_ms is None or now_ms - seen_ms > FRESH_MS
    before = [
        _tag(words, vehicle),
        Cell(vehicle["plate"], PLATE_CELLS, "strong"),
        Cell(vehicle["driver_name"] or "-", 8),
    ]
    after = [
        Cell(_speed(vehicle), 7, "dim" if stale else ""),
        Cell("-" if seen_ms is None else brief(seen_ms, now_ms), 5, "dim" if stale else ""),
        Cell(words("vehicle.back", at=brief(vehicle["back_ms"], now_ms)) if vehicle["back_ms"] else "", 10),
        Cell(vehicle["order_tail"] or "", 4),
    ]
    if width >= WIDE:
        after += [
            Cell(vehicle["route"], 22),
            Cell(vehicle["driver_phone"] or "", 12, "dim"),
            Cell(
                _driven(words, vehicle["driven_min"]),
                9,
                "dim" if vehicle["driven_min"] < LONG_DRIVEN_MIN else "serious",
            ),
        ]
    place = Cell(whereabouts(words, vehicle), rest(width, [*before, *after]), "dim" if stale else "")
    return beside([*before, place, *after])


def _parked(words: Words, vehicles: Sequence[VehicleRow]) -> Spans:
    spans: Spans = []
    for vehicle in vehicles:
        spans += [*beside([_tag(words, vehicle), Cell(vehicle["plate"], PLATE_CELLS)]), ("  ", "")]
    return spans


def _tag(words: Words, vehicle: VehicleRow) -> Cell:
    return Cell(words(f"tag.vehicle.{vehicle['tag']}"), _tag_cells(words), PAINTS.get(vehicle["tag"], ""))


def _tag_cells(words: Words) -> int:
    return widest(words, [f"tag.vehicle.{tag}" for tag in PAINTS])


def whereabouts(words: Words, vehicle: VehicleRow, places: int = 3) -> str:
    """Where it is: in a place, so far from one, or at coordinates of so many decimal places; or why nobody knows."""
    near = vehicle["near"]
    if vehicle["fix"] is False:
        return words("vehicle.no_fix")
    if vehicle["place"] or (near and not near["side"]):
        return vehicle["place"] or (near["place"] if near else "")
    if near:
        km = near["away_m"] / 1000
        shown = f"{km:.1f}" if km < ROUGH_KM else f"{km:.0f}"
        return words("vehicle.near", place=near["place"], side=words(f"side.{near['side']}"), km=shown)
    if vehicle["lat"] is None or vehicle["lon"] is None:
        return words("vehicle.never_seen")
    return f"{vehicle['lat']:.{places}f} {vehicle['lon']:.{places}f}"


def _driven(words: Words, minutes: int) -> str:
    return words("vehicle.driven", h=minutes // 60, m=f"{minutes % 60:02d}") if minutes else ""


def _speed(vehicle: VehicleRow) -> str:
    return "" if vehicle["speed_kmh"] is None else fit(f"{vehicle['speed_kmh']:.0f}km/h", 7, right=True)
