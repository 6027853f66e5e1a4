"""Files of this machine as options of a form: what lies in a directory, the newest first, while a path is typed.

While one types nothing is opened but directories; what cannot be looked into has nothing to offer. A directory ends in
`/`: choosing one goes on into it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from machine.files import write_whole
from tui.rows.fields import Option

SCANS = {".pdf": "application/pdf", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png"}
"""Endings of scans, and what they are."""
OFFERED_MAX = 200
FOLDER = "ORTOO_SCANS"
"""The variable that names the folder a scanner or a phone puts its files into."""


def folder(environment: Mapping[str, str]) -> Path:
    """Where to look first: the import folder, else home."""
    return Path(environment.get(FOLDER) or environment.get("HOME") or "/")


def offered(typed: str, start: Path, endings: Iterable[str]) -> list[Option]:
    """What a path typed so far may become; an empty one begins in `start`. No endings: any file."""
    path = Path(typed).expanduser() if typed else start
    into, begins = (path, "") if not typed or typed.endswith("/") else (path.parent, path.name)
    try:
        with os.scandir(into) as entries:
            found = [
                (entry.is_dir(), entry.stat().st_mtime, entry.name)
                for entry in entries
                if not entry.name.startswith(".") and begins.casefold() in entry.name.casefold()
            ]
    except OSError:
        return []
    ends = tuple(endings)
    kept = [each for each in found if each[0] or not ends or each[2].casefold().endswith(ends)]
    kept.sort(key=lambda each: (each[0], -each[1], each[2]))
    return [
        Option(f"{into / name}/" if directory else str(into / name), f"{name}/" if directory else name)
        for directory, _, name in kept[:OFFERED_MAX]
    ]


def ending(path: str) -> str:
    """The ending of a file's name, in small letters."""
    return Path(path).suffix.casefold()


def read(path: str, size_max: int) -> bytes:
    """What a file holds; OSError if it cannot be read, or holds more."""
    with Path(path).expanduser().open("rb") as file:
        data = file.read(size_max + 1)
    if len(data) > size_max:
        raise OSError(path)
    return data


def write(path: str, data: bytes) -> Path:
    """Write a file whole or not at all, and say where it is; OSError if it cannot be written."""
    whole = Path(path).expanduser().absolute()
    write_whole(whole, data)
    return whole
