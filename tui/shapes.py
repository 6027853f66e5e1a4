"""What the node's local API answers, as typed dictionaries. Names and units are the API's; `None` is unknown.

Times are UTC milliseconds. The console adds nothing to these facts and keeps none of them beyond the next answer.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

Facts = dict[str, Any]


class Unit(TypedDict):
    code: str
    name: str


class Person(TypedDict):
    id: str
    name: str
    roles: list[str]


class Session(TypedDict):
    token: str
    person: Person
    expires_ms: int


class Health(TypedDict):
    unit: Unit
    node: int
    now_ms: int
    version: str


class Sync(TypedDict):
    """How the node's own records stand with central; `situation` picks the wording."""

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


OrderRow = TypedDict(
    "OrderRow",
    {
        "id": str,
        "tail": str,
        "state": str,
        "urgency": int,
        "supplement": bool,
        "rider": str,
        "passengers": int,
        "reason": str,
        "category": str,
        "class": str,
        "start_ms": int,
        "end_ms": int,
        "origin": str,
        "destination": str,
        "phone": str,
        "department": str,
        "since_ms": int,
        "vehicle": str | None,
        "driver": str | None,
        "driver_name": str | None,
        "approvers": list[str],
        "first_offer": str | None,
        "revision": int,
        "mark": str,
        "refused": int,
        "conflict": str | None,
    },
)


class Entry(TypedDict):
    """One signed act on an order's timeline. `refused` names the rule that kept it from having any effect."""

    at_ms: int
    act: str
    by: str
    by_name: str
    role: str
    detail: Facts
    proof: str
    grade: NotRequired[str]
    refused: str | None
    record: str


class Order(OrderRow):
    """An order opened: its row, its full timeline, and the acts the caller may do now."""

    remark: str
    content: str
    approved_content: str | None
    timeline: list[Entry]
    moves: list[str]


class CaseRow(TypedDict):
    """A record of the regulation besides orders. `data` is what its kind keeps."""

    kind: str
    id: str
    state: str
    open: bool
    since_ms: int
    deadline_ms: int | None
    left_ms: int | None
    order: str | None
    plate: str | None
    data: Facts
    notes: list[str]
    refused: int
    mark: str
    proof: str | None


class Case(CaseRow):
    """A case opened: its row, its timeline, and the acts the caller may do now."""

    timeline: list[Entry]
    moves: list[str]


class Near(TypedDict):
    """The place a vehicle is nearest to, how many metres away and on which side of it; 0 and "" in it."""

    place: str
    away_m: int
    side: str


VehicleRow = TypedDict(
    "VehicleRow",
    {
        "plate": str,
        "tag": str,
        "driver": str | None,
        "driver_name": str | None,
        "driver_phone": str | None,
        "driven_min": int,
        "route": str,
        "lat": float | None,
        "lon": float | None,
        "place": str | None,
        "near": Near | None,
        "speed_kmh": float | None,
        "course": int | None,
        "seen_ms": int | None,
        "fix": bool | None,
        "back_ms": int | None,
        "order": str | None,
        "order_tail": str | None,
        "class": str,
        "seats": int,
        "terminal": str | None,
        "line": str | None,
    },
)


class AlarmRow(TypedDict):
    id: str
    code: str
    grade: str
    plate: str | None
    since_ms: int
    facts: Facts
    seen: bool


class Todo(TypedDict):
    count: int
    rows: list[OrderRow]


class Vehicles(TypedDict):
    count: int
    rows: list[VehicleRow]


class Alarms(TypedDict):
    count: int
    unseen: int
    rows: list[AlarmRow]


class Board(TypedDict):
    unit: Unit
    now_ms: int
    version: int
    sync: Sync
    todo: Todo
    vehicles: Vehicles
    alarms: Alarms


class Orders(TypedDict):
    total: int
    rows: list[OrderRow]


class Offer(TypedDict):
    vehicle: str
    driver: str
    driver_name: str
    reasons: list[str]
    facts: Facts
    cautions: NotRequired[list[str]]
    order: NotRequired[str]
    """Of an offer that takes its vehicle from another order: which."""


class Unfit(TypedDict):
    vehicle: str
    reason: str
    facts: Facts


class Offers(TypedDict):
    offers: list[Offer]
    refused: list[Unfit]
    takeable: NotRequired[list[Offer]]


class Due(TypedDict):
    paper: str
    until: str
    left_days: int


class Card(TypedDict):
    """A vehicle in full."""

    plate: str
    fields: dict[str, str]
    due: list[Due]
    key_with: str | None
    key_since_ms: int | None
    blocking: list[str]
    open: list[Facts]
    seal: Facts | None
    terminal: Facts | None
