"""A backup as a file: one zip that proves itself, there whole or not at all, and no secret in it without a passphrase.

    FILE (zip)  = what lies open, file by file · secrets · list · backup.cose
    list        = [[name, size, SHA-256] of each file before it ...]
    backup.cose = what its maker says of it, the hash of the list among that, signed by the maker
    secrets     = salt · nonce · ChaCha20-Poly1305(Argon2id(passphrase, salt), [content of each secret ...])

Which files, and what the maker says of them, is the building's. Any zip program reads what lies open; whoever takes a
backup in believes a name, a size or a byte of it only once the maker's signature over the list was checked.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from fleet.errors import BadInput, NotAllowed, NotFound, NotTrusted
from fleet.ledger import cose
from fleet.ledger.canonical import Value, decode, encode
from fleet.ports import Randomness
from machine.files import write_new

VERSION = 1
MANIFEST, LIST, SECRETS = "backup.cose", "list", "secrets"
PASSPHRASE_LENGTH_MIN = 12
MEMORY_KIB, PASSES, LANES = 65_536, 3, 4
"""Argon2id cost (RFC 9106, 4, second choice): opened once in a directory's life, where it takes its place."""
PIECE_SIZE = 1 << 20
LIST_SIZE_MAX = 64 << 20
SECRETS_SIZE_MAX = 64 << 20
_SALT_SIZE, _NONCE_SIZE = 16, 12


class Listed(NamedTuple):
    """One file of a backup: its name, its size in bytes, and its SHA-256."""

    name: str
    size: int
    digest: bytes


def require_new(file: Path, passphrase: str) -> None:
    """Look, before anything is copied, whether a backup can be written.

    Raises:
        BadInput: `file_exists`, or `passphrase_short`.
    """
    if len(passphrase) < PASSPHRASE_LENGTH_MIN:
        raise BadInput("passphrase_short", field="passphrase", least=PASSPHRASE_LENGTH_MIN)
    if file.exists():
        raise BadInput("file_exists", file=str(file))


def write(
    part: Path,
    opened: Iterable[tuple[str, Path]],
    secrets: Sequence[bytes],
    passphrase: str,
    randomness: Randomness,
    sign: Callable[[bytes], bytes],
) -> None:
    """Write a backup to `part`, which is not there yet, and have it on the disk. `sign` makes the manifest of the hash
    of the list.

    Raises:
        OSError: a file cannot be read, or this one not written.
    """
    with zipfile.ZipFile(part, "x", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        entries = [_add(archive, name, path) for name, path in opened]
        entries.append(_put(archive, SECRETS, _seal(encode(list(secrets)), passphrase, randomness)))
        listed = _put(archive, LIST, encode([list(entry) for entry in entries]))
        archive.writestr(MANIFEST, sign(listed.digest))
    with part.open("rb") as written:
        os.fsync(written.fileno())
    part.chmod(0o600)


class Archive:
    """A backup that is being read. Nothing of it is believed before `files` and `prove`."""

    def __init__(self, file: Path, packed: zipfile.ZipFile) -> None:
        self._file, self._packed = str(file), packed

    def small(self, name: str, size_max: int) -> bytes:
        """The beginning of a file, at most so many bytes; KeyError if it is not there."""
        with self._packed.open(name) as packed:
            return packed.read(size_max)

    def manifest(self) -> bytes:
        """What its maker says of it: a COSE message."""
        return self.small(MANIFEST, cose.SIZE_MAX)

    def files(self, digest: bytes, is_ours: Callable[[str], bool]) -> tuple[Listed, ...]:
        """The files, by a list whose hash is `digest`; each by a name that `is_ours`.

        Raises:
            NotTrusted: `backup_wrong`: it is another list; `backup_form`: it cannot be read, or names what it may not.
        """
        listed = self.small(LIST, LIST_SIZE_MAX)
        if hashlib.sha256(listed).digest() != digest:
            raise self.wrong(LIST)
        entries = decode(listed, size_max=LIST_SIZE_MAX)
        if not isinstance(entries, list):
            raise NotTrusted("backup_form")
        return tuple(_listed(entry, is_ours) for entry in entries)

    def prove(self, files: Iterable[Listed]) -> None:
        """Look at every byte: these files and no others, each of its size and hash.

        Raises:
            NotTrusted: `backup_wrong`, with the name of the first that is not.
        """
        known = {entry.name: entry for entry in files}
        names = [name for name in self._packed.namelist() if name not in (LIST, MANIFEST)]
        if sorted(names) != sorted(known):
            raise self.wrong("files")
        for name in names:
            if self._digest(name, known[name].size) != known[name].digest:
                raise self.wrong(name)

    def secrets(self, passphrase: str, count: int) -> list[bytes]:
        """What is under the passphrase.

        Raises:
            NotAllowed: `passphrase_wrong`; NotTrusted: `backup_form`: it is not `count` secrets.
        """
        secrets = _unseal(self.small(SECRETS, SECRETS_SIZE_MAX), passphrase)
        if len(secrets) != count:
            raise NotTrusted("backup_form")
        return secrets

    def unpack(self, name: str, path: Path) -> None:
        """Write a file of the backup where none is yet; OSError if that cannot be."""
        with self._packed.open(name) as packed:
            write_new(path, iter(lambda: packed.read(PIECE_SIZE), b""))

    def wrong(self, detail: str) -> NotTrusted:
        """The refusal of this file for what is wrong in it."""
        return NotTrusted("backup_wrong", file=self._file, detail=detail)

    def newer(self) -> NotTrusted:
        """The refusal of what a later version made."""
        return NotTrusted("backup_newer", file=self._file)

    def _digest(self, name: str, size: int) -> bytes:
        """The hash of a file; b"" if it is longer than it should be."""
        digest, left = hashlib.sha256(), size
        with self._packed.open(name) as packed:
            while piece := packed.read(PIECE_SIZE):
                left -= len(piece)
                if left < 0:
                    return b""
                digest.update(piece)
        return digest.digest()


@contextmanager
def reading(file: Path) -> Iterator[Archive]:
    """A backup, for as long as the block lasts.

    Raises:
        NotFound: `file_missing`.
        NotTrusted: `backup_wrong`: it is no zip file, or a damaged one, or something in it is missing.
        OSError: it cannot be read.
    """
    if not file.is_file():
        raise NotFound("file_missing", file=str(file))
    try:
        with zipfile.ZipFile(file) as packed:
            yield Archive(file, packed)
    except KeyError as missing:
        raise NotTrusted("backup_wrong", file=str(file), detail=str(missing)) from None
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, RuntimeError, ValueError):
        raise NotTrusted("backup_wrong", file=str(file), detail="zip") from None


def _listed(value: Value, is_ours: Callable[[str], bool]) -> Listed:
    match value:
        case [str() as name, int() as size, bytes() as digest] if is_ours(name):
            return Listed(name, size, digest)
    raise NotTrusted("backup_form")


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> Listed:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file, archive.open(name, "w", force_zip64=True) as packed:
        while piece := file.read(PIECE_SIZE):
            packed.write(piece)
            digest.update(piece)
            size += len(piece)
    return Listed(name, size, digest.digest())


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> Listed:
    archive.writestr(name, content)
    return Listed(name, len(content), hashlib.sha256(content).digest())


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
        case list() as secrets if all(isinstance(secret, bytes) for secret in secrets):
            return [bytes(secret) for secret in secrets if isinstance(secret, bytes)]
    raise NotTrusted("backup_form")


def _derive(passphrase: str, salt: bytes) -> bytes:
    kdf = Argon2id(salt=salt, length=32, iterations=PASSES, lanes=LANES, memory_cost=MEMORY_KIB)
    return kdf.derive(passphrase.encode())
