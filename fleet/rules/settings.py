"""The numbers the regulation leaves open, and those it names: each with its unit, bounds and where it comes from.

`text` is a number of the regulation itself, `ruling` one that an interpretation gave (Art. 19b), `local` the unit's own
choice where the text gives none. A number is changed only by two people (Art. 14; the `setting` case), and an act is
judged by the numbers its author knew when it was signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Source = Literal["text", "ruling", "local"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One number: what it is if nobody changed it, its unit, and how far it may be changed."""

    default: int
    unit: Literal["min", "h", "d", "count", "percent", "MB", "km", "m"]
    least: int
    most: int
    source: Source
    article: str


def _local(default: int, unit: str, least: int, most: int, article: str) -> Setting:
    return Setting(default=default, unit=unit, least=least, most=most, source="local", article=article)  # type: ignore[arg-type]


SETTINGS: dict[str, Setting] = {
    "start_grace_min": _local(10, "min", 0, 120, "7"),
    "supplement_deadline_h": Setting(default=24, unit="h", least=1, most=24, source="text", article="12"),
    "supplement_grace_min": _local(60, "min", 0, 720, "12"),
    "supplement_stop_min": _local(10, "min", 1, 120, "12"),
    "supplement_scan_max_mb": _local(10, "MB", 1, 50, "12"),
    "supplement_month_max": _local(3, "count", 1, 100, "12"),
    "supplement_share_max_percent": _local(10, "percent", 1, 100, "12"),
}

FACTOR_MS: dict[str, int] = {"min": 60_000, "h": 3_600_000, "d": 86_400_000}


def value(name: str, changed: Mapping[str, int]) -> int:
    """A setting in its unit: as `changed`, or as it is by default."""
    return changed.get(name, SETTINGS[name].default)


def value_ms(name: str, changed: Mapping[str, int]) -> int:
    """A setting that is a span of time, in milliseconds."""
    return value(name, changed) * FACTOR_MS[SETTINGS[name].unit]


def shown(name: str, changed: Mapping[str, int]) -> dict[str, object]:
    """What a refusal says of the setting that decided it: facts for the catalogue."""
    setting = SETTINGS[name]
    source = "ruling" if name in changed else setting.source
    return {"setting": name, "limit": value(name, changed), "measure": setting.unit, "source": source}
