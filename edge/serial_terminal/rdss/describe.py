"""An RDSS module's stream as `ortoo terminal decode` tells it, and the positions in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edge.serial_terminal.facts import Facts, from_hex, one_line
from edge.serial_terminal.rdss import binary, sentences
from edge.serial_terminal.rdss.frame import BadFrame, Binary, Event, FrameDecoder
from fleet.rules.position import Position

DAY_MS = 86_400_000


class Telling:
    """The frames of a stream as facts."""

    def __init__(self) -> None:
        self._decoder = FrameDecoder()

    def receive(self, data: bytes, at_ms: int) -> list[Facts]:
        return [_tell(event) for event in self._decoder.receive(data)]

    def finish(self, at_ms: int) -> list[Facts]:
        return [{"error": "truncated"}] if self._decoder.waits else []


def describe(line: str, at_ms: int) -> Facts:
    """Tell what one line holds: a sentence as text, or frames in hex."""
    raw = line.encode("gbk", "replace") if "$" in line else from_hex(line)
    return one_line(Telling(), raw, at_ms)


def position(told: Mapping[str, Any], at_ms: int) -> Position | None:
    """The position a module told; its time of day belongs to the day that brings it nearest to `at_ms`."""
    if "lat" not in told or "lon" not in told:
        return None
    hour, minute, second = told["time_of_day"].split(":")
    of_day_ms = (int(hour) * 60 + int(minute)) * 60_000 + round(float(second) * 1000)
    days = round((at_ms - of_day_ms) / DAY_MS)
    return Position(
        device_time_ms=days * DAY_MS + of_day_ms, lat=told["lat"], lon=told["lon"], alt_m=round(told.get("alt", 0))
    )


def _tell(event: Event) -> Facts:
    if isinstance(event, BadFrame):
        return {"checksum_ok": False, "error": event.reason, "undecoded_body": event.raw.hex()}
    return binary.read(event) if isinstance(event, Binary) else sentences.read(event.raw)
