"""The keys a machine shares over the radio: how they are agreed on, and what of them stays on disk.

    request  certificate of the node · share · signature of the node over both
    answer   certificate of the base · share · signature of the base over both, and over the request

Both shares are X25519 (RFC 7748) and used once; from them and from all that was said comes a secret only the two know.
It is kept and used for many talks. What counts talks is kept with it: at the node the last number reserved, at the base
the last heard. A base that hears an old number again has met a repetition, or a node whose disk was put back: it shares
no key with either, and the node agrees on a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from fleet.errors import NotTrusted
from fleet.ledger import cose
from fleet.ledger.canonical import decode, encode
from fleet.ledger.certificate import CENTRAL, CENTRAL_UNIT, Certificate
from fleet.ledger.granting import certified
from fleet.ledger.suite import COMMON, SigningKey, of_key
from fleet.ports import Randomness

MESSAGE_SIZE_MAX = 4096
"""Bytes of a request or an answer: a certificate that two people of a large authority made takes half of it."""
SHARED_MAX = 2
"""Keys kept with one node: the one in use, and the next until the node has used it."""
_REQUEST, _ANSWER = "radio request", "radio answer"


class Shared(NamedTuple):
    """A secret shared with one other machine, and the last talk's number under it."""

    secret: bytes
    number: int = 0


class Keys(Protocol):
    """Where shared keys are kept, by node."""

    def of(self, node: int) -> tuple[Shared, ...]:
        """What is shared, the newest last."""

    def keep(self, node: int, shared: tuple[Shared, ...]) -> None:
        """Keep this instead; it survives a power cut when the call returns. Unavailable if the disk refuses."""


class Self(NamedTuple):
    """What a machine proves itself with, and whom it believes."""

    key: SigningKey
    certificate: bytes
    root_public: bytes


class Proposal:
    """A node's side of an agreement: the request, and what becomes of the answer."""

    def __init__(self, me: Self, randomness: Randomness) -> None:
        self._me, self._private = me, X25519PrivateKey.from_private_bytes(randomness.bytes(32))
        self.request = _message(me, _REQUEST, self._private.public_key().public_bytes_raw(), b"")

    def conclude(self, answer: bytes) -> bytes:
        """The secret.

        Raises:
            NotTrusted: the answer is not central's, or not to this request.
        """
        peer, share = _read(answer, _ANSWER, self._me.root_public, self.request)
        if (peer.unit, peer.subject) != (CENTRAL_UNIT, str(CENTRAL)):
            raise NotTrusted("wrong_certificate")
        return _secret(self._private, share, self.request, answer)


def answer(
    request: bytes, node: int, me: Self, randomness: Randomness, believe: Callable[[Certificate], None]
) -> tuple[bytes, bytes]:
    """The base's side: the answer to a request, and the secret. `believe` raises NotTrusted for a certificate that is
    not in force.

    Raises:
        NotTrusted: the request is not that node's.
    """
    peer, share = _read(request, _REQUEST, me.root_public, b"")
    if peer.kind != "node" or peer.subject != str(node) or node == CENTRAL:
        raise NotTrusted("wrong_certificate")
    believe(peer)
    private = X25519PrivateKey.from_private_bytes(randomness.bytes(32))
    said = _message(me, _ANSWER, private.public_key().public_bytes_raw(), request)
    return said, _secret(private, share, request, said)


def pack(shared: Mapping[int, tuple[Shared, ...]]) -> bytes:
    """Everything shared, as the content of a file."""
    return encode([[node, *(list(one) for one in ones)] for node, ones in sorted(shared.items())])


def unpack(content: bytes) -> dict[int, tuple[Shared, ...]]:
    """What `pack` made; NotTrusted `radio_keys_form` if it was something else."""
    match decode(content):
        case list() as rows:
            return dict(map(_row, rows))
    raise NotTrusted("radio_keys_form")


def _row(row: object) -> tuple[int, tuple[Shared, ...]]:
    match row:
        case [int() as node, *ones]:
            return node, tuple(map(_shared, ones))
    raise NotTrusted("radio_keys_form")


def _shared(value: object) -> Shared:
    match value:
        case [bytes() as secret, int() as number] if len(secret) == 32:
            return Shared(secret, number)
    raise NotTrusted("radio_keys_form")


def _message(me: Self, purpose: str, share: bytes, before: bytes) -> bytes:
    said = encode([me.certificate, share])
    return encode([said, cose.signature(of_key(me.key.public), me.key, purpose, said + before)])


def _read(message: bytes, purpose: str, root_public: bytes, before: bytes) -> tuple[Certificate, bytes]:
    match decode(message, size_max=MESSAGE_SIZE_MAX):
        case [bytes() as said, bytes() as signature]:
            match decode(said, size_max=MESSAGE_SIZE_MAX):
                case [bytes() as certificate, bytes() as share] if len(share) == 32:
                    peer = certified(root_public, certificate)
                    if not cose.signed_by(of_key(peer.public), peer.public, purpose, said + before, signature):
                        raise NotTrusted("signature", context=purpose)
                    return peer, share
    raise NotTrusted("radio_agreement_form")


def _secret(private: X25519PrivateKey, share: bytes, request: bytes, said: bytes) -> bytes:
    try:
        secret = private.exchange(X25519PublicKey.from_public_bytes(share))
    except ValueError:
        raise NotTrusted("radio_agreement_form") from None
    return COMMON.hash("radio key", secret + COMMON.hash(_REQUEST, request) + COMMON.hash(_ANSWER, said))
