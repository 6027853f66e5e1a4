"""A small file on slips of text, each short enough for one QR code, that can be read in any order, twice, and by any
scanner that types what it sees: capital letters, digits and hyphens only.

    ORTOO - hash of the whole (8 hex) - number of this slip - number of slips - part in base 32
"""

from __future__ import annotations

import base64
import re
import zlib

from fleet.errors import BadInput
from fleet.ledger.suite import COMMON

SLIPS_MAX = 99
SIZE_MAX = 1 << 16
"""Bytes of a file on slips, unpacked."""
PART_SIZE = 280
"""Bytes on one slip: 448 characters, which fit a QR code of 69 by 69 modules."""
_SLIP = re.compile(r"ORTOO-([0-9A-F]{8})-(\d{1,2})-(\d{1,2})-([A-Z2-7]{1,600}={0,6})")


def slips(data: bytes) -> list[str]:
    """A file as slips.

    Raises:
        BadInput: `slips_too_large`.
    """
    packed = zlib.compress(data, 9)
    parts = [packed[at : at + PART_SIZE] for at in range(0, len(packed), PART_SIZE)]
    if len(parts) > SLIPS_MAX or len(data) > SIZE_MAX:
        raise BadInput("slips_too_large", size=len(data), most=SIZE_MAX)
    name = _name(packed)
    return [
        f"ORTOO-{name}-{number}-{len(parts)}-{base64.b32encode(part).decode().rstrip('=')}"
        for number, part in enumerate(parts, 1)
    ]


class Reading:
    """Slips as they are read, until they are all there."""

    def __init__(self) -> None:
        self._name, self._count = "", 0
        self._parts: dict[int, bytes] = {}

    @property
    def lacking(self) -> list[int]:
        """The numbers of the slips not read yet; empty before the first."""
        return [number for number in range(1, self._count + 1) if number not in self._parts]

    def take(self, line: str) -> bytes | None:
        """Take what was read; the file, once it is whole.

        Raises:
            BadInput: `slip_unreadable`: it is no slip, or damaged; `slip_of_another`: it belongs to another file.
        """
        match = _SLIP.fullmatch(line.strip().upper())
        if not match:
            raise BadInput("slip_unreadable")
        name, number, count = match[1], int(match[2]), int(match[3])
        if self._name and (name, count) != (self._name, self._count):
            raise BadInput("slip_of_another")
        if not 0 < number <= count <= SLIPS_MAX:
            raise BadInput("slip_unreadable")
        part = _part(match[4])
        self._name, self._count = name, count
        self._parts[number] = part
        return None if self.lacking else self._whole()

    def _whole(self) -> bytes:
        packed = b"".join(part for _, part in sorted(self._parts.items()))
        machine = zlib.decompressobj()
        try:
            data = machine.decompress(packed, SIZE_MAX)
        except zlib.error:
            data = b""
        if _name(packed) != self._name or not machine.eof:
            self._name, self._count, self._parts = "", 0, {}
            raise BadInput("slip_unreadable")
        return data


def _name(packed: bytes) -> str:
    return COMMON.hash("slips", packed)[:4].hex().upper()


def _part(text: str) -> bytes:
    try:
        return base64.b32decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 8))
    except ValueError:
        raise BadInput("slip_unreadable") from None
