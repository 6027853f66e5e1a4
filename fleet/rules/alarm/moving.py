"""Movement that nothing covers: without an order (A01), outside working hours (A03), while sealed (A04), off the route
(A05), home before the business is done (A13). Articles 10, 12, 16, 17.

The same drive is said once, by the gravest rule: what A04 tells is no A01, what A01 tells is no A03.
"""

from __future__ import annotations

from collections.abc import Iterator

from fleet.rules.alarm.facts import Outing, Unauthorised
from fleet.rules.alarm.look import MERGE_MS, Look
from fleet.rules.alarm.spans import FOR_EVER, Span, both, minus, union
from fleet.rules.alarm.verdict import Told, Verdict
from fleet.rules.place import Place

IGNITION_LEAST = 2
"""Reports with the ignition on that make it true: one may be a key turned in passing."""
AWAY_MS = 4 * 3_600_000
"""A drive after standing elsewhere for longer is an episode of its own."""


def unordered(look: Look) -> Iterator[Verdict]:
    """A01: from the first drive that no order covers until the vehicle stands where it belongs, or an order begins; a
    trip whose supplement was refused, whether its track is known or not; and a departure that nobody confirms."""
    facts, known = look.facts, list[Unauthorised]()
    covered = [each.promised for each in facts.outings]
    exempt = [*covered, *facts.repairs, *facts.sealed]
    drives = [span for span in minus(look.rides, exempt) if _leaves(look, span)]
    home = [stop.span for stop in look.course.stops if stop.at and _designated(look, stop.at)]
    for away in _episodes(drives, [*home, *covered]):
        noticed = any(both([away], facts.notices))
        told: dict[str, Told] = {"moved_m": look.metres(away), "reports": look.moving_reports(away)}
        if refused := next((each for each in facts.unauthorised if both([away], [Span(*each[:2])])), None):
            told |= {"what": "seen_and_refused", "about": refused.case}
            known.append(refused)
        yield look.verdict("A01", away, "info" if noticed else "serious", told | {"noticed": int(noticed)})
    for each in facts.unauthorised:
        if each not in known:
            about: dict[str, Told] = {"what": "trip_unauthorised", "about": each.case}
            span, subject = Span(*each[:2]), f"supplement/{each.case}"
            yield look.verdict("A01", span, "serious", about, subject=subject, by_track=False)
    yield from _unconfirmed(look)


def _unconfirmed(look: Look) -> Iterator[Verdict]:
    """Seen leaving under an order, and some time later its driver has still not said so."""
    for outing in look.facts.outings:
        if outing.movement_ms is None:
            continue
        due_ms = outing.movement_ms + look.ms("movement_confirm_min")
        ends_ms = min(each or FOR_EVER for each in (outing.departed_ms, outing.back_ms))
        if due_ms < min(ends_ms, look.facts.now_ms + 1):
            told: dict[str, Told] = {"what": "movement_unconfirmed", "about": outing.order, "due_ms": due_ms}
            subject = f"unconfirmed {outing.order}"
            span = Span(due_ms, ends_ms)
            yield look.verdict("A01", span, "serious", told, outing=outing, subject=subject, by_track=False)


def off_hours(look: Look) -> Iterator[Verdict]:
    """A03: driving under an order outside working hours and outside the times the order was approved for."""
    facts = look.facts
    grace_ms = look.ms("overdue_first_min")
    planned = [Span(each.start_ms - look.ms("start_early_min"), each.end_ms + grace_ms) for each in facts.outings]
    extended = [Span(each.end_ms, each.extended_ms) for each in facts.outings if each.extended_ms]
    urgent = [each.promised for each in facts.outings if each.urgency == 0]
    exempt = [*planned, *extended, *urgent, *facts.duty, *facts.notices, *facts.sealed]
    under_order = both(look.rides, [each.promised for each in facts.outings])
    for ride in union(under_order):
        drives = minus(minus([ride], look.working_hours(ride)), exempt)
        drives = [span for span in drives if look.moving_reports(span) >= look.of("alarm_moving_fixes")]
        if drives:
            whole = Span(drives[0].from_ms, drives[-1].until_ms)
            told: dict[str, Told] = {"moved_m": sum(look.metres(span) for span in drives)}
            outing = next((each for each in facts.outings if each.promised.holds(whole.from_ms)), None)
            if outing:
                told |= {"start_ms": outing.start_ms, "end_ms": outing.end_ms}
            yield look.verdict("A03", whole, "notice", told, outing=outing)


def while_sealed(look: Look) -> Iterator[Verdict]:
    """A04: driving, or the ignition on for long, while the vehicle is sealed and no exception lets it out; or, where no
    track shows it, an odometer that has gone on when the seal is taken off."""
    sealed, seen = look.facts.sealed, list[Span]()
    longest_ms = look.ms("seal_ignition_min")
    lit = [
        span
        for span in both(union(look.held([bool(point.acc) for point in look.points]), MERGE_MS), sealed)
        if look.proved_for(span) >= longest_ms and _lit(look, span) >= IGNITION_LEAST
    ]
    drives = both(look.rides, sealed)
    for span in union([*drives, *lit], look.ms("supplement_stop_min")):
        seen.append(span)
        told: dict[str, Told] = {"moved_m": look.metres(span), "lit_min": _lit_min(look, span)}
        yield look.verdict("A04", span, "critical", told)
    for from_ms, until_ms, km, case in look.facts.unsealed:
        if km > look.of("seal_moved_max_km") and not both(seen, [Span(from_ms, until_ms)]):
            about: dict[str, Told] = {"what": "odometer", "km": km, "about": case}
            span, subject = Span(from_ms, until_ms), f"sealing/{case}"
            yield look.verdict("A04", span, "serious", about, subject=subject, by_track=False)


def off_route(look: Look) -> Iterator[Verdict]:
    """A05: away from the route of the order for several reports and minutes. Judged only where the register has a route
    between its origin and its destination; what it is away by is said at its widest."""
    for outing in look.facts.outings:
        route = _route(look, outing)
        if route is None or outing.out is None:
            continue
        within = look.track.within(outing.out.from_ms, min(outing.out.until_ms, look.facts.now_ms))
        away = {at: _away(look, outing, route, at) for at in within if not look.track.doubts[at]}
        for span, reports in _runs(look, away):
            if reports >= look.of("alarm_moving_fixes") and look.until_now(span) >= look.ms("deviation_min"):
                widest = max(metres for at, metres in away.items() if span.holds(look.points[at].device_ms))
                told: dict[str, Told] = {"away_m": round(widest), "route": route.name}
                yield look.verdict("A05", span, "notice", told, outing=outing)


def early_return(look: Look) -> Iterator[Verdict]:
    """A13: it left its destination before its plan's end and before the driver said that the business was done, did not
    come back there, and came home. An urgent order that called it makes this information."""
    for outing in look.facts.outings:
        there = look.facts.places.named(outing.destination)
        if there is None or outing.out is None:
            continue
        out = outing.out
        stops = [stop for stop in look.course.stops if stop.at and out.holds(stop.from_ms)]
        at_work = [stop for stop in stops if stop.at and there.holds(stop.at[0] / 1e6, stop.at[1] / 1e6)]
        if not at_work or at_work[-1].until_ms is None:
            continue
        left_ms = at_work[-1].until_ms
        home = next(
            (stop for stop in stops if stop.from_ms >= left_ms and stop.at and _designated(look, stop.at)), None
        )
        home_ms = home.from_ms if home else outing.back_ms
        said = outing.done_ms is not None and home_ms is not None and outing.done_ms <= home_ms
        if home_ms is None or said or left_ms >= outing.end_ms - look.ms("early_min"):
            continue
        told: dict[str, Told] = {"left_ms": left_ms, "end_ms": outing.end_ms, "place": there.name}
        yield look.verdict(
            "A13", Span(left_ms, max(home_ms, left_ms + 1)), "info" if outing.urgent else "notice", told, outing=outing
        )


def _designated(look: Look, at: tuple[int, int]) -> Place | None:
    return look.facts.places.holding(at[0] / 1e6, at[1] / 1e6, "designated")


def _leaves(look: Look, span: Span) -> bool:
    """Whether a drive leaves the fence: within one designated place vehicles are moved about (yard move)."""
    if look.moving_reports(span) < look.of("alarm_moving_fixes") or look.metres(span) <= look.of("alarm_moved_m"):
        return False
    placed = look.placed(span)
    if not placed:
        return True
    yard = look.facts.places.holding(*placed[0], "designated")
    return yard is None or not all(yard.holds(*at) for at in placed)


def _episodes(drives: list[Span], ends: list[Span]) -> Iterator[Span]:
    """Drives taken together unless something that ends an episode lies between them, or half a night."""
    current: Span | None = None
    for drive in drives:
        pause = Span(current.until_ms, drive.from_ms) if current else drive
        if current and pause.length_ms <= AWAY_MS and not any(both([pause], ends)):
            current = Span(current.from_ms, drive.until_ms)
            continue
        if current:
            yield current
        current = drive
    if current:
        yield current


def _lit(look: Look, span: Span) -> int:
    within = look.track.within(span.from_ms, min(span.until_ms - 1, look.facts.now_ms))
    return sum(look.points[at].acc for at in within)


def _lit_min(look: Look, span: Span) -> int:
    lit = both(look.held([bool(point.acc) for point in look.points]), [span])
    return sum(look.until_now(each) for each in lit) // 60_000


def _route(look: Look, outing: Outing) -> Place | None:
    names = {f"{outing.origin}-{outing.destination}", f"{outing.destination}-{outing.origin}"}
    return next((place for place in look.facts.places.of_kind("route") if place.name in names), None)


def _away(look: Look, outing: Outing, route: Place, at: int) -> float:
    """Metres away from the route; 0 where that is near enough: less in town, nothing about the ends of the trip."""
    point = look.points[at]
    lat, lon = point.lat_e6 / 1e6, point.lon_e6 / 1e6
    ends = (look.facts.places.named(outing.origin), look.facts.places.named(outing.destination))
    if any(end and end.holds(lat, lon) for end in ends):
        return 0.0
    in_town = look.facts.places.holding(lat, lon, "town") is not None
    metres = route.away_m(lat, lon)
    return metres if metres > look.of("deviation_town_m" if in_town else "deviation_open_m") else 0.0


def _runs(look: Look, away: dict[int, float]) -> Iterator[tuple[Span, int]]:
    """Runs of good reports that are away, each with how many there are."""
    since: int | None = None
    count = 0
    for at, metres in away.items():
        if metres and since is None:
            since, count = look.points[at].device_ms, 0
        count += bool(metres)
        if not metres and since is not None:
            yield Span(since, look.points[at].device_ms), count
            since = None
    if since is not None:
        yield Span(since, FOR_EVER), count
