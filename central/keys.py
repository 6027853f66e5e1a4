"""Central's keys, each in a file only its owner may read: the root's, central's own, and those of its TLS.

The root is the region's authority: it signs nodes and people. Central's own key signs receipts and its side of every
conversation; its certificate, signed by the root, is what nodes know it by. A key file that others may read is refused.
"""

from __future__ import annotations

import ssl
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from central import tls
from fleet.errors import NotTrusted, Unavailable
from fleet.ledger.certificate import CENTRAL, CENTRAL_UNIT, Certificate, admit, issue, unproved
from fleet.ledger.operation import Author
from fleet.ledger.suite import SHIPPED, SigningKey
from fleet.ports import Randomness
from machine.files import write_new, write_whole

FOLDER = "keys"
SECRET = ("root.key", "central.key", "tls-ca.key", "tls.key")
OPEN = ("central.cert", "tls-ca.pem", "tls.pem")
"""The files of DIR/keys: those nobody else may read, and those anybody may."""
SEED_SIZE = 32
FIRST_LIFE = 1
LEASE_MS = 10 * 365 * 24 * 3_600_000
"""Ten years: a node that was silent for long must still believe central."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What central signs with, as which author, the certificate of its own key, and where its TLS files lie."""

    root: SigningKey
    central: SigningKey
    author: Author
    certificate: bytes
    ca_pem: str
    tls_certificate: Path
    tls_key: Path


def make(directory: Path, name: str, addresses: Sequence[str], *, now_ms: int, randomness: Randomness) -> None:
    """Write the keys of a new region into DIR/keys.

    Raises:
        OSError: they cannot be written, or some are there already.
    """
    folder = directory / FOLDER
    folder.mkdir(mode=0o700)
    root_seed, central_seed = randomness.bytes(SEED_SIZE), randomness.bytes(SEED_SIZE)
    root, public = SHIPPED.key(root_seed), SHIPPED.key(central_seed).public
    files = tls.make(name, addresses, now_ms=now_ms)
    contents = {
        "root.key": root_seed,
        "central.key": central_seed,
        "central.cert": certificate(root, public, name, FIRST_LIFE, now_ms=now_ms),
        "tls-ca.pem": files.ca_pem,
        "tls-ca.key": files.ca_key,
        "tls.pem": files.server_pem,
        "tls.key": files.server_key,
    }
    for file_name, data in contents.items():
        write_new(folder / file_name, [data])


def certificate(root: SigningKey, public: bytes, name: str, life: int, *, now_ms: int) -> bytes:
    """The root's word for who central is, in one of its lives: what it writes in each is a log of its own."""
    own = Certificate(
        suite=SHIPPED.id, kind="node", unit=CENTRAL_UNIT, unit_name=name, subject=str(CENTRAL), incarnation=life,
        name=name, roles=(), public=public, issued_ms=now_ms, lease_ms=now_ms + LEASE_MS,
    )  # fmt: skip
    return issue(root, own)


def begin_life(directory: Path, name: str, life: int, *, now_ms: int) -> None:
    """Have central write under another life from now on; the server must not be running. Raises as `load`."""
    own = load(directory)
    message = certificate(own.root, own.central.public, name, life, now_ms=now_ms)
    write_whole(directory / FOLDER / "central.cert", message)


def load(directory: Path) -> Keys:
    """Read DIR/keys.

    Raises:
        Unavailable: `key_file_open` (others may read it), `key_file_wrong` or `key_file_missing`.
        OSError: a file may not be read.
    """
    folder = directory / FOLDER
    try:
        return _load(folder)
    except FileNotFoundError as error:
        raise Unavailable("key_file_missing", file=error.filename) from None


def require_fit_to_serve(directory: Path, keys: Keys) -> None:
    """Make sure that nodes will believe central and TLS can begin; `verify` needs neither.

    Raises:
        Unavailable: `key_file_missing` or `key_file_wrong`.
    """
    try:
        admit(keys.root.public, keys.certificate)
    except NotTrusted:
        raise Unavailable("key_file_wrong", file=str(directory / FOLDER / "central.cert")) from None
    for path in (keys.tls_certificate, keys.tls_key):
        if not path.is_file():
            raise Unavailable("key_file_missing", file=str(path))
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(keys.tls_certificate, keys.tls_key)
    except ssl.SSLError:
        raise Unavailable("key_file_wrong", file=f"{keys.tls_certificate} / {keys.tls_key}") from None


def _load(folder: Path) -> Keys:
    own = (folder / "central.cert").read_bytes()
    try:
        author = Author(CENTRAL, unproved(own).incarnation)
    except NotTrusted:
        raise Unavailable("key_file_wrong", file=str(folder / "central.cert")) from None
    return Keys(
        root=SHIPPED.key(_seed(folder / "root.key")),
        central=SHIPPED.key(_seed(folder / "central.key")),
        author=author,
        certificate=own,
        ca_pem=(folder / "tls-ca.pem").read_text(encoding="ascii"),
        tls_certificate=folder / "tls.pem",
        tls_key=folder / "tls.key",
    )


def _seed(path: Path) -> bytes:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise Unavailable("key_file_open", file=str(path))
    seed = path.read_bytes()
    if len(seed) != SEED_SIZE:
        raise Unavailable("key_file_wrong", file=str(path))
    return seed
