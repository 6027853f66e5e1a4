"""The seal over every packet of a talk: AES-256-CCM with tags of eight bytes (NIST SP 800-38C, RFC 3610).

    key of a talk, per direction = hash(shared key, node, number of the talk, chance of the node, chance of the base)
    nonce                        = counter of the packet in its direction

The key of a talk lives in memory only, and so does its counter: neither outlives the other, so no crash, power cut or
restored file brings a nonce back under its key. The number of a talk is reserved on the node's disk before it is
used, and both ends add fresh chance: a key comes back only where a disk was put back *and* the generators of both
machines repeat themselves. A counter that is used up ends the talk.
"""

from __future__ import annotations

import hmac
from collections import Counter

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from fleet.ledger.suite import COMMON
from fleet.radio.packet import Kind, Packet

TAG_SIZE = 8
COUNTER_SIZE = 2
PROOF_SIZE = 8
CHANCE_SIZE = 8
NUMBER_SIZE = 4
COUNTER_MAX = 1 << 24
"""Packets of one direction under one key."""
REPLAY_WINDOW = 128
_NONCE_SIZE = 13
_SPAN = 1 << 8 * COUNTER_SIZE


class Opening:
    """How a talk begins: both ends prove that they hold the shared key, and what they said makes the talk's key."""

    def __init__(self, secret: bytes, node: int, number: int, chance: bytes) -> None:
        self._secret = secret
        self._said = node.to_bytes(2) + number.to_bytes(NUMBER_SIZE) + chance
        self.body = self._said[2:] + self._proof(b"open")

    @staticmethod
    def read(body: bytes) -> tuple[int, bytes] | None:
        """The number and the chance in the body of an opening packet; nothing is proved yet."""
        if len(body) != NUMBER_SIZE + CHANCE_SIZE + PROOF_SIZE:
            return None
        return int.from_bytes(body[:NUMBER_SIZE]), body[NUMBER_SIZE:-PROOF_SIZE]

    def is_said_in(self, body: bytes) -> bool:
        """Whether whoever made that body holds the shared key."""
        return hmac.compare_digest(body, self.body)

    def accept(self, chance: bytes) -> bytes:
        """The body of the base's answer."""
        return self._said[2 : 2 + NUMBER_SIZE] + chance + self._proof(b"accept" + chance)

    def accepted(self, body: bytes) -> bytes | None:
        """The base's chance, if that body is its answer to this opening."""
        chance = body[NUMBER_SIZE:-PROOF_SIZE]
        right = len(body) == len(self.body) and hmac.compare_digest(body, self.accept(chance))
        return chance if right else None

    def cipher(self, chance: bytes, counts: Counter[str], *, at_base: bool) -> Cipher:
        """The seal of the talk that begins with this."""
        return Cipher(COMMON.hash("radio talk", self._secret + self._said + chance), counts, at_base=at_base)

    def _proof(self, context: bytes) -> bytes:
        return hmac.digest(COMMON.hash("radio proof", self._secret), context + self._said, "sha256")[:PROOF_SIZE]


class Cipher:
    """Both directions of one talk, at one end."""

    kind = Kind.SEALED
    overhead = COUNTER_SIZE + TAG_SIZE

    def __init__(self, key: bytes, counts: Counter[str], *, at_base: bool) -> None:
        self._counts = counts
        up, down = (AESCCM(COMMON.hash(f"radio {way}", key), tag_length=TAG_SIZE) for way in ("up", "down"))
        self._out, self._in = (down, up) if at_base else (up, down)
        self._count = 0
        self._heard, self._seen = -1, 0  # the highest counter heard, and which of those before it

    @property
    def spent(self) -> bool:
        """Whether no packet more may be sealed with this key."""
        return self._count >= COUNTER_MAX

    def seal(self, packet: Packet) -> Packet:
        """The packet with its part sealed. Not to be called once `spent`."""
        count, self._count = self._count, self._count + 1
        sealed = self._out.encrypt(count.to_bytes(_NONCE_SIZE), packet.body, packet.head)
        return packet._replace(body=(count % _SPAN).to_bytes(COUNTER_SIZE) + sealed)

    def open(self, packet: Packet) -> bytes | None:
        """The part in a packet; None, and counted, if the other end did not seal it, or it was heard before."""
        short, sealed = packet.body[:COUNTER_SIZE], packet.body[COUNTER_SIZE:]
        count = self._whole(int.from_bytes(short))
        if self._was_heard(count):
            self._counts["replayed"] += 1
            return None
        try:
            part = self._in.decrypt(count.to_bytes(_NONCE_SIZE), sealed, packet.head)
        except (InvalidTag, ValueError):
            self._counts["forged"] += 1
            return None
        self._note(count)
        return part

    def _whole(self, short: int) -> int:
        """The counter that ends in those two bytes and is nearest to what is due."""
        due = self._heard + 1
        count = due - due % _SPAN + short
        if count - due > _SPAN // 2 and count >= _SPAN:
            return count - _SPAN
        return count + _SPAN if due - count > _SPAN // 2 else count

    def _was_heard(self, count: int) -> bool:
        behind = self._heard - count
        return behind >= REPLAY_WINDOW or (behind >= 0 and bool(self._seen >> behind & 1))

    def _note(self, count: int) -> None:
        if count > self._heard:
            self._seen = (self._seen << count - self._heard | 1) & (1 << REPLAY_WINDOW) - 1
            self._heard = count
        else:
            self._seen |= 1 << self._heard - count
