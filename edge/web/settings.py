"""The numbers the rules decide by, for whoever wants to know: value, unit, bounds, source, who changed it (Art. 14).

They are changed by a case of the kind `setting`: an admin proposes, the unit head approves.
"""

from __future__ import annotations

from typing import Any

from litestar import Controller, get
from litestar.params import FromPath
from msgspec import Struct

from edge.web import acts
from edge.web.auth import TheNode
from edge.web.rows import View
from fleet.desk.register import name_of
from fleet.errors import NotFound
from fleet.ledger.state import State as Ledger
from fleet.rules.case import Case
from fleet.rules.four_eyes import State
from fleet.rules.settings import SETTINGS, value


class Change(Struct, frozen=True, kw_only=True):
    """A change by two people, proposed or in force."""

    case: str
    value: int
    source: str
    document: str
    reason: str
    proposed_by: str
    approved_by: str
    approved_ms: int | None


class SettingRow(Struct, frozen=True, kw_only=True):
    """A setting as it is in force here. `source` is `text`, `ruling` or `local`; `changed` is None for the default."""

    name: str
    value: int
    default: int
    unit: str
    least: int
    most: int
    source: str
    article: str
    changed: Change | None
    proposed: list[Change]


class Settings(Controller):
    """The unit's settings."""

    path = "/settings"

    @get()
    async def settings(self, node: TheNode) -> list[SettingRow]:
        """Every setting."""
        return await acts.look(node, lambda _, view: [_row(view.state, name) for name in SETTINGS])

    @get("/{name:str}")
    async def setting(self, node: TheNode, name: FromPath[str]) -> SettingRow:
        """One setting."""

        def work(_: Any, view: View) -> SettingRow:
            if name not in SETTINGS:
                raise NotFound("no_setting", name=name)
            return _row(view.state, name)

        return await acts.look(node, work)


def _row(state: Ledger, name: str) -> SettingRow:
    setting, chosen = SETTINGS[name], state.settings.get(name)
    about = [state.cases[target] for target in state.setting_acts if state.cases[target].text("name") == name]
    in_force = next((case for case in about if chosen and case.id == chosen.case), None)
    return SettingRow(
        name=name,
        value=value(name, state.settings),
        default=setting.default,
        unit=setting.unit,
        least=setting.least,
        most=setting.most,
        source=chosen.source if chosen else setting.source,
        article=setting.article,
        changed=_change(state, in_force) if in_force else None,
        proposed=[_change(state, case) for case in about if case.state == State.PROPOSED],
    )


def _change(state: Ledger, case: Case) -> Change:
    return Change(
        case=case.id,
        value=case.whole("value") or 0,
        source=case.text("source"),
        document=case.text("document"),
        reason=case.text("reason"),
        proposed_by=name_of(state, case.text("proposed_by")),
        approved_by=name_of(state, case.text("approved_by")) if case.text("approved_by") else "",
        approved_ms=case.whole("approved_ms"),
    )
