"""Draws a page: a template, the words of the reader's language, the CSRF token of the reader's browser.

The language is the one chosen on the page (a cookie), else the browser's, else the unit's. Everything put into a page
is escaped; a template that asks for what it was not given fails in the tests, not on the page.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response
from litestar.enums import MediaType
from litestar.response import Redirect

from edge.web import auth, times
from fleet.words import DEFAULT_LANGUAGE, LANGUAGES, Language, Words, language_from_header

PageRequest = Request[Any, Any, Any]
Answer = Response[str] | Redirect

LANGUAGE_COOKIE = "ortoo_language"
DOMAIN = "node"
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent.parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters |= {"clock": times.clock, "capital": lambda text: text[:1].upper() + text[1:]}


def language_of(request: PageRequest) -> Language:
    """The language to draw in."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    spoken = {str(language): language for language in LANGUAGES}
    if chosen in spoken:
        return spoken[chosen]
    header = request.headers.get("accept-language")
    return language_from_header(header) if header else record_words(request).language


def words_of(request: PageRequest) -> Words:
    """The words of that language."""
    return Words(language_of(request), DOMAIN)


def record_words(request: PageRequest) -> Words:
    """The words for what goes on record: the unit's language, whatever the page's."""
    spoken = {str(language): language for language in LANGUAGES}
    return Words(spoken.get(request.app.state.node.settings.language, DEFAULT_LANGUAGE), DOMAIN)


def page(request: PageRequest, template: str, *, status: int = 200, **context: object) -> Response[str]:
    """Draw `template`."""
    node, token, now_ms = request.app.state.node, auth.csrf_token(request), request.app.state.node.clock.now_ms()
    drawn = TEMPLATES.get_template(template).render(
        words=words_of(request),
        on_record=record_words(request),
        csrf_field=auth.CSRF_FIELD,
        csrf_token=token,
        unit_name=node.settings.unit_name,
        now_ms=now_ms,
        moment=lambda at_ms: times.moment(at_ms, now_ms),
        ends=lambda trip: times.moment(trip.end_ms, trip.start_ms),
        path=request.url.path,
        door=auth.door_of(request),
        **{"session": None, **context},
    )
    return Response(drawn, media_type=MediaType.HTML, status_code=status, cookies=[auth.csrf_cookie(request, token)])


def go(path: str, **cookies: Any) -> Redirect:
    """After a POST: look at `path` with a GET, so that reloading repeats nothing."""
    return Redirect(path, status_code=303, **cookies)


async def typed(request: PageRequest) -> dict[str, str]:
    """What was typed, as text; the PIN and the token are not among it, so no page can show them again."""
    form = await request.form()
    kept = {name: value for name, value in form.items() if isinstance(value, str)}
    return {name: value for name, value in kept.items() if name not in {"pin", auth.CSRF_FIELD}}


async def pin_of(request: PageRequest) -> str:
    """The PIN, which goes to the keyring and nowhere else."""
    pin = (await request.form()).get("pin", "")
    return pin if isinstance(pin, str) else ""
