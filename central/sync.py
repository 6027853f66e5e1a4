"""POST /sync/{unit}: frames of the sync conversation in, frames out. One request is one turn.

    Ortoo-Talk  32 hex digits, chosen by the node: the conversation this is a turn of
    Ortoo-Turn  its number in it, from 0; the same number again is answered as before (see `fleet.ledger.talks`)

Without them a request is a conversation of its own.

Nobody signs in here: a node proves itself inside the frames, with its certificate and a signature over its greeting.
Whoever does not is told a code and nothing else.
"""

from __future__ import annotations

import re
from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from central.service import Service
from fleet.errors import Unavailable
from fleet.ledger.talks import NAME_SIZE

SAID_SIZE_MAX = 8 << 20
"""Bytes of one request; refused by its length before it is read, or where it passes the bound."""
LINK = "https"
FRAMES = "application/octet-stream"
TALK, TURN = "Ortoo-Talk", "Ortoo-Turn"
_NAME, _NUMBER = re.compile(f"[0-9a-f]{{{2 * NAME_SIZE}}}"), re.compile("[0-9]{1,9}")


@post("/sync/{unit:str}", status_code=200, request_max_body_size=SAID_SIZE_MAX)
async def sync(
    unit: FromPath[str], request: Request[None, None, Any], service: NamedDependency[Service]
) -> Response[bytes]:
    """Converse with a node of `unit`: 403 if it is not believed, 404 if no such unit was granted, 410 if it must greet
    anew, 503 if too many speak at once, 507 if the disk is full. What was stored before a refusal stays stored."""
    talk = _talk(request)
    with service.room_to_converse():
        said = await request.body()
        answer = await service.do(lambda region: region.converse(unit, said, link=LINK, talk=talk))
    service.live.changed()
    return Response(answer, media_type=FRAMES)


def _talk(request: Request[None, None, Any]) -> tuple[bytes, int] | None:
    """Which turn of which talk a request is."""
    name, turn = request.headers.get(TALK), request.headers.get(TURN, "")
    if name is None:
        return None
    if not (_NAME.fullmatch(name) and _NUMBER.fullmatch(turn)):
        raise Unavailable("talk_over")
    return bytes.fromhex(name), int(turn)
