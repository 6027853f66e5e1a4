"""The small form of an act that asks for one thing: a reason, from a list or in one's own words, or a choice of two.

What is chosen or written is signed as it reads here. After a refusal the form stays as it is and says what, why and
what next; only the node's answer closes it.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input

from fleet.rules.order import Act
from tui.api import ApiError
from tui.screens.frame import Dialog
from tui.shapes import Order
from tui.widgets.lines import Lines, Spans
from tui.widgets.told import Told

LENGTH_MAX = 200


class Asked(NamedTuple):
    """The field an act asks for, its choices, and whether the choice is sent as a code or as the words chosen."""

    field: str
    choices: tuple[str, ...]
    free: bool = True


ASKED: dict[str, Asked] = {
    Act.DISPATCH: Asked("why", ("rider_asks", "road", "driver_knows", "first_kept", "first_doubtful")),
    Act.RECALL: Asked("reason", ("breakdown", "driver_away", "more_urgent", "replan")),
    Act.UNMET: Asked("reason", ("no_vehicle", "no_driver", "road_closed")),
    Act.CANCEL: Asked("reason", ("trip_off", "postponed", "other_means", "double")),
    Act.CLOSE: Asked("receipts", ("attached", "none"), free=False),
}


class ActForm(Dialog[Order]):
    """Ends with the order as the node committed it, or with None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(number), f"choose({number - 1})", "key.choice") for number in range(1, 10)),
    ]

    def __init__(self, order: Order, act: Act, fields: dict[str, str] | None = None) -> None:
        """`fields` are what the act carries besides the thing asked."""
        super().__init__()
        self._order, self._act, self._fields = order, act, fields or {}
        self._asked = ASKED[act]
        self._busy = False

    def compose(self) -> ComposeResult:
        with Vertical(id="form"):
            yield Lines[str](self._choice, lambda choice: choice, id="choices")
            if self._asked.free:
                yield Input(
                    id="own",
                    compact=True,
                    max_length=LENGTH_MAX,
                    placeholder=self.words("form.own"),
                    select_on_focus=False,
                )
            yield Told()

    def on_mount(self) -> None:
        words, order = self.words, self._order
        facts = {"tail": order["tail"], "plate": self._fields.get("vehicle") or order["vehicle"] or ""}
        box = self.query_one("#form")
        box.border_title = Content(words(f"form.{self._act}", **facts))
        box.border_subtitle = words("form.keys.free" if self._asked.free else "form.keys")
        if self._asked.free:
            self.query_one(Input).cursor_blink = False
        choices = self.query_one("#choices", Lines)
        choices.styles.height = len(self._asked.choices)
        choices.show(self._asked.choices)
        choices.focus()

    def action_choose(self, index: int) -> None:
        if index < len(self._asked.choices):
            choices = self.query_one("#choices", Lines)
            choices.focus()
            choices.action_end(0)
            choices.action_move(index)

    @on(Lines.Opened, "#choices")
    def send_choice(self, event: Lines.Opened) -> None:
        self._begin(self._words_of(str(event.item)) if self._asked.free else str(event.item))

    @on(Input.Submitted)
    def send_own(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self._begin(event.value.strip())
        else:
            self._tell([self.words("form.empty")])

    def _begin(self, value: str) -> None:
        if not self._busy:
            self._busy = True
            self._send(value)

    @work(group="act")
    async def _send(self, value: str) -> None:
        try:
            self.leave(await self.api.act(self._order["id"], self._act, self._fields | {self._asked.field: value}))
        except ApiError as error:
            self._tell(self.console_app.told(error))
        finally:
            self._busy = False

    def _tell(self, lines: list[str]) -> None:
        self.query_one(Told).tell(lines)

    def _words_of(self, choice: str) -> str:
        return self.words(f"choice.{self._act}.{choice}")

    def _choice(self, choice: str, width: int) -> list[Spans]:
        return [[(f"{self._asked.choices.index(choice) + 1} ", "dim"), (self._words_of(choice), "")]]
