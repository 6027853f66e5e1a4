"""A backup of a region: one file that proves itself (see `courier.backup`), made while central runs.

    open     central.toml · core.db, without accounts · custodians.json · alive.json
    secrets  each key of DIR/keys · the accounts
    manifest [version, "central", root's public key, name, time_ms, operations held, SHA-256 of the list], signed by the
             root itself: whoever knows the region's fingerprint can tell whose backup it is

What was done after the backup is lost here and nowhere else: nodes bring their logs, central's own words among them,
and the receipts they were given; a node granted since is known by its certificate. So that nothing is said twice
meanwhile, a region that comes back

* writes under another life: what it wrote after the backup is out there, under numbers it does not know;
* leaves out SPARED_BLOCKS of the numbers of nodes;
* agrees anew on the keys of its radios, whose counters must never run twice.
"""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, select

from central import accounts, custodians, keys, nodes, settings, silence
from central.database import FILE_NAME, alone, copy_database, disk_errors, file_url, open_writer
from central.tables import operations
from courier import backup as archives
from courier.backup import Archive, Listed
from fleet.errors import BadInput, NotTrusted, RuleBroken, Unavailable
from fleet.ledger import cose
from fleet.ledger.canonical import Value, decode, encode
from fleet.ledger.certificate import CENTRAL
from fleet.ledger.operation import INCARNATION_BITS
from fleet.ledger.suite import of_key
from fleet.ports import Clock, Randomness
from machine.files import write_new

CONTEXT = "region-backup"
PLAIN = (settings.FILE_NAME, custodians.FILE, silence.FILE)
SEALED = tuple(f"{keys.FOLDER}/{name}" for name in (*keys.SECRET, *keys.OPEN))


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup says of itself, proved: of which region, of when (UTC ms), and how many operations it holds."""

    name: str
    root_public: bytes
    time_ms: int
    operations: int
    files: tuple[Listed, ...]

    @property
    def size(self) -> int:
        """Bytes of all files, as they lie in a region's directory."""
        return sum(entry.size for entry in self.files)


def write(directory: Path, file: Path, passphrase: str, clock: Clock, randomness: Randomness) -> Backup:
    """Write a backup of the region in `directory`, which may be running, to `file`, which must not be there.

    Raises:
        BadInput: `file_exists`, `passphrase_short`, or `database_elsewhere`: the records lie in a database server.
        NotFound: no region there.
        Unavailable: a disk refused; nothing of the file is left.
    """
    archives.require_new(file, passphrase)
    own, own_keys = settings.load(directory), keys.load(directory)
    if own.database:
        raise BadInput("database_elsewhere", directory=str(directory), field="database")
    with _disk(file), tempfile.TemporaryDirectory(prefix=f".{file.name}.", dir=file.parent) as scratch:
        taken = Path(scratch)
        now_ms = clock.now_ms()
        copy_database(settings.database_url(directory, own), taken / FILE_NAME)
        with closing(open_writer(file_url(taken))) as copy:
            known = accounts.take_out(copy)
            held = _held(copy)
        alone(taken / FILE_NAME)

        def sign(listed: bytes) -> bytes:
            payload = [archives.VERSION, "central", own_keys.root.public, own.name, now_ms, held, listed]
            return cose.sign1(of_key(own_keys.root.public), own_keys.root, CONTEXT, encode(payload))

        opened = [(name, directory / name) for name in PLAIN if (directory / name).exists()]
        opened.append((FILE_NAME, taken / FILE_NAME))
        secrets = [(directory / name).read_bytes() for name in SEALED] + [encode([list(one) for one in known])]
        part = taken / "part"
        archives.write(part, opened, secrets, passphrase, randomness, sign)
        made = prove(part)
        part.rename(file)
    return made


def prove(file: Path) -> Backup:
    """Prove a backup from its bytes alone: the root's signature, and the hash of every file.

    Raises:
        NotFound: `file_missing`.
        NotTrusted: `backup_wrong`, with what is wrong and where; `backup_newer`, made by a later version.
    """
    with _disk(file), archives.reading(file) as archive:
        backup = _manifest(archive)
        archive.prove(backup.files)
    return backup


def restore(file: Path, directory: Path, passphrase: str, clock: Clock, randomness: Randomness) -> Backup:
    """Put a region back into `directory`, which must hold nothing: whole, or not at all.

    Raises:
        RuleBroken: `central_exists`; NotAllowed: `passphrase_wrong`.
        NotFound, NotTrusted: see `prove`.
        Unavailable: the disk refused; nothing is left behind.
    """
    if directory.exists() and any(directory.iterdir()):
        raise RuleBroken("central_exists", directory=str(directory))
    backup = prove(file)
    with _disk(directory), archives.reading(file) as archive:
        *key_files, known = archive.secrets(passphrase, len(SEALED) + 1)
        directory.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))  # 0700
        try:
            (building / keys.FOLDER).mkdir(mode=0o700)
            for name, content in zip(SEALED, key_files, strict=True):
                write_new(building / name, [content])
            for entry in backup.files:
                if entry.name != archives.SECRETS:
                    archive.unpack(entry.name, building / entry.name)
            with closing(open_writer(file_url(building))) as connection:
                accounts.put_back(connection, _accounts(known))
                life, first_node = _other_life(connection, randomness), nodes.spared(connection)
            keys.begin_life(building, backup.name, life, now_ms=clock.now_ms())
            settings.raise_first_node(building, first_node)
            building.rename(directory)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
    return backup


def _manifest(archive: Archive) -> Backup:
    wrong = archive.wrong(archives.MANIFEST)
    try:
        message = archive.manifest()
        match decode(cose.payload_of(message)):
            case [int() as version, "central", bytes() as root_public, str() as name, int() as time_ms, int() as held,
                  bytes() as digest] if version == archives.VERSION:  # fmt: skip
                cose.open1(of_key(root_public), root_public, CONTEXT, message)
                return Backup(name, root_public, time_ms, held, archive.files(digest, _is_ours))
            case [int() as version, "central", *_] if version > archives.VERSION:
                raise archive.newer()
    except (KeyError, NotTrusted) as refused:
        raise refused if isinstance(refused, NotTrusted) and refused.code == "backup_newer" else wrong from None
    raise wrong


def _is_ours(name: str) -> bool:
    return name in (*PLAIN, FILE_NAME, archives.SECRETS)


def _held(connection: Connection) -> int:
    with disk_errors(), connection.begin():
        return int(connection.execute(select(func.count()).select_from(operations)).scalar_one())


def _other_life(connection: Connection, randomness: Randomness) -> int:
    """A life of central's that is not on record here, by chance: two restores of one backup begin two lives."""
    with disk_errors(), connection.begin():
        lived = select(operations.c.incarnation).where(operations.c.node == CENTRAL).distinct()
        known = {keys.FIRST_LIFE, *connection.execute(lived).scalars()}
    open_ = [life for life in range(1, 1 << INCARNATION_BITS) if life not in known]
    if not open_:
        raise Unavailable("lives_spent")
    return open_[int.from_bytes(randomness.bytes(8)) % len(open_)]


def _accounts(content: bytes) -> list[tuple[str, str, str, int]]:
    found = []
    for row in _rows(decode(content, size_max=archives.SECRETS_SIZE_MAX)):
        match row:
            case [str() as name, str() as role, str() as secret, int() as made_ms]:
                found.append((name, role, secret, made_ms))
            case _:
                raise NotTrusted("backup_form")
    return found


def _rows(value: Value) -> list[Value]:
    if not isinstance(value, list):
        raise NotTrusted("backup_form")
    return value


@contextmanager
def _disk(path: Path) -> Iterator[None]:
    """Turn what engine and system say of a disk into `Unavailable`."""
    try:
        with disk_errors():
            yield
    except OSError as error:
        code = "disk_full" if error.errno in {errno.ENOSPC, errno.EDQUOT} else "disk_failed"
        raise Unavailable(code, file=str(path), detail=error.strerror or "") from error
