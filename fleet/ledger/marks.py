"""The signatures a machine puts on a log: a node's seal over its end, central's receipt for what it holds.

Both sign a head: the author, the number and the hash of one operation. The chain behind it authenticates all before.
"""

from __future__ import annotations

from dataclasses import dataclass

from fleet.ledger import cose
from fleet.ledger.canonical import encode
from fleet.ledger.operation import Author, Head
from fleet.ledger.store import Receipt
from fleet.ledger.suite import SigningKey, Suite, of_key


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a replica is: its place among authors, the node key that seals its log, the certificate it begins with."""

    unit: str
    author: Author
    key: SigningKey
    certificate: bytes = b""

    @property
    def suite(self) -> Suite:
        """The suite of the key, which is that of everything made under this identity."""
        return of_key(self.key.public)


def seal(me: Identity, head: Head) -> bytes:
    """The node's signature over the end of its log."""
    return cose.signature(me.suite, me.key, "seal", seal_payload(head))


def seal_payload(head: Head) -> bytes:
    """What a seal signs."""
    return encode([*head.author, head.seq, head.hash])


def receipt_payload(head: Head, time_ms: int) -> bytes:
    """What a receipt signs."""
    return encode([*head.author, head.seq, head.hash, time_ms])


def give_receipt(key: SigningKey, head: Head, time_ms: int) -> Receipt:
    """Central's receipt for a head it has committed."""
    return Receipt(head, time_ms, cose.signature(of_key(key.public), key, "receipt", receipt_payload(head, time_ms)))


def sealed_by(public: bytes, head: Head, mark: bytes) -> bool:
    """Whether `mark` is the seal of the holder of `public` over `head`."""
    return cose.signed_by(of_key(public), public, "seal", seal_payload(head), mark)


def receipted_by(public: bytes, receipt: Receipt) -> bool:
    """Whether the holder of `public`, central, gave this receipt."""
    payload = receipt_payload(receipt.head, receipt.time_ms)
    return cose.signed_by(of_key(public), public, "receipt", payload, receipt.signature)
