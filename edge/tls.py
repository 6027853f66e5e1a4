"""The node's own TLS certificate for its pages on the unit's network: self-signed, made once, kept in the directory."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from edge.settings import Settings
from machine.files import write_whole

VALID_DAYS = 3650


def ensure_certificate(home: Path, settings: Settings) -> dict[str, str]:
    """The files uvicorn needs, made if they are not there yet."""
    key_file, certificate_file = home / "pages.key", home / "pages.crt"
    if not certificate_file.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        write_whole(
            key_file,
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
        )
        write_whole(certificate_file, _certificate(key, settings).public_bytes(serialization.Encoding.PEM))
    return {"ssl_keyfile": str(key_file), "ssl_certfile": str(certificate_file)}


def channel(home: Path, settings: Settings) -> bytes:
    """What names the TLS our pages are served with: its certificate's hash; b"" on the loopback, which has none."""
    if is_loopback(settings.host):
        return b""
    pem = Path(ensure_certificate(home, settings)["ssl_certfile"]).read_bytes()
    return x509.load_pem_x509_certificate(pem).fingerprint(hashes.SHA256())


def is_loopback(host: str) -> bool:
    """Whether an address is only reachable from this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _certificate(key: ec.EllipticCurvePrivateKey, settings: Settings) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"ortoo {settings.unit}")])
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))  # a box without a battery clock may be behind
        .not_valid_after(now + dt.timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName(_names(settings.host)), critical=False)
        .sign(key, hashes.SHA256())
    )


def _names(host: str) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = [x509.DNSName("localhost"), x509.DNSName(socket.gethostname())]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return [*names, x509.DNSName(host)]
    return names if address.is_unspecified else [*names, x509.IPAddress(address)]
