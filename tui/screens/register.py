"""The register of vehicles from the console: an entry made, changed, or led to its last stage (Art. 6 (1), 14).

While the unit is set up its admin writes the register alone. Once there is a unit head, two change it: the admin
proposes, the unit head approves the case that opens then, here or at another console. Whoever sits at the console, the
admin signs: with a PIN of his own where somebody else is signed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual import work

from fleet.rules import change
from fleet.rules.roles import Role
from tui import known
from tui.api import ApiError
from tui.rows.case_form import Deed, signed_by
from tui.rows.fields import Field
from tui.rows.order_form import sent
from tui.rows.register_form import PLATE, card_lines, changes, texts
from tui.screens.case import CaseScreen
from tui.screens.case_acts import CaseActs
from tui.screens.form import FormScreen
from tui.shapes import Facts

PROPOSE = Deed(change.KIND.name, "propose")
NUMBERS = frozenset({"seats", "tank_ml", "rated_ml_100km", "price_fen", "odometer_km"})


class Registers(CaseActs):
    """For screens from which the register is kept."""

    def change_entry(self, plate: str = "", before: Mapping[str, str] | None = None) -> None:
        """The form of an entry: a new one, or that of `plate`, of which the register says `before`."""
        self._entry(plate, before or {})

    @work(exclusive=True, group="case")
    async def _entry(self, plate: str, before: Mapping[str, str]) -> None:
        words, api = self.words, self.api
        try:
            options, people = await known.ask(api, words), await api.people()
        except ApiError as error:
            self.trouble(error)
            return
        by_two = any(Role.UNIT_HEAD in person["roles"] for person in people)
        fields = card_lines(words, options, plate, before)
        if by_two:
            fields.append(Field(name="reason", words=words("field.reason"), most=200))
        me = self.console_app.person
        if me is None or Role.ADMIN not in me["roles"]:
            fields = signed_by(words, PROPOSE, people, fields)

        async def send(values: dict[str, object]) -> Any:
            who, pin = str(values.pop("who", "")), str(values.pop("pin", ""))
            name = plate or str(values[PLATE])
            path, body = _proposal(name, before, values) if by_two else ("/vehicles", _whole(name, values))
            return await (api.as_other(who, pin, path, body) if who else api.post(path, body))

        title = words("register.change", plate=plate) if plate else words("register.new")
        about = words("register.by_two" if by_two else "register.by_one")
        self.app.push_screen(FormScreen(title, fields, send, draft=f"register/{plate}", about=about), self._kept)

    def _kept(self, made: Any) -> None:
        """A proposal is shown, for the unit head to decide; an entry is on the register already."""
        if made is None:
            return
        if made.get("kind") == change.KIND.name:
            self.committed(made)
            self.app.push_screen(CaseScreen(made))
        else:
            self.console_app.renew()
            self.say(self.words("register.done", plate=made["plate"]))


def _proposal(plate: str, before: Mapping[str, str], values: Mapping[str, object]) -> tuple[str, Facts]:
    about = {"act": PROPOSE.act, "entry": f"vehicle/{plate}", "reason": values["reason"]}
    return f"/cases/{PROPOSE.kind}", about | changes(before, values)


def _whole(plate: str, values: Mapping[str, object]) -> Facts:
    """An entry as the interface takes it: numbers as numbers, and nothing of what is not known."""
    told = {name: int(text) if name in NUMBERS else text for name, text in texts(values).items() if text}
    return sent({PLATE: plate, **told})
