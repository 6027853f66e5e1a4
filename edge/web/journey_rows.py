"""Trips and days of tracks as the API answers them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from edge.journeys import Outing, witnesses
from edge.web.shapes import JourneyRow, Kilometres, LegRow, ReportRow, StopRow, TrackDay
from fleet.rules.place import Place
from fleet.tracks.datum import GCJ02, WGS84, to_gcj02
from fleet.tracks.journey import Journey, Stop
from fleet.tracks.track import Track


def row(out: Outing, ran: Journey, known: Sequence[Place] | None) -> JourneyRow:
    """A trip as it is listed; where it went only if `known`, the places it may be told by, is given."""
    told = witnesses(out, ran)
    return JourneyRow(
        order=out.order,
        plate=out.plate,
        driver=out.driver,
        driver_name=out.driver_name,
        start_ms=out.start_ms,
        end_ms=out.end_ms if out.back else None,
        metres=round(ran.metres),
        completeness=round(ran.completeness, 4),
        legs=[LegRow(start_ms=leg.start_ms, end_ms=leg.end_ms, metres=round(leg.metres)) for leg in ran.legs],
        stops=[] if known is None else [_stop(stop, known) for stop in ran.stops],
        hidden=known is None,
        kilometres=Kilometres(
            typed_km=told.typed_km,
            terminal_km=None if told.terminal_km is None else round(told.terminal_km, 1),
            track_km=None if told.track_km is None else round(told.track_km, 1),
            fits=told.fits,
        ),
    )


def track_day(
    plate: str, day_ms: int, track: Track, known: list[Outing], hidden: list[Outing], *, shifted: bool
) -> TrackDay:
    """A day's reports, without those of `hidden` trips; `shifted` for maps in GCJ-02."""
    rows = []
    for point, doubt, moves in zip(track.points, track.doubts, track.moves, strict=True):
        if any(each.covers(point.device_ms) for each in hidden):
            continue
        on = next((each.order for each in known if each.covers(point.device_ms)), "")
        lat_e6, lon_e6 = to_gcj02(point.lat_e6, point.lon_e6) if shifted else (point.lat_e6, point.lon_e6)
        rows.append(
            ReportRow(
                time_ms=point.device_ms, arrived_ms=point.arrival_ms, lat_e6=lat_e6, lon_e6=lon_e6,
                speed_kmh_e1=point.speed_kmh_e1, course=point.course, moves=moves, doubt=doubt, order=on,
            )
        )  # fmt: skip
    return TrackDay(
        plate=plate,
        day_ms=day_ms,
        datum=GCJ02 if shifted else WGS84,
        metres=round(track.metres[-1]) if track.metres else 0,
        hidden=len(track.points) - len(rows),
        reports=rows,
    )


def _stop(stop: Stop, known: Sequence[Place]) -> StopRow:
    where = stop.placed
    here = [each.name for each in known if where and each.holds(where[0] / 1e6, where[1] / 1e6)]
    return StopRow(
        start_ms=stop.start_ms,
        end_ms=stop.end_ms,
        lat_e6=stop.lat_e6,
        lon_e6=stop.lon_e6,
        place=here[0] if here else None,
        engine_on=stop.engine_on,
    )
