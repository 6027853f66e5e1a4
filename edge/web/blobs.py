"""Scans over HTTP. A scan is put first; the act that names it comes after, and only then does it travel.

POST /api/blobs          the bytes of a PDF, JPEG or PNG      ->  {"name": 64 hex digits, "size": bytes, "type": …}
GET  /api/blobs/{name}   the bytes again                          GET /api/blobs   how many are named, and here
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from litestar.response import Stream

from edge.web.auth import TheNode
from edge.web.sight import EVERYONE, OFFICE
from fleet.errors import BadInput, NotFound
from fleet.ledger.blobs import PIECE_SIZE, SIZE_MAX, TYPES, type_of
from fleet.rules import settings
from fleet.rules.particulars import HASH

MISSING_MAX = 200
"""Names told of blobs that are not here yet."""
MB = 1 << 20


class Blobs(Controller):
    """The files that acts name."""

    path = "/blobs"

    @get(opt={"roles": OFFICE})
    async def standing(self, node: TheNode) -> dict[str, Any]:
        """How many blobs the unit's records name, how many of them are here, and some of those that are not."""
        named = await node.journal.do(lambda office: list(office.replica.state.blobs))
        whole = node.blobs.whole()
        missing = [name.hex() for name in named if name not in whole]
        return {"named": len(named), "here": len(named) - len(missing), "missing": missing[:MISSING_MAX]}

    @post(request_max_body_size=SIZE_MAX, opt={"roles": EVERYONE, "accepts": frozenset(TYPES.values())})
    async def put(self, node: TheNode, request: Request[Any, Any, Any]) -> dict[str, Any]:
        """Store a scan; 400 if it is none, or larger than the unit's setting allows."""
        known = await node.journal.do(lambda office: office.replica.state.settings)
        size_max = settings.value("supplement_scan_max_mb", known) * MB
        if int(request.headers.get("content-length") or 0) > size_max:
            raise BadInput("blob_too_large", field="scan", most=size_max)
        with node.blobs.putting(size_max) as scan:
            async for piece in request.stream():
                await asyncio.to_thread(scan.write, piece)
            name, size, media_type = await asyncio.to_thread(scan.finish)
        return {"name": name.hex(), "size": size, "type": media_type}

    @get("/{name:str}", opt={"roles": OFFICE})
    async def blob(self, node: TheNode, name: FromPath[str]) -> Stream:
        """A scan, as what it is; 404 if it is not here."""
        digest = bytes.fromhex(name) if HASH.fullmatch(name) else b""
        if digest not in node.blobs.whole():
            raise NotFound("no_blob", name=name[:64])
        media_type = type_of(node.blobs.read(digest, 0, PIECE_SIZE))
        disposition = f'attachment; filename="{name[:16]}"'
        return Stream(_content(node, digest), media_type=media_type, headers={"Content-Disposition": disposition})


async def _content(node: TheNode, name: bytes) -> AsyncIterator[bytes]:
    at = 0
    while piece := await asyncio.to_thread(node.blobs.read, name, at, PIECE_SIZE):
        at += len(piece)
        yield piece
