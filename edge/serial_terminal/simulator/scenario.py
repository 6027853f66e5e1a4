"""A scenario: who drives where and what befalls them, as one TOML file.

    seconds = 600                                     how long it lasts; without it, until stopped
    interval_s = 10
    lines = 2                                         pseudo-terminals to make, if no port is given
    [[routes]]                                        besides the routes that are built in
    name = "…"
    points = [[39.21, 101.66], [39.42, 102.78]]       degrees, WGS-84
    [[vehicles]]
    plate = "…"
    phone = "13800138001"
    protocol = "2019"
    route = "…"
    [[events]]
    at_s = 30
    do = "power 蒙M10001 cut"                          any command of `scene`; * for every plate

Rules kept here:
* What is wrong in the file is said with the file's name, before anything starts.
* Plates without a vehicle, routes without a name in the list and commands that are none are refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from edge.serial_terminal.simulator.route import ROUTES, Route
from fleet.errors import BadInput


class WrittenRoute(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A way through points, latitude and longitude."""

    name: str
    points: list[tuple[float, float]]


class WrittenVehicle(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A vehicle with its terminal."""

    plate: str
    phone: str
    protocol: Literal["2013", "2019"] = "2013"
    route: str = ""
    cruise_kmh: float = 60.0


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What happens so many seconds after the start."""

    at_s: float
    do: str


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole file."""

    vehicles: list[WrittenVehicle]
    seconds: float | None = None
    interval_s: float = 10.0
    answer_timeout_s: float = 10.0
    lines: int = 1
    routes: list[WrittenRoute] = []
    events: list[Event] = []

    def route(self, name: str, number: int) -> Route:
        """The route of that name; without a name the built-in ones in turn."""
        if not name:
            return ROUTES[number % len(ROUTES)]
        own = {each.name: Route(each.name, tuple(each.points)) for each in self.routes}
        return ({each.name: each for each in ROUTES} | own)[name]


def load(path: Path) -> Scenario:
    """Read a scenario.

    Raises:
        BadInput: `scenario_wrong`, with what is wrong in `detail`.
    """
    try:
        scenario = msgspec.toml.decode(path.read_bytes(), type=Scenario)
        for number, vehicle in enumerate(scenario.vehicles):
            scenario.route(vehicle.route, number)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
        raise BadInput("scenario_wrong", file=str(path), detail=str(error)) from None
    except KeyError as error:
        raise BadInput("scenario_wrong", file=str(path), detail=f"route {error}") from None
    if not scenario.vehicles or any(len(each.points) < 2 for each in scenario.routes):
        raise BadInput("scenario_wrong", file=str(path), detail="vehicles, points")
    return scenario
