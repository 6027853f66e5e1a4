"""Makes a region's directory: whole or not at all, so that a failed start leaves nothing half usable behind."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from central import accounts, keys, settings
from central.accounts import Role
from central.database import open_writer
from central.settings import Settings
from fleet.errors import RuleBroken
from fleet.ports import Randomness


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
