"""Signing in and out at a door: choose a name, give the PIN. The browser remembers the name, never the PIN."""

from __future__ import annotations

from litestar import Response
from litestar.datastructures import Cookie
from litestar.response import Redirect

from edge.keyring import Person
from edge.node import Node
from edge.sessions import Session
from edge.web import auth
from edge.web.pages.face import Answer, PageRequest, go, page, pin_of, typed
from edge.web.pages.refusals import refusal
from fleet.errors import FleetError, NotAllowed, NotFound

NAME_COOKIE = "ortoo_name"
NAME_KEPT_S = 180 * 24 * 3600


def people_at(node: Node, door: str) -> list[Person]:
    """Who may come in at `door`."""
    return [person for person in node.keyring.people() if auth.DOORS[door] in person.roles]


async def open_door(node: Node, door: str, person: str, pin: str) -> Session:
    """Sign `person` in at `door`.

    Raises:
        NotFound, NotAllowed: as the keyring; also `no_role` for someone this door is not for.
    """
    known = next((each for each in node.keyring.people() if each.id == person), None)
    if known is None:
        raise NotFound("no_person", person=person)
    if auth.DOORS[door] not in known.roles:
        raise NotAllowed("no_role", article="5", act="sign_in", needed=str(auth.DOORS[door]))
    return node.sessions.open(await node.keyring.unlock(person, pin), known.name, frozenset(known.roles))


def ask(request: PageRequest, node: Node, door: str) -> Response[str]:
    """The sign-in page of a door."""
    chosen = request.cookies.get(NAME_COOKIE, "")
    return page(request, "sign_in.html", people=people_at(node, door), chosen=chosen, refusal=None)


async def answer(request: PageRequest, node: Node, door: str) -> Answer:
    """Take the name and the PIN: in, or the same page with what is wrong."""
    person = (await typed(request)).get("person", "")
    try:
        session = await open_door(node, door, person, await pin_of(request))
    except FleetError as error:
        shown = refusal(request, error)
        people = people_at(node, door)
        return page(request, "sign_in.html", status=shown.status, people=people, chosen=person, refusal=shown)
    name = Cookie(key=NAME_COOKIE, value=person, path=f"/{door}", max_age=NAME_KEPT_S, httponly=True, samesite="strict")
    return go(f"/{door}", cookies=[auth.session_cookie(request, door, session.token), name])


def leave(request: PageRequest, node: Node, door: str, *, to: str) -> Redirect:
    """Sign out, if anyone is in."""
    node.sessions.close(request.cookies.get(auth.SESSION_COOKIE, ""))
    return go(to, cookies=[auth.session_cookie(request, door, "")])
