"""Central as one ASGI application: handlers, the service they share, security headers, and refusals worded once."""

from __future__ import annotations

import secrets

from litestar import Litestar, Router
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import CacheControlHeader, State
from litestar.di import Provide
from litestar.static_files import create_static_files_router
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from central import alarm_pages, api, carrying, openings, pages, refusals
from central.access import viewer_of
from central.face import STATIC, face_of, templates
from central.service import Service
from central.sync import sync

HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
"""On every answer; nothing is loaded from anywhere else, no script or style stands in a page itself."""


BODY_SIZE_MAX = 1 << 14
"""Bytes of a request, where a handler does not say another: a form to sign in with, every field full."""


def create(service: Service) -> ASGIApp:
    """The application of one running central server."""
    app = Litestar(
        route_handlers=[
            sync,
            *api.HANDLERS,
            *carrying.HANDLERS,
            *openings.HANDLERS,
            *pages.HANDLERS,
            *alarm_pages.HANDLERS,
            _static(),
        ],
        dependencies={
            "service": Provide(lambda: service, sync_to_thread=False),
            "viewer": Provide(viewer_of),
            "face": Provide(face_of, sync_to_thread=False),
        },
        template_config=templates(),
        state=State({"service": service}),
        exception_handlers=refusals.HANDLERS,
        openapi_config=None,  # its pages load scripts from elsewhere
        csrf_config=CSRFConfig(
            secret=secrets.token_hex(32),
            cookie_secure=True,
            cookie_httponly=True,
            cookie_samesite="strict",
            exclude=["^/sync/", "^/bundles", "^/openings", "^/api/"],  # what changes anything there asks for no cookie
        ),
        logging_config=None,
        request_max_body_size=BODY_SIZE_MAX,
    )
    return _with_headers(app)


def _static() -> Router:
    return create_static_files_router(
        path="/static", directories=[STATIC], cache_control=CacheControlHeader(no_cache=True), include_in_schema=False
    )


def _with_headers(app: ASGIApp) -> ASGIApp:
    fixed = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *fixed]
            await send(message)

        await app(scope, receive, send_with)

    return serve
