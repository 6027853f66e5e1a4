"""The node's end of a channel: it opens every talk, and after each of its turns waits for the base's.

    no key ──agree──▶ key ──open──▶ talking ──turn, answer, turn …──▶ nothing left to say
      ▲─── unknown ────┴────────────────┘ lost: open again

Rules kept here:
* It speaks when the channel is free by all it has heard: whoever is spoken to, or about to answer, is let finish.
* A turn that is not answered is tried again after a chance wait, longer each time; after TRIES_MAX the call has failed.
  What was to be said waits for the next call.
* After so many turns it leaves a gap, long enough for another to begin: seldom while nobody else was heard of, often
  where others share the channel.
"""

from __future__ import annotations

from collections.abc import Iterable

from fleet.errors import NotTrusted
from fleet.ledger import wire
from fleet.ports import Randomness
from fleet.radio.air import PATIENCE_S, Air
from fleet.radio.cipher import CHANCE_SIZE, Opening
from fleet.radio.frame import FRAME_MIN
from fleet.radio.keys import MESSAGE_SIZE_MAX, Keys, Proposal, Self, Shared
from fleet.radio.packet import Kind, Packet
from fleet.radio.station import NEVER, Failed, Opened, Received, Station
from fleet.radio.talk import PLAIN_TURN, TALK_SIZE, Clear, Flag, Talk

TRIES_MAX = 24
LOST_MAX = 3
"""Talks that may be lost in one call before it counts as failed."""
SLOTS_MAX = 16
COPIES_MAX = 3
"""Times an acknowledgement is said in one turn, when turns get lost."""
TURNS_HELD, TURNS_HELD_ALONE = 8, 32
CONTENTION = 4
"""Whoever waited for the channel begins at a chance moment within the time of so many packets."""
PAUSE_MAX_S = 4.0
"""The longest wait for a base that says it has more and does not say it yet."""
KEY_TALKS_MAX = 1 << 20
"""Talks under one shared key; then another is agreed on."""


class Caller(Station):
    """Node `node`. It says nothing before `call`."""

    def __init__(self, air: Air, node: int, me: Self, keys: Keys, randomness: Randomness) -> None:
        super().__init__(air)
        self.node = node
        self._me, self._keys, self._randomness = me, keys, randomness
        self._talk: Talk | None = None
        self._plain: tuple[Talk, Proposal, bytearray] | None = None
        self._opening: Opening | None = None
        self._disowned = False  # the base shares no key with us, whatever we have on disk
        self._calling = self._wants = self._owes = self._over = False
        self._tries = self._lost = self._held = self._polls = 0
        self._not_before = self._busy_until = -NEVER
        self._await: float | None = None  # until when an answer may begin, or go on
        self._heard: set[int] = set()  # of the answer: how many packets were to follow each
        self._flags: Flag | None = None

    def call(self, now: float) -> None:
        """Talk to the base until neither has anything left, and ask for what it has."""
        if not self._calling:
            self._not_before = max(self._not_before, now + self._chance() * self._slot_s)
        self._calling = self._wants = True

    def say(self, data: bytes) -> None:
        """Give more to say in the talk; what is said before one has begun is not kept."""
        if self._talk:
            self._talk.say(data)

    def drop(self) -> None:
        """The other end of this talk is not to be believed, or our own cannot go on: the next call begins another."""
        self._talk = None
        self._calling = False

    @property
    def talking(self) -> bool:
        """Whether a talk has begun and was not lost since, as far as is known."""
        return self._talk is not None

    @property
    def idle(self) -> bool:
        """Whether the call is over: nothing to say, to ask or to wait for."""
        return not self._turn and self._await is None and not self._need

    @property
    def room(self) -> bool:
        """Whether it is time to be given more to say."""
        return self._talk is not None and self._talk.waiting < self._pending_max

    @property
    def waiting(self) -> int:
        """Bytes given and not acknowledged."""
        return self._talk.waiting if self._talk else 0

    @property
    def _need(self) -> bool:
        unsaid = self._talk is None or self._talk.waiting > 0
        return self._calling and (self._wants or self._owes or unsaid)

    @property
    def _slot_s(self) -> float:
        return self.air.seconds(FRAME_MIN) + self.air.turn_s

    def _chance(self) -> float:
        return self._randomness.below(1000) / 1000

    # -- speaking ---------------------------------------------------------------------------------------------------

    def _due(self) -> float:
        if self._await is not None:
            return self._await
        return max(self._not_before, self._busy_until) if self._need else NEVER

    def _compose(self, now: float) -> Iterable[Packet]:
        if self._await is not None and now >= self._await:
            self._answer_over(now)
        if self._await is not None or not self._need or now < max(self._not_before, self._busy_until):
            return []
        self._over = False
        if self._talk and not self._talk.spent:
            self._over = not self._wants and not self._talk.waiting
            flags = Flag.OVER if self._over else PLAIN_TURN
            return self._talk.turn(self.air.burst, flags, copies=min(1 + self._tries, COPIES_MAX))
        self._talk = None
        shared = self._keys.of(self.node)
        if not shared or self._disowned or shared[-1].number >= KEY_TALKS_MAX:
            return self._agree()
        return [self._open(shared[-1])]

    def _open(self, shared: Shared) -> Packet:
        if self._opening is None:
            number = shared.number + 1
            self._keys.keep(self.node, (shared._replace(number=number),))
            self._opening = Opening(shared.secret, self.node, number, self._randomness.bytes(CHANCE_SIZE))
        return Packet(Kind.OPEN, False, self.node, self._opening.body)

    def _agree(self) -> list[Packet]:
        if self._plain is None:
            proposal, seal = Proposal(self._me, self._randomness), Clear(self._randomness.bytes(TALK_SIZE))
            talk = Talk(self.node, seal, self.air.packet_size, self.counts, at_base=False)
            talk.say(wire.frame(proposal.request))
            self._plain = talk, proposal, bytearray()
        return self._plain[0].turn(self.air.burst)

    def _spoken(self, now: float) -> None:
        self._heard.clear()
        self._flags = None
        if self._over:
            self._owes = False
            self._calling = False
        else:
            self._await = now + self.air.answer_s

    # -- hearing ----------------------------------------------------------------------------------------------------

    def _hear(self, packet: Packet, now: float) -> None:
        if packet.node != self.node:
            wait_s = packet.left * self.air.packet_s + self.air.answer_s
            self._busy_until = max(self._busy_until, now + wait_s + self._chance() * CONTENTION * self.air.packet_s)
        elif not packet.from_base:
            self.counts["echo"] += 1
        elif self._understands(packet):
            if self._await is not None:
                self._heard.add(packet.left)
                wait_s = packet.left * self.air.packet_s + PATIENCE_S if packet.left else self.air.turn_s
                self._await = now + wait_s
        else:
            self.counts["strange"] += 1

    def _understands(self, packet: Packet) -> bool:
        """Take a packet from the base; whether it was one to us."""
        match packet.kind:
            case Kind.ACCEPT:
                return self._accepted(packet.body)
            case Kind.LOST if self._await is not None and self._talk:
                return self._begin_again(disowned=False)
            case Kind.UNKNOWN if self._await is not None and self._opening:
                return self._begin_again(disowned=True)
            case Kind.SEALED if self._talk and (heard := self._talk.take(packet)):
                self._note(heard.flags)
                if heard.data:
                    self._lost = self._polls = 0
                    self._events.append(Received(self.node, heard.data))
                return True
            case Kind.PLAIN if self._plain and (heard := self._plain[0].take(packet)):
                self._note(heard.flags)
                self._agreed(heard.data)
                return True
        return False

    def _note(self, flags: Flag | None) -> None:
        if flags is None:
            self._owes = True  # a segment: the base wants to know that it arrived
        else:
            self._flags = flags

    def _accepted(self, body: bytes) -> bool:
        chance = self._opening.accepted(body) if self._opening else None
        if self._opening is None or chance is None:
            return False
        cipher = self._opening.cipher(chance, self.counts, at_base=False)
        self._talk = Talk(self.node, cipher, self.air.packet_size, self.counts, at_base=False)
        self._opening, self._flags = None, Flag.MORE
        self._events.append(Opened(self.node))
        return True

    def _begin_again(self, *, disowned: bool) -> bool:
        self._talk = self._opening = self._plain = None
        self._disowned, self._flags = disowned, Flag.MORE
        self._lost += 1
        if self._lost > LOST_MAX:
            self._fail("lost")
        return True

    def _agreed(self, data: bytes) -> None:
        """The base's part of an agreement, when it has come whole."""
        if self._plain is None:
            return
        _, proposal, heard = self._plain
        heard += data
        try:
            span = wire.cut(heard)
            if len(heard) > MESSAGE_SIZE_MAX or not span or span[1] > len(heard):
                if len(heard) > MESSAGE_SIZE_MAX:
                    raise NotTrusted("radio_agreement_form")
                return
            secret = proposal.conclude(bytes(heard[span[0] : span[1]]))
        except NotTrusted:
            self._plain = None
            self._fail("refused")
            return
        self._keys.keep(self.node, (Shared(secret),))
        self._plain, self._disowned, self._flags = None, False, Flag.MORE

    def _answer_over(self, now: float) -> None:
        """What the answer, or its absence, means for how it goes on."""
        self._await = None
        if not self._heard:
            self._tries += 1
            if self._tries >= TRIES_MAX:
                self._fail("unanswered")
            self._not_before = now + self._chance() * min(2**self._tries, SLOTS_MAX) * self._slot_s
            return
        self._tries = 0
        whole = self._flags is not None and len(self._heard) == max(self._heard) + 1
        more = self._flags is not None and Flag.MORE in self._flags
        self._wants = more or not whole
        if more and whole and self._talk and not self._talk.waiting and not self._owes:
            self._polls += 1
            self._not_before = now + min(PATIENCE_S * 2**self._polls, PAUSE_MAX_S)
        self._held += 1
        crowded = self._flags is not None and Flag.CROWDED in self._flags
        if self._held >= (TURNS_HELD if crowded else TURNS_HELD_ALONE):
            self._held = 0
            gap_s = self.air.answer_s + (CONTENTION + self._chance()) * self.air.packet_s
            self._not_before = max(self._not_before, now + gap_s)

    def _fail(self, why: str) -> None:
        self._calling = self._wants = False
        self._tries = self._lost = self._polls = 0
        self._await = None
        self._events.append(Failed(why))
