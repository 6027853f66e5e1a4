"""Files of the owner's alone, and what a power cut or the end of a process leaves of them."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterable
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read; after a power cut it is there as a whole, or as it was before.

    Raises:
        OSError: it cannot be written; what was there before stays.
    """
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    write_new(new, [content])
    new.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def write_new(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file that only its owner can read where there is none yet; all of it is on the disk on return.

    Raises:
        FileExistsError: there is one already, and it stays as it is; OSError: it cannot be written.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.writelines(pieces)
        file.flush()
        os.fsync(file.fileno())


def outliving(path: Path, size: int) -> mmap.mmap:
    """So many bytes that outlive this process, if not a power cut: a file of the owner's, mapped. All zero at first.

    Raises:
        OSError: the file cannot be made or read.
    """
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        if os.fstat(file.fileno()).st_size != size:
            file.truncate(0)
            file.write(bytes(size))  # written, not only made longer: what is mapped must have its place on the disk
            file.flush()
        return mmap.mmap(file.fileno(), size)
