"""Who asks: the session of a request, by cookie for people and by bearer token for programs."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.datastructures import Cookie
from litestar.di import NamedDependency

from central.accounts import Viewer
from central.service import Service

COOKIE = "__Host-session"
"""The prefix makes browsers insist on TLS, this host and the root path."""


def token_of(request: Request[Any, Any, Any]) -> str:
    """The session token a request bears; "" if none."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else request.cookies.get(COOKIE, "")


def session_cookie(token: str, max_age_s: int) -> Cookie:
    """The cookie that carries a session; with no age, the one that takes it away."""
    return Cookie(COOKIE, value=token, max_age=max_age_s, path="/", secure=True, httponly=True, samesite="strict")


async def viewer_of(request: Request[Any, Any, Any], service: NamedDependency[Service]) -> Viewer:
    """The account a request comes from; NotAllowed `not_signed_in` if none."""
    return await service.viewer(token_of(request))
