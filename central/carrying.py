"""Bundles over HTTPS: POST /bundles takes one in, GET /api/bundles tells of the last ones.

Nobody signs in to bring a bundle: like a node's conversation it proves itself, and what cannot be believed is told a
code. The outside is checked before the rest is read, so only who holds a certificate can make this machine store much.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any, BinaryIO, TypeVar

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from central import past
from central.accounts import Viewer
from central.bundles import CentralHouse
from central.region import Region
from central.service import Service
from courier import child
from courier.files import silent
from courier.house import Summary
from fleet.errors import NotTrusted, Unavailable
from fleet.ledger import bundle
from fleet.ledger.bundle import PROLOGUE_SIZE

R = TypeVar("R")
NAME_LENGTH_MAX = 80


@post("/bundles", status_code=200, request_max_body_size=bundle.FILE_SIZE_MAX)
async def take_in(
    request: Request[Any, Any, Any],
    service: NamedDependency[Service],
    called: Annotated[str, QueryParameter(name="called")] = "",
) -> Summary:
    """Take a bundle in: 403 if it is not believed, 404 if no such unit was granted, 503 if one is being taken in."""
    loop, house = asyncio.get_running_loop(), service.house
    pieces = request.stream()
    head, most = await _outside(pieces, house)
    if service.carrying.locked():
        raise Unavailable("busy")

    def do(work: Callable[[Region], R]) -> R:
        return asyncio.run_coroutine_threadsafe(service.do(work), loop).result()

    async with service.carrying:
        with tempfile.TemporaryFile(dir=service.directory) as file:
            await _store(head, pieces, most, file)

            def work() -> Summary:
                with child.opened(file, house.root_public) as parcel:
                    return house.take_in_with(parcel, called[:NAME_LENGTH_MAX], do, progress=silent)

            summary = await asyncio.to_thread(work)
    service.live.changed()
    return summary


async def _outside(pieces: AsyncIterator[bytes], house: CentralHouse) -> tuple[bytes, int]:
    """What comes until the manifest at the beginning is here, and how long the file is by it; who is not believed yet
    keeps nobody else waiting."""
    head = bytearray()
    async for piece in pieces:
        head += piece
        if most := _stated(bytes(head), house):
            return bytes(head), most
    raise NotTrusted("bundle_none" if len(head) < PROLOGUE_SIZE else "bundle_damaged")


async def _store(head: bytes, pieces: AsyncIterator[bytes], most: int, file: BinaryIO) -> None:
    """Store what comes, no further than the manifest allows."""
    size, piece = 0, head
    while piece:
        size += len(piece)
        if size > most:
            raise NotTrusted("bundle_size", size=size, stated=most)
        await asyncio.to_thread(file.write, piece)
        piece = await anext(pieces, b"")
    file.flush()


def _stated(head: bytes, house: CentralHouse) -> int:
    """How long the file is, once its manifest is here and believed; 0 before."""
    if len(head) < PROLOGUE_SIZE:
        return 0
    end = PROLOGUE_SIZE + bundle.manifest_size(head[:PROLOGUE_SIZE])
    if len(head) < end:
        return 0
    manifest = bundle.read_manifest(head[PROLOGUE_SIZE:end], house.root_public)
    house.require_believed(manifest)
    return manifest.file_size


@get("/api/bundles")
async def bundles(service: NamedDependency[Service], viewer: NamedDependency[Viewer]) -> list[Summary]:
    """The last bundles of every unit."""
    await service.seen(viewer, "/api/bundles")
    return await service.read(past.last)


HANDLERS = [take_in, bundles]
