"""Files of this machine that go to the node as scans of papers."""

from __future__ import annotations

import asyncio

from tui import files
from tui.api import Api
from tui.rows.fields import Wrong
from tui.shapes import Facts

FILE_SIZE_MAX = 50 << 20


async def put_scan(api: Api, path: str, field: str) -> Facts:
    """Store a file of this machine at the node.

    Raises:
        Wrong: `file`, if it cannot be read or is no scan.
    """
    try:
        data = await asyncio.to_thread(files.read, path, FILE_SIZE_MAX)
    except OSError:
        raise Wrong("file", field=field, path=path) from None
    media_type = files.SCANS.get(files.ending(path))
    if media_type is None:
        raise Wrong("file", field=field, path=path)
    stored: Facts = await api.put_file("/blobs", data, media_type)
    return stored
