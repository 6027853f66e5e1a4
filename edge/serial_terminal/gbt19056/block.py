"""A recorder's blocks: bytes in, blocks out. No port, no clock, no logging.

    AA 75 | command 1 | length 2 | reserved 1 | data | XOR of all before       question, to the recorder
    55 7A | command 1 | length 2 | reserved 1 | data | XOR                     answer
    55 7A | FA or FB  |            reserved 1 |        XOR                     "could not collect", "could not set"

Rules kept here:
* Either start word is accepted in either direction: inside JT/T 808 (0x8700, 0x0700) terminals write 55 7A both ways.
* A block whose check or length is wrong costs itself: hunting goes on right after its start word.
* Bounded: DATA_SIZE_MAX in one block; questions are asked so that answers fit. The stream's slicing changes nothing.
Source: GB/T 19056-2012, serial protocol, as implementations show it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from edge.serial_terminal.xor import checksum

QUESTION, ANSWER = b"\xaa\x75", b"\x55\x7a"
START = re.compile(rb"\xaa\x75|\x55\x7a")
COLLECT_FAILED, SET_FAILED = 0xFA, 0xFB
HEAD_SIZE, REFUSAL_SIZE = 6, 5  # bytes
DATA_SIZE_MAX = 4080  # bytes


class Block(NamedTuple):
    """One sound block. A refusal (FA, FB) has no data."""

    command: int
    data: bytes
    question: bool = False


class BadBlock(NamedTuple):
    """What began as a block and is none; `reason` is checksum or length."""

    raw: bytes
    reason: str


def encode(block: Block) -> bytes:
    """Return the block as it goes on the line.

    Raises:
        ValueError: more data than one block carries here.
    """
    if len(block.data) > DATA_SIZE_MAX:
        raise ValueError(f"a block carries {DATA_SIZE_MAX} bytes")
    refusal = not block.question and block.command in (COLLECT_FAILED, SET_FAILED)
    length = b"" if refusal else len(block.data).to_bytes(2, "big")
    text = (QUESTION if block.question else ANSWER) + bytes((block.command,)) + length + b"\0" + block.data
    return text + bytes((checksum(text),))


class BlockDecoder:
    """Cuts one line's bytes into blocks. Feed it any slices; it never raises. `weather` counts bytes between them."""

    def __init__(self) -> None:
        self.weather = 0
        self._pending = b""

    @property
    def waits(self) -> bool:
        """Whether half a block is there."""
        return len(self._pending) > 1

    def receive(self, data: bytes) -> list[Block | BadBlock]:
        """Take any slice of the stream; return what it completed, in order."""
        data, at = self._pending + data, 0
        events: list[Block | BadBlock] = []
        while found := START.search(data, at):
            self.weather += found.start() - at
            at = found.start()
            size = _size(data[at : at + HEAD_SIZE])
            if not size or len(data) < at + min(size, HEAD_SIZE + DATA_SIZE_MAX + 1):
                break
            raw = data[at : at + size]
            if size > HEAD_SIZE + DATA_SIZE_MAX + 1 or checksum(raw):
                events.append(BadBlock(raw[:HEAD_SIZE], "length" if size > len(raw) else "checksum"))
                at += len(QUESTION)
            else:
                events.append(_block(raw))
                at += size
        else:
            keep = 1 if data[at:][-1:] in (QUESTION[:1], ANSWER[:1]) else 0  # may be half a start word
            self.weather += len(data) - keep - at
            at = len(data) - keep
        self._pending = data[at:]
        return events


def _size(head: bytes) -> int:
    """How long the block that begins so is, in bytes; 0 if more of it is needed to know."""
    if len(head) < REFUSAL_SIZE:
        return 0
    if head[:2] == ANSWER and head[2] in (COLLECT_FAILED, SET_FAILED):
        return REFUSAL_SIZE
    return HEAD_SIZE + int.from_bytes(head[3:5], "big") + 1


def _block(raw: bytes) -> Block:
    data = b"" if len(raw) == REFUSAL_SIZE else raw[HEAD_SIZE:-1]
    return Block(raw[2], data, raw[:2] == QUESTION)
