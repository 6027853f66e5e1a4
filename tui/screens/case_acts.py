"""Acts on records of the regulation besides orders: at once if an act asks for nothing, else through its form.

An act that asks for the PIN asks each time (Art. 8). The tables of every kind are loaded when an act begins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual import work

from tui.api import ApiError
from tui.screens.frame import Placed
from tui.shapes import Case, Facts, VehicleRow

if TYPE_CHECKING:
    from tui.rows.case_form import Deed


class CaseActs(Placed[Any]):
    """For screens on which acts on cases begin."""

    @property
    def vehicles(self) -> list[VehicleRow]:
        """The vehicles as the board has them."""
        board = self.console_app.board
        return board["vehicles"]["rows"] if board else []

    def begin(self, deed: Deed, case: Case | None = None, given: Facts | None = None) -> None:
        """Do `deed` on a case, or open one with it: at once if it asks for nothing, else through its form. `given` goes
        into the form as if the case said so."""
        from fleet.rules.cases import kind_of

        takes = kind_of(deed.kind).acts[deed.act]
        if case is not None and not takes.takes and not takes.pin:
            self._act(deed, case["id"], {})
        else:
            self._form(deed, case, given or {})

    def begin_for_other(self, deed: Deed, case: Case | None = None, given: Facts | None = None) -> None:
        """As `begin`, in the name of somebody who may do it and enters the PIN for this one act."""
        self._form(deed, case, given or {}, by_other=True)

    def committed(self, case: Case | None) -> None:
        """After an act: say what the node has stored, and show it."""
        if case is None:
            return
        self.console_app.renew()
        from tui.rows.cases import case_tail

        state = self.words(f"case_state.{case['kind']}.{case['state']}")
        self.say(
            self.words("case.done", kind=self.words(f"case.{case['kind']}"), tail=case_tail(case["id"]), state=state)
        )
        self.show_case(case)

    def show_case(self, case: Case) -> None:
        """What this screen does with a case that was just acted on."""

    @work(exclusive=True, group="open")
    async def open_case(self, kind: str, case_id: str) -> None:
        """Go to a case."""
        from tui.screens.case import CaseScreen

        try:
            case: Case = await self.api.get(f"/cases/{kind}/{case_id}")
        except ApiError as error:
            self.trouble(error)
        else:
            self.app.push_screen(CaseScreen(case))

    @work(exclusive=True, group="case")
    async def _form(self, deed: Deed, case: Case | None, given: Facts, *, by_other: bool = False) -> None:
        from tui import known
        from tui.rows.case_form import body, lines, signed_by, stored
        from tui.rows.cases import case_tail
        from tui.scans import put_scan
        from tui.screens.form import FormScreen

        try:
            options = await known.ask(self.api, self.words)
            people = await self.api.people() if by_other else []
        except ApiError as error:
            self.trouble(error)
            return
        told = (case["data"] | {"plate": case["plate"], "order": case["order"]} if case else {}) | given
        fields = lines(self.words, deed, options, self.now_ms, told)
        if by_other:
            fields = signed_by(self.words, deed, people, fields)

        async def send(values: dict[str, object]) -> Case:
            for name in [field.name for field in fields if field.kind == "file" and field.name in values]:
                found = await put_scan(self.api, str(values[name]), self.words(f"field.{name}"))
                values |= stored(deed, name, found)
            return await self._send(deed, case["id"] if case else "", body(deed, values))

        title = self.words("case.form", act=self.words(f"act.{deed.key}"), tail=case_tail(case["id"]) if case else "")
        about = self.words(f"about.{deed.key}") if f"about.{deed.key}" in self.words else ""
        draft = f"{deed.key}/{case['id'] if case else ''}"
        self.app.push_screen(FormScreen(title.strip(), fields, send, draft=draft, about=about), self.committed)

    @work(exclusive=True, group="case")
    async def _act(self, deed: Deed, case_id: str, facts: Facts) -> None:
        try:
            self.committed(await self._send(deed, case_id, facts))
        except ApiError as error:
            self.trouble(error)

    async def _send(self, deed: Deed, case_id: str, facts: Facts) -> Case:
        path = f"/cases/{deed.kind}/{case_id}/acts/{deed.act}" if case_id else f"/cases/{deed.kind}"
        facts = facts if case_id else facts | {"act": deed.act}
        who = str(facts.pop("who", ""))
        made: Case = await (
            self.api.as_other(who, str(facts["pin"]), path, facts) if who else self.api.post(path, facts)
        )
        return made
