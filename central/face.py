"""How central's pages are drawn: the templates, the words of the caller's language, the times of the region.

The language is the one chosen on a page and kept in a cookie, otherwise the browser's, otherwise Chinese.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request
from litestar.di import NamedDependency
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import Template
from litestar.template.config import TemplateConfig

from central.accounts import Viewer
from central.service import Service
from central.times import Times
from fleet.words import LANGUAGES, Language, Words, language_from_header

HERE = Path(__file__).parent
STATIC = HERE / "static"
LANGUAGE_COOKIE = "lang"
HTMX = STATIC / "vendor" / "htmx.min.js"
"""Made by the set-up where npm is; without it a page is swapped whole by our own script."""

_words: dict[Language, Words] = {}


def words_of(language: Language) -> Words:
    """The words of central's pages in a language; read from disk once."""
    return _words.setdefault(language, Words(language, "central"))


def language_of(request: Request[Any, Any, Any]) -> Language:
    """The language to answer in."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    return next(
        (one for one in LANGUAGES if one == chosen), language_from_header(request.headers.get("accept-language"))
    )


@dataclass(frozen=True, slots=True)
class Face:
    """Draws for one request."""

    request: Request[Any, Any, Any]
    service: Service
    words: Words
    times: Times

    def page(
        self, template: str, /, *, viewer: Viewer | None = None, status_code: int = 200, **facts: object
    ) -> Template:
        """A page made of a template and facts."""
        shared = {
            "words": self.words,
            "times": self.times,
            "region_name": self.service.name,
            "viewer": viewer,
            "languages": [(one, words_of(one)("language.name")) for one in LANGUAGES],
            "here": str(self.request.url.path) + (f"?{self.request.url.query}" if self.request.url.query else ""),
            "htmx": HTMX.is_file(),
        }
        return Template(
            template, context=shared | facts, status_code=status_code, headers={"cache-control": "no-store"}
        )


def face_of(request: Request[Any, Any, Any], service: NamedDependency[Service]) -> Face:
    """The face for a request, at this moment."""
    words = words_of(language_of(request))
    return Face(request, service, words, Times(service.zone, words, service.clock.now_ms()))


def templates() -> TemplateConfig[JinjaTemplateEngine]:
    """The templates: everything escaped, and a name that does not exist is a fault."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["degrees"] = degrees
    return TemplateConfig(instance=JinjaTemplateEngine(engine_instance=environment))


def degrees(value_e6: int, marks: str) -> str:
    """Degrees with four decimals, about ten metres, and the letter of the half: ``39.2167N``."""
    return f"{abs(value_e6) / 1e6:.4f}{marks[value_e6 < 0]}"
