"""A session: what two ends that have proved who they are agree on, so that an act needs no second signature to cross.

Each greeting carries a share (X25519, RFC 7748) under the node's signature; from both shares and both greetings comes a
key that only the two ends know. A live frame is what it says and a tag over it, over the hash of the last operation it
brings and over its number in its direction, so a frame that was changed, left out, repeated, unpacked to anything else
or made by somebody else ends the session; the next greeting begins another.
The tag proves to the other end who wrote, and to nobody else: what must convince others waits for the node's seal.

    live = flags · packed operations · tag (4 bytes; one wrong guess ends the session)
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from fleet.errors import NotTrusted
from fleet.ledger import codec, cose
from fleet.ledger.codec import HashAt, Place
from fleet.ledger.memory import Memory
from fleet.ledger.operation import Head, Named
from fleet.ledger.suite import COMMON, SigningKey, of_key
from fleet.ledger.wire import Live

TAG_SIZE = 4
SHARE_SIZE = 32


class Share:
    """One end's part of the agreement. It follows from the node's key and the greeting it stands in, so it needs no
    randomness; whoever does not have the key cannot make it."""

    def __init__(self, key: SigningKey, greeting: bytes) -> None:
        secret = COMMON.hash("share", cose.signature(of_key(key.public), key, "share", greeting))
        self._private = X25519PrivateKey.from_private_bytes(secret)
        self.public = self._private.public_key().public_bytes_raw()

    def agree(self, theirs: bytes) -> bytes:
        """The secret shared with the end whose share is `theirs`.

        Raises:
            NotTrusted: `session`: that is no share.
        """
        try:
            return self._private.exchange(X25519PublicKey.from_public_bytes(theirs))
        except ValueError:
            raise NotTrusted("session") from None


class Session:
    """The two directions of one conversation, and what each has said so far."""

    def __init__(self, secret: bytes, ours: bytes, theirs: bytes, memory: Memory) -> None:
        self.memory = memory
        self._directions = {True: COMMON.hash("hello", ours), False: COMMON.hash("hello", theirs)}
        self._key = COMMON.hash("session", secret + b"".join(sorted(self._directions.values())))
        self._count = {True: 0, False: 0}

    def say(self, operations: Sequence[bytes], place: Place, head: Head, hash_at: HashAt) -> Live:
        """A few operations after `place`, up to `head`."""
        packed = codec.pack(operations, place, self.memory, hash_at)
        return Live(self.close(bytes([len(operations)]) + packed, head.hash))

    def ask(self) -> Live:
        """A word that brings nothing, so that the other end can say something."""
        return Live(self.close(bytes(1)))

    def hear(self, live: Live, place: Place, hash_at: HashAt) -> list[Named]:
        """The operations after `place` that the other end brings; none if it only asks.

        Raises:
            NotTrusted: `session`, or what is wrong with their form.
        """
        if not live.data[0]:
            self.check(live.data)
            return []
        named = codec.unpack(live.data[1:-TAG_SIZE], live.data[0], place, self.memory, hash_at)
        self.check(live.data, named[-1].hash)
        return named

    def close(self, said: bytes, meant: bytes = b"") -> bytes:
        """What this end says, with its tag; `meant` is the hash of the last operation in it."""
        return said + self._tag(meant + said, ours=True)

    def check(self, heard: bytes, meant: bytes = b"") -> None:
        """Whether the other end said this next, and meant what was unpacked of it here.

        Raises:
            NotTrusted: `session`: it did not.
        """
        said, tag = heard[:-TAG_SIZE], heard[-TAG_SIZE:]
        if not hmac.compare_digest(self._tag(meant + said, ours=False), tag):
            raise NotTrusted("session")

    def _tag(self, said: bytes, *, ours: bool) -> bytes:
        count, self._count[ours] = self._count[ours], self._count[ours] + 1
        return hmac.digest(self._key, self._directions[ours] + count.to_bytes(8) + said, "sha256")[:TAG_SIZE]
