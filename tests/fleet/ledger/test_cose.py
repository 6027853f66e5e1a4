"""Signatures and envelopes in the published form, against bytes put together by hand (RFC 9052, 4.2 and 4.4)."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fleet.errors import NotTrusted
from fleet.ledger import cose
from fleet.ledger.suite import COMMON

# RFC 8032, 7.1, test 1: the secret and its public key.
SECRET = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
KEY = COMMON.key(SECRET)

# [ "Signature1", h'a10127' {1: -8}, h'ortoo/1/receipt', h'01' ] written out head by head.
TO_BE_SIGNED = bytes.fromhex("846a" + b"Signature1".hex() + "43a101274f" + b"ortoo/1/receipt".hex() + "4101")
SIGNATURE = Ed25519PrivateKey.from_private_bytes(SECRET).sign(TO_BE_SIGNED)
ENVELOPE = bytes.fromhex("d28443a10127a041015840") + SIGNATURE


def test_the_public_key_of_a_published_secret_is_the_published_one() -> None:
    assert KEY.public == PUBLIC


def test_a_signature_is_made_over_the_published_structure() -> None:
    assert cose.signature(COMMON, KEY, "receipt", b"\x01") == SIGNATURE


def test_an_envelope_is_the_published_message() -> None:
    assert cose.sign1(COMMON, KEY, "receipt", b"\x01") == ENVELOPE
    assert cose.open1(COMMON, PUBLIC, "receipt", ENVELOPE) == b"\x01"
    assert cose.payload_of(ENVELOPE) == b"\x01"


def test_a_signature_made_for_one_thing_proves_nothing_else() -> None:
    with pytest.raises(NotTrusted, match="signature"):
        cose.open1(COMMON, PUBLIC, "seal", ENVELOPE)


@pytest.mark.parametrize("at", range(len(ENVELOPE)))
def test_an_envelope_with_any_bit_turned_is_refused(at: int) -> None:
    for bit in range(8):
        turned = bytearray(ENVELOPE)
        turned[at] ^= 1 << bit
        with pytest.raises(NotTrusted) as refused:
            cose.open1(COMMON, PUBLIC, "receipt", bytes(turned))
        assert refused.value.code in {"signature", "not_cose"}


@pytest.mark.parametrize(
    "message",
    [
        ENVELOPE[1:],  # no tag
        b"\xd1" + ENVELOPE[1:],  # COSE_Mac0
        ENVELOPE + b"\x00",  # something after it
        ENVELOPE[:-1],
        ENVELOPE.replace(b"\xa1\x01\x27\xa0", b"\xa1\x01\x27\xa1\x04\x41\x31"),  # an unprotected key id
        ENVELOPE.replace(b"\xa0\x41\x01", b"\xa0\xf6"),  # no payload
        b"\xd2" * 50,
        b"\xd8\x1c\x81\xd8\x1d\x00",
        bytes(1 << 17),
        b"",
    ],
    ids=["bare", "other tag", "trailing", "cut", "unprotected", "detached", "tags", "cycle", "large", "empty"],
)
def test_what_is_not_exactly_one_envelope_is_refused(message: bytes) -> None:
    with pytest.raises(NotTrusted) as refused:
        cose.payload_of(message)

    assert refused.value.code in {"not_cose", "too_large"}
