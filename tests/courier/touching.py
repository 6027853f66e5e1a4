"""A backup that somebody had in his hands: the same file with one of its parts changed, left out, or one put in."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

WAYS = ("changed", "left out", "put in")


def touched(file: Path, scratch: Path, how: str) -> Iterator[Path]:
    """A copy for each part of a backup, that part touched; where one is `put in`, its name leads out of the folder."""
    with zipfile.ZipFile(file) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    for number, name in enumerate(parts):
        copy = scratch / f"touched {number}"
        with zipfile.ZipFile(copy, "w") as other:
            for each, content in parts.items():
                if each == name and how == "changed":
                    content = content[:-1] + bytes([content[-1] ^ 1])  # noqa: PLW2901 - the part as it was touched
                if not (each == name and how == "left out"):
                    other.writestr(each, content)
            if how == "put in":
                other.writestr("../../evil", b"x")
        yield copy
