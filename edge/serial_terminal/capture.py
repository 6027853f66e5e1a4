"""Captures: what a line said, with the time of each read, as a file that can be read again and played.

    {"at_ms": 1790222400123, "hex": "7e0200…"}          a line for every read

Rule kept here: a capture is read whatever made it: lines as above, or the raw bytes another tool wrote. What a power
cut left of the last line is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

READ_SIZE = 65_536  # bytes taken at a time from raw bytes
_LINE_START = b'{"'


class Read(NamedTuple):
    """What one read brought; `at_ms` is UTC, None where the capture has no times."""

    at_ms: int | None
    data: bytes


def line(at_ms: int, data: bytes) -> str:
    """One line of a capture, its end included."""
    return json.dumps({"at_ms": at_ms, "hex": data.hex()}) + "\n"


def reads(path: Path) -> Iterator[Read]:
    """The reads of a capture, in order.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        if file.read(len(_LINE_START)) != _LINE_START:
            file.seek(0)
            while data := file.read(READ_SIZE):
                yield Read(None, data)
            return
        file.seek(0)
        for text in file:
            try:
                held = json.loads(text)
                yield Read(int(held["at_ms"]), bytes.fromhex(held["hex"]))
            except (ValueError, KeyError, TypeError):
                continue
