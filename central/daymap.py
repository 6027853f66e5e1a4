"""A vehicle's day, or one order's part of it, as a drawing without a map: the line it drove, where it stood, the unit's
places about it, and its alarms. Nothing is loaded from anywhere: metres on paper, as the node draws its places.

What lies in the time of a confidential trip is left out, whatever central holds of it (Art. 10 (4)); a vehicle of that
class is not drawn at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace

from central import tracks
from central.region import Region
from central.tracks import Day, Fix
from fleet.desk.alarm_facts import known
from fleet.desk.alarms import of_vehicle
from fleet.desk.register import places
from fleet.errors import NotFound
from fleet.ledger import projection
from fleet.rules.alarm import life
from fleet.rules.alarm.facts import Facts
from fleet.rules.alarm.reconcile import span_of
from fleet.rules.alarm.spans import FOR_EVER, Span, both
from fleet.rules.lettering import Lettered, Name, Sheet, lettered
from fleet.rules.outline import Box, Spot, box_of
from fleet.rules.place import Place
from fleet.rules.places import Places
from fleet.rules.sketch import Line, Sketch, sketch
from fleet.tracks.days import DAY_MS
from fleet.tracks.geodesy import distance_m

STOPPED_MS, STOPPED_M = 10 * 60_000, 150.0
"""Standing: so long within so many metres."""
GAP_MS = 5 * 60_000
"""A line is not drawn over a silence longer than this, unless it ends where it began."""
VERTICES_MAX = 1_500
ABOUT_M = 2_000.0
"""Places so near what is drawn are drawn too."""
LETTERS_WIDE = 24
"""So many letters are as wide as the drawing where it is smallest, on a telephone."""
SEEN_NEAR_MS = 15 * 60_000
STOOD_AT = ("designated", "destination", "filling_station", "gate", "repairer", "sensitive", "out_of_region", "town")


@dataclass(frozen=True, slots=True)
class Stop:
    """Standing somewhere (1e-6 degree), and in which place, if it has a name."""

    number: int
    from_ms: int
    until_ms: int
    lat_e6: int
    lon_e6: int
    place: str


@dataclass(frozen=True, slots=True)
class Mark:
    """An alarm of the day: its number on record, and where the vehicle was when it began, if that is known."""

    case: str
    code: str
    grade: str
    from_ms: int
    until_ms: int | None
    at: Spot | None


@dataclass(frozen=True, slots=True)
class Text:
    """A name on the drawing: of an alarm, a stop or a place, the point it belongs to, and where it stands beside it."""

    kind: str
    name: Name
    at: Lettered


@dataclass(frozen=True, slots=True)
class Drawn:
    """The drawing, what is written on it, and what is told beside it. `hidden` if there is something that may not be
    seen; `trips` are the orders it was out for that day, by number, when, and whether that is confidential."""

    day: Day
    sketch: Sketch
    texts: tuple[Text, ...]
    stops: tuple[Stop, ...]
    marks: tuple[Mark, ...]
    trips: tuple[tuple[str, Span, bool], ...]
    hidden: bool


def drawn(region: Region, unit: str, plate: str, at_ms: int, order: str, now_ms: int) -> Drawn:
    """What may be seen of a vehicle's day.

    Raises:
        NotFound: `no_unit`, `no_vehicle`; `no_order` if the order was not its.
    """
    state = region.replica(unit).state
    facts = known(state, now_ms).get(plate)
    register = projection.vehicle_fields(state, plate)
    if facts is None and not register:
        raise NotFound("no_vehicle", plate=plate)
    secret = tracks.hidden(state, plate, now_ms)
    day = tracks.day(state, region.blobs(unit), plate, at_ms, secret)
    span = Span(day.day_ms, day.day_ms + DAY_MS)
    trips = _trips(facts, span)
    if order:
        mine = [each for each in trips if each[0] == order]
        if not mine:
            raise NotFound("no_order", order=order)
        span = mine[0][1]
    good = [fix for fix in day.fixes if not fix.doubt and span.holds(fix.time_ms)]
    known_places = places(state)
    apart = _apart(good, secret)
    stops = [
        replace(stop, number=number)
        for number, stop in enumerate((each for run in apart for each in _stops(run, known_places)), 1)
    ]
    cases = [case for case in of_vehicle(state, plate, now_ms) if case.state != life.State.WITHDRAWN]
    marks = tuple(
        Mark(
            case.id,
            case.text("code"),
            case.text("grade"),
            each.from_ms,
            None if each.until_ms == FOR_EVER else each.until_ms,
            None if any(both([each], secret)) else _at(good, max(each.from_ms, span.from_ms)),
        )
        for case in sorted(cases, key=span_of)
        if both([each := span_of(case)], [span]) and (not order or case.order == order)
    )
    dots = _together((str(stop.number), Spot(stop.lat_e6, stop.lon_e6)) for stop in stops)
    dots += _together((mark.code, mark.at) for mark in marks if mark.at is not None)
    box = box_of([Spot(fix.lat_e6, fix.lon_e6) for fix in good], 0) if good else None
    about = [place for place in known_places if box is not None and _about(place, box)]
    made = sketch(about, dots, [line for run in apart for line in _lines(run)])
    return Drawn(
        day=day,
        sketch=made,
        texts=tuple(_texts(made)),
        stops=tuple(stops),
        marks=marks,
        trips=tuple(trips),
        hidden=any(both(secret, [span])),
    )


def _trips(facts: Facts | None, span: Span) -> list[tuple[str, Span, bool]]:
    outings = facts.outings if facts else ()
    return [(each.order, each.out, each.confidential) for each in outings if each.out and both([each.out], [span])]


def _apart(fixes: Sequence[Fix], secret: Sequence[Span]) -> list[list[Fix]]:
    """What may be seen, in runs with nothing hidden between."""
    runs: list[list[Fix]] = []
    before = -1
    for fix in fixes:
        hidden = sum(each.from_ms <= fix.time_ms for each in secret)
        if hidden != before:
            runs.append([])
        runs[-1].append(fix)
        before = hidden
    return runs


def _together(dots: Iterable[tuple[str, Spot]]) -> list[tuple[str, Spot]]:
    """What stands at one place as one point with all of its names, each once."""
    found: list[tuple[list[str], Spot]] = []
    for label, spot in dots:
        beside = next((labels for labels, other in found if distance_m(*spot, *other) <= STOPPED_M), None)
        if beside is None:
            found.append(([label], spot))
        elif label not in beside:
            beside.append(label)
    return [(", ".join(labels), spot) for labels, spot in found]


def _texts(made: Sketch) -> Iterator[Text]:
    """What is written on a drawing, as far as there is room: alarms before stops, and these before places."""
    dots = [("alarm" if dot.label.startswith("A") else "stop", Name(*astuple(dot))) for dot in made.dots]
    named = [*sorted(dots), *(("place", Name(place.name, place.x, place.y)) for place in made.places)]
    sheet = Sheet(made.left, -made.high / 2, made.left + made.span, made.high / 2, made.span / LETTERS_WIDE)
    found = lettered([name for _, name in named], sheet, [(dot.x, dot.y) for dot in made.dots])
    return (Text(kind, name, at) for (kind, name), at in zip(named, found, strict=True) if at is not None)


def _lines(fixes: Sequence[Fix]) -> list[Line]:
    """The way as lines: whole where every position is known, thinned where only the thinned line is here; cut at what
    is not known."""
    found: list[tuple[str, list[Spot]]] = []
    last: Fix | None = None
    every = max(1, len(fixes) // VERTICES_MAX)
    for number, fix in enumerate(fixes):
        kind = "thin" if fix.speed_kmh_e1 is None else "full"
        cut = last is None or kind != found[-1][0]
        cut = cut or (kind == "full" and last is not None and _silent(last, fix))
        if cut:
            found.append((kind, []))
        if cut or number % every == 0 or number == len(fixes) - 1:
            found[-1][1].append(Spot(fix.lat_e6, fix.lon_e6))
        last = fix
    return [Line(kind, tuple(spots)) for kind, spots in found if len(spots) > 1]


def _silent(a: Fix, b: Fix) -> bool:
    return b.time_ms - a.time_ms > GAP_MS and _far_m(a, b) > STOPPED_M


def _far_m(a: Fix, b: Fix) -> float:
    return distance_m(a.lat_e6, a.lon_e6, b.lat_e6, b.lon_e6)


def _stops(fixes: Sequence[Fix], known_places: Places) -> list[Stop]:
    """Where it stood, in order of time."""
    found: list[Stop] = []
    begin = 0
    for number in range(1, len(fixes) + 1):
        first, last = fixes[begin], fixes[number - 1]
        if number < len(fixes) and _far_m(first, fixes[number]) <= STOPPED_M:
            continue
        if last.time_ms - first.time_ms >= STOPPED_MS:
            place = known_places.holding(first.lat_e6 / 1e6, first.lon_e6 / 1e6, *STOOD_AT)
            name = place.name if place else ""
            found.append(Stop(len(found) + 1, first.time_ms, last.time_ms, first.lat_e6, first.lon_e6, name))
        begin = number
    return found


def _at(fixes: Sequence[Fix], at_ms: int) -> Spot | None:
    near = min(fixes, key=lambda fix: abs(fix.time_ms - at_ms), default=None)
    if near is None or abs(near.time_ms - at_ms) > SEEN_NEAR_MS:
        return None
    return Spot(near.lat_e6, near.lon_e6)


def _about(place: Place, box: Box) -> bool:
    """Whether a place lies in what is drawn, or close by."""
    lat = min(max(place.lat_e6, box.south), box.north) / 1e6
    lon = min(max(place.lon_e6, box.west), box.east) / 1e6
    return place.away_m(lat, lon) <= ABOUT_M + place.radius_m
