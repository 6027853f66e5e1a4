"""Signing in and out at a door: choose a name, give the PIN. The browser remembers the name, never the PIN."""

from __future__ import annotations

from litestar import Controller, Response, get, post
from litestar.datastructures import Cookie
from litestar.response import Redirect

from edge.keyring import Person
from edge.node import Node
from edge.web import auth
from edge.web.auth import TheNode
from edge.web.pages.face import Answer, PageRequest, go, page, pin_of, typed
from edge.web.pages.refusals import Refusal, refusal
from fleet.errors import FleetError

NAME_COOKIE = "ortoo_name"
NAME_KEPT_S = 180 * 24 * 3600


class Signing(Controller):
    """The doors of applicants, approvers and the admin; the kiosk has a door of its own shape."""

    opt = {"open": True}  # noqa: RUF012 - the framework's own form

    @get(["/apply/sign-in", "/approve/sign-in", "/places/sign-in"])
    async def ask(self, request: PageRequest, node: TheNode) -> Response[str]:
        """Who are you?"""
        return _door(request, node, chosen=request.cookies.get(NAME_COOKIE, ""))

    @post(["/apply/sign-in", "/approve/sign-in", "/places/sign-in"])
    async def sign_in(self, request: PageRequest, node: TheNode) -> Answer:
        """Take the name and the PIN: in, or the same page with what is wrong."""
        door, person = auth.door_of(request), (await typed(request)).get("person", "")
        try:
            session = await auth.open_session(node, person, await pin_of(request), role=auth.DOORS[door])
        except FleetError as error:
            return _door(request, node, chosen=person, refused=refusal(request, error))
        name = Cookie(
            key=NAME_COOKIE, value=person, path=f"/{door}", max_age=NAME_KEPT_S, httponly=True, samesite="strict"
        )
        return go(f"/{door}", cookies=[auth.session_cookie(request, door, session.token), name])

    @post(["/apply/sign-out", "/approve/sign-out", "/places/sign-out"])
    async def sign_out(self, request: PageRequest, node: TheNode) -> Redirect:
        """Leave."""
        return leave(request, node, to="/")


def people_at(node: Node, door: str) -> list[Person]:
    """Who may come in at `door`."""
    return [person for person in node.keyring.people() if auth.DOORS[door] in person.roles]


def leave(request: PageRequest, node: Node, *, to: str) -> Redirect:
    """Sign out at the door the request came to, if anyone is in."""
    node.sessions.close(request.cookies.get(auth.SESSION_COOKIE, ""))
    return go(to, cookies=[auth.session_cookie(request, auth.door_of(request), "")])


def _door(request: PageRequest, node: Node, *, chosen: str, refused: Refusal | None = None) -> Response[str]:
    people = people_at(node, auth.door_of(request))
    status = refused.status if refused else 200
    return page(request, "sign_in.html", status=status, people=people, chosen=chosen, refusal=refused)
