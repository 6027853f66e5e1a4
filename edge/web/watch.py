"""The traveller watch (A14, Art. 9) as it stands this minute: when and where somebody overdue was last heard, and which
of the unit's vehicles is nearest. Pure; it needs no radio, only what was heard while there was some.

Where a vehicle on a confidential trip is, or was, is for those to see who may read the trip (Art. 10 (4)): others are
told neither its place nor who is near it, and it is nobody's nearest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from edge.store.heard import Heard
from edge.web.rows import View
from edge.web.shapes import NearRow
from fleet.desk.register import places, vehicles
from fleet.rules.alarm.overdue import Seen, nearest
from fleet.rules.case import Case
from fleet.rules.order import HOLDS_VEHICLE
from fleet.rules.vehicle import ON_PLATFORM
from fleet.rules.whereabouts import near
from fleet.words import Words

MINUTE_MS = 60_000


class WatchRow(Struct, frozen=True, kw_only=True):
    """`last_ms` is the last report of any kind (None: there was none), `lat` and `lon` the last good place and `near`
    what it is near to; `nearest` is the plate of the vehicle nearest to it, the straight way in km and how many minutes
    old its own place is. `text` says all of it."""

    last_ms: int | None
    lat: float | None
    lon: float | None
    near: NearRow | None
    nearest: str | None
    nearest_km: int | None
    nearest_min: int | None
    text: str


def watch(
    view: View, case: Case, said: Mapping[str, Heard], placed: Mapping[str, Heard], words: Words
) -> WatchRow | None:
    """What is known of the traveller an overdue alarm is about. `said` are terminals' last reports, `placed` their last
    good ones; None of a trip whose places are not the reader's to know."""
    if view.secret(case.order):
        return None
    terminals = {vehicle.plate: vehicle.terminal for vehicle in vehicles(view.state)}
    terminal = terminals.get(case.plate, "")
    last, place = said.get(terminal), placed.get(terminal)
    beside = near(places(view.state), place.lat, place.lon) if place else None
    other = nearest(place.lat, place.lon, _others(view, case.plate, placed), view.now_ms) if place else None
    told: dict[str, object] = {"last_ms": last.device_ms if last else None}
    if other:
        told |= {"plate": other.plate, "km": other.km, "minutes": other.old_ms // MINUTE_MS}
    sentences = ["alarm.A14.last" if last else "alarm.A14.unheard"]
    if place:
        sentences.append("alarm.A14.nearest" if other else "alarm.A14.nobody")
    return WatchRow(
        last_ms=last.device_ms if last else None,
        lat=place.lat if place else None,
        lon=place.lon if place else None,
        near=NearRow(**beside._asdict()) if beside else None,
        nearest=other.plate if other else None,
        nearest_km=other.km if other else None,
        nearest_min=other.old_ms // MINUTE_MS if other else None,
        text=" ".join(words(key, **words.told(told)) for key in sentences),
    )


def _others(view: View, plate: str, placed: Mapping[str, Heard]) -> Iterator[Seen]:
    """Where the unit's other vehicles were last, but for those on trips that are not this reader's to follow."""
    hidden = {
        order.vehicle for order in view.state.open_orders() if order.state in HOLDS_VEHICLE and view.secret(order.id)
    }
    for vehicle in vehicles(view.state):
        at = placed.get(vehicle.terminal)
        if at and vehicle.stage in ON_PLATFORM and vehicle.plate not in {plate, *hidden}:
            yield Seen(vehicle.plate, at.device_ms, at.lat, at.lon)
