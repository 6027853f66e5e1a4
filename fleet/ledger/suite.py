"""Algorithm suites: which hash and which signature, by a number that is inside every hash and every signature.

Suite 1 is SHA-256 and Ed25519 (RFC 8032). A record says its suite, so another (SM2/SM3) can be added beside it and old
records stay provable for ever. Every use names its purpose (`context`), so a signature made for one thing proves
nothing else.

A hash follows the record it stands in; a signature follows the key that made it (`of_key`), so keys of two suites can
work side by side while a region changes over. What two ends must compute alike before either knows what the other is,
and what is compared and never kept, follows COMMON.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from fleet.errors import NotTrusted

HASH_SIZE = 32
_KEY_SIZE, _P = 32, (1 << 255) - 19
KEYS_KEPT_MAX = 4_096
"""Public keys kept ready for the next signature of their holders; each is some 200 bytes."""


class SigningKey(Protocol):
    """A private key: what it signs can be checked with `public`."""

    @property
    def public(self) -> bytes:
        """The public key, raw bytes."""

    def sign(self, message: bytes) -> bytes:
        """A signature over `message`."""

    def agree(self, share: bytes) -> bytes:
        """The secret that only this key's holder has in common with whoever made `share` for its `reading_key`.

        Raises:
            ValueError: that is no share.
        """


class Suite(Protocol):
    """One set of algorithms. `id` is what records carry; `cose_alg` the algorithm number in COSE headers. Sizes are in
    bytes; no two suites have public keys of one size, so a key says by itself whose it is."""

    id: int
    cose_alg: int
    public_size: int
    signature_size: int

    def hash(self, context: str, data: bytes) -> bytes:
        """32 bytes naming `data` as a `context`."""

    def key(self, seed: bytes) -> SigningKey:
        """The private key of 32 secret random bytes."""

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        """Whether the holder of `public` signed `message`."""

    def reading_key(self, public: bytes) -> bytes:
        """The key to which something is enciphered that only the holder of `public` is to read.

        Raises:
            ValueError: `public` is no key.
        """


class _Ed25519Key:
    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._public = self._key.public_key().public_bytes_raw()

    @property
    def public(self) -> bytes:
        return self._public

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)

    def agree(self, share: bytes) -> bytes:
        scalar = hashlib.sha512(self._key.private_bytes_raw()).digest()[:32]  # RFC 8032, 5.1.5; clamped in use
        return X25519PrivateKey.from_private_bytes(scalar).exchange(X25519PublicKey.from_public_bytes(share))


class _Sha256Ed25519:
    id = 1
    cose_alg = -8  # EdDSA, RFC 9053 2.2
    public_size = 32
    signature_size = 64

    def hash(self, context: str, data: bytes) -> bytes:
        return hashlib.sha256(f"ortoo/{self.id}/{context}\0".encode() + data).digest()

    def key(self, seed: bytes) -> SigningKey:
        return _Ed25519Key(seed)

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        try:
            _ready(public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def reading_key(self, public: bytes) -> bytes:
        """The same point of the same curve, as X25519 writes it: u = (1 + y) / (1 - y) (RFC 7748, 4.1)."""
        y = int.from_bytes(public, "little") & ((1 << 255) - 1)
        if len(public) != _KEY_SIZE or y >= _P or y == 1:
            raise ValueError("no key")
        return ((1 + y) * pow(1 - y, -1, _P) % _P).to_bytes(_KEY_SIZE, "little")


@lru_cache(maxsize=KEYS_KEPT_MAX)
def _ready(public: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public)


COMMON: Suite = _Sha256Ed25519()
"""The suite of what belongs to the conversation and not to a record: session keys, marks of refusals, the state hash.
Part of the wire's version, whatever new records are made with."""

SHIPPED: Suite = COMMON
"""The suite of new keys and of what is hashed anew."""

KNOWN: dict[int, Suite] = {SHIPPED.id: SHIPPED}


def by_id(suite_id: object) -> Suite:
    """The suite a record names; NotTrusted `unknown_suite` if this build does not have it."""
    suite = KNOWN.get(suite_id) if isinstance(suite_id, int) else None
    if suite is None:
        raise NotTrusted("unknown_suite", suite=suite_id)
    return suite


def of_key(public: bytes) -> Suite:
    """The suite a public key belongs to; NotTrusted `unknown_suite` if this build does not have it."""
    for suite in KNOWN.values():
        if suite.public_size == len(public):
            return suite
    raise NotTrusted("unknown_suite", key_size=len(public))
