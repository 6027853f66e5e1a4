"""Makes a region's directory: whole or not at all, so that a failed start leaves nothing half usable behind."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from central import accounts, keys, settings
from central.accounts import Role
from central.database import open_writer
from central.settings import Settings
from fleet.errors import NotAllowed, RuleBroken, Unavailable
from fleet.ports import Randomness

LOCK = "central.lock"


@contextmanager
def alone(directory: Path) -> Iterator[TextIO]:
    """Hold the directory for one process; what it writes into the file it is given, others read to find it.

    Raises:
        NotAllowed: `central_running`.
    """
    (directory / LOCK).touch(mode=0o600)  # who can open a file can lock it
    with (directory / LOCK).open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotAllowed("central_running", directory=str(directory)) from None
        lock.truncate(0)
        yield lock


def address_of_running(directory: Path) -> str:
    """Where the server that holds the directory answers on this machine.

    Raises:
        Unavailable: `central_silent`: it has not said so yet.
    """
    address = (directory / LOCK).read_text(encoding="ascii").strip()
    if not address:
        raise Unavailable("central_silent", directory=str(directory), detail="")
    return address


def create(
    directory: Path, own: Settings, *, account: str, role: Role, secret: str, now_ms: int, randomness: Randomness
) -> None:
    """Make DIR with keys, an empty database, the first account and settings.

    Raises:
        RuleBroken: `central_exists`: the directory holds something.
        BadInput: the account's name.
        OSError: the directory cannot be made.
    """
    if directory.is_dir() and any(directory.iterdir()):
        raise RuleBroken("central_exists", directory=str(directory))
    directory.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))  # 0700
    try:
        keys.make(building, own.name, own.addresses, now_ms=now_ms, randomness=randomness)
        connection = open_writer(settings.database_url(building, own))
        try:
            accounts.add(connection, account, role, secret, now_ms=now_ms)
        finally:
            connection.close()
        settings.save(building, own)
        building.rename(directory)  # takes the place of an empty directory, if there is one
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
