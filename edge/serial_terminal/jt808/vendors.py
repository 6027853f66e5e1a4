"""What vendors add to a position report, as small tables chosen by the terminal's model.

Rules kept here:
* A table is used only for a model known to mean it so: the same items and alarm bits mean other things elsewhere.
* An item counts only with the length its vendor's book gives it; everything else stays raw among the report's extras.
* The alarm bits a vendor moved are told by name beside the standard ones, never instead of them.
Source: published protocol books of the makers named in each row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from edge.serial_terminal.jt808.fields import Facts

Read = Callable[[bytes], object]
SIZE_ANY = 0


def _scaled(divisor: int) -> Read:
    return lambda value: int.from_bytes(value, "big") / divisor


def _offset(offset: int) -> Read:
    return lambda value: value[0] + offset


def _ascii(value: bytes) -> str:
    return value.decode("ascii", "replace").strip("\0 ")


def _whole(value: bytes) -> int:
    return int.from_bytes(value, "big")


class Vendor(NamedTuple):
    """`models` matches the model a terminal registers with; `items` are (id, length) to name and reading.

    `alarms` names bits of the alarm word this vendor uses for something of its own; `cannot` are the messages it has
    no answer for.
    """

    models: re.Pattern[str]
    items: Mapping[tuple[int, int], tuple[str, Read]]
    alarms: Mapping[int, str] = {}
    cannot: frozenset[int] = frozenset()


VENDORS = (
    Vendor(  # G10LS and its family: book of 2023, tables 18 and 20
        re.compile(r"G\d+LS?", re.IGNORECASE),
        {
            (0x52, 1): ("drum_turn", _whole),
            (0x56, 2): ("battery_percent", lambda value: value[1] or value[0] * 10),
            (0x61, 2): ("supply_v", _scaled(100)),
            (0xF1, 20): ("iccid", _ascii),
            (0xF3, 1): ("armed", lambda value: bool(value[0])),
            (0xF4, 2): ("extended_alarm_bits", _whole),
        },
        {15: "battery_low", 16: "vibration", 17: "removed"},
        frozenset({0x8702, 0x8600, 0x8602, 0x8604, 0x8606}),  # neither card reader nor fences
    ),
    Vendor(  # OBD dongles: the engine's own figures as items of one number each
        re.compile(r"OBD", re.IGNORECASE),
        {
            (0x80, 1): ("obd_speed_kmh", _whole),
            (0x81, 2): ("engine_rpm", _whole),
            (0x82, 2): ("supply_v", _scaled(10)),
            (0x83, 1): ("engine_load_percent", _whole),
            (0x84, 1): ("coolant_c", _offset(-40)),
            (0x86, 1): ("intake_c", _offset(-40)),
            (0x89, 1): ("throttle_percent", _whole),
            (0x8B, 17): ("vin", _ascii),
            (0x8C, 4): ("obd_odometer_km", _scaled(10)),
            (0x8E, 1): ("fuel_percent", _whole),
        },
    ),
    Vendor(  # trackers with a battery of their own, which say so in 0xD3 to 0xD5
        re.compile(r"(?:MV|AL|GL)\d{3}", re.IGNORECASE),
        {
            (0xD3, 2): ("supply_v", _scaled(10)),
            (0xD4, 1): ("battery_percent", _whole),
            (0xD5, 2): ("battery_v", _scaled(100)),
            (0xF2, SIZE_ANY): ("firmware", _ascii),
        },
    ),
)


def vendor(model: str) -> Vendor | None:
    """The tables for a model, if there are any."""
    return next((each for each in VENDORS if model and each.models.search(model)), None)


def extras(model: str, items: Iterable[tuple[int, bytes]], alarm_bits: int = 0) -> Facts:
    """What a report says beyond the standard, by name; empty for a model without a table. Never raises."""
    found = vendor(model)
    if found is None:
        return {}
    told: Facts = {}
    for item, value in items:
        row = found.items.get((item, len(value))) or found.items.get((item, SIZE_ANY))
        if row and value:
            told[row[0]] = row[1](value)
    if named := [name for bit, name in found.alarms.items() if alarm_bits >> bit & 1]:
        told["vendor_alarms"] = named
    return told
