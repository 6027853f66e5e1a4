"""An envelope: bytes of any length that only the readers it names can open, in chunks that stay where they were put.

    share      X25519 share of a key made for this envelope alone (RFC 7748)
    slot       for one reader: the content key, under HKDF-SHA256(X25519(that key, reading key), share · reading key)
    chunk n    ChaCha20-Poly1305(stream key, nonce = n (11 bytes) · whether it is the last (1 byte))

The stream key comes of the content key and of `bound`, the statement the chunks belong to: put under another statement,
none of them opens. A chunk changed, left out, repeated or moved does not open either, and a stream that ends early has
no last chunk (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015). No key is ever used twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fleet.errors import NotTrusted
from fleet.ledger.suite import SigningKey, Suite, of_key
from fleet.ports import Randomness

KEY_SIZE = 32
CHUNK_SIZE = 1 << 16
"""Bytes of content in one chunk; only the last may hold fewer."""
TAG_SIZE = 16
SLOT_SIZE = KEY_SIZE + TAG_SIZE
_ONCE = bytes(12)
"""The nonce of a key that enciphers one message and no more."""


class Slot(NamedTuple):
    """For whom an envelope is, by the public key that names them, and the content key as only they can read it."""

    public: bytes
    wrapped: bytes


class Address(NamedTuple):
    """What an envelope says on its outside."""

    share: bytes
    slots: tuple[Slot, ...]


def address(suite: Suite, readers: Sequence[bytes], randomness: Randomness) -> tuple[Address, bytes]:
    """The outside of a new envelope for the holders of these public keys, and its content key.

    Raises:
        ValueError: one of them is no key.
    """
    own, content_key = X25519PrivateKey.from_private_bytes(randomness.bytes(KEY_SIZE)), randomness.bytes(KEY_SIZE)
    share = own.public_key().public_bytes_raw()
    slots = []
    for public in readers:
        reading = of_key(public).reading_key(public)
        secret = own.exchange(X25519PublicKey.from_public_bytes(reading))
        wrapped = ChaCha20Poly1305(_wrapping(suite, secret, share, reading)).encrypt(_ONCE, content_key, None)
        slots.append(Slot(public, wrapped))
    return Address(share, tuple(slots)), content_key


def content_key(suite: Suite, outside: Address, key: SigningKey) -> bytes:
    """The content key of an envelope, for one of its readers.

    Raises:
        NotTrusted: `envelope_not_ours`: this key's holder is not among them; `envelope_damaged`: the slot is no good.
    """
    slot = next((slot for slot in outside.slots if slot.public == key.public), None)
    if slot is None:
        raise NotTrusted("envelope_not_ours")
    try:
        reading = of_key(key.public).reading_key(key.public)
        wrapping = _wrapping(suite, key.agree(outside.share), outside.share, reading)
        return ChaCha20Poly1305(wrapping).decrypt(_ONCE, slot.wrapped, None)
    except (InvalidTag, ValueError):
        raise NotTrusted("envelope_damaged") from None


def length(size: int) -> int:
    """Bytes of the chunks of `size` bytes of content."""
    return size + TAG_SIZE * max(1, -(-size // CHUNK_SIZE))


def close(suite: Suite, key: bytes, bound: bytes, content: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks of content that comes in any slices."""
    cipher, number, pending = _stream(suite, key, bound), 0, bytearray()
    for data in content:
        pending += data
        while len(pending) > CHUNK_SIZE:  # what may be the last is kept back
            yield cipher.encrypt(_nonce(number, last=False), bytes(pending[:CHUNK_SIZE]), None)
            del pending[:CHUNK_SIZE]
            number += 1
    yield cipher.encrypt(_nonce(number, last=True), bytes(pending), None)


class Opening:
    """Opens chunks that come in any slices. Give `size`, the bytes of content to expect."""

    def __init__(self, suite: Suite, key: bytes, bound: bytes, size: int) -> None:
        self._cipher, self._number, self._pending = _stream(suite, key, bound), 0, bytearray()
        self._left = size
        self.finished = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take bytes; give the content of every chunk they complete.

        Raises:
            NotTrusted: `envelope_damaged`: a chunk does not open, or there is more than there should be.
        """
        self._pending += data
        while self._pending:
            if self.finished:
                raise NotTrusted("envelope_damaged", chunk=self._number)
            chunk = min(self._left, CHUNK_SIZE) + TAG_SIZE
            if len(self._pending) < chunk:
                return
            last = self._left <= CHUNK_SIZE
            try:
                yield self._cipher.decrypt(_nonce(self._number, last=last), bytes(self._pending[:chunk]), None)
            except InvalidTag:
                raise NotTrusted("envelope_damaged", chunk=self._number) from None
            del self._pending[:chunk]
            self._left -= chunk - TAG_SIZE
            self._number, self.finished = self._number + 1, last


def _wrapping(suite: Suite, secret: bytes, share: bytes, reading: bytes) -> bytes:
    return _derive(secret, share + reading, f"ortoo/{suite.id}/envelope slot")


def _stream(suite: Suite, key: bytes, bound: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(_derive(key, suite.hash("envelope", bound), f"ortoo/{suite.id}/envelope stream"))


def _derive(secret: bytes, salt: bytes, info: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_SIZE, salt=salt, info=info.encode()).derive(secret)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11) + bytes([last])
