"""The front page: what have you come for, and in which language."""

from __future__ import annotations

from litestar import Controller, Response, get, post
from litestar.datastructures import Cookie
from litestar.response import Redirect, ServerSentEvent

from edge.web import events
from edge.web.auth import DOORS, TheNode
from edge.web.pages.face import LANGUAGE_COOKIE, PageRequest, go, page, typed
from fleet.words import LANGUAGES

LANGUAGE_KEPT_S = 365 * 24 * 3600


class Choose(Controller):
    """Open to everybody; tells nothing of the unit's work."""

    opt = {"open": True}  # noqa: RUF012 - the framework's own form

    @get("/")
    async def choose(self, request: PageRequest) -> Response[str]:
        """The doors."""
        return page(request, "choose.html", doors=list(DOORS))

    @post("/language")
    async def language(self, request: PageRequest) -> Redirect:
        """Keep the language and go back to the page it was chosen on."""
        asked = await typed(request)
        chosen, back = asked.get("to", ""), asked.get("back", "")
        known = back if back in {"/", *(f"/{door}" for door in DOORS)} else "/"
        if chosen not in LANGUAGES:
            return go(known)
        kept = Cookie(key=LANGUAGE_COOKIE, value=chosen, max_age=LANGUAGE_KEPT_S, httponly=True, samesite="strict")
        return go(known, cookies=[kept])

    @get("/live")
    async def live(self, node: TheNode, request: PageRequest) -> ServerSentEvent:
        """Tells open pages that something changed and nothing about what; each then asks again for itself."""
        return events.stream(node.changes, request.app.state.page_seats, still_welcome=lambda: None)
