"""The node's one web application: the API for programs under /api, pages for people everywhere else.

Nothing on it comes from another host, nothing it says may be framed, guessed at or run inline, and no body is read
beyond BODY_SIZE_MAX. The API is described in one JSON document; the framework's pages about it would load from
elsewhere.
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

from litestar import Litestar, Request, Response, Router
from litestar.datastructures import CacheControlHeader, MutableScopeHeaders, State
from litestar.di import Provide
from litestar.static_files import create_static_files_router
from litestar.types import Message, Scope

from edge.node import Node
from edge.web import api, auth, errors, openapi
from edge.web.alarms import Alarms
from edge.web.authority import Authority
from edge.web.blobs import Blobs
from edge.web.books import Books
from edge.web.bundles import Bundles
from edge.web.cards import Cards
from edge.web.cases import Cases
from edge.web.events import Seats
from edge.web.imports import Imports
from edge.web.journeys import Journeys
from edge.web.neighbours import NeighbourDoor
from edge.web.pages import ROUTES, refuse_on_a_page
from edge.web.pages.drafts import Drafts
from edge.web.places import Places
from edge.web.receipts import Receipts
from edge.web.reports import Reports
from edge.web.settings import Settings
from edge.web.supervision import Supervision
from edge.web.syncing import Syncing
from edge.web.terminals import Terminals

BODY_SIZE_MAX = 1 << 16
"""Bytes of a request; the largest form, every field full of Hanzi and escaped, is under half of it."""
PROGRAM_SEATS, PAGE_SEATS = 60, 100
"""How many consoles and how many open pages may follow changes at once."""
PROGRAMS = (
    Alarms,
    api.Doorstep,
    api.Board,
    api.Orders,
    api.Choices,
    api.Vehicles,
    Authority,
    Blobs,
    Books,
    Bundles,
    Cards,
    Cases,
    Imports,
    Journeys,
    Places,
    Receipts,
    Reports,
    Settings,
    Supervision,
    Syncing,
    Terminals,
)
HERE = Path(__file__).parent
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


async def add_headers(message: Message, _scope: Scope) -> None:
    """Put HEADERS on every answer: pages, files and refusals alike."""
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders.from_message(message)
        for name, value in HEADERS.items():
            headers[name] = value


def refuse(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Tell programs in JSON and people on a page."""
    program = request.url.path.startswith(("/api", "/schema", "/peer"))
    return (errors.refuse_in_json if program else refuse_on_a_page)(request, error)


def create_app(node: Node) -> Litestar:
    """The application of one node."""
    programs = Router(
        "/api",
        route_handlers=PROGRAMS,
        guards=[auth.api_door],
        response_headers={"Cache-Control": "no-store"},
    )
    pages = Router(
        "/",
        route_handlers=ROUTES,
        guards=[auth.page_door],
        response_headers={"Cache-Control": "no-store"},
        include_in_schema=False,
    )
    files = create_static_files_router("/static", [HERE / "static"], cache_control=CacheControlHeader(no_cache=True))
    return Litestar(
        [programs, pages, files, NeighbourDoor],
        dependencies={
            "node": Provide(lambda: node, sync_to_thread=False),
            "session": Provide(auth.session_of, sync_to_thread=False),
        },
        exception_handlers={Exception: refuse},
        logging_config=None,
        openapi_config=openapi.config(version("ortoo")),
        request_max_body_size=BODY_SIZE_MAX,
        before_send=[add_headers],
        state=State(
            {
                "node": node,
                "drafts": Drafts(),
                "program_seats": Seats(PROGRAM_SEATS),
                "page_seats": Seats(PAGE_SEATS),
            }
        ),
    )
