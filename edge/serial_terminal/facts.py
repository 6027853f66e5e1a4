"""How `ortoo terminal decode` hears a protocol: bytes in any slices, plain facts out, one name for one fact.

lat, lon  degrees, south and west negative     time    ISO 8601 UTC          fix     whether the position is usable
alt       m                                    course  degrees, north 0      error   why something could not be read
speed_kmh                                      satellites, antenna, text, battery_percent …
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Protocol

Facts = dict[str, Any]  # name to plain value, as JSON would say it
_NOISE = re.compile(r"0x|[\s,:]", re.IGNORECASE)


class Telling(Protocol):
    """One protocol's decoder, told as facts."""

    def receive(self, data: bytes, at_ms: int) -> list[Facts]:
        """Take any slice of the stream; return what it completed, in order. `at_ms` is when it was heard, UTC."""
        ...

    def finish(self, at_ms: int) -> list[Facts]:
        """There is no more: return what was left half heard."""
        ...


def from_hex(line: str) -> bytes | None:
    """The bytes of a line of hex, however it is spaced; None if it is none."""
    try:
        return bytes.fromhex(_NOISE.sub("", line))
    except ValueError:
        return None


def one_line(telling: Telling, raw: bytes | None, at_ms: int) -> Facts:
    """What one captured line holds: its facts, or several in order under `frames`."""
    if raw is None:
        return {"error": "not hex"}
    told = telling.receive(raw, at_ms) + telling.finish(at_ms)
    if not told:
        return {"error": "no frame"}
    return told[0] if len(told) == 1 else {"frames": told}


def iso(at_ms: int | None) -> str | None:
    """UTC ms as 2020-08-07T10:07:22Z, with the milliseconds where there are any."""
    if at_ms is None:
        return None
    at = datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{at}.{at_ms % 1000:03d}Z" if at_ms % 1000 else f"{at}Z"


def stated(facts: Facts) -> Facts:
    """The facts that are known: what was not said is left out, not told as null."""
    return {name: value for name, value in facts.items() if value is not None}
