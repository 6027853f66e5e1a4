"""The numbers the regulation leaves open, and those it names: each with its unit, bounds and where it comes from.

`text` is a number of the regulation itself, `law` one that other law gives, `ruling` one that an interpretation gave
(Art. 19b), `local` the unit's own choice where the text gives none. A number is changed only by two people (Art. 14;
see `setting`), and an act is judged by the numbers its author knew when it was signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

Source = Literal["text", "law", "ruling", "local"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One number: what it is if nobody changed it, its unit, and how far it may be changed."""

    default: int
    unit: Literal[
        "min",
        "h",
        "d",
        "s",
        "count",
        "percent",
        "MB",
        "km",
        "m",
        "points",
        "month",
        "fen",
        "hour",
        "kmh",
        "celsius",
        "l",
    ]
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
    "setup_confirm_d": Setting(30, "d", 1, 366, "14"),
    "minutes_due_d": Setting(31, "d", 1, 366, "9"),
    "expense_late_h": Setting(24, "h", 1, 168, "18"),
    "track_hot_d": Setting(2, "d", 2, 30, "14"),
    "track_keep_d": Setting(1_096, "d", 366, 36_600, "14"),
    "alarm_moved_m": Setting(50, "m", 20, 1_000, "12"),
    "alarm_moving_fixes": Setting(3, "count", 2, 20, "12"),
    "start_early_min": Setting(30, "min", 0, 240, "16"),
    "work_first_h": Setting(8, "hour", 0, 23, "16"),
    "work_last_h": Setting(18, "hour", 1, 24, "16"),
    "night_first_h": Setting(22, "hour", 0, 23, "17"),
    "night_last_h": Setting(6, "hour", 0, 23, "17"),
    "parked_min": Setting(30, "min", 5, 720, "17"),
    "seal_ignition_min": Setting(5, "min", 1, 60, "17"),
    "deviation_town_m": Setting(500, "m", 100, 5_000, "10"),
    "deviation_open_m": Setting(2_000, "m", 200, 20_000, "10"),
    "deviation_min": Setting(5, "min", 1, 60, "10"),
    "speed_limit_kmh": Setting(120, "kmh", 20, 120, "10", "law"),
    "speed_over_percent": Setting(10, "percent", 0, 50, "10"),
    "overspeed_s": Setting(10, "s", 5, 300, "10"),
    "report_interval_s": Setting(60, "s", 5, 3_600, "15"),
    "silent_intervals": Setting(6, "count", 2, 60, "15"),
    "blocked_min": Setting(10, "min", 3, 120, "15"),
    "clock_off_s": Setting(60, "s", 10, 300, "14"),
    "track_wait_h": Setting(72, "h", 1, 720, "15"),
    "early_min": Setting(30, "min", 0, 480, "16"),
    "overdue_first_min": Setting(60, "min", 5, 480, "9"),
    "overdue_second_min": Setting(120, "min", 10, 960, "9"),
    "overdue_third_min": Setting(240, "min", 15, 1_440, "9"),
    "cold_below_c": Setting(20, "celsius", 0, 50, "9"),
    "cold_first_month": Setting(12, "month", 1, 12, "9"),
    "cold_last_month": Setting(2, "month", 1, 12, "9"),
    "odometer_diff_km": Setting(5, "km", 1, 100, "11"),
    "odometer_diff_percent": Setting(8, "percent", 1, 50, "11"),
    "odometer_known_percent": Setting(90, "percent", 50, 100, "11"),
    "tank_over_percent": Setting(5, "percent", 0, 50, "11"),
    "fills_apart_h": Setting(2, "h", 0, 48, "11"),
    "fills_apart_km": Setting(50, "km", 0, 1_000, "11"),
    "fuel_use_percent": Setting(25, "percent", 5, 100, "11"),
    "fuel_drop_l": Setting(10, "l", 3, 200, "11"),
    "unidentified_min": Setting(5, "min", 1, 60, "16"),
    "sensitive_min": Setting(20, "min", 1, 240, "17"),
    "long_stop_min": Setting(60, "min", 10, 720, "16"),
    "fatigue_h": Setting(4, "h", 1, 4, "10", "law"),
    "fatigue_rest_min": Setting(20, "min", 20, 240, "10", "law"),
    "unheard_notice_h": Setting(24, "h", 1, 240, "6"),
    "unheard_serious_h": Setting(72, "h", 1, 720, "6"),
}


class Chosen(NamedTuple):
    """What a setting was changed to, by whose word (`ruling` or `local`), and in which case."""

    value: int
    source: str
    case: str


Changed = Mapping[str, Chosen]
"""The settings that were changed, by name."""
NO_CHANGES: Changed = {}

FACTOR_MS: dict[str, int] = {"s": 1_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}


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
