"""Central's pages for admins and supervisors. A handler names the page, asks once, and draws; nothing here can write
but sessions and the log of what was opened."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect, Stream, Template

from central import findings, timeline, wording
from central import overview as overviews
from central.access import session_cookie, token_of
from central.accounts import Viewer
from central.face import LANGUAGE_COOKIE, Face
from central.lines import UnitLine, whole_number
from central.service import Service
from fleet.errors import NotAllowed, Unavailable
from fleet.words import LANGUAGES

YEAR_S = 365 * 86_400
SHOWN = ("open", "all")


@get("/")
async def region(
    face: NamedDependency[Face],
    service: NamedDependency[Service],
    viewer: NamedDependency[Viewer],
    unit: FromQuery[str] = "",
    show: FromQuery[str] = "open",
) -> Template:
    """The region, or one unit of it; `show=all` lists orders that have ended as well."""
    show, version = show if show in SHOWN else "open", service.live.version
    await service.seen(viewer, face.request.url.path)
    now_ms = face.times.now_ms
    lines = await unit_lines(service, now_ms)
    view = await service.read(lambda db: overviews.overview(db, lines, now_ms=now_ms, unit=unit, ended=show == "all"))
    checks = await service.read(lambda db: findings.totals(db, unit))
    return face.page("region.html", viewer=viewer, view=view, unit=unit, show=show, checks=checks, version=version)


@get("/units/{unit:str}/orders/{order_id:path}")
async def order(
    unit: FromPath[str],
    order_id: FromPath[str],
    face: NamedDependency[Face],
    service: NamedDependency[Service],
    viewer: NamedDependency[Viewer],
) -> Template:
    """One order with its signed timeline."""
    version = service.live.version
    known = await service.do(lambda central: timeline.recorded(central.replica(unit).state, order_id.lstrip("/")))
    await service.seen(viewer, face.request.url.path)
    page = await service.read(lambda db: timeline.order_page(db, unit, known))
    line = next(line for line in await unit_lines(service, face.times.now_ms) if line.code == unit)
    return face.page(
        "order.html",
        viewer=viewer,
        page=page,
        unit=line,
        start_ms=whole_number(page.form.get("start_ms", "")),
        end_ms=whole_number(page.form.get("end_ms", "")),
        particulars=partial(wording.particulars, face.words, face.times, page),
        refusals=wording.refusals(face.words, page),
        version=version,
    )


@get("/events")
async def events(service: NamedDependency[Service], viewer: NamedDependency[Viewer]) -> Stream:
    """Nudges for open pages; they say that something changed, never what."""
    if service.live.full:
        raise Unavailable("too_many_watchers")
    return Stream(service.live.watch(), media_type="text/event-stream", headers={"cache-control": "no-store"})


@get("/sign-in")
async def ask_sign_in(face: NamedDependency[Face], to: FromQuery[str] = "/") -> Template:
    """The sign-in page."""
    return face.page("sign_in.html", to=_local(to), refusal=None, name="")


@post("/sign-in", status_code=200)
async def sign_in(
    data: URLEncodedBody[dict[str, str]],
    face: NamedDependency[Face],
    service: NamedDependency[Service],
) -> Response[Any]:
    """Begin a session; a refusal shows the page again, with the name that was typed."""
    name, to = data.get("name", "").strip(), _local(data.get("to", "/"))
    try:
        token = await service.sign_in(name, data.get("passphrase", ""))
    except NotAllowed as refused:
        explained = face.words.explain(refused.code, refused.facts)
        return face.page("sign_in.html", to=to, refusal=explained, name=name, status_code=403)
    return Redirect(to, status_code=303, cookies=[session_cookie(token, service.session_ms // 1000)])


@post("/sign-out", status_code=303)
async def sign_out(request: Request[None, None, Any], service: NamedDependency[Service]) -> Redirect:
    """End the session."""
    await service.sign_out(token_of(request))
    return Redirect("/sign-in", status_code=303, cookies=[session_cookie("", 0)])


@get("/language/{language:str}")
async def language(language: FromPath[str], to: FromQuery[str] = "/") -> Redirect:
    """Keep the reader's choice of language and go back to where they were."""
    answer = Redirect(_local(to), status_code=303)
    if language in LANGUAGES:
        answer.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR_S, secure=True, httponly=True, samesite="lax")
    return answer


async def unit_lines(service: Service, now_ms: int) -> list[UnitLine]:
    """The units with how fresh and how complete each is."""
    units, heard, standings = await service.do(
        lambda central: (central.units(), central.contacts(), central.standings())
    )
    return overviews.unit_lines(units, heard, standings, now_ms)


def _local(path: str) -> str:
    """Where to go next, if that is a page of ours."""
    return quote(path, safe="/?&=%-_.~") if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"


HANDLERS = [region, order, events, ask_sign_in, sign_in, sign_out, language]
