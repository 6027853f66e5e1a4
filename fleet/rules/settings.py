"""The numbers the regulation leaves open, and those it names: each with its unit, bounds and where it comes from.

`text` is a number of the regulation itself, `ruling` one that an interpretation gave (Art. 19b), `local` the unit's own
choice where the text gives none. A number is changed only by two people (Art. 14; see `setting`), and an act is judged
by the numbers its author knew when it was signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

Source = Literal["text", "ruling", "local"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One number: what it is if nobody changed it, its unit, and how far it may be changed."""

    default: int
    unit: Literal["min", "h", "d", "count", "percent", "MB", "km", "m", "points", "month", "fen"]
    least: int
    most: int
    article: str
    source: Source = "local"


SETTINGS: dict[str, Setting] = {
    "start_grace_min": Setting(10, "min", 0, 120, "7"),
    "planned_lead_h": Setting(12, "h", 0, 240, "9"),
    "dispatch_buffer_min": Setting(30, "min", 0, 240, "9"),
    "offer_usual_pair": Setting(40, "points", -100, 100, "9"),
    "offer_class_fits": Setting(30, "points", -100, 100, "9"),
    "offer_usual_department": Setting(20, "points", -100, 100, "9"),
    "offer_at_origin": Setting(20, "points", -100, 100, "9"),
    "offer_range_enough": Setting(10, "points", -100, 100, "9"),
    "offer_range_short": Setting(-30, "points", -100, 100, "9"),
    "offer_long_unused": Setting(10, "points", -100, 100, "9"),
    "offer_cheap": Setting(10, "points", -100, 100, "9"),
    "offer_hours_balance": Setting(5, "points", -100, 100, "9"),
    "winter_percent": Setting(130, "percent", 100, 300, "9"),
    "rest_after_h": Setting(8, "h", 1, 24, "10"),
    "rest_h": Setting(8, "h", 0, 24, "10"),
    "supplement_deadline_h": Setting(24, "h", 1, 24, "12", "text"),
    "supplement_grace_min": Setting(60, "min", 0, 720, "12"),
    "supplement_stop_min": Setting(10, "min", 1, 120, "12"),
    "supplement_scan_max_mb": Setting(10, "MB", 1, 50, "12"),
    "supplement_month_max": Setting(3, "count", 1, 100, "12"),
    "supplement_share_max_percent": Setting(10, "percent", 1, 100, "12"),
    "winter_first_month": Setting(10, "month", 1, 12, "10"),
    "winter_last_month": Setting(4, "month", 1, 12, "10"),
    "check_after_h": Setting(12, "h", 1, 72, "10"),
    "fault_report_h": Setting(24, "h", 1, 168, "15"),
    "fault_repair_d": Setting(7, "d", 1, 90, "15"),
    "seal_moved_max_km": Setting(1, "km", 0, 50, "17"),
    "disposal_age_months": Setting(96, "month", 12, 600, "19a"),
    "disposal_odometer_km": Setting(300_000, "km", 10_000, 2_000_000, "19a"),
    "disposal_fen_a_km": Setting(300, "fen", 10, 100_000, "19a"),
    "decision_lead_min": Setting(30, "min", 0, 1440, "8"),
    "movement_confirm_min": Setting(30, "min", 0, 720, "13"),
    "minutes_due_d": Setting(31, "d", 1, 366, "9"),
    "expense_late_h": Setting(24, "h", 1, 168, "18"),
    "track_hot_d": Setting(2, "d", 2, 30, "14"),
    "track_keep_d": Setting(1_096, "d", 366, 36_600, "14"),
}


class Chosen(NamedTuple):
    """What a setting was changed to, by whose word (`ruling` or `local`), and in which case."""

    value: int
    source: str
    case: str


Changed = Mapping[str, Chosen]
"""The settings that were changed, by name."""
NO_CHANGES: Changed = {}

FACTOR_MS: dict[str, int] = {"min": 60_000, "h": 3_600_000, "d": 86_400_000}


def value(name: str, changed: Changed) -> int:
    """A setting in its unit: as `changed`, or as it is by default."""
    return changed[name].value if name in changed else SETTINGS[name].default


def value_ms(name: str, changed: Changed) -> int:
    """A setting that is a span of time, in milliseconds."""
    return value(name, changed) * FACTOR_MS[SETTINGS[name].unit]


def shown(name: str, changed: Changed) -> dict[str, object]:
    """What a refusal says of the setting that decided it: facts for the catalogue."""
    setting = SETTINGS[name]
    source = changed[name].source if name in changed else setting.source
    return {"setting": name, "limit": value(name, changed), "measure": setting.unit, "source": source}
