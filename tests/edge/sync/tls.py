"""A server that speaks TLS on the loopback, with a certificate authority of its own, and answers what the test says."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

LOOPBACK: x509.GeneralName = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
ELSEWHERE: x509.GeneralName = x509.DNSName("central.example")


@dataclass(frozen=True)
class Authority:
    """A certificate authority; `pem` is what a node pins."""

    name: str
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        return self.certify(self.name, self.key, LOOPBACK).decode()

    def certify(self, name: str, key: ec.EllipticCurvePrivateKey, address: x509.GeneralName) -> bytes:
        now = dt.datetime.now(dt.UTC)
        subject, issuer = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in (name, self.name))
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=key is self.key, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([address]), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        return certificate.public_bytes(Encoding.PEM)


@cache
def authority(name: str) -> Authority:
    """One authority for each name."""
    return Authority(name, ec.generate_private_key(ec.SECP256R1()))


@dataclass
class Server:
    """What was asked, and what will be answered: raw bytes of HTTP, or None for silence."""

    port: int = 0
    answer: bytes | None = b""
    requests: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            size = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            self.requests.append(head + await reader.readexactly(size))
            if self.answer is None:
                await reader.read()
            else:
                writer.write(self.answer)
                await writer.drain()
        writer.close()


def http(status: int, body: bytes = b"", *headers: str, length: int | None = None) -> bytes:
    """An answer; `length` is what it claims to be long."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


@asynccontextmanager
async def serving(
    directory: Path, *, by: str = "central", address: x509.GeneralName = LOOPBACK, port: int = 0
) -> AsyncIterator[Server]:
    """A server whose certificate is `by` an authority, for an address."""
    key, server = ec.generate_private_key(ec.SECP256R1()), Server()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    for name, pem in (
        ("server.key", key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())),
        ("server.crt", authority(by).certify("server", key, address)),
    ):
        (directory / name).write_bytes(pem)
    context.load_cert_chain(directory / "server.crt", directory / "server.key")
    listening = await asyncio.start_server(server.talk, "127.0.0.1", port, ssl=context)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        await listening.wait_closed()
