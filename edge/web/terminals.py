"""Asking a vehicle's terminal, for programs: a message goes down, its answer comes back.

    POST /api/terminals/{phone or plate}/send   {"message": "text", "facts": {"text": "…"}, "wait_s": 60}
    POST /api/terminals/{phone or plate}/call   call dispatch: an urgent text in the unit's language

What may be asked, and how, is `edge.serial_terminal.jt808.requests`; what may never be, `permits`.
"""

from __future__ import annotations

from typing import Any

from litestar import Controller, post
from litestar.params import FromPath, RawBody
from msgspec import Struct

from edge.web.api import read
from edge.web.auth import TheNode
from fleet.errors import BadInput
from fleet.rules.roles import Role
from fleet.words import Words, language_from_environment

WHO: frozenset[str] = frozenset({Role.DISPATCHER, Role.ADMIN})
WAIT_S_MAX = 300.0
Json = dict[str, Any]


class Question(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to ask: a name such as `text`, or the message's number in hex with the facts of its table."""

    message: str
    facts: dict[str, Any] = {}
    wait_s: float = 120.0


class Terminals(Controller):
    """The terminals of the unit's vehicles."""

    path = "/terminals"

    @post("/{terminal:str}/send", status_code=200, opt={"roles": WHO})
    async def send(self, node: TheNode, terminal: FromPath[str], body: RawBody) -> Json:
        """Send a message and wait for the terminal's answer."""
        question = read(body, Question)
        if not 0 < question.wait_s <= WAIT_S_MAX:
            raise BadInput("terminal_fact_wrong", fact="wait_s", value=question.wait_s)
        return await node.lines.ask(terminal, question.message, question.facts, question.wait_s)

    @post("/{terminal:str}/call", status_code=200, opt={"roles": WHO})
    async def call(self, node: TheNode, terminal: FromPath[str]) -> Json:
        """Ask the driver, on the screen and aloud, to call dispatch."""
        words = Words(language_from_environment({"LANG": node.settings.language}), "command")
        return await node.lines.ask(terminal, "call", {"text": words("terminal.screen.call_dispatch")}, WAIT_S_MAX)
