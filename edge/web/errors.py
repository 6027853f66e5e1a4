"""Every refusal becomes HTTP here, once: a status, a code with its facts, and what, why and next in the caller's words.

FleetError            by its code where the code has a status of its own, else by its branch of the tree
HTTPException         the framework's own: no such page, wrong method, body too large
anything else         a fault of ours: logged with its trace, told without it
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException

from fleet.errors import BadInput, FleetError, NotAllowed, NotFound, NotTrusted, RuleBroken, Unavailable
from fleet.words import Words, language_from_header

log = logging.getLogger(__name__)

STATUS_OF_CODE = {"not_signed_in": 401, "session_over": 401, "pin_locked": 423, "talk_over": 410, "too_slow": 408}
STATUS_OF_BRANCH: tuple[tuple[type[FleetError], int], ...] = (
    (NotAllowed, 403),
    (RuleBroken, 409),
    (BadInput, 400),
    (NotFound, 404),
    (NotTrusted, 403),
    (Unavailable, 507),
)
PEOPLE = frozenset({"driver", "person"})
"""Facts that are staff numbers."""
CODE_OF_STATUS = {400: "query_form", 404: "no_page", 405: "wrong_method", 413: "request_too_large"}


@dataclass(frozen=True, slots=True)
class Told:
    """A refusal on its way out."""

    status: int
    code: str
    article: str
    facts: Mapping[str, object]


def tell(error: Exception) -> Told:
    """The status, code and facts of anything that went wrong."""
    if isinstance(error, FleetError):
        branch = next((status for kind, status in STATUS_OF_BRANCH if isinstance(error, kind)), 500)
        return Told(STATUS_OF_CODE.get(error.code, branch), error.code, error.article, error.facts)
    if isinstance(error, HTTPException) and error.status_code in CODE_OF_STATUS:
        return Told(error.status_code, CODE_OF_STATUS[error.status_code], "", {})
    log.error("a request failed", exc_info=error)
    return Told(500, "fault", "", {})


def refuse_in_json(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
    """The API's answer to anything that went wrong."""
    told = tell(error)
    words = Words(language_from_header(request.headers.get("accept-language")), "node")
    said = words.explain(told.code, named(request, told.facts))
    body = {
        "code": told.code,
        "what": said.what,
        "why": said.why,
        "next": said.next,
        "article": told.article,
        "facts": {name: _plain(value) for name, value in told.facts.items()},
    }
    return Response(body, status_code=told.status)


def named(request: Request[Any, Any, Any], facts: Mapping[str, object]) -> dict[str, object]:
    """The facts as a sentence takes them: people this node knows by their names, not by their staff numbers."""
    people = {person.id: person.name for person in request.app.state.node.keyring.people()}
    return {name: people.get(str(value), value) if name in PEOPLE else value for name, value in facts.items()}


def _plain(value: object) -> object:
    return value if isinstance(value, int | float | bool | None) else str(value)
