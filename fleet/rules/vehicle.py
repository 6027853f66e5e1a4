"""A vehicle on the unit's register (Art. 2, 4, 15, 17) and how it stands now, which is computed and never stored.

    registered -> fitted -> in_service <-> suspended        exempt: kept outside the platform (Art. 4), on a ground,
                                 \\-> pending_disposal           a document and a review date; it has no track
                                          \\-> disposed

Every legal step of that life is one line of STEPS. A card's fields are the table CARD; what is not known is "".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum

from fleet.errors import BadInput, RuleBroken
from fleet.rules.fields import Field, read_one, whole
from fleet.rules.form import CLASSES
from fleet.rules.order import ON_THE_ROAD, Order, State
from fleet.tracks.datum import DATUMS

SEATS_MAX = 60
TERMINALS_KEPT_MAX = 20
"""Earlier terminals that a card remembers."""


class Stage(StrEnum):
    """Where a vehicle stands in its life; the words are `stage.` in the catalogue."""

    REGISTERED = "registered"
    FITTED = "fitted"
    IN_SERVICE = "in_service"
    SUSPENDED = "suspended"
    PENDING_DISPOSAL = "pending_disposal"
    DISPOSED = "disposed"
    EXEMPT = "exempt"


STEPS: frozenset[tuple[Stage, Stage]] = frozenset(
    {
        (Stage.REGISTERED, Stage.FITTED),
        (Stage.REGISTERED, Stage.EXEMPT),
        (Stage.FITTED, Stage.IN_SERVICE),
        (Stage.FITTED, Stage.PENDING_DISPOSAL),
        (Stage.IN_SERVICE, Stage.SUSPENDED),
        (Stage.IN_SERVICE, Stage.PENDING_DISPOSAL),
        (Stage.SUSPENDED, Stage.IN_SERVICE),
        (Stage.SUSPENDED, Stage.PENDING_DISPOSAL),
        (Stage.PENDING_DISPOSAL, Stage.IN_SERVICE),
        (Stage.PENDING_DISPOSAL, Stage.DISPOSED),
        (Stage.EXEMPT, Stage.REGISTERED),
        (Stage.EXEMPT, Stage.PENDING_DISPOSAL),
    }
)
WITH_TERMINAL = frozenset({Stage.FITTED, Stage.IN_SERVICE})
"""Stages in which a positioning terminal is bound (Art. 15)."""
ON_PLATFORM = frozenset(Stage) - {Stage.DISPOSED, Stage.EXEMPT}
"""Stages in which positions of the vehicle are kept."""

DUTIES = ("enforcement_duty", "special_technical")
EXEMPT_GROUNDS = ("state_security", "case_investigation", "special_technical")
"""Art. 4 names these three, and no others."""
FUELS = ("petrol", "diesel", "gas", "hybrid", "electric")
MARKINGS = ("marked", "unmarked", "unmarked_allowed")

CARD: tuple[Field, ...] = (
    Field(name="cls", article="2", kind="listed", listed=CLASSES, required=True),
    Field(name="seats", kind="whole", least=2, most=SEATS_MAX, required=True),
    Field(name="terminal", article="15"),
    Field(name="terminal_datum", article="15", kind="listed", listed=DATUMS),
    Field(name="usual_driver", article="9"),
    Field(name="home", article="17"),
    Field(name="stage", article="4", kind="listed", listed=tuple(Stage)),
    Field(name="duty", article="4", kind="listed", listed=DUTIES),
    Field(name="department", article="9"),
    Field(name="serves", article="2", kind="list", listed=CLASSES),
    Field(name="fuel", kind="listed", listed=FUELS),
    Field(name="tank_ml", article="11", kind="whole", least=1_000, most=2_000_000),
    Field(name="rated_ml_100km", article="11", kind="whole", least=1_000, most=200_000),
    Field(name="vin"),
    Field(name="engine_no"),
    Field(name="bought_on", article="19a", kind="day"),
    Field(name="price_fen", article="19a", kind="whole", most=100_000_000_00),
    Field(name="marking", article="1", kind="listed", listed=MARKINGS),
    Field(name="insured_until", article="11", kind="day"),
    Field(name="inspected_until", article="11", kind="day"),
    Field(name="odometer_km", article="13", kind="whole", most=9_999_999),
    Field(name="exempt_ground", article="4", kind="listed", listed=EXEMPT_GROUNDS),
    Field(name="exempt_document", article="4"),
    Field(name="exempt_approver", article="4"),
    Field(name="exempt_review_on", article="4", kind="day"),
    Field(name="terminals_past", article="15", most=1_000),
)
CARD_BY_NAME: Mapping[str, Field] = {field.name: field for field in CARD}
KEPT_BY_DESK = frozenset({"terminals_past"})
"""Fields nobody types: the desk writes them when another changes."""
_EXEMPTION = ("exempt_ground", "exempt_document", "exempt_approver", "exempt_review_on")


class Tag(StrEnum):
    """How a vehicle stands, one sign on every screen (`tag.` in the catalogue)."""

    FREE = "free"
    ASSIGNED = "assigned"
    OUT = "out"
    WAITING = "waiting"
    REPAIR = "repair"
    SEALED = "sealed"
    DUTY = "duty"
    SILENT = "silent"
    BLIND = "blind"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """A registered vehicle. `terminal` is the phone number of its positioning terminal, without leading zeros; money in
    fen, fuel in millilitres, days as YYYY-MM-DD, None and "" where it is not known."""

    plate: str
    cls: str
    seats: int
    terminal: str
    terminal_datum: str = ""
    usual_driver: str = ""
    home: str = ""
    stage: Stage = Stage.IN_SERVICE
    duty: str = ""
    department: str = ""
    serves: str = ""
    fuel: str = ""
    tank_ml: int | None = None
    rated_ml_100km: int | None = None
    vin: str = ""
    engine_no: str = ""
    bought_on: str = ""
    price_fen: int | None = None
    marking: str = ""
    insured_until: str = ""
    inspected_until: str = ""
    odometer_km: int | None = None
    exempt_ground: str = ""
    exempt_document: str = ""
    exempt_approver: str = ""
    exempt_review_on: str = ""
    terminals_past: str = ""

    def as_fields(self) -> dict[str, str]:
        """The card as the texts a document holds."""
        values = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "plate"}
        return {name: "" if value is None else str(value) for name, value in values.items()}

    @property
    def range_km(self) -> int | None:
        """How far a full tank goes by the rated consumption."""
        if self.tank_ml is None or not self.rated_ml_100km:
            return None
        return self.tank_ml * 100 // self.rated_ml_100km


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What stands of a vehicle beside its card and its orders, at one moment. `closed` are times (UTC ms) it is to
    stand still, `excepted` the orders it may serve all the same, `blocking` items of open defects that stop it."""

    sealed: bool = False
    closed: tuple[tuple[int, int], ...] = ()
    excepted: frozenset[str] = frozenset()
    duty: bool = False
    blocking: tuple[str, ...] = ()
    in_repair: bool = False
    fault_open: bool = False
    last_used_ms: int = 0
    fen_per_km: int | None = None


NOTHING_STANDS = Standing()


def read(given: Mapping[str, object]) -> Vehicle:
    """Turn field values into a Vehicle.

    Raises:
        BadInput: a field is missing, too long or not in its list; an exemption without its four particulars (Art. 4).
    """
    plate = read_one(Field(name="plate", article="15", required=True), given.get("plate"))
    texts = {field.name: read_one(field, given.get(field.name)) for field in CARD}
    entry = card(plate, texts)
    if entry is None:  # `cls` and `seats` are required above
        raise BadInput("field_missing", article="6", field="cls")
    if entry.stage in WITH_TERMINAL and not entry.terminal:
        raise BadInput("field_missing", article="15", field="terminal")
    if entry.stage is Stage.EXEMPT and (missing := next((name for name in _EXEMPTION if not texts[name]), "")):
        raise BadInput("field_missing", article="4", field=missing)
    return entry


def card(plate: str, texts: Mapping[str, str]) -> Vehicle | None:
    """The vehicle that fields of the register make; None if they are not whole. A doubtful field is not known."""
    seats = whole(texts.get("seats", ""))
    if texts.get("cls") not in CLASSES or not seats:
        return None
    values: dict[str, object] = {"seats": seats, "stage": _stage(texts.get("stage", ""))}
    for field in CARD:
        if field.name not in values:
            text = texts.get(field.name, "")
            values[field.name] = whole(text) if field.kind == "whole" else text
    values["terminal"] = str(values["terminal"]).lstrip("0")
    return Vehicle(plate=plate, **values)  # type: ignore[arg-type]


def step(before: Vehicle | None, after: Vehicle) -> Vehicle:
    """The card that goes on the register: its life follows STEPS, and a terminal taken out stays in its history.

    Raises:
        RuleBroken: `stage_step`, with `was` and `will`.
    """
    if before is None:
        return after
    if before.stage != after.stage and (before.stage, after.stage) not in STEPS:
        raise RuleBroken("stage_step", article="4", plate=after.plate, was=before.stage, will=after.stage)
    past = before.terminals_past.split()
    if before.terminal and before.terminal != after.terminal:
        past = [*past, before.terminal][-TERMINALS_KEPT_MAX:]
    return replace(after, terminals_past=" ".join(past))


def tag(vehicle: Vehicle, orders: Iterable[Order], *, silent: bool, standing: Standing = NOTHING_STANDS) -> Tag:
    """How the vehicle stands: what its order says first, then what keeps it, then whether its terminal is heard."""
    states = {order.state for order in orders if order.vehicle == vehicle.plate}
    rules = (
        (State.WAITING in states, Tag.WAITING),
        (bool(states & ON_THE_ROAD), Tag.OUT),
        (vehicle.stage is not Stage.IN_SERVICE, Tag.SUSPENDED),
        (standing.in_repair or bool(standing.blocking), Tag.REPAIR),
        (standing.sealed, Tag.SEALED),
        (silent and not standing.fault_open, Tag.SILENT),
        (State.DISPATCHED in states, Tag.ASSIGNED),
        (standing.duty, Tag.DUTY),
    )
    return next((sign for holds, sign in rules if holds), Tag.FREE)


def _stage(text: str) -> Stage:
    return Stage(text) if text in tuple(Stage) else Stage.IN_SERVICE
