"""Bundle files on media nobody vouches for. Opens what is a plain file and nothing else, and never twice by name.

    out   a part file beside the target -> synced -> read back and compared -> renamed -> the directory synced
    in    a copy, read in pieces no larger than PIECE_SIZE and no further than was stated, to a place of our own

A link, a pipe, a device or a directory under a bundle's name is refused by name, without waiting on it. A medium that
is pulled out is `medium_gone`; what was there before is untouched, and a part file is cleared away by the next try.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from fleet.errors import BadInput, NotFound, NotTrusted, Unavailable

PIECE_SIZE = 1 << 20
PART = ".part"
Progress = Callable[[str, int, int], None]
"""Told a stage of long work (a key of `bundle.stage.`), how much of it is done and how much there is, in bytes."""

_KINDS = {
    stat.S_IFLNK: "link",
    stat.S_IFIFO: "pipe",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
    stat.S_IFDIR: "directory",
    stat.S_IFSOCK: "socket",
}
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_GONE = {errno.EIO, errno.ENXIO, errno.ENODEV, errno.ESTALE, errno.EROFS}
_NOT_SYNCED = {errno.EINVAL, errno.ENOTSUP}
"""What a file system answers that does not sync directories, as on most sticks."""


def silent(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


def write_out(path: Path, pieces: Iterable[bytes], size: int, progress: Progress = silent) -> None:
    """Write a file of `size` bytes that was not there before: whole, read back and safe, or not at all.

    Raises:
        BadInput: `file_exists`.
        Unavailable: `medium_full`, `medium_gone`, `disk_failed`, or `medium_wrong`: what was read back is not what was
            written.
    """
    with _medium(path):
        if path.is_symlink() or path.exists():
            raise BadInput("file_exists", file=str(path))
        part = path.with_name(f".{path.name}{PART}")
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "w+b", buffering=0) as file:
                written = _write(file, pieces, size, progress)
                os.fsync(descriptor)
                _forget_cached(descriptor)
                if _digest(file, size, progress) != written:
                    raise Unavailable("medium_wrong", file=str(path))
            part.rename(path)
            _sync_directory(path.parent)
        except BaseException:
            with suppress(OSError):
                part.unlink()
            raise


def _write(file: BinaryIO, pieces: Iterable[bytes], size: int, progress: Progress) -> bytes:
    digest, done = hashlib.sha256(), 0
    for piece in pieces:
        at = 0
        while at < len(piece):
            at += file.write(piece[at:])
        digest.update(piece)
        done += len(piece)
        progress("writing", done, size)
    return digest.digest()


def _digest(file: BinaryIO, size: int, progress: Progress) -> bytes:
    digest, done = hashlib.sha256(), 0
    file.seek(0)
    while piece := file.read(PIECE_SIZE):
        digest.update(piece)
        done += len(piece)
        progress("comparing", done, size)
    return digest.digest()


def _forget_cached(descriptor: int) -> None:
    """Ask for what is on the medium, not for what is still in memory."""
    with suppress(OSError, AttributeError):
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NOT_SYNCED:
            raise
    finally:
        os.close(descriptor)


@contextmanager
def copied(path: Path, scratch: Path, size_max: int, progress: Progress = silent) -> Iterator[BinaryIO]:
    """A copy of a file in `scratch` that has no name and ends with the block; its position is at the beginning.

    Raises:
        NotFound: `file_missing`.
        BadInput: `file_kind`: it is no plain file; `kind` says what it is.
        NotTrusted: `bundle_too_large`, or `bundle_size`: it is not as long as the medium says.
        Unavailable: `medium_gone`, or `disk_full` where the copy goes.
    """
    with _scratch_file(scratch) as copy:
        with _medium(path):
            descriptor = _open_plain(path)
            try:
                stated = os.fstat(descriptor).st_size
                if stated > size_max:
                    raise NotTrusted("bundle_too_large", size=stated, most=size_max)
                _fill(copy, _read(descriptor, stated, progress), scratch)
            finally:
                os.close(descriptor)
        copy.seek(0)
        yield copy


@contextmanager
def _scratch_file(scratch: Path) -> Iterator[BinaryIO]:
    try:
        copy = tempfile.TemporaryFile(dir=scratch, buffering=0)  # noqa: SIM115 - closed below
    except OSError as error:
        raise _disk(error, scratch) from error
    with copy:
        yield copy


def _fill(copy: BinaryIO, pieces: Iterator[bytes], scratch: Path) -> None:
    for piece in pieces:
        try:
            at = 0
            while at < len(piece):
                at += copy.write(piece[at:])
        except OSError as error:
            raise _disk(error, scratch) from error


def _open_plain(path: Path) -> int:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except FileNotFoundError:
        raise NotFound("file_missing", file=str(path)) from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise BadInput("file_kind", file=str(path), kind="link") from None
        if error.errno == errno.ENXIO and not path.is_file():
            raise BadInput("file_kind", file=str(path), kind=_kind(path.lstat().st_mode)) from None
        raise
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise BadInput("file_kind", file=str(path), kind=_kind(mode))
    return descriptor


def _read(descriptor: int, stated: int, progress: Progress) -> Iterator[bytes]:
    done = 0
    while done < stated:
        piece = os.read(descriptor, min(PIECE_SIZE, stated - done))
        if not piece:
            raise NotTrusted("bundle_size", size=done, stated=stated)
        done += len(piece)
        progress("reading", done, stated)
        yield piece
    if os.read(descriptor, 1):
        raise NotTrusted("bundle_size", size=done + 1, stated=stated)


def _kind(mode: int) -> str:
    return _KINDS.get(stat.S_IFMT(mode), "device")


def _disk(error: OSError, place: Path) -> Unavailable:
    code = "disk_full" if error.errno in _FULL else "disk_failed"
    return Unavailable(code, file=str(place), detail=error.strerror)


@contextmanager
def _medium(path: Path) -> Iterator[None]:
    """What the system says of the medium, as a refusal."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise Unavailable("medium_full", file=str(path)) from error
        if error.errno in _GONE or not path.parent.exists():
            raise Unavailable("medium_gone", file=str(path), detail=error.strerror) from error
        raise Unavailable("disk_failed", file=str(path), detail=error.strerror) from error
