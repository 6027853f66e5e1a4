"""Another suite of algorithms, for tests alone: BLAKE2s and Ed448, and X25519 for what is sealed to a reader. With it
in use everything new is made with it, so whatever takes the shipped suite for granted breaks.

    public key = Ed448 (57 bytes) · X25519 (32 bytes)

`use` must come before anything that imports `fleet.ledger.suite.SHIPPED`; processes that tests start get it through
`start/sitecustomize.py` on their PYTHONPATH.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey, Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from fleet.ledger import suite

SIGNING_SIZE = 57
START = Path(__file__).with_name("start")


class _Ed448Key:
    def __init__(self, seed: bytes) -> None:
        self._key = Ed448PrivateKey.from_private_bytes(hashlib.shake_256(seed).digest(57))
        self._agreeing = X25519PrivateKey.from_private_bytes(hashlib.sha256(seed).digest())
        self._public = self._key.public_key().public_bytes_raw() + self._agreeing.public_key().public_bytes_raw()

    @property
    def public(self) -> bytes:
        return self._public

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)

    def agree(self, share: bytes) -> bytes:
        return self._agreeing.exchange(X25519PublicKey.from_public_bytes(share))


class _Blake2sEd448:
    id = 200
    cose_alg = -53  # Ed448, RFC 9864 2.2
    public_size = SIGNING_SIZE + 32
    signature_size = 114

    def hash(self, context: str, data: bytes) -> bytes:
        return hashlib.blake2s(f"ortoo/{self.id}/{context}\0".encode() + data).digest()

    def key(self, seed: bytes) -> suite.SigningKey:
        return _Ed448Key(seed)

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        try:
            Ed448PublicKey.from_public_bytes(public[:SIGNING_SIZE]).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def reading_key(self, public: bytes) -> bytes:
        if len(public) != self.public_size:
            raise ValueError("no key")
        return public[SIGNING_SIZE:]


SECOND: suite.Suite = _Blake2sEd448()


def use() -> None:
    """Make new records with the second suite in this process; those of the shipped one stay readable."""
    suite.KNOWN[SECOND.id] = SECOND
    suite.SHIPPED = SECOND


def use_everywhere() -> None:
    """`use`, here and in every process begun from here."""
    use()
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(START), os.environ.get("PYTHONPATH"))))
