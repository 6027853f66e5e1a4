"""Frames on the air: where a packet begins and ends in a stream of bytes, and whether it arrived whole.

    00 | content and CRC-32, with every 00 stuffed away (COBS) | 00

A zero stands nowhere inside a frame, so what was cut short, glued together or made up of noise costs itself and nothing
behind it, and finding the next frame is one search for a zero. Content is at most CONTENT_MAX bytes, so stuffing costs
one byte, always. A bad frame is weather: a value to count, never an error.

Source: S. Cheshire, M. Baker, Consistent Overhead Byte Stuffing (1999); the CRC is that of IEEE 802.3, big-endian.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Literal, NamedTuple

FRAME_MIN, FRAME_MAX = 32, 240
"""Bytes a frame may take on the air, delimiters and all: the sub-packets of usual modems."""
CRC_SIZE = 4
OVERHEAD = 3 + CRC_SIZE
CONTENT_MAX = FRAME_MAX - OVERHEAD


class Bad(NamedTuple):
    """What stood between two zeros and was no frame: `noise` is no frame's form, `crc` one that was damaged."""

    why: Literal["noise", "crc"]
    size: int


def encode(content: bytes) -> bytes:
    """The frame of 1 to CONTENT_MAX bytes."""
    whole = content + zlib.crc32(content).to_bytes(CRC_SIZE)
    return b"\0" + b"".join(bytes([len(block) + 1]) + block for block in whole.split(b"\0")) + b"\0"


class Decoder:
    """Takes the stream in any slices; gives the content of every frame, in order."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._overlong = 0  # bytes of a stretch too long to be a frame, dropped as they came

    def receive(self, data: bytes) -> Iterator[bytes | Bad]:
        """What `data` completed. Never raises; keeps FRAME_MAX bytes at most."""
        *closed, rest = data.split(b"\0")
        for chunk in closed:
            yield from self._close(chunk)
        self._keep(rest)

    def _close(self, chunk: bytes) -> Iterator[bytes | Bad]:
        self._keep(chunk)
        if self._overlong:
            yield Bad("noise", self._overlong)
        elif self._pending:
            yield _decode(bytes(self._pending))
        self._pending.clear()
        self._overlong = 0

    def _keep(self, chunk: bytes) -> None:
        if self._overlong or len(self._pending) + len(chunk) > FRAME_MAX:
            self._overlong += len(self._pending) + len(chunk)
            self._pending.clear()
        else:
            self._pending += chunk


def _decode(chunk: bytes) -> bytes | Bad:
    blocks, at = [], 0
    while at < len(chunk):
        size = chunk[at]
        blocks.append(chunk[at + 1 : at + size])
        at += size
    whole = b"\0".join(blocks)
    if at != len(chunk) or len(whole) <= CRC_SIZE:
        return Bad("noise", len(chunk))
    content, crc = whole[:-CRC_SIZE], whole[-CRC_SIZE:]
    return content if zlib.crc32(content).to_bytes(CRC_SIZE) == crc else Bad("crc", len(chunk))
