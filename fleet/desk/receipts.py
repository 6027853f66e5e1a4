"""A month's receipts against the track (Art. 11): each paired with a stop, a gate or a repair, or listed with a reason.

What a vehicle's track shows around a receipt is handed in as a `Sight`. A pairing is a proposal: finance signs it, or
decides otherwise with a reason. One stop fills one tank: a second receipt for the same stop is not paired with it. Of
a confidential trip it is told that a receipt fits, and not where (Art. 10 (4)): on no screen, and in nothing signed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from fleet.desk.register import places, vehicles
from fleet.desk.standing import every
from fleet.desk.vault import concerns
from fleet.ledger.state import State
from fleet.rules import defect, expense, matching
from fleet.rules.case import Case
from fleet.rules.matching import Stop, Verdict
from fleet.rules.places import Places
from fleet.rules.vehicle import Vehicle

PAID = frozenset({expense.State.DONE, expense.State.ENTERED, expense.State.MATCHED})
BY_TRACK = frozenset({"fuel", "repair", "toll", "parking"})
"""Types of which a track can say anything."""
KNOWN_MIN = 0.5
"""Of the time around a receipt so much must be covered, or the track says nothing of it."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What the track shows around a receipt: stands, points passed (UTC ms, degrees), what the tank held before the
    fill if a sensor told, and the part of the time that is covered."""

    stops: tuple[Stop, ...] = ()
    passes: tuple[tuple[int, float, float], ...] = ()
    rest_ml: int | None = None
    known: float = 0.0


@dataclass(frozen=True, slots=True)
class Pairing:
    """A receipt and what it is paired with."""

    case: Case
    verdict: Verdict


def receipts(state: State, month: str) -> list[Case]:
    """The expenses that were paid in a month, in order of time."""
    paid = (case for case in every(state, expense.KIND.name) if case.state in PAID)
    found = [case for case in paid if expense.month(case) == month and case.whole("done_ms") is not None]
    return sorted(found, key=lambda case: (case.whole("done_ms") or 0, case.id))


def pair(state: State, cases: Iterable[Case], sights: Mapping[str, Sight]) -> list[Pairing]:
    """Pair receipts, given in order of time, with what was seen around each, by its case."""
    register, known = {each.plate: each for each in vehicles(state)}, places(state)
    taken: set[tuple[str, int]] = set()
    found = []
    for case in cases:
        sight = sights.get(case.id, Sight())
        free = tuple(stop for stop in sight.stops if (case.plate, stop.start_ms) not in taken)
        verdict = _verdict(state, case, sight, free, register.get(case.plate), known)
        if verdict.evidence == "none" and len(free) < len(sight.stops) and case.text("type") == "fuel":
            other = _verdict(state, case, sight, sight.stops, register.get(case.plate), known)
            verdict = Verdict("none", reason="stop_taken") if other.evidence == "stop" else verdict
        if verdict.evidence == "stop" and case.text("type") == "fuel":
            taken.add((case.plate, verdict.at_ms))
        if verdict.found and concerns(state, case.order, case.plate):
            verdict = replace(verdict, found="")
        found.append(Pairing(case, verdict))
    return found


def _verdict(
    state: State, case: Case, sight: Sight, stops: tuple[Stop, ...], vehicle: Vehicle | None, known: Places
) -> Verdict:
    at_ms, kind = case.whole("done_ms") or 0, case.text("type")
    match kind:
        case "fuel":
            tank_ml = vehicle.tank_ml if vehicle else None
            ml = case.whole("ml") or 0
            verdict = matching.fuel(at_ms, ml, stops, known, tank_ml=tank_ml, rest_ml=sight.rest_ml)
        case "repair":
            verdict = matching.repair(at_ms, stops, known, _in_repair(state, case.plate))
        case "toll":
            verdict = matching.toll(at_ms, sight.passes, known)
        case "parking":
            verdict = matching.parking(at_ms, sight.passes, stops, known)
        case _:
            return Verdict("none", reason="not_by_track")
    unseen = verdict.evidence == "none" and verdict.reason != "more_than_tank" and sight.known < KNOWN_MIN
    return Verdict("none", reason="no_track") if unseen else verdict


def _in_repair(state: State, plate: str) -> list[tuple[int, int]]:
    """When a vehicle was in repair (UTC ms), by its defect tickets; still is: until the end of time."""
    tickets = [case for case in every(state, defect.KIND.name) if case.plate == plate]
    return [
        (begun_ms, case.whole("cleared_ms") or 1 << 62)
        for case in tickets
        if (begun_ms := case.whole("repair_ms")) is not None
    ]
