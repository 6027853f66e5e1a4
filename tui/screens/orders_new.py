"""A new application for a rider, and one made again after it was sent back (Art. 5, 7).

An application is the applicant's act. Whoever is signed in and may apply does so; a dispatcher fills in what the rider
says, and the custodian of an applicant's account signs with the PIN, which opens a session for that one act.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual import work

from fleet.rules.roles import Role
from tui.api import ApiError
from tui.screens.frame import Placed
from tui.shapes import Facts, Order

if TYPE_CHECKING:
    from tui.known import Known
    from tui.rows.fields import Field

APPLICANT, PIN = "applicant", "pin"


class NewOrders(Placed[Any]):
    """For screens from which one applies."""

    def action_new_order(self) -> None:
        """An empty form; what was typed into it before and not sent stands in it again."""
        self._apply(None)

    @work(exclusive=True, group="order")
    async def _apply(self, before: Order | None) -> None:
        from tui import known
        from tui.rows.order_form import application, sent
        from tui.screens.form import FormScreen

        try:
            options = await known.ask(self.api, self.words)
        except ApiError as error:
            self.trouble(error)
            return
        told: Facts = dict(before) if before else {}
        fields = application(self.words, options, self.now_ms, told) + self._signing(options)

        async def send(values: dict[str, object]) -> Order:
            who, pin = str(values.pop(APPLICANT, "")), str(values.pop(PIN, ""))
            path = f"/orders/{before['id']}/acts/submit" if before else "/orders"
            made: Order = await (
                self.api.as_other(who, pin, path, sent(values)) if who else self.api.post(path, sent(values))
            )
            return made

        title = self.words("apply.again", tail=before["tail"]) if before else self.words("apply.title")
        draft = f"order/{before['id'] if before else ''}"
        about = self.words("apply.no_secrets")
        self.app.push_screen(FormScreen(title, fields, send, draft=draft, about=about), self._applied)

    def _signing(self, options: Known) -> list[Field]:
        from tui.rows.fields import Field

        person = self.console_app.person
        if person is not None and Role.APPLICANT in person["roles"]:
            return []
        only = options.applicants[0].value if len(options.applicants) == 1 else ""
        return [
            Field(
                name=APPLICANT, words=self.words("apply.signs"), kind="choice", options=options.applicants, given=only
            ),
            Field(name=PIN, words=self.words("apply.pin"), kind="secret"),
        ]

    def _applied(self, order: Order | None) -> None:
        if order is not None:
            self.console_app.renew()
            self.say(self.words("done.submitted", tail=order["tail"]))
