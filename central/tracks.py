"""A vehicle's day as central holds it: what nodes have named of it, and as much of that as has arrived.

A stretch that has come in full shows every position, judged by the rules a node judges by; one of which only the
thinned line has come shows that, with its tolerance; of any other it is known only that it exists. Confidential
stretches are named by nobody and never come here (Art. 10 (4)).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from central.blobs import UnitBlobs
from central.lines import CONFIDENTIAL
from fleet.desk.alarm_facts import known
from fleet.errors import NotTrusted
from fleet.ledger import projection
from fleet.ledger.blobs import SIZE_MAX
from fleet.ledger.entries import Stretch
from fleet.ledger.state import State
from fleet.rules.alarm.spans import Span, any_holds
from fleet.tracks import segment, thin
from fleet.tracks.days import day_of
from fleet.tracks.point import Point
from fleet.tracks.track import judged

Held = Literal["full", "thin", "none"]


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch (UTC ms), how many positions it is of, and how much of it is here."""

    from_ms: int
    to_ms: int
    positions: int
    held: Held


@dataclass(frozen=True, slots=True)
class Fix:
    """Where the vehicle was (WGS-84, 1e-6 degree). `speed_kmh_e1` is None on a thinned line, whose places are right to
    `thin.TOLERANCE_M`; `doubt` says what is wrong with a place, if anything is."""

    time_ms: int
    lat_e6: int
    lon_e6: int
    speed_kmh_e1: int | None
    doubt: str


@dataclass(frozen=True, slots=True)
class Day:
    """A vehicle's day. `metres` are of the stretches held in full, None if there are none."""

    plate: str
    day_ms: int
    parts: tuple[Part, ...]
    fixes: tuple[Fix, ...]
    metres: int | None


def hidden(state: State, plate: str, now_ms: int) -> list[Span]:
    """The times of a vehicle's confidential trips, or all time if it is of that class: nodes name no track of them, and
    nothing of them is shown should one have done so."""
    if projection.vehicle_fields(state, plate).get("cls") == CONFIDENTIAL:
        return [Span(0)]
    facts = known(state, now_ms).get(plate)
    return [each.out for each in facts.outings if each.confidential and each.out] if facts else []


def day(state: State, blobs: UnitBlobs, plate: str, at_ms: int, apart: Sequence[Span] = ()) -> Day:
    """What is held of the day of a moment, without the places of spans that are kept `apart`."""
    parts: list[Part] = []
    fixes: list[Fix] = []
    points: list[Point] = []
    for stretch in state.stretches(plate, at_ms, at_ms):
        held, found = _held(blobs, stretch)
        parts.append(Part(stretch.from_ms, stretch.to_ms, stretch.positions, held))
        if held == "full":
            points += found
        else:
            fixes += [Fix(each[0], each[1], each[2], None, "") for each in found]
    track = judged(points)
    for point, doubt in zip(track.points, track.doubts, strict=True):
        fixes.append(Fix(point.device_ms, point.lat_e6, point.lon_e6, point.speed_kmh_e1, doubt))
    metres = round(track.metres[-1]) if points else None
    shown = sorted((fix for fix in fixes if not any_holds(apart, fix.time_ms)), key=_time)
    return Day(plate, day_of(at_ms), tuple(sorted(parts, key=_begin)), tuple(shown), metres)


def _held(blobs: UnitBlobs, stretch: Stretch) -> tuple[Held, list[Any]]:
    """How much of a stretch is here, and that. Bytes that nobody can read are held, and show nothing."""
    whole = blobs.whole()
    try:
        if stretch.full in whole:
            return "full", segment.unpack(blobs.read(stretch.full, 0, SIZE_MAX))
        if stretch.thin in whole:
            return "thin", thin.unpack(blobs.read(stretch.thin, 0, SIZE_MAX))
    except NotTrusted:
        pass
    return "none", []


def _begin(part: Part) -> int:
    return part.from_ms


def _time(fix: Fix) -> int:
    return fix.time_ms
