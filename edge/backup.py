"""A backup of a node: one file that proves itself, made while the node runs, and no secret in it without a passphrase.

    FILE (zip)  = node.toml · grant.cbor · core.db · telemetry.db · blobs/NAME · secrets · list · backup.cose
    list        = [[name, size, SHA-256] of each file before it ...]
    backup.cose = [version, unit, node, incarnation, time_ms, own records, SHA-256 of the list],
                  signed by the node's key, which the grant beside it certifies up to the region's authority
    secrets     = salt · nonce · ChaCha20-Poly1305(Argon2id(passphrase, salt), [node.key, device.secret, local.db])

Each database is copied at one moment by SQLite's own backup; blobs come after it and only ever become more, so every
scan that a record names and that was here is in the file. Of keys only those in `secrets` travel: the node's own, the
one that binds PINs to this device, and people's keys, which their PINs wrap besides. The TLS key is made anew.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from pysqlite3 import dbapi2

from edge import home as node_home
from edge import place
from edge import settings as node_settings
from edge.place import Place
from edge.store.blobs import FOLDER
from edge.store.engine import disk_errors, open_reader
from fleet.errors import BadInput, NotAllowed, NotFound, NotTrusted
from fleet.ledger import cose, enrolment
from fleet.ledger.canonical import Value, decode, encode
from fleet.ledger.granting import certified
from fleet.ledger.operation import Author, author_of
from fleet.ledger.suite import of_key
from fleet.ports import Clock, Randomness
from machine.files import write_new, write_whole

VERSION = 1
MANIFEST, LIST, SECRETS = "backup.cose", "list", "secrets"
PLAIN = (node_settings.FILE_NAME, node_home.GRANT)
DATABASES = ("core.db", "telemetry.db")
SEALED = ("node.key", "device.secret", "local.db")
PASSPHRASE_LENGTH_MIN = 12
MEMORY_KIB, PASSES, LANES = 65_536, 3, 4
"""Argon2id cost (RFC 9106, 4, second choice): opened once in a node's life, on the machine that takes its place."""
PIECE_SIZE = 1 << 20
LIST_SIZE_MAX = 64 << 20
SECRETS_SIZE_MAX = 64 << 20
_SALT_SIZE, _NONCE_SIZE = 16, 12


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup says of itself, proved: whose, of when (UTC ms), with how many `own` records, and its files."""

    unit: str
    author: Author
    time_ms: int
    own: int
    root_public: bytes
    files: tuple[tuple[str, int, bytes], ...]

    @property
    def size(self) -> int:
        """Bytes of all files, as they lie in a node's directory."""
        return sum(size for _, size, _ in self.files)


def write(home: Path, file: Path, passphrase: str, clock: Clock, randomness: Randomness) -> Backup:
    """Write a backup of the node in `home`, which may be running, to `file`, which must not be there.

    Raises:
        BadInput: `file_exists`, or `passphrase_short`.
        NotFound, NotTrusted: `no_records_yet`, or the node is not enrolled, or its grant does not hold.
        Unavailable: a disk refused; nothing of the file is left.
    """
    if len(passphrase) < PASSPHRASE_LENGTH_MIN:
        raise BadInput("passphrase_short", field="passphrase", least=PASSPHRASE_LENGTH_MIN)
    if file.exists():
        raise BadInput("file_exists", file=str(file))
    known = node_home.enrolled(home)
    with disk_errors(file), tempfile.TemporaryDirectory(prefix=f".{file.name}.", dir=file.parent) as scratch:
        taken = Path(scratch)
        for name in (*DATABASES, "local.db"):
            _copy_database(home / name, taken / name)
        if not (taken / "core.db").exists():
            raise NotFound("no_records_yet", directory=str(home))
        own = _own(taken / "core.db", known.identity.author)
        part = taken / "part"
        with zipfile.ZipFile(part, "x", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            entries = [_add(archive, name, home / name) for name in PLAIN]
            entries += [_add(archive, name, taken / name) for name in DATABASES if (taken / name).exists()]
            entries += [_add(archive, f"{FOLDER}/{path.name}", path) for path in _blobs(home)]
            where = zip((home, home, taken), SEALED, strict=True)
            secrets = encode([_content(folder / name) for folder, name in where])
            entries.append(_put(archive, SECRETS, _seal(secrets, passphrase, randomness)))
            _, _, listed = _put(archive, LIST, encode([[name, size, digest] for name, size, digest in entries]))
            payload = encode([VERSION, known.grant.unit, *known.identity.author, clock.now_ms(), own, listed])
            message = cose.sign1(known.identity.suite, known.identity.key, "backup", payload)
            archive.writestr(MANIFEST, message)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.chmod(0o600)
        made = prove(part)
        part.rename(file)
    return made


def prove(file: Path) -> Backup:
    """Prove a backup from its bytes alone: its signature up to the region's authority, and the hash of every file.

    Raises:
        NotFound: `file_missing`.
        NotTrusted: `backup_wrong`, with what is wrong and where; `backup_newer`, made by a later version.
    """
    with _opened(file) as archive:
        backup = _manifest(archive)
        names = [name for name in archive.namelist() if name not in (LIST, MANIFEST)]
        if sorted(names) != sorted(name for name, _, _ in backup.files):
            raise NotTrusted("backup_wrong", file=str(file), detail="files")
        for name, size, digest in backup.files:
            if _digest(archive, name, size) != digest:
                raise NotTrusted("backup_wrong", file=str(file), detail=name)
    return backup


def restore(file: Path, home: Path, passphrase: str, *, machine: str, now_ms: int) -> Backup:
    """Put a node back into `home`, which must hold nothing: whole, or not at all. It is cold from then on, on `machine`
    (see `edge.place`).

    Raises:
        NotAllowed: `node_exists`, or `passphrase_wrong`.
        NotFound, NotTrusted: see `prove`.
        Unavailable: the disk refused; nothing is left behind.
    """
    if home.exists() and any(home.iterdir()):
        raise NotAllowed("node_exists", directory=str(home))
    backup = prove(file)
    author = f"{backup.author.node}.{backup.author.incarnation}"
    with _opened(file) as archive, disk_errors(home):
        secrets = _unseal(_small(archive, SECRETS, SECRETS_SIZE_MAX), passphrase)
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            (home / FOLDER).mkdir(mode=0o700)
            place.write(home, Place(machine=machine, author=author, cold="restored", since_ms=now_ms))
            for name, content in zip(SEALED, secrets, strict=True):
                if content:
                    write_whole(home / name, content)
            for name, _, _ in sorted(backup.files, key=lambda one: one[0] == node_settings.FILE_NAME):
                if name != SECRETS:  # the settings come last: a directory without them is no node yet
                    with archive.open(name) as packed:
                        _unpack(packed, home / name)
        except BaseException:
            shutil.rmtree(home, ignore_errors=True)
            raise
    return backup


def _manifest(archive: zipfile.ZipFile) -> Backup:
    file = str(archive.filename)
    try:
        grant = enrolment.read_grant(_small(archive, node_home.GRANT, enrolment.FILE_SIZE_MAX))
        listed = _small(archive, LIST, LIST_SIZE_MAX)
        public = certified(grant.root_public, grant.node_certificate).public
        payload = cose.open1(of_key(public), public, "backup", _small(archive, MANIFEST, cose.SIZE_MAX))
        match decode(payload):
            case [int() as version, str() as unit, int() as node, int() as incarnation, int() as time_ms, int() as own,
                  bytes() as digest] if version == VERSION and digest == hashlib.sha256(listed).digest():  # fmt: skip
                files = _files(decode(listed, size_max=LIST_SIZE_MAX))
                return Backup(unit, author_of(node, incarnation), time_ms, own, grant.root_public, files)
            case [int() as version, *_] if version > VERSION:
                raise NotTrusted("backup_newer", file=file)
    except (KeyError, NotTrusted) as refused:
        if isinstance(refused, NotTrusted) and refused.code == "backup_newer":
            raise
    raise NotTrusted("backup_wrong", file=file, detail=MANIFEST)


def _files(listed: Value) -> tuple[tuple[str, int, bytes], ...]:
    if not isinstance(listed, list):
        raise NotTrusted("backup_form")
    return tuple(map(_entry, listed))


def _entry(value: Value) -> tuple[str, int, bytes]:
    match value:
        case [str() as name, int() as size, bytes() as digest] if _is_ours(name):
            return name, size, digest
    raise NotTrusted("backup_form")


def _is_ours(name: str) -> bool:
    folder, _, blob = name.partition("/")
    if folder == FOLDER:
        return all(letter in "0123456789abcdef" for letter in blob.removesuffix(".outline")) and bool(blob)
    return name in (*PLAIN, *DATABASES, SECRETS)


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    if not file.is_file():
        raise NotFound("file_missing", file=str(file))
    try:
        with disk_errors(file), zipfile.ZipFile(file) as archive:
            yield archive
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, RuntimeError, ValueError):
        raise NotTrusted("backup_wrong", file=str(file), detail="zip") from None


def _small(archive: zipfile.ZipFile, name: str, size_max: int) -> bytes:
    with archive.open(name) as packed:
        return packed.read(size_max)


def _digest(archive: zipfile.ZipFile, name: str, size: int) -> bytes:
    """The hash of a file; b"" if it is longer than it should be."""
    digest, left = hashlib.sha256(), size
    with archive.open(name) as packed:
        while piece := packed.read(PIECE_SIZE):
            left -= len(piece)
            if left < 0:
                return b""
            digest.update(piece)
    return digest.digest()


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> tuple[str, int, bytes]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file, archive.open(name, "w", force_zip64=True) as packed:
        while piece := file.read(PIECE_SIZE):
            packed.write(piece)
            digest.update(piece)
            size += len(piece)
    return name, size, digest.digest()


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> tuple[str, int, bytes]:
    archive.writestr(name, content)
    return name, len(content), hashlib.sha256(content).digest()


def _unpack(packed: IO[bytes], path: Path) -> None:
    write_new(path, iter(lambda: packed.read(PIECE_SIZE), b""))


def _content(path: Path) -> bytes:
    """What is in a small file; b"" if there is none."""
    return path.read_bytes() if path.exists() else b""


def _copy_database(source: Path, target: Path) -> None:
    """Copy a database as it stands at one moment, whoever writes to it meanwhile."""
    if not source.exists():
        return
    with disk_errors(source), closing(open_reader(source)) as db, closing(dbapi2.connect(str(target))) as copy:
        db.conn.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")


def _own(core: Path, author: Author) -> int:
    with disk_errors(core), closing(open_reader(core)) as db:
        asked = "SELECT count(*) FROM operations WHERE node=? AND incarnation=? AND verdict<>'fork'"
        return int(db.conn.execute(asked, tuple(author)).fetchone()[0])


def _blobs(home: Path) -> list[Path]:
    folder = home / FOLDER
    return sorted(path for path in folder.iterdir() if _is_ours(f"{FOLDER}/{path.name}")) if folder.is_dir() else []


def _seal(content: bytes, passphrase: str, randomness: Randomness) -> bytes:
    salt, nonce = randomness.bytes(_SALT_SIZE), randomness.bytes(_NONCE_SIZE)
    return salt + nonce + ChaCha20Poly1305(_derive(passphrase, salt)).encrypt(nonce, content, SECRETS.encode())


def _unseal(sealed: bytes, passphrase: str) -> list[bytes]:
    salt, nonce, rest = sealed[:_SALT_SIZE], sealed[_SALT_SIZE:][:_NONCE_SIZE], sealed[_SALT_SIZE + _NONCE_SIZE :]
    try:
        content = ChaCha20Poly1305(_derive(passphrase, salt)).decrypt(nonce, rest, SECRETS.encode())
    except InvalidTag:
        raise NotAllowed("passphrase_wrong") from None
    match decode(content, size_max=SECRETS_SIZE_MAX):
        case [bytes(), bytes(), bytes()] as secrets:
            return [bytes(secret) for secret in secrets if isinstance(secret, bytes)]
    raise NotTrusted("backup_form")


def _derive(passphrase: str, salt: bytes) -> bytes:
    kdf = Argon2id(salt=salt, length=32, iterations=PASSES, lanes=LANES, memory_cost=MEMORY_KIB)
    return kdf.derive(passphrase.encode())
