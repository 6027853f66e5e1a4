"""Another suite of algorithms, for tests alone: BLAKE2s and Ed448. With it in use everything new is made with it, so
whatever takes the shipped suite for granted breaks.

`use` must come before anything that imports `fleet.ledger.suite.SHIPPED`; processes that tests start get it through
`start/sitecustomize.py` on their PYTHONPATH.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey, Ed448PublicKey

from fleet.ledger import suite

START = Path(__file__).with_name("start")


class _Ed448Key:
    def __init__(self, seed: bytes) -> None:
        self._key = Ed448PrivateKey.from_private_bytes(hashlib.shake_256(seed).digest(57))
        self._public = self._key.public_key().public_bytes_raw()

    @property
    def public(self) -> bytes:
        return self._public

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


class _Blake2sEd448:
    id = 200
    cose_alg = -53  # Ed448, RFC 9864 2.2
    public_size = 57
    signature_size = 114

    def hash(self, context: str, data: bytes) -> bytes:
        return hashlib.blake2s(f"ortoo/{self.id}/{context}\0".encode() + data).digest()

    def key(self, seed: bytes) -> suite.SigningKey:
        return _Ed448Key(seed)

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        try:
            Ed448PublicKey.from_public_bytes(public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


SECOND: suite.Suite = _Blake2sEd448()


def use() -> None:
    """Make new records with the second suite in this process; those of the shipped one stay readable."""
    suite.KNOWN[SECOND.id] = SECOND
    suite.SHIPPED = SECOND


def use_everywhere() -> None:
    """`use`, here and in every process begun from here."""
    use()
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(START), os.environ.get("PYTHONPATH"))))
