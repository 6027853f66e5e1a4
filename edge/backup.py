"""A backup of a node: one file that proves itself (see `courier.backup`), made while the node runs.

    open     node.toml · grant.cbor · core.db · telemetry.db · blobs/NAME
    secrets  node.key · device.secret · local.db
    manifest [version, unit, node, incarnation, time_ms, own records, SHA-256 of the list], signed by the node's key,
             which the grant in it certifies up to the region's authority

Each database is copied at one moment by SQLite's own backup; blobs come after it and only ever become more, so every
scan that a record names and that was here is in the file. Of keys only those among the secrets travel: the node's own,
the one that binds PINs to this device, and people's keys, which their PINs wrap besides. The TLS key is made anew.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pysqlite3 import dbapi2

from courier import backup as archives
from courier.backup import Archive, Listed
from edge import home as node_home
from edge import place
from edge import settings as node_settings
from edge.place import Place
from edge.store.blobs import FOLDER
from edge.store.engine import disk_errors, open_reader
from fleet.errors import NotAllowed, NotFound, NotTrusted
from fleet.ledger import cose, enrolment
from fleet.ledger.canonical import decode, encode
from fleet.ledger.granting import certified
from fleet.ledger.operation import Author, author_of
from fleet.ledger.suite import of_key
from fleet.ports import Clock, Randomness
from machine.files import write_whole

PLAIN = (node_settings.FILE_NAME, node_home.GRANT)
DATABASES = ("core.db", "telemetry.db")
SEALED = ("node.key", "device.secret", "local.db")


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup says of itself, proved: whose, of when (UTC ms), with how many `own` records, and its files."""

    unit: str
    author: Author
    time_ms: int
    own: int
    root_public: bytes
    files: tuple[Listed, ...]

    @property
    def size(self) -> int:
        """Bytes of all files, as they lie in a node's directory."""
        return sum(entry.size for entry in self.files)


def write(home: Path, file: Path, passphrase: str, clock: Clock, randomness: Randomness) -> Backup:
    """Write a backup of the node in `home`, which may be running, to `file`, which must not be there.

    Raises:
        BadInput: `file_exists`, or `passphrase_short`.
        NotFound, NotTrusted: `no_records_yet`, or the node is not enrolled, or its grant does not hold.
        Unavailable: a disk refused; nothing of the file is left.
    """
    archives.require_new(file, passphrase)
    known = node_home.enrolled(home)
    with disk_errors(file), tempfile.TemporaryDirectory(prefix=f".{file.name}.", dir=file.parent) as scratch:
        taken = Path(scratch)
        for name in (*DATABASES, "local.db"):
            _copy_database(home / name, taken / name)
        if not (taken / "core.db").exists():
            raise NotFound("no_records_yet", directory=str(home))
        own = _own(taken / "core.db", known.identity.author)

        def sign(listed: bytes) -> bytes:
            payload = [archives.VERSION, known.grant.unit, *known.identity.author, clock.now_ms(), own, listed]
            return cose.sign1(known.identity.suite, known.identity.key, "backup", encode(payload))

        opened = [(name, home / name) for name in PLAIN]
        opened += [(name, taken / name) for name in DATABASES if (taken / name).exists()]
        opened += [(f"{FOLDER}/{path.name}", path) for path in _blobs(home)]
        secrets = [_content(folder / name) for folder, name in zip((home, home, taken), SEALED, strict=True)]
        part = taken / "part"
        archives.write(part, opened, secrets, passphrase, randomness, sign)
        made = prove(part)
        part.rename(file)
    return made


def prove(file: Path) -> Backup:
    """Prove a backup from its bytes alone: its signature up to the region's authority, and the hash of every file.

    Raises:
        NotFound: `file_missing`.
        NotTrusted: `backup_wrong`, with what is wrong and where; `backup_newer`, made by a later version.
    """
    with disk_errors(file), archives.reading(file) as archive:
        backup = _manifest(archive)
        archive.prove(backup.files)
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
    with archives.reading(file) as archive, disk_errors(home):
        secrets = archive.secrets(passphrase, len(SEALED))
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            (home / FOLDER).mkdir(mode=0o700)
            place.write(home, Place(machine=machine, author=author, cold="restored", since_ms=now_ms))
            for name, content in zip(SEALED, secrets, strict=True):
                if content:
                    write_whole(home / name, content)
            for name, _, _ in sorted(backup.files, key=lambda one: one.name == node_settings.FILE_NAME):
                if name != archives.SECRETS:  # the settings come last: a directory without them is no node yet
                    archive.unpack(name, home / name)
        except BaseException:
            shutil.rmtree(home, ignore_errors=True)
            raise
    return backup


def _manifest(archive: Archive) -> Backup:
    try:
        grant = enrolment.read_grant(archive.small(node_home.GRANT, enrolment.FILE_SIZE_MAX))
        public = certified(grant.root_public, grant.node_certificate).public
        payload = decode(cose.open1(of_key(public), public, "backup", archive.manifest()))
    except (KeyError, NotTrusted):
        raise archive.wrong(archives.MANIFEST) from None
    match payload:
        case [int() as version, str() as unit, int() as node, int() as incarnation, int() as time_ms, int() as own,
              bytes() as digest] if version == archives.VERSION:  # fmt: skip
            files = archive.files(digest, _is_ours)
            return Backup(unit, author_of(node, incarnation), time_ms, own, grant.root_public, files)
        case [int() as version, *_] if version > archives.VERSION:
            raise archive.newer()
    raise archive.wrong(archives.MANIFEST)


def _is_ours(name: str) -> bool:
    folder, _, blob = name.partition("/")
    if folder == FOLDER:
        return all(letter in "0123456789abcdef" for letter in blob.removesuffix(".outline")) and bool(blob)
    return name in (*PLAIN, *DATABASES, archives.SECRETS)


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
