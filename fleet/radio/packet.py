"""What is in a frame: who it is to or from, how many packets of this turn still follow, and a body by kind.

    content  kind (3 bits) · from the base? · packets still to come (4 bits) | node number (2 bytes) | body
    open     number (4) · chance (8) · proof (8)             node: let us begin a talk under the key we share
    accept   number (4) · chance (8) · proof (8)             base: begun
    lost     nothing                                         base: I know of no such talk, begin one
    unknown  nothing                                         base: I share no key with you, agree on one
    plain    talk (2) · part                                 either: a talk in the clear, to agree on a key
    sealed   counter (2) · part, sealed · tag (8)            either: a talk under a key

The two nothings are believed by nobody: they make a node try again, with proofs, and cost it no more than that.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from fleet.radio.air import BURST_MAX

HEAD_SIZE = 3
NODE_MAX = 0xFFFF


class Kind(IntEnum):
    """What a packet is for; see the drawing above."""

    OPEN = 0
    ACCEPT = 1
    LOST = 2
    UNKNOWN = 3
    PLAIN = 4
    SEALED = 5


class Packet(NamedTuple):
    """A packet as it stands in a frame. `left` is how many of this turn follow it."""

    kind: Kind
    from_base: bool
    node: int
    body: bytes
    left: int = 0

    @property
    def head(self) -> bytes:
        """The three bytes before the body; a seal covers them."""
        first = self.kind << 5 | self.from_base << 4 | self.left
        return bytes([first]) + self.node.to_bytes(2)

    @property
    def content(self) -> bytes:
        """The packet as bytes."""
        return self.head + self.body


def read(content: bytes) -> Packet | None:
    """The packet in a frame's content; None if it is none of ours."""
    if len(content) < HEAD_SIZE or content[0] >> 5 not in Kind._value2member_map_:
        return None
    first = content[0]
    return Packet(
        Kind(first >> 5),
        bool(first >> 4 & 1),
        int.from_bytes(content[1:HEAD_SIZE]),
        content[HEAD_SIZE:],
        first & BURST_MAX - 1,
    )
