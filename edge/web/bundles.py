"""Bundles over the local API. To write or take in a file is for whoever can open the node's socket, which is its owner:
what is asked for is a path on this machine. What the last ones were, the office may read at any door.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from litestar import Controller, Request, get, post
from litestar.params import RawBody

from courier.files import silent
from courier.house import Summary
from edge.bundles import NodeHouse
from edge.web.api import read
from edge.web.auth import TheNode
from edge.web.sight import OFFICE
from fleet.errors import BadInput, NotAllowed, Unavailable
from fleet.ledger.replica import Replica

R = TypeVar("R")


class Errand(msgspec.Struct, forbid_unknown_fields=True):
    """A file on this machine, by its absolute path; `all`: also what central has given a receipt for."""

    file: str
    all: bool = False

    def path(self) -> Path:
        """The path; BadInput `path_wrong` if it is none."""
        path = Path(self.file)
        if not path.is_absolute() or "\0" in self.file or len(self.file) > 4096:
            raise BadInput("path_wrong", field="file", value=self.file[:80])
        return path


class Bundles(Controller):
    """Records carried by hand."""

    path = "/bundles"

    @get(opt={"roles": OFFICE})
    async def past(self, node: TheNode) -> dict[str, Summary]:
        """The last bundle written ("out") and the last taken in ("in")."""
        return await asyncio.to_thread(lambda: NodeHouse(node.home, node.clock).past())

    @post("/export", status_code=200, opt={"open": True})
    async def write(self, node: TheNode, request: Request[Any, Any, Any], body: RawBody) -> Summary:
        """Write a bundle for central."""
        _require_socket(request)
        errand = read(body, Errand)
        path = errand.path()

        def work() -> Summary:
            return NodeHouse(node.home, node.clock).write(path, unit="", everything=errand.all, progress=silent)

        return await _one_at_a_time(node, work)

    @post("/import", status_code=200, opt={"open": True})
    async def take_in(self, node: TheNode, request: Request[Any, Any, Any], body: RawBody) -> Summary:
        """Take a bundle in. What was taken before something failed stays taken; to ask again is harmless."""
        _require_socket(request)
        path, loop = read(body, Errand).path(), asyncio.get_running_loop()

        def do(work: Callable[[Replica], R]) -> R:
            return asyncio.run_coroutine_threadsafe(node.journal.do(lambda office: work(office.replica)), loop).result()

        return await _one_at_a_time(
            node, lambda: NodeHouse(node.home, node.clock).take_in_with(path, do, node.blobs, progress=silent)
        )


async def _one_at_a_time(node: TheNode, work: Callable[[], Summary]) -> Summary:
    if node.carrying.locked():
        raise Unavailable("busy")
    async with node.carrying:
        return await asyncio.to_thread(work)


def _require_socket(request: Request[Any, Any, Any]) -> None:
    """The door that only the owner of the node's files can open has an address without a port."""
    server = request.scope.get("server")
    if server is None or server[1] is not None:
        raise NotAllowed("socket_only")
