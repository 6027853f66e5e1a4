"""The two custodians of sealed fields: their key files, which only they can use, and whom a region has named.

    FILE                 one custodian's key, wrapped by a passphrase; stays with its custodian, best on a stick
    DIR/custodians.json  the names and public keys of the two; every unit is told of them when it is next heard

Supervision opens what is sealed with both (Art. 3, 10 (4)): neither of them alone, and nobody at central, reads a word.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from msgspec import Struct

from central.accounts import PASSPHRASE_LENGTH_MIN
from central.keys import Keys
from fleet.errors import BadInput, NotAllowed
from fleet.ledger import escrow, kinds
from fleet.ledger.names import is_name
from fleet.ledger.replica import Replica, Statement
from fleet.ledger.suite import SHIPPED, SigningKey
from fleet.ports import Randomness
from machine.files import write_new

FILE = "custodians.json"
FILE_SIZE_MAX = 4096
MEMORY_KIB, PASSES, LANES = 65_536, 3, 1
"""Argon2id cost: a key file may be copied, and is then tried at leisure."""


class Custodian(Struct, frozen=True):
    """Who somebody is: a name and a public key."""

    name: str
    public: bytes


class KeyFile(Struct, frozen=True):
    """A custodian's key as it lies on disk."""

    name: str
    public: bytes
    salt: bytes
    nonce: bytes
    wrapped: bytes


class Appointment(Struct, frozen=True):
    """Whom a region has named, and when (UTC ms)."""

    inner: Custodian
    outer: Custodian
    issued_ms: int

    def content(self) -> dict[str, Any]:
        """What the root signs of it."""
        names = {"inner_name": self.inner.name, "outer_name": self.outer.name}
        return {"inner": self.inner.public, "outer": self.outer.public, "issued_ms": self.issued_ms, **names}


def make_key(file: Path, name: str, passphrase: str, randomness: Randomness) -> Custodian:
    """Make a custodian's key.

    Raises:
        BadInput: `passphrase_length` or `field_missing`; OSError: the file is there already, or cannot be written.
    """
    if len(passphrase) < PASSPHRASE_LENGTH_MIN:
        raise BadInput("passphrase_length", field="passphrase", least=PASSPHRASE_LENGTH_MIN, most="-")
    if not is_name(name):
        raise BadInput("field_missing", field="name")
    seed, salt, nonce = randomness.bytes(32), randomness.bytes(16), randomness.bytes(12)
    public = SHIPPED.key(seed).public
    wrapped = ChaCha20Poly1305(_derive(passphrase, salt)).encrypt(nonce, seed, public)
    data = msgspec.json.encode(KeyFile(name, public, salt, nonce, wrapped))
    write_new(file, [data])
    return Custodian(name, public)


def read_key(file: Path) -> KeyFile:
    """A custodian's key file; BadInput `custodian_file` if it is none."""
    try:
        with file.open("rb") as opened:
            return msgspec.json.decode(opened.read(FILE_SIZE_MAX), type=KeyFile)
    except msgspec.DecodeError:
        raise BadInput("custodian_file", field="file", value=file.name) from None


def unlock(key: KeyFile, passphrase: str) -> SigningKey:
    """A custodian's key, for the right passphrase; NotAllowed `custodian_passphrase`."""
    try:
        seed = ChaCha20Poly1305(_derive(passphrase, key.salt)).decrypt(key.nonce, key.wrapped, key.public)
    except (InvalidTag, ValueError):
        raise NotAllowed("custodian_passphrase", article="10", name=key.name) from None
    return SHIPPED.key(seed)


def appoint(directory: Path, inner: KeyFile, outer: KeyFile, now_ms: int) -> Appointment:
    """Name the two custodians of a region; BadInput `custodians_same` for one and the same."""
    if inner.public == outer.public:
        raise BadInput("custodians_same", field="outer")
    named = Appointment(Custodian(inner.name, inner.public), Custodian(outer.name, outer.public), now_ms)
    part = directory / f".{FILE}"
    part.write_bytes(msgspec.json.encode(named))
    part.replace(directory / FILE)
    return named


def appointed(directory: Path) -> Appointment | None:
    """Whom a region has named; None if nobody."""
    try:
        return msgspec.json.decode((directory / FILE).read_bytes(), type=Appointment)
    except FileNotFoundError:
        return None


def tell(replica: Replica, unit: str, named: Appointment, own: Keys) -> None:
    """Put on record in a unit's ledger who the custodians are, if that is not on record already."""
    known = escrow.custody(replica.state)
    if known is None or dict(known.content) != named.content():
        message = escrow.appoint(own.root, unit, named.content())
        replica.write([Statement(kinds.REGION_ESCROW, kinds.REGION + unit, message)])


def _derive(passphrase: str, salt: bytes) -> bytes:
    derive = Argon2id(salt=salt, length=32, iterations=PASSES, lanes=LANES, memory_cost=MEMORY_KIB)
    return derive.derive(passphrase.encode())
