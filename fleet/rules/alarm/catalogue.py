"""The catalogue of alarms as a table: a code that is not a line here does not exist.

Each line says how grave its alarm is at first, on which article it rests, what it is judged by (`settings`; their
sources are in `rules.settings`), what it is not raised for (`unless`), and from what: a vehicle's `track`, what its
`terminal` says, the unit's `records`, or what only `central` knows. The words are the catalogues': `alarm.CODE.name`,
`.facts` for what was seen, `.complied` for what would have been in order; `alarm_unless.` for exemptions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RULE_VERSION = 3
"""Raised whenever a rule of this package changes: a verdict names the version it was made by."""

GRADES = ("critical", "serious", "notice", "info")
"""From the gravest down; `status` is none: it tells how a vehicle stands and asks nobody to answer."""


@dataclass(frozen=True, slots=True)
class Line:
    """One alarm of the catalogue."""

    grade: str
    article: str
    basis: Literal["track", "terminal", "records", "central"]
    settings: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


CATALOGUE: dict[str, Line] = {
    "A01": Line(
        "serious", "12", "track", ("alarm_moved_m", "alarm_moving_fixes", "movement_confirm_min"),
        ("order", "repair", "yard", "emergency_notice", "sealed"),
    ),
    "A02": Line(
        "serious", "17", "track", ("parked_min", "night_first_h", "night_last_h"),
        ("order", "repair", "emergency_notice"),
    ),
    "A03": Line(
        "notice", "16", "track", ("work_first_h", "work_last_h", "overdue_first_min", "start_early_min"),
        ("planned", "duty", "emergency", "emergency_notice"),
    ),
    "A04": Line(
        "critical", "17", "track", ("alarm_moved_m", "seal_ignition_min", "seal_moved_max_km"), ("exception",),
    ),
    "A05": Line(
        "notice", "10", "track", ("deviation_town_m", "deviation_open_m", "deviation_min", "alarm_moving_fixes"),
        ("no_route", "doubted"),
    ),
    "A06": Line("notice", "10", "track", ("speed_limit_kmh", "speed_over_percent", "overspeed_s"), ("spike",)),
    "A07": Line(
        "serious", "15", "track", ("silent_intervals", "report_interval_s"), ("hole", "node_deaf", "repair"),
    ),
    "A08": Line("status", "15", "track", ("silent_intervals", "report_interval_s")),
    "A09": Line("notice", "6", "central", ("unheard_notice_h", "unheard_serious_h"), ("central_deaf",)),
    "A10": Line("serious", "15", "terminal", ("silent_intervals", "report_interval_s"), ("repair",)),
    "A11": Line("serious", "15", "terminal"),
    "A12": Line("serious", "15", "track", ("blocked_min",), ("tunnel",)),
    "A13": Line("notice", "16", "track", ("early_min",), ("business_done", "urgent_order")),
    "A14": Line(
        "notice", "9", "track",
        ("overdue_first_min", "overdue_second_min", "overdue_third_min", "night_first_h", "night_last_h",
         "cold_below_c", "cold_first_month", "cold_last_month"),
        ("extended",),
    ),
    "A15": Line("notice", "12", "records", ("supplement_deadline_h", "supplement_grace_min", "expense_late_h")),
    "A16": Line("notice", "12", "records", ("supplement_month_max", "supplement_share_max_percent")),
    "A17": Line(
        "notice", "11", "track", ("odometer_diff_km", "odometer_diff_percent", "odometer_known_percent"),
        ("track_unknown", "terminal_changed"),
    ),
    "A18": Line(
        "serious", "11", "track",
        ("tank_over_percent", "fills_apart_h", "fills_apart_km", "fuel_use_percent", "fuel_drop_l"),
    ),
    "A19": Line("serious", "16", "track", ("unidentified_min",), ("swap",)),
    "A20": Line("notice", "17", "track", ("sensitive_min",), ("destination",)),
    "A21": Line("info", "16", "track", ("long_stop_min",), ("waiting", "listed_place", "repair")),
    "A22": Line("serious", "10", "track", ("fatigue_h", "fatigue_rest_min"), ("swap",)),
    "A23": Line("critical", "9", "terminal"),
    "A24": Line("serious", "15", "terminal", (), ("tow",)),
    "A25": Line("notice", "8", "records", ("decision_lead_min",)),
    "A26": Line("critical", "8", "records"),
    "A27": Line("info", "11", "records"),
    "A28": Line("serious", "19a", "records"),
    "A29": Line("notice", "10", "records", ("check_after_h",)),
    "A30": Line("notice", "14", "terminal", ("clock_off_s",), ("buffered",)),
    "A31": Line("critical", "14", "records"),
    "A32": Line("serious", "14", "records", ("setup_confirm_d",)),
    "A33": Line("notice", "15", "records", ("fault_report_h", "fault_repair_d"), ("part_on_order",)),
}  # fmt: skip
