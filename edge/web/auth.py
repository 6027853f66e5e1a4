"""The doors. Nothing opens by default: a handler that says nothing is for people who are signed in.

    programs   /api         Authorization: Bearer TOKEN; never a cookie, so no page elsewhere can ride on one
    pages      /apply ...   a session cookie per door (HttpOnly, SameSite=Strict), never a header; every POST carries
                            the form's copy of the CSRF cookie

A handler widens or narrows its door with `opt`: `open=True` lets anybody in, `roles=...` only who holds one of them.
What a session may is asked of the ledger each time: a right that was taken back, or ran out, opens nothing any more.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import SkipValidation

from edge.node import Node
from edge.sessions import Session
from fleet.errors import BadInput, NotAllowed, NotFound
from fleet.ledger import rights
from fleet.ledger.state import State
from fleet.rules.roles import Role

TheNode = NamedDependency[SkipValidation[Node]]
TheSession = NamedDependency[SkipValidation[Session]]
"""How handlers name the node and the session they are given."""

SESSION_COOKIE, CSRF_COOKIE, CSRF_FIELD = "ortoo_session", "ortoo_csrf", "_csrf"
JSON, BYTES = "application/json", "application/octet-stream"
"""What a program sends: JSON, or a file as it is where the handler says `bytes=True`, or what its `accepts` names."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
DOORS: dict[str, Role] = {
    "apply": Role.APPLICANT,
    "approve": Role.APPROVER,
    "kiosk": Role.DRIVER,
    "places": Role.ADMIN,
}
"""The pages one signs in to, and whom each is for. A session at one door is none at another."""
_CSRF = re.compile(r"[0-9a-f]{64}")

Connection = ASGIConnection[Any, Any, Any, Any]


async def api_door(connection: Connection, handler: BaseRouteHandler) -> None:
    """Guard of the API: JSON only, a bearer token unless the handler is open, and the role it asks for."""
    if _method(connection) not in SAFE | {"DELETE"}:
        _require_json(connection, handler)
    if not handler.opt.get("open"):
        scheme, _, token = connection.headers.get("authorization", "").partition(" ")
        await _admit(connection, handler, token if scheme.lower() == "bearer" else "")


async def page_door(connection: Connection, handler: BaseRouteHandler) -> None:
    """Guard of the pages: the form's copy of the CSRF cookie on every POST, and the session cookie of the door."""
    if _method(connection) not in SAFE:
        await _require_own_form(connection)
    if not handler.opt.get("open"):
        await _admit(connection, handler, connection.cookies.get(SESSION_COOKIE, ""))


async def open_session(node: Node, person: str, pin: str, *, role: Role | None = None) -> Session:
    """Sign someone in whose PIN is right; where a `role` is needed, only who holds it gets as far as the PIN.

    Raises:
        NotFound, NotAllowed: as the keyring; also `no_role`.
    """
    if all(each.id != person for each in node.keyring.people()):
        await node.keyring.start()  # the key may have been made while the node ran
    known = next((each for each in node.keyring.people() if each.id == person), None)
    if known is None:
        raise NotFound("no_person", person=person)
    roles = await _roles(node, person, known.public)
    if role is not None and role not in roles:
        raise NotAllowed("no_role", article="5", act="sign_in", needed=str(role))
    return node.sessions.open(await node.keyring.unlock(person, pin), known.name, roles)


async def _roles(node: Node, person: str, public: bytes) -> frozenset[str]:
    """What a person's key on this node may do now; NotAllowed `not_certified` if that is nothing."""
    now_ms = node.clock.now_ms()
    roles = await node.journal.do(lambda office: _rights(office.replica.state, person, public, now_ms))
    if not roles:
        raise NotAllowed("not_certified", article="14", person=person)
    return roles


def _rights(state: State, person: str, public: bytes, now_ms: int) -> frozenset[str]:
    """What the key on this node may do now: by its certificate, and in whose place somebody may decide."""
    held = [one for one in rights.certificates(state, rights.now, person) if one.public == public]
    own = frozenset(role for one in held if one.covers(now_ms) for role in one.roles)
    return own | {Role.APPROVER} if own and rights.lenders(state, person, now_ms) else own


def session_of(request: Request[Any, Any, Any]) -> object:
    """The session the guard found; handed to handlers as `session`."""
    return request.state.session


def door_of(connection: Connection) -> str:
    """Which of DOORS a path belongs to; "" for none."""
    first = connection.url.path.split("/")[1]
    return first if first in DOORS else ""


def session_cookie(connection: Connection, door: str, token: str) -> Cookie:
    """The cookie that opens `door`; an empty token takes it back."""
    return Cookie(
        key=SESSION_COOKIE,
        value=token,
        path=f"/{door}",
        httponly=True,
        samesite="strict",
        secure=connection.url.scheme == "https",
        max_age=None if token else 0,
    )


def csrf_token(connection: Connection) -> str:
    """The token of this browser's cookie, or a new one for a browser that has none."""
    token = connection.cookies.get(CSRF_COOKIE, "")
    return token if _CSRF.fullmatch(token) else secrets.token_hex(32)


def csrf_cookie(connection: Connection, token: str) -> Cookie:
    """The cookie every form's hidden field must repeat."""
    return Cookie(
        key=CSRF_COOKIE,
        value=token,
        path="/",
        httponly=True,
        samesite="strict",
        secure=connection.url.scheme == "https",
    )


def _method(connection: Connection) -> str:
    return connection.method if isinstance(connection, Request) else ""


async def _admit(connection: Connection, handler: BaseRouteHandler, token: str) -> None:
    if not token:
        raise NotAllowed("not_signed_in", article="14")
    session = await _standing(connection.app.state.node, token)
    needed = handler.opt.get("roles")
    if needed is not None and session.roles.isdisjoint(needed):
        act = "look" if _method(connection) in SAFE else "do"
        raise NotAllowed("no_role", article="14", act=act, needed=" ".join(sorted(needed)))
    connection.state.session = session


async def _standing(node: Node, token: str) -> Session:
    """The session of a token, with what its person may do now; one that may nothing any more is closed."""
    session = node.sessions.get(token)
    try:
        roles = await _roles(node, session.person, session.signer.key.public)
    except NotAllowed:
        node.sessions.close(token)
        raise
    return replace(session, roles=roles)


def _require_json(connection: Connection, handler: BaseRouteHandler) -> None:
    """A page elsewhere can send text or a form here without being asked, never JSON, bare bytes or a scan."""
    accepted = handler.opt.get("accepts") or {BYTES if handler.opt.get("bytes") else JSON}
    if connection.headers.get("content-type", "").partition(";")[0].strip() not in accepted:
        raise BadInput("json_form", detail=f"Content-Type: {' | '.join(sorted(accepted))}")


async def _require_own_form(connection: Connection) -> None:
    if connection.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise NotAllowed("foreign_form")
    cookie = connection.cookies.get(CSRF_COOKIE, "")
    form = await connection.form() if isinstance(connection, Request) else {}
    copy = str(form.get(CSRF_FIELD, ""))
    if not _CSRF.fullmatch(cookie) or not secrets.compare_digest(copy.encode(), cookie.encode()):
        raise NotAllowed("foreign_form")
