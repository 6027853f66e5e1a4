"""/peer: where other nodes of the unit call. They prove themselves to each other by certificate; nobody signs in here.

See `edge.sync.neighbours`. What is wrong with a caller is told as a code and nothing else.
"""

from __future__ import annotations

import re
from typing import Any

from litestar import Controller, Request, Response, get, post

from edge.web.auth import TheNode
from fleet.errors import Unavailable
from fleet.ledger.acquaintance import CHALLENGE_SIZE, MESSAGE_SIZE_MAX
from fleet.ledger.talks import NAME_SIZE

TURN_SIZE_MAX = 4 << 20
FRAMES = "application/octet-stream"
TALK, TURN, CHALLENGE = "Ortoo-Talk", "Ortoo-Turn", "Ortoo-Challenge"
_HEX, _NUMBER = re.compile("(?:[0-9a-f]{2})+"), re.compile("[0-9]{1,9}")


class NeighbourDoor(Controller):
    """The door between the nodes of a unit."""

    path = "/peer"
    include_in_schema = False

    @get()
    async def introduce(self, node: TheNode) -> Response[bytes]:
        """Who this node is, and a challenge."""
        return Response(node.neighbours.introduce(), media_type=FRAMES)

    @post(request_max_body_size=MESSAGE_SIZE_MAX, status_code=204)
    async def welcome(self, node: TheNode, request: Request[Any, Any, Any]) -> None:
        """Who calls; 403 if they are not believed."""
        challenge, talk = _bytes(request, CHALLENGE, CHALLENGE_SIZE), _bytes(request, TALK, NAME_SIZE)
        await node.neighbours.welcome(challenge, talk, await request.body())

    @post("/turns", request_max_body_size=TURN_SIZE_MAX, status_code=200)
    async def turn(self, node: TheNode, request: Request[Any, Any, Any]) -> Response[bytes]:
        """One turn of a conversation; 410 if it is not known, before a byte of it is read."""
        talk, turn = _bytes(request, TALK, NAME_SIZE), request.headers.get(TURN, "")
        if not node.neighbours.knows(talk) or not _NUMBER.fullmatch(turn):
            raise Unavailable("talk_over")
        return Response(await node.neighbours.answer(talk, int(turn), await request.body()), media_type=FRAMES)


def _bytes(request: Request[Any, Any, Any], name: str, size: int) -> bytes:
    """A header of so many bytes in hex; Unavailable `talk_over` if it is none."""
    text = request.headers.get(name, "")
    if len(text) != 2 * size or not _HEX.fullmatch(text):
        raise Unavailable("talk_over")
    return bytes.fromhex(text)
