"""The real clock, the real randomness, and memory that outlives a process: what is asked of the operating system."""

from __future__ import annotations

import gc
import hmac
import mmap
import os
import secrets
import time
from pathlib import Path


class SystemClock:
    """The machine's clocks."""

    def now_ms(self) -> int:
        """UTC milliseconds."""
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        """Seconds that only ever grow."""
        return time.monotonic()


class SystemRandomness:
    """The operating system's generator."""

    def bytes(self, size: int) -> bytes:
        """Random bytes fit for keys."""
        return secrets.token_bytes(size)

    def below(self, limit: int) -> int:
        """A random integer in [0, limit)."""
        return secrets.randbelow(limit)


MACHINE_ID = Path("/etc/machine-id")


def machine_mark() -> str:
    """A name of this machine that nobody can read its identity from; "" where the system gives it none."""
    try:
        identity = MACHINE_ID.read_bytes().strip()
    except OSError:
        return ""
    return hmac.digest(identity, b"ortoo node", "sha256").hex() if identity else ""


COLLECT_EVERY = 20_000
"""Objects made between two looks for garbage. What a ledger makes is hardly ever garbage in a ring; at the usual 700, a
month of it is looked through a thousand times while it is taken in."""


def pace_collector() -> None:
    """Look for rings of garbage less often, and never again through what was loaded until now."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY, 10, 10)


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
