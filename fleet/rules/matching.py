"""Whether an expense fits what is known of its vehicle (Art. 11: finance checks against the track). Pure functions over
facts that are handed in; where no track is at hand, nothing is claimed and finance decides with a reason.

    fuel            a stop of the vehicle at a filling station at that time, and no more litres than the tank can take
    toll, parking   the vehicle passed the gate, or stood, at that time
    repair          a stop at a repairer, or the vehicle was in repair
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fleet.rules.place import Place

NEAR_M = 300
NEAR_MS = 30 * 60_000
TANK_OVER_PERCENT = 5
"""A tank takes a little more than its card says."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A vehicle stood somewhere (degrees) from when to when (UTC ms)."""

    start_ms: int
    end_ms: int
    lat: float
    lon: float

    def near(self, at_ms: int) -> bool:
        """Whether the stop lies within the allowed time of a moment."""
        return self.start_ms - NEAR_MS <= at_ms <= self.end_ms + NEAR_MS


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an expense was matched with (`expense.EVIDENCE`) and what that was; `reason` is a code for `unmatched.`, and
    `at_ms` the beginning of the stop it was matched with."""

    evidence: str
    found: str = ""
    reason: str = ""
    at_ms: int = 0


def fuel(
    at_ms: int,
    ml: int,
    stops: Iterable[Stop],
    places: Iterable[Place],
    *,
    tank_ml: int | None,
    rest_ml: int | None = None,
) -> Verdict:
    """Match a fuel receipt; `rest_ml` is what the tank still held, as far as known."""
    if tank_ml is not None and ml * 100 > (tank_ml - (rest_ml or 0)) * (100 + TANK_OVER_PERCENT):
        return Verdict("none", reason="more_than_tank")
    return _stop(at_ms, stops, places, "filling_station", reason="no_station")


def repair(at_ms: int, stops: Iterable[Stop], places: Iterable[Place], spans: Iterable[tuple[int, int]]) -> Verdict:
    """Match a repair: with the time the vehicle was in repair, else with a stop at a repairer."""
    if any(start_ms - NEAR_MS <= at_ms <= end_ms + NEAR_MS for start_ms, end_ms in spans):
        return Verdict("repair_state")
    return _stop(at_ms, stops, places, "repairer", reason="no_repair")


def toll(at_ms: int, passes: Iterable[tuple[int, float, float]], places: Iterable[Place]) -> Verdict:
    """Match a toll with points of the track (UTC ms, degrees) at a gate."""
    gates = [place for place in places if place.kind == "gate"]
    for passed_ms, lat, lon in passes:
        gate = next((gate for gate in gates if _near(gate, lat, lon)), None)
        if gate and abs(passed_ms - at_ms) <= NEAR_MS:
            return Verdict("gate", gate.name)
    return Verdict("none", reason="no_gate")


def parking(
    at_ms: int, passes: Iterable[tuple[int, float, float]], stops: Iterable[Stop], places: Iterable[Place]
) -> Verdict:
    """Match a parking fee: with a gate, else with the vehicle standing anywhere at that time."""
    at_gate = toll(at_ms, passes, places)
    stood = next((stop for stop in stops if stop.near(at_ms)), None)
    if at_gate.evidence != "none" or stood is None:
        return at_gate if at_gate.evidence != "none" else Verdict("none", reason="not_parked")
    return Verdict("stop", at_ms=stood.start_ms)


def _stop(at_ms: int, stops: Iterable[Stop], places: Iterable[Place], kind: str, *, reason: str) -> Verdict:
    wanted = [place for place in places if place.kind == kind]
    for stop in stops:
        place = next((place for place in wanted if _near(place, stop.lat, stop.lon)), None)
        if place and stop.near(at_ms):
            return Verdict("stop", place.name, at_ms=stop.start_ms)
    return Verdict("none", reason=reason)


def _near(place: Place, lat: float, lon: float) -> bool:
    return place.away_m(lat, lon) <= NEAR_M
