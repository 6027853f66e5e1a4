"""A simulated vehicle: parked until told to go, and then driving its route at a believable speed.

Rules kept here:
* Sans-IO: the time goes in, the place comes out. Moving on twice to the same time changes nothing.
* A cut antenna leaves the last fix standing, said to be none; cut power runs on the terminal's own battery.
* Speed never jumps: ACCELERATION_KMH_S both ways, and never above SPEED_MAX_KMH, which the position gate would refuse.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from edge.serial_terminal.jt808.location import ACC, FIX, FUEL, ODOMETER, RSSI, SATELLITES, Location, bcd_time
from edge.serial_terminal.simulator.route import Point, Route

SPEED_KMH, SPEED_MAX_KMH, ACCELERATION_KMH_S = 60.0, 160.0, 6.0
STEP_MAX_MS = 1000  # speed and place are integrated in steps no longer than this
LITRES_PER_KM = 0.11
OVERSPEED, ANTENNA_CUT, POWER_CUT = 1 << 1, 1 << 5, 1 << 8  # alarm bits

Task = StrEnum("Task", "PARK GO HOME")


@dataclass(slots=True)
class Vehicle:
    """One vehicle. `odometer_m` and `fuel_l` go on as it drives; `travelled_m` is its place on the route."""

    plate: str
    route: Route
    slot: Point
    task: Task = Task.PARK
    cruise_kmh: float = SPEED_KMH
    odometer_m: float = 48_210_000.0
    fuel_l: float = 55.0
    travelled_m: float = 0.0
    speed_kmh: float = 0.0
    at_ms: int = 0
    left: bool = False  # it has left its slot
    power_cut: bool = False
    antenna_cut: bool = False
    clock_ahead_ms: int = 0  # the terminal's clock is wrong by so much
    limit_kmh: float = SPEED_MAX_KMH  # above it the terminal reports overspeed

    def advance(self, at_ms: int) -> None:
        """Drive on to that time."""
        self.at_ms = self.at_ms or at_ms
        while self.at_ms < at_ms:
            step_ms = min(STEP_MAX_MS, at_ms - self.at_ms)
            self.at_ms += step_ms
            self._drive(step_ms / 1000)

    def report(self) -> Location:
        """What its terminal would send now."""
        lat, lon, course = self.route.at(self.travelled_m)
        if not self.left:
            lat, lon = self.slot
        moving = self.speed_kmh > 0
        return Location(
            alarm=OVERSPEED * (self.speed_kmh > self.limit_kmh)
            | ANTENNA_CUT * self.antenna_cut
            | POWER_CUT * self.power_cut,
            status=FIX * (not self.antenna_cut) | (ACC if moving or self.task is not Task.PARK else 0),
            lat=round(lat, 6),
            lon=round(lon, 6),
            alt_m=1500,
            speed_tenths=round(self.speed_kmh * 10),
            course=(course + 180) % 360 if self.task is Task.HOME else course,
            time=bcd_time(self.at_ms + self.clock_ahead_ms),
            items=(
                (ODOMETER, round(self.odometer_m / 100).to_bytes(4, "big")),
                (FUEL, round(self.fuel_l * 10).to_bytes(2, "big")),
                (RSSI, b"\x1c"),
                (SATELLITES, b"\x00" if self.antenna_cut else b"\x0d"),
            ),
        )

    def _drive(self, seconds: float) -> None:
        left_m = {Task.GO: self.route.length_m - self.travelled_m, Task.HOME: self.travelled_m, Task.PARK: 0.0}[
            self.task
        ]
        wanted_kmh = min(self.cruise_kmh, SPEED_MAX_KMH) if left_m > 0 else 0.0
        change = ACCELERATION_KMH_S * seconds
        self.speed_kmh = min(max(wanted_kmh, self.speed_kmh - change), self.speed_kmh + change)
        moved_m = min(self.speed_kmh / 3.6 * seconds, left_m)
        if left_m <= 0 or moved_m <= 0:
            self._stand()
            return
        self.left = True
        self.travelled_m += moved_m if self.task is Task.GO else -moved_m
        self.odometer_m += moved_m
        self.fuel_l = max(5.0, self.fuel_l - moved_m / 1000 * LITRES_PER_KM)
        if moved_m == left_m:
            self._stand()

    def _stand(self) -> None:
        """Nothing left to drive: engine off, and back in the slot if this is home."""
        self.speed_kmh, self.task = 0.0, Task.PARK
        self.left = self.left and self.travelled_m > 0
