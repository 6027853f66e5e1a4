"""COSE_Sign1 (RFC 9052, 4.2), the envelope of certificates, receipts and seals, and the form of every signature here.

    18([ protected {1: alg}, unprotected {}, payload | nil, signature ])

The signature covers ["Signature1", protected, context, payload]; `context` says what the signature is for and travels
with nothing: both sides know it. A detached envelope has a nil payload because its reader holds the payload already.
"""

from __future__ import annotations

from functools import cache

import cbor2

from fleet.errors import NotTrusted
from fleet.ledger.canonical import OnlyTags
from fleet.ledger.suite import SigningKey, Suite

_TAG = 18
_ENVELOPE = OnlyTags(_TAG)
SIZE_MAX = 1 << 17


def signature(suite: Suite, key: SigningKey, context: str, payload: bytes) -> bytes:
    """The bare signature over a payload its reader already has."""
    return key.sign(_to_be_signed(suite, context, payload))


def signed_by(suite: Suite, public: bytes, context: str, payload: bytes, mark: bytes) -> bool:
    """Whether `mark` is the signature of the holder of `public` over `payload`, made for `context`."""
    return suite.verify(public, _to_be_signed(suite, context, payload), mark)


def sign1(suite: Suite, key: SigningKey, context: str, payload: bytes) -> bytes:
    """A complete COSE_Sign1 message, payload inside."""
    return whole(suite, payload, signature(suite, key, context, payload))


def whole(suite: Suite, payload: bytes, mark: bytes) -> bytes:
    """The complete message of a bare signature: the same bytes `sign1` would have given."""
    return cbor2.dumps(cbor2.CBORTag(_TAG, [_protected(suite), {}, payload, mark]), canonical=True)


def external_aad(suite: Suite, context: str) -> bytes:
    """What a reader of the message must supply as `external_aad` (RFC 9052, 4.4) for a signature made for `context`."""
    return f"ortoo/{suite.id}/{context}".encode()


def payload_of(message: bytes) -> bytes:
    """The payload of a message whose signer is not known yet; believe nothing in it before `open1`."""
    return _parts(message)[1]


def open1(suite: Suite, public: bytes, context: str, message: bytes) -> bytes:
    """The payload, once the signature is right.

    Raises:
        NotTrusted: `not_cose` or `signature`.
    """
    protected, payload, mark = _parts(message)
    if protected != _protected(suite) or not signed_by(suite, public, context, payload, mark):
        raise NotTrusted("signature", context=context)
    return payload


def _protected(suite: Suite) -> bytes:
    return _header(suite.cose_alg)


@cache
def _header(algorithm: int) -> bytes:
    return cbor2.dumps({1: algorithm}, canonical=True)


def _to_be_signed(suite: Suite, context: str, payload: bytes) -> bytes:
    return _before_payload(_protected(suite), external_aad(suite, context)) + cbor2.dumps(payload)


@cache
def _before_payload(protected: bytes, external: bytes) -> bytes:
    """What is signed, up to the payload, which comes last: it is the same for all that is signed for one purpose."""
    return cbor2.dumps(["Signature1", protected, external, b""], canonical=True).removesuffix(cbor2.dumps(b""))


def _parts(message: bytes) -> tuple[bytes, bytes, bytes]:
    if len(message) > SIZE_MAX:
        raise NotTrusted("too_large", size=len(message), most=SIZE_MAX)
    try:
        envelope = cbor2.loads(
            message, max_depth=4, allow_indefinite=False, allow_duplicate_keys=False, semantic_decoders=_ENVELOPE
        )
    except (cbor2.CBORDecodeError, ValueError, OverflowError):
        raise NotTrusted("not_cose") from None
    if not isinstance(envelope, cbor2.CBORTag) or cbor2.dumps(envelope, canonical=True) != message:
        raise NotTrusted("not_cose")
    match envelope:
        case cbor2.CBORTag(
            tag=18, value=[bytes() as protected, {} as unprotected, bytes() as payload, bytes() as mark]
        ) if not unprotected:
            return protected, payload, mark
    raise NotTrusted("not_cose")
