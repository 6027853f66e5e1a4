"""Signatures checked once: whether a key made a mark over some bytes does not change, and in one process the same ones
come by again and again (restarts, replays, central and every node, the oracle). Nothing else is remembered.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from fleet.ledger import suite
from fleet.ledger.suite import SigningKey, Suite

SIGNATURES_MAX = 1 << 16


class Remembering:
    """A suite that knows which signatures it has checked."""

    def __init__(self, real: Suite) -> None:
        self.id, self.cose_alg = real.id, real.cose_alg
        self.public_size, self.signature_size = real.public_size, real.signature_size
        self._real = real
        self._verify = lru_cache(SIGNATURES_MAX)(real.verify)

    def hash(self, context: str, data: bytes) -> bytes:
        return self._real.hash(context, data)

    def key(self, seed: bytes) -> SigningKey:
        return self._real.key(seed)

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        return self._verify(public, message, signature)

    def reading_key(self, public: bytes) -> bytes:
        return self._real.reading_key(public)


@contextmanager
def signatures() -> Iterator[None]:
    """While it lasts, no signature is checked twice in this process."""
    known = dict(suite.KNOWN)
    suite.KNOWN.update({number: Remembering(real) for number, real in known.items()})
    try:
        yield
    finally:
        suite.KNOWN.update(known)
