"""Central's TLS: its own certificate authority, made once, which every node pins by the grant it was enrolled with.

No public authority can vouch for a server on a closed network, and none is asked. Both certificates live ten years:
a node that comes back after a long silence must still get through, and what travels inside is signed anyway.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fleet.errors import Unavailable

LIFE = timedelta(days=3652)
CLOCK_SLACK = timedelta(days=2)
"""Nodes without a clock battery may think it is yesterday."""
ALWAYS = ("127.0.0.1", "localhost")


class TlsFiles(NamedTuple):
    """PEM texts: the authority's certificate, its key, the server's certificate, its key."""

    ca_pem: bytes
    ca_key: bytes
    server_pem: bytes
    server_key: bytes


def make(region: str, addresses: Sequence[str], *, now_ms: int) -> TlsFiles:
    """An authority for a region and a server certificate for these names and addresses, and for this machine itself."""
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    ca_key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name, server_name = _name(f"{region} CA"), _name(region)
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    ca_identifier = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())
    ca = (
        _builder(ca_name, ca_name, ca_key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(ca_identifier, critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    names = [_alternative(address) for address in dict.fromkeys([*addresses, *ALWAYS])]
    server = (
        _builder(server_name, ca_name, server_key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ca_identifier), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    return TlsFiles(ca.public_bytes(Encoding.PEM), _pem(ca_key), server.public_bytes(Encoding.PEM), _pem(server_key))


def trusting(ca_pem: str) -> ssl.SSLContext:
    """For a client on this machine: believes the region's own authority and no other.

    Raises:
        Unavailable: `key_file_wrong`.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_verify_locations(cadata=ca_pem)
    except (ssl.SSLError, ValueError):
        raise Unavailable("key_file_wrong", file="tls-ca.pem") from None
    return context


def _builder(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, now: datetime
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        subject_name=subject, issuer_name=issuer, public_key=public, serial_number=x509.random_serial_number(),
        not_valid_before=now - CLOCK_SLACK, not_valid_after=now + LIFE,
    )  # fmt: skip


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _alternative(address: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(address))
    except ValueError:
        return x509.DNSName(address)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
