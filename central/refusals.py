"""Turns refusals into answers, once: a code for programs, words for people."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from fleet.errors import BadInput, FleetError, NotAllowed, NotFound, NotTrusted, RuleBroken, Unavailable

STATUS: dict[type[FleetError], int] = {
    BadInput: 400,
    NotAllowed: 403,
    NotTrusted: 403,
    NotFound: 404,
    RuleBroken: 409,
    Unavailable: 507,
}


def status_of(error: FleetError) -> int:
    """The HTTP status of a refusal."""
    return next((status for kind, status in STATUS.items() if isinstance(error, kind)), 500)


def refused(request: Request[Any, Any, Any], error: FleetError) -> Response[Any]:
    """Answer what the rules, the checks or the disk refused."""
    return Response({"code": error.code}, status_code=status_of(error))


def failed(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """Answer what the framework refused: no such path, too large, not a form of ours."""
    return Response({"code": f"http_{error.status_code}"}, status_code=error.status_code)


HANDLERS: ExceptionHandlersMap = {FleetError: refused, HTTPException: failed}
