"""Turns refusals into answers, once: a code for programs, a page in words for people."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import quote

from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.response import Redirect
from litestar.types import ExceptionHandlersMap

from central.face import face_of
from fleet.errors import BadInput, FleetError, NotAllowed, NotFound, NotTrusted, RuleBroken, Unavailable

log = logging.getLogger(__name__)

STATUS: dict[type[FleetError], int] = {
    BadInput: 400,
    NotAllowed: 403,
    NotTrusted: 403,
    NotFound: 404,
    RuleBroken: 409,
    Unavailable: 507,
}
NOT_SIGNED_IN = "not_signed_in"
STATUS_OF_CODE = {NOT_SIGNED_IN: 401, "too_slow": 408, "talk_over": 410, "busy": 503, "too_many_watchers": 503}
"""410: what was there is not any more, begin anew; 503: it passes by itself, try again."""
FOR_PROGRAMS = ("/sync/", "/bundles", "/api/", "/events", "/static/")


def refused(request: Request[Any, Any, Any], error: FleetError) -> Response[Any]:
    """Answer what the rules, the checks or the disk refused."""
    status = next((status for kind, status in STATUS.items() if isinstance(error, kind)), 500)
    status = STATUS_OF_CODE.get(error.code, status)
    if request.url.path.startswith(FOR_PROGRAMS):
        return Response({"code": error.code, **_facts(request, error)}, status_code=status)
    if error.code == NOT_SIGNED_IN:
        query = f"?{request.url.query}" if request.url.query else ""
        return Redirect(f"/sign-in?to={quote(request.url.path + query, safe='')}", status_code=303)
    return _page(request, error.code, dict(error.facts), status)


def _facts(request: Request[Any, Any, Any], error: FleetError) -> dict[str, Any]:
    """What is told beside the code: of a bundle its facts, to whoever carried it here; of a conversation nothing."""
    if not request.url.path.startswith("/bundles"):
        return {}
    return {"facts": {name: fact for name, fact in error.facts.items() if isinstance(fact, int | str)}}


def failed(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """Answer what the framework refused: no such path, too large, not a form of ours."""
    code = f"http_{error.status_code}"
    if request.url.path.startswith(FOR_PROGRAMS):
        return Response({"code": code}, status_code=error.status_code)
    known = {403: "form_stale", 404: "no_page", 405: "no_page"}
    return _page(request, known.get(error.status_code, "not_understood"), {}, error.status_code)


def _page(request: Request[Any, Any, Any], code: str, facts: dict[str, object], status: int) -> Response[Any]:
    face = face_of(request, request.app.state["service"])
    return face.page("refusal.html", status_code=status, refusal=face.words.explain(code, facts))


def broke(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Answer a fault of ours: the trace goes to the log, the person gets a next step."""
    log.error("%s %s", request.method, request.url.path, exc_info=error)
    if request.url.path.startswith(FOR_PROGRAMS):
        return Response({"code": "fault"}, status_code=500)
    return _page(request, "fault", {}, 500)


HANDLERS: ExceptionHandlersMap = {FleetError: refused, HTTPException: failed, Exception: broke}
