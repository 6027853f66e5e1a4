"""What a console keeps for a person from one sitting to the next: alarms marked as looked at, forms not sent yet.

    STATE/ortoo/console/UNIT-PERSON-NODE.json      the owner's alone (0600), there whole after a power cut, or as before

Nothing secret is in it: forms leave PINs out. A file that cannot be read counts as none, and one that cannot be written
costs nothing but the keeping: work goes on.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from zlib import crc32

from machine.files import write_whole

SEEN_MAX, DRAFTS_MAX, SIZE_MAX = 2_000, 50, 1 << 20
"""Marks and forms kept, the oldest go first; bytes read of a file."""
Texts = dict[str, str]


def directory(environment: Mapping[str, str]) -> Path:
    """Where consoles of this account keep what they keep (XDG Base Directory Specification 0.8)."""
    home = Path(environment.get("HOME") or "/")
    return Path(environment.get("XDG_STATE_HOME") or home / ".local" / "state") / "ortoo" / "console"


class Kept:
    """Marks and drafts of whoever is signed in; without a directory they end with the console."""

    def __init__(self, where: Path | None = None) -> None:
        self._where, self._path = where, None if where is None else where / "nobody.json"
        self._seen: dict[str, None] = {}
        self._drafts: dict[str, Texts] = {}
        self._writing: asyncio.Task[None] | None = None
        self._stale = False

    def open(self, node: str, unit: str, person: str) -> None:
        """Go on with what was kept for a person of a unit at a node, by its address."""
        if self._where is None:
            return
        name = "".join(
            sign if sign.isalnum() or sign in "-_" else "_" for sign in f"{unit}-{person}-{crc32(node.encode()):08x}"
        )
        path = self._where / f"{name}.json"
        if path != self._path:
            self._path, found = path, _read(path)
            self._seen = dict.fromkeys(found.get("seen", ()))
            self._drafts = {name: dict(texts) for name, texts in found.get("drafts", {}).items()}

    @property
    def seen(self) -> frozenset[str]:
        """The alarms that were marked."""
        return frozenset(self._seen)

    def mark(self, alarm: str, *, seen: bool) -> None:
        """Mark an alarm as looked at, or not."""
        if seen != (alarm in self._seen):
            if seen:
                self._seen[alarm] = None
            else:
                del self._seen[alarm]
            self._changed()

    def draft(self, name: str) -> Texts:
        """What was typed into a form that was not sent; {} for nothing."""
        return self._drafts.get(name, {})

    def keep_draft(self, name: str, texts: Texts) -> None:
        """Keep what is typed so far."""
        if name and self._drafts.get(name) != texts:
            self._drafts.pop(name, None)
            self._drafts[name] = texts
            self._changed()

    def drop_draft(self, name: str) -> None:
        """The form was sent."""
        if self._drafts.pop(name, None) is not None:
            self._changed()

    def _changed(self) -> None:
        """Write beside the loop, one writing at a time; what changes meanwhile is in the next."""
        while len(self._seen) > SEEN_MAX:
            del self._seen[next(iter(self._seen))]
        while len(self._drafts) > DRAFTS_MAX:
            del self._drafts[next(iter(self._drafts))]
        if self._path is not None:
            self._stale = True
            if self._writing is None or self._writing.done():
                self._writing = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        while self._stale and self._path is not None:
            self._stale = False
            data = self._whole()
            while len(data) > SIZE_MAX and self._drafts:
                del self._drafts[next(iter(self._drafts))]
                data = self._whole()
            with suppress(OSError):
                await asyncio.to_thread(_write, self._path, data)

    def _whole(self) -> bytes:
        return json.dumps({"seen": list(self._seen), "drafts": self._drafts}, ensure_ascii=False).encode()

    async def settle(self) -> None:
        """Wait until what was kept is on the disk."""
        if self._writing is not None:
            await self._writing


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            found: dict[str, Any] = json.loads(file.read(SIZE_MAX))
        marks, forms = found["seen"], found["drafts"]
        texts = [text for form in forms.values() for text in (*form, *form.values())]
        return found if all(isinstance(text, str) for text in (*marks, *forms, *texts)) else {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(path, data)
