"""The base's end of a channel: it answers nodes, one at a time, and never begins.

    a node's turn ──▶ wait until it is over, and the radio has turned round ──▶ our turn: what arrived, what we have

Rules kept here:
* A talk begins when the node has proved, under the new key, that it heard the base accept it. Until then the one
  before goes on, so a repeated opening costs nothing.
* A new shared key is used beside the old one until the node has used it.
* SEATS_MAX nodes at most are kept in mind; the one silent longest makes room, and begins anew when it comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from fleet.errors import NotTrusted
from fleet.ledger import wire
from fleet.ledger.certificate import Certificate
from fleet.ports import Randomness
from fleet.radio.air import Air
from fleet.radio.cipher import CHANCE_SIZE, Opening
from fleet.radio.keys import MESSAGE_SIZE_MAX, Keys, Self, Shared, answer
from fleet.radio.packet import Kind, Packet
from fleet.radio.station import NEVER, Opened, Received, Station
from fleet.radio.talk import PLAIN_TURN, TALK_SIZE, Clear, Flag, Talk

SEATS_MAX = 256
CROWD_S = 600.0
"""Whoever was heard within this time still shares the channel."""


class _Next(NamedTuple):
    """A talk that was accepted and is not proved yet."""

    opening: Opening
    shared: Shared
    accept: bytes
    talk: Talk


@dataclass(slots=True)
class _Seat:
    """What the base has in mind of one node."""

    talk: Talk | None = None
    opened: bytes = b""  # the opening that talk began with
    next: _Next | None = None
    plain: tuple[Talk, bytes, bytearray] | None = None
    reply: Talk | Packet | None = None  # what the answer will be made from
    answer_at: float | None = None
    heard_s: float = -NEVER
    working: bool = False
    counted: set[int] = field(default_factory=set)  # of the turn under way: how many packets were to follow each

    @property
    def is_clear(self) -> bool:
        """Whether the node's last turn arrived whole, as far as can be seen, and was no repeated question."""
        return len(self.counted) == max(self.counted, default=0) + 1 and len(self.counted) > 1


@dataclass(slots=True)
class Seats:
    """Nodes in mind, the one heard longest ago first."""

    _by_node: dict[int, _Seat] = field(default_factory=dict)

    def of(self, node: int) -> _Seat:
        """A node's seat, now the latest."""
        seat = self._by_node.pop(node, None) or _Seat()
        self._by_node[node] = seat
        if len(self._by_node) > SEATS_MAX:
            del self._by_node[next(iter(self._by_node))]
        return seat

    def get(self, node: int) -> _Seat | None:
        """A node's seat if it has one."""
        return self._by_node.get(node)

    def items(self) -> list[tuple[int, _Seat]]:
        """All of them."""
        return [*self._by_node.items()]


class Base(Station):
    """The base station of a channel. `believe` raises NotTrusted for a node's certificate that is not in force."""

    def __init__(
        self, air: Air, me: Self, keys: Keys, randomness: Randomness, believe: Callable[[Certificate], None]
    ) -> None:
        super().__init__(air)
        self._me, self._keys, self._randomness, self._believe = me, keys, randomness, believe
        self._seats = Seats()
        self._busy_until = -NEVER

    def say(self, node: int, data: bytes) -> None:
        """Give more to say to a node; it is said when the node calls."""
        if (seat := self._seats.get(node)) and seat.talk:
            seat.talk.say(data)

    def room(self, node: int) -> bool:
        """Whether it is time to be given more to say to a node."""
        seat = self._seats.get(node)
        return bool(seat and seat.talk and seat.talk.waiting < self._pending_max)

    def working(self, node: int, *, busy: bool) -> None:
        """Whether what a node said is still being looked into: it is told that there will be more."""
        if seat := self._seats.get(node):
            seat.working = busy

    def drop(self, node: int) -> None:
        """A node is not to be believed: its talk is lost."""
        if seat := self._seats.get(node):
            seat.talk = seat.next = None
            seat.working = False

    # -- speaking ---------------------------------------------------------------------------------------------------

    def _due(self) -> float:
        times = [seat.answer_at for _, seat in self._seats.items() if seat.answer_at is not None]
        return max(self._busy_until, min(times)) if times else NEVER

    def _compose(self, now: float) -> Iterable[Packet]:
        if now < self._busy_until:
            return []
        due = [
            (seat.answer_at, node, seat)
            for node, seat in self._seats.items()
            if seat.answer_at is not None and seat.answer_at <= now
        ]
        if not due:
            return []
        _, node, seat = min(due, key=lambda one: one[:2])
        reply, seat.reply, seat.answer_at = seat.reply, None, None
        match reply:
            case Packet():
                return [reply]
            case Talk():
                others = any(now - seat.heard_s < CROWD_S for other, seat in self._seats.items() if other != node)
                flags = Flag.MORE if seat.working else PLAIN_TURN
                copies = 1 if seat.is_clear else 2
                return reply.turn(self.air.burst, flags | Flag.CROWDED if others else flags, copies=copies)
        return []

    def _spoken(self, now: float) -> None:
        return

    # -- hearing ----------------------------------------------------------------------------------------------------

    def _hear(self, packet: Packet, now: float) -> None:
        if packet.from_base:
            self.counts["echo"] += 1
            return
        over_s = now + packet.left * self.air.packet_s
        self._busy_until = max(self._busy_until, over_s)
        seat = self._seats.of(packet.node)
        reply: Talk | Packet | None
        match packet.kind:
            case Kind.OPEN:
                reply = self._open(seat, packet)
            case Kind.PLAIN:
                reply = self._agree(seat, packet)
            case Kind.SEALED:
                reply = self._sealed(seat, packet)
            case _:
                self.counts["strange"] += 1
                return
        seat.heard_s = now
        if seat.answer_at is None:
            seat.counted.clear()
        seat.counted.add(packet.left)
        if reply is None:
            seat.answer_at = None
        elif not (isinstance(reply, Packet) and reply.kind == Kind.LOST and seat.answer_at is not None):
            seat.reply, seat.answer_at = reply, over_s + self.air.turn_s

    def _sealed(self, seat: _Seat, packet: Packet) -> Talk | Packet | None:
        """Take a packet of a talk. What the answer will be: a turn of it, that it is lost, or nothing."""
        heard = seat.talk.take(packet) if seat.talk else None
        if heard is None and seat.next is not None and (heard := seat.next.talk.take(packet)) is not None:
            self._keys.keep(packet.node, (seat.next.shared,))
            seat.talk, seat.opened, seat.next = seat.next.talk, seat.next.opening.body, None
            seat.working = False
            self._events.append(Opened(packet.node))
        if heard is None or seat.talk is None:
            return Packet(Kind.LOST, True, packet.node, b"")
        if heard.data:
            self._events.append(Received(packet.node, heard.data))
        return None if heard.flags is not None and Flag.OVER in heard.flags else seat.talk

    def _open(self, seat: _Seat, packet: Packet) -> Packet | None:
        if packet.body == seat.opened:
            return None  # heard again, after the talk has begun
        if seat.next is None or seat.next.opening.body != packet.body:
            found = self._opening(packet)
            if found is None:
                return Packet(Kind.UNKNOWN, True, packet.node, b"")
            opening, shared = found
            chance = self._randomness.bytes(CHANCE_SIZE)
            cipher = opening.cipher(chance, self.counts, at_base=True)
            talk = Talk(packet.node, cipher, self.air.packet_size, self.counts, at_base=True)
            seat.next = _Next(opening, shared, opening.accept(chance), talk)
        return Packet(Kind.ACCEPT, True, packet.node, seat.next.accept)

    def _opening(self, packet: Packet) -> tuple[Opening, Shared] | None:
        """The opening in a packet, under a key that is shared, with a number that was not heard yet."""
        said = Opening.read(packet.body)
        for shared in reversed(self._keys.of(packet.node)) if said else ():
            number, chance = said or (0, b"")
            opening = Opening(shared.secret, packet.node, number, chance)
            if opening.is_said_in(packet.body) and number > shared.number:
                return opening, shared._replace(number=number)
        return None

    def _agree(self, seat: _Seat, packet: Packet) -> Talk | None:
        """Take a packet of an agreement on a key; its answer is made when the request has come whole."""
        name = packet.body[:TALK_SIZE]
        if seat.plain is None or seat.plain[1] != name:
            talk = Talk(packet.node, Clear(name), self.air.packet_size, self.counts, at_base=True)
            seat.plain = talk, name, bytearray()
        talk, _, request = seat.plain
        heard = talk.take(packet)
        if heard is None:
            self.counts["strange"] += 1
            return None
        if heard.data and len(request) <= MESSAGE_SIZE_MAX:
            request += heard.data
            said = self._answer(bytes(request), packet.node)
            if said is not None:
                talk.say(wire.frame(said))
                request += bytes(MESSAGE_SIZE_MAX)  # one is enough
        return talk

    def _answer(self, heard: bytes, node: int) -> bytes | None:
        """The answer to a request; b"" if it is refused, None if it is not whole yet."""
        try:
            span = wire.cut(heard)
            if len(heard) <= MESSAGE_SIZE_MAX and (not span or span[1] > len(heard)):
                return None
            if not span or span[1] != len(heard):
                raise NotTrusted("radio_agreement_form")
            said, secret = answer(heard[span[0] :], node, self._me, self._randomness, self._believe)
        except NotTrusted:
            self.counts["refused"] += 1
            return b""
        self._keys.keep(node, (*self._keys.of(node)[:1], Shared(secret)))
        return said
