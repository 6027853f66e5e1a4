"""The alarms of the unit over HTTP, each explaining itself: the fact, the rule, its numbers, what would have complied.

GET /api/alarms             those on record that nobody has settled, and what is so right now
GET /api/alarms?all=true    also those accepted, upheld or withdrawn of late

They are answered as cases: POST /api/cases/alarm/{id}/acts/explain, accept, uphold, extend.
"""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Controller, Request, get
from litestar.params import QueryParameter
from msgspec.structs import asdict

from edge.alarms import Row
from edge.store.journal import Office
from edge.store.telemetry import Telemetry
from edge.web import acts
from edge.web.auth import TheNode, TheSession
from edge.web.rows import View
from edge.web.sight import OFFICE
from edge.web.watch import watch
from fleet.desk.alarms import recorded
from fleet.rules.alarm import life
from fleet.rules.alarm.catalogue import CATALOGUE
from fleet.rules.alarm.live import OWN
from fleet.rules.alarm.reconcile import facts_of
from fleet.rules.case import Case, may_see
from fleet.rules.roles import Role
from fleet.rules.settings import SETTINGS
from fleet.words import Words, language_from_header

Json = dict[str, Any]
READS = OFFICE | {Role.FINANCE, Role.DRIVER, Role.UNIT_HEAD}


class Alarms(Controller):
    """What tracks and records show, and who has answered."""

    path = "/alarms"

    @get(opt={"roles": READS})
    async def alarms(
        self,
        node: TheNode,
        session: TheSession,
        request: Request[Any, Any, Any],
        every: Annotated[bool, QueryParameter(name="all")] = False,
    ) -> list[Json]:
        """Alarms in words, those that go on first, then the newest."""
        words = Words(language_from_header(request.headers.get("accept-language")), "node")

        def work(_: Office, view: View) -> list[Json]:
            cases = [
                case
                for case in recorded(view.state, view.now_ms)
                if (every or case.state not in life.KIND.ended)
                and may_see(life.KIND, case, session.person, session.roles)
            ]
            return [explained(words, case) | _watched(view, case, node.telemetry, words) for case in cases]

        told = await acts.look(node, work, session)
        if not session.roles.isdisjoint(OFFICE):
            told += [_of_row(words, row) for row in node.alarms() if not row["id"].startswith(life.KIND.prefix)]
        return sorted(told, key=lambda row: (row["until_ms"] is not None, -(row["from_ms"] or 0), row["id"]))


def _watched(view: View, case: Case, telemetry: Telemetry, words: Words) -> Json:
    """Of somebody overdue, what is known of them now."""
    if case.text("code") != life.OVERDUE or case.whole("until_ms") is not None:
        return {}
    row = watch(view, case, telemetry.said, telemetry.last, words)
    return {"watch": asdict(row) if row else None}


def explained(words: Words, case: Case) -> Json:
    """An alarm on record as a person reads it."""
    code, facts = case.text("code"), facts_of(case)
    line = CATALOGUE[code]
    told = words.told({"from_ms": case.whole("from_ms"), "until_ms": case.whole("until_ms"), **facts})
    return {
        "id": case.id,
        "code": code,
        "name": words(f"alarm.{code}.name"),
        "grade": case.text("grade"),
        "state": case.state,
        "state_name": words(f"case_state.alarm.{case.state}"),
        "provisional": bool(case.data.get("provisional")),
        "plate": case.plate or None,
        "order": case.order or None,
        "driver": case.text("driver") or None,
        "from_ms": case.whole("from_ms"),
        "until_ms": case.whole("until_ms"),
        "article": line.article,
        "what": words.variant(f"alarm.{code}.facts", facts.get("what"), **told),
        "limits": [_limit(words, name, str(text)) for name, text in _limits(case).items()],
        "complied": words(f"alarm.{code}.complied"),
        "unless": [words(f"alarm_unless.{name}") for name in line.unless],
        "facts": facts,
        "explanation": case.text("explanation") or None,
    }


def _limits(case: Case) -> Json:
    found = case.data.get("limits")
    return found if isinstance(found, dict) else {}


def _limit(words: Words, name: str, text: str) -> str:
    """A number that an alarm was judged by, with where it comes from."""
    value, _, source = text.partition(" ")
    measure = SETTINGS[name].unit if name in SETTINGS else ""
    told = words.told({"setting": name, "limit": value, "measure": measure, "source": source})
    return words("alarm.limit", **told)


def _of_row(words: Words, row: Row) -> Json:
    """What is so right now, and not on record: of the node itself, or not judged yet."""
    line = CATALOGUE.get(row["code"])
    return {
        "id": row["id"],
        "code": row["code"],
        "name": words(f"alarm.{row['code']}.name"),
        "grade": row["grade"],
        "state": None,
        "plate": row["plate"],
        "from_ms": row["since_ms"],
        "until_ms": None,
        "article": line.article if line else None,
        "what": words(f"alarm.{row['code']}.facts", **row["facts"]) if row["code"] in OWN else None,
        "facts": row["facts"],
    }
