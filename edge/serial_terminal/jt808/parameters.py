"""A terminal's parameters by name: what 0x8103 sets and 0x0104 answers.

Rules kept here:
* A parameter without a row keeps its number and its bytes: vendors have their own, and nothing is dropped.
* A value of another length than its kind's is shown as hex: terminals send WORD where the book says DWORD.
Source: JT/T 808-2013 and -2019, table of terminal parameters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from edge.serial_terminal.jt808.fields import BYTE, DWORD, WORD, Facts, Number, Text, text
from fleet.errors import BadInput

TEXT = Text()

PARAMETERS: dict[int, tuple[str, Number | Text]] = {
    0x0001: ("heartbeat_s", DWORD),
    0x0002: ("tcp_timeout_s", DWORD),
    0x0003: ("tcp_resends", DWORD),
    0x0004: ("udp_timeout_s", DWORD),
    0x0005: ("udp_resends", DWORD),
    0x0006: ("sms_timeout_s", DWORD),
    0x0007: ("sms_resends", DWORD),
    0x0010: ("apn", TEXT),
    0x0011: ("apn_user", TEXT),
    0x0012: ("apn_password", TEXT),
    0x0013: ("server", TEXT),
    0x0014: ("backup_apn", TEXT),
    0x0017: ("backup_server", TEXT),
    0x0018: ("tcp_port", DWORD),
    0x0019: ("udp_port", DWORD),
    0x0020: ("report_strategy", DWORD),
    0x0021: ("report_scheme", DWORD),
    0x0022: ("interval_no_driver_s", DWORD),
    0x0027: ("interval_asleep_s", DWORD),
    0x0028: ("interval_emergency_s", DWORD),
    0x0029: ("interval_s", DWORD),
    0x002C: ("distance_m", DWORD),
    0x002D: ("distance_no_driver_m", DWORD),
    0x002E: ("distance_asleep_m", DWORD),
    0x002F: ("distance_emergency_m", DWORD),
    0x0030: ("turn_angle", DWORD),
    0x0031: ("fence_radius_m", WORD),
    0x0040: ("platform_phone", TEXT),
    0x0043: ("sms_phone", TEXT),
    0x0045: ("answer_policy", DWORD),
    0x0050: ("alarm_mask", DWORD),
    0x0054: ("key_alarms", DWORD),
    0x0055: ("speed_limit_kmh", DWORD),
    0x0056: ("overspeed_s", DWORD),
    0x0057: ("drive_max_s", DWORD),
    0x0058: ("drive_day_max_s", DWORD),
    0x0059: ("rest_min_s", DWORD),
    0x005A: ("stop_max_s", DWORD),
    0x005B: ("overspeed_margin_tenths", WORD),
    0x005C: ("fatigue_margin_s", WORD),
    0x0080: ("odometer_tenths_km", DWORD),
    0x0081: ("province", WORD),
    0x0082: ("city", WORD),
    0x0083: ("plate", TEXT),
    0x0084: ("plate_color", BYTE),
    0x0090: ("gnss_mode", BYTE),
    0x0091: ("gnss_baud", BYTE),
}
_BY_NAME = {name: number for number, (name, _) in PARAMETERS.items()}


def number(name: str) -> int:
    """The id of a parameter given by name or as hex.

    Raises:
        BadInput: `terminal_no_parameter`.
    """
    if name in _BY_NAME:
        return _BY_NAME[name]
    try:
        return int(name, 16)
    except ValueError:
        raise BadInput("terminal_no_parameter", name=name, known=", ".join(sorted(_BY_NAME))) from None


def read(items: Iterable[Mapping[str, Any]]) -> list[Facts]:
    """What an answer's parameters mean: id, name ("" if unknown) and value, which is hex for what has no row."""
    return [_read(int(item["id"], 16), bytes.fromhex(item["hex"])) for item in items]


def _read(parameter: int, raw: bytes) -> Facts:
    name, kind = PARAMETERS.get(parameter, ("", DWORD))
    value: object = raw.hex()
    if name and isinstance(kind, Text):
        value = text(raw)
    elif name and len(raw) == kind.size:
        value = int.from_bytes(raw, "big")
    return {"id": f"0x{parameter:04x}", "name": name, "value": value}


def write(values: Mapping[str, object]) -> list[Facts]:
    """Parameters to set, as 0x8103 carries them; of an unknown id the value is hex.

    Raises:
        BadInput: `terminal_no_parameter`, or `terminal_fact_wrong` for a value that is not of its kind.
    """
    return [_write(number(name), name, value) for name, value in values.items()]


def _write(parameter: int, name: str, value: object) -> Facts:
    _, kind = PARAMETERS.get(parameter, ("", None))
    try:
        if isinstance(kind, Number):
            raw = kind.write(int(str(value), 0))
        else:
            raw = bytes.fromhex(str(value)) if kind is None else kind.write(str(value))
    except (ValueError, OverflowError):
        raise BadInput("terminal_fact_wrong", fact=name, value=value) from None
    return {"id": f"0x{parameter:04x}", "len": len(raw), "hex": raw.hex()}
