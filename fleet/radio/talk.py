"""A talk: two streams of bytes between a node and the base, over packets, in turns. Neither knows what they mean.

    part   flags (1 byte below 80 hex) · acknowledgement       what this end has, and how it goes on: once a turn, first
           80 hex + number             · bytes of a segment    the rest of the turn

A talk is sealed under a key of its own (`cipher`), or, to agree on a key, in the clear.
"""

from __future__ import annotations

from collections import Counter
from enum import IntFlag
from typing import NamedTuple, Protocol

from fleet.radio.frame import OVERHEAD
from fleet.radio.packet import HEAD_SIZE, Kind, Packet
from fleet.radio.repeat import NUMBERS, Receiving, Sending

TALK_SIZE = 2
UNSURE_MAX = 2
"""Segments sent again without asking first which of them arrived."""


class Flag(IntFlag):
    """How it goes on after this turn."""

    MORE = 1  # the speaker has more to say than is in this turn, or soon will
    OVER = 2  # no answer is expected
    CROWDED = 4  # others share the channel: let them have a turn now and then


PLAIN_TURN = Flag(0)


class Seal(Protocol):
    """What keeps strangers out of a talk, or does not."""

    kind: Kind
    overhead: int

    @property
    def spent(self) -> bool: ...

    def seal(self, packet: Packet) -> Packet: ...

    def open(self, packet: Packet) -> bytes | None: ...


class Clear:
    """No seal, but a name, so that an old talk is not taken for this one."""

    kind = Kind.PLAIN
    overhead = TALK_SIZE
    spent = False

    def __init__(self, name: bytes) -> None:
        self.name = name

    def seal(self, packet: Packet) -> Packet:
        """The packet with the talk's name before its part."""
        return packet._replace(body=self.name + packet.body)

    def open(self, packet: Packet) -> bytes | None:
        """The part, if the packet is of this talk."""
        return packet.body[TALK_SIZE:] if packet.body[:TALK_SIZE] == self.name else None


class Heard(NamedTuple):
    """What a packet of the other end brought: bytes that can be handed on, or how it goes on."""

    data: bytes = b""
    flags: Flag | None = None


class Talk:
    """One end of a talk. `packet_size` is what a frame may take on the air."""

    def __init__(self, node: int, seal: Seal, packet_size: int, counts: Counter[str], *, at_base: bool) -> None:
        self._node, self._seal, self._at_base, self._counts = node, seal, at_base, counts
        self._sending = Sending(packet_size - OVERHEAD - HEAD_SIZE - seal.overhead - 1, counts)
        self._receiving = Receiving(counts)
        self._told = True  # whether the other end has said what arrived of the last turn

    @property
    def waiting(self) -> int:
        """Bytes the other end has not acknowledged."""
        return self._sending.waiting

    @property
    def spent(self) -> bool:
        """Whether the key is used up."""
        return self._seal.spent

    def say(self, data: bytes) -> None:
        """Give more to say."""
        self._sending.push(data)

    def turn(self, most: int, flags: Flag = PLAIN_TURN, *, copies: int = 1) -> list[Packet]:
        """The packets of one turn, at most `most`; sealed, each counting down to the last. The acknowledgement comes in
        so many copies. If it is not known what arrived of many, the turn asks for that first."""
        ask = not self._told and self._sending.unsure > UNSURE_MAX
        segments = [] if ask else self._sending.next(most - copies)
        missing, bits = self._receiving.acknowledgement()
        if self._sending.waiting > sum(len(data) for _, data in segments):
            flags |= Flag.MORE
        told = [bytes([flags, missing]) + bits] * copies
        parts = [*told, *(bytes([NUMBERS | number]) + data for number, data in segments)]
        self._told = not segments and self._told
        return [self._packet(part, left) for left, part in zip(reversed(range(len(parts))), parts, strict=True)]

    def take(self, packet: Packet) -> Heard | None:
        """What a packet brings; None if it is not of this talk."""
        part = self._seal.open(packet) if packet.kind == self._seal.kind else None
        if not part:
            return None
        if part[0] >= NUMBERS:
            return Heard(self._receiving.take(part[0] - NUMBERS, part[1:]))
        if len(part) < 2 or not self._sending.acknowledge(part[1], part[2:]):
            self._counts["outside"] += 1
        else:
            self._told = True
        return Heard(flags=Flag(part[0] & 7))

    def _packet(self, part: bytes, left: int) -> Packet:
        return self._seal.seal(Packet(self._seal.kind, self._at_base, self._node, part, left))
