"""POST /sync/{unit}: frames of the sync conversation in, frames out. One request is one conversation.

Nobody signs in here: a node proves itself inside the frames, with its certificate and a signature over its greeting.
Whoever does not is told a code and nothing else.
"""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from central.service import Service

SAID_SIZE_MAX = 8 << 20
"""Bytes of one request; refused by its length before it is read, or where it passes the bound."""
LINK = "https"
FRAMES = "application/octet-stream"


@post("/sync/{unit:str}", status_code=200, request_max_body_size=SAID_SIZE_MAX)
async def sync(
    unit: FromPath[str], request: Request[None, None, Any], service: NamedDependency[Service]
) -> Response[bytes]:
    """Converse with a node of `unit`: 403 if it is not believed, 404 if no such unit was granted, 503 if too many
    speak at once, 507 if the disk is full. What was stored before a refusal stays stored."""
    with service.room_to_converse():
        said = await request.body()
        answer = await service.do(lambda region: region.converse(unit, said, link=LINK))
    service.live.changed()
    return Response(answer, media_type=FRAMES)
