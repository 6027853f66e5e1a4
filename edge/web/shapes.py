"""What the API answers: codes and facts; faces turn them into words. Times are UTC milliseconds; None is unknown, never
a guess. What it takes is in `inputs`.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class OrderRow(Struct, frozen=True, kw_only=True, rename={"cls": "class"}):
    """An order in a list. `hidden`: who travels, why and where is not for its reader (Art. 10). `mark` tells how its
    records stand: "" held by central, ^ waiting, ? conflict, x refused."""

    id: str
    tail: str
    hidden: bool
    state: str
    urgency: int
    supplement: bool
    rider: str
    passengers: int
    reason: str
    category: str
    cls: str
    start_ms: int
    end_ms: int
    origin: str
    destination: str
    phone: str
    department: str
    since_ms: int
    vehicle: str | None
    driver: str | None
    driver_name: str | None
    approvers: list[str]
    first_offer: str | None
    revision: int
    mark: str
    refused: int
    conflict: str | None
    waiting_since_ms: int
    confirmed_urgency: int | None
    supplier: str | None
    supplier_driver: str | None
    preempted_by: str | None


class Entry(Struct, frozen=True, kw_only=True):
    """One signed act on an order. `refused` is the code of the rule that kept it from having any effect.

    `grade` is what is known of its time: "claimed" by the node's clock alone, "bounded" by central's receipt, or
    "doubted", for receipts say otherwise. It was made after `after_ms` and before `before_ms` (UTC ms of central; null:
    no receipt).
    """

    at_ms: int
    act: str
    by: str
    by_name: str
    role: str
    detail: dict[str, Any]
    proof: str
    grade: str
    after_ms: int | None
    before_ms: int | None
    refused: str | None
    record: str


class OpenedOrder(OrderRow, frozen=True, kw_only=True):
    """An order with its timeline. `content` (hex) is the hash of the form shown here: what an approval covers.
    `warnings` are codes of `warning.`: what is unusual about the form, and stops nobody."""

    remark: str
    content: str
    approved_content: str | None
    timeline: list[Entry]
    moves: list[str]
    warnings: list[str] = []


class NearRow(Struct, frozen=True, kw_only=True):
    """The place a vehicle is nearest to: `away_m` from it, on this `side` (`north` … `northwest`); in it 0 and ""."""

    place: str
    away_m: int
    side: str


class VehicleRow(Struct, frozen=True, kw_only=True, rename={"cls": "class"}):
    """A vehicle as it stands now. Degrees, km/h. `driven_min` is how long its driver has been on the road today, in
    minutes; `route` from where to where its order goes, "" without one; `heard_again_ms` when one in a radio hole
    should be heard again."""

    plate: str
    tag: str
    driver: str | None
    driver_name: str | None
    driver_phone: str | None
    driven_min: int
    route: str
    lat: float | None
    lon: float | None
    place: str | None
    near: NearRow | None
    speed_kmh: float | None
    course: int | None
    seen_ms: int | None
    fix: bool | None
    back_ms: int | None
    order: str | None
    order_tail: str | None
    cls: str
    seats: int
    terminal: str | None
    line: str | None
    heard_again_ms: int | None = None


class SyncRow(Struct, frozen=True, kw_only=True):
    """How the node's own records stand with central. `held` counts deltas that wait for records before them,
    `conflicts` orders acted on in two places; `days_left` is what the disk will do for, None while not known. `parted`
    is how often the own log was continued twice; `cold` why the node may not write yet, "" if it may."""

    situation: str
    heard_ms: int | None
    waiting: int
    oldest_ms: int | None
    sent: int
    total: int
    refused: int
    held: int
    conflicts: int
    days_left: int | None
    parted: int
    cold: str


class LegRow(Struct, frozen=True, kw_only=True):
    """A way between two stops."""

    start_ms: int
    end_ms: int
    metres: int


class StopRow(Struct, frozen=True, kw_only=True):
    """A stand of three minutes or more; where (1e-6 degree) if any good position is known, and the register's name."""

    start_ms: int
    end_ms: int
    lat_e6: int | None
    lon_e6: int | None
    place: str | None
    engine_on: bool


class Kilometres(Struct, frozen=True, kw_only=True):
    """A trip by its three witnesses; `fits` tells whether what was typed agrees with the others."""

    typed_km: int | None
    terminal_km: float | None
    track_km: float | None
    fits: bool | None


class JourneyRow(Struct, frozen=True, kw_only=True):
    """What a trip's track shows. `end_ms` is None while it is under way, `completeness` the part of its time that the
    track covers; where it stood is `hidden` from those who need not read it of a confidential trip."""

    order: str
    plate: str
    driver: str
    driver_name: str
    start_ms: int
    end_ms: int | None
    metres: int
    completeness: float
    legs: list[LegRow]
    stops: list[StopRow]
    hidden: bool
    kilometres: Kilometres


class JourneyRows(Struct, frozen=True, kw_only=True):
    """Trips, and the metres they come to by vehicle, driver and day."""

    rows: list[JourneyRow]
    by_vehicle: dict[str, int]
    by_driver: dict[str, int]
    by_day: dict[str, int]


class ReadingAnswer(Struct, frozen=True, kw_only=True):
    """Whether an odometer's reading fits, None if nothing else is known; what was expected, and probably meant."""

    fits: bool | None
    expected_km: int | None
    meant_km: int | None


class ReceiptRow(Struct, frozen=True, kw_only=True):
    """A receipt against the track: what it is paired with (`evidence`, `found`) or the `reason` why with nothing, said
    in `text`; `signed` is what finance has put on record, "" if nothing yet."""

    case: str
    plate: str
    type: str
    at_ms: int
    fen: int
    ml: int | None
    state: str
    evidence: str
    found: str
    reason: str
    text: str
    signed: str


class ReportRow(Struct, frozen=True, kw_only=True):
    """A report of a day: what is wrong with its place ("" if nothing), and the order it belongs to, by its own time."""

    time_ms: int
    arrived_ms: int
    lat_e6: int
    lon_e6: int
    speed_kmh_e1: int
    course: int
    moves: bool
    doubt: str
    order: str


class TrackDay(Struct, frozen=True, kw_only=True):
    """A vehicle's day, in order; `hidden` counts reports of confidential trips that are not the caller's to read."""

    plate: str
    day_ms: int
    datum: str
    metres: int
    hidden: int
    reports: list[ReportRow]
