"""A box that asks for one of a few: by digit, by letter after the ninth, by arrows and Enter, or by a click."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from tui.cells import clip
from tui.rows.fields import Option
from tui.screens.frame import Dialog
from tui.widgets.lines import TITLE_MARGIN, Lines, Spans

HEIGHT_MAX = 18
SIGNS = "123456789abcdefhimnopqrstuvwxyz"
"""What picks an option, by its place. Letters that move the cursor are none."""


class ChooseDialog(Dialog[str]):
    """Ends with the value of the option chosen, or with None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(sign, f"choose({index})", "key.choice") for index, sign in enumerate(SIGNS)),
    ]

    def __init__(self, title: str, options: Sequence[Option]) -> None:
        super().__init__()
        self._title, self._options = title, list(options)

    def compose(self) -> ComposeResult:
        with Vertical(id="form"):
            yield Lines[Option](self._option, lambda option: option.value, id="choices")

    def on_mount(self) -> None:
        box, choices = self.query_one("#form"), self.query_one("#choices", Lines)
        choices.styles.height = min(len(self._options), HEIGHT_MAX)
        box.border_title = Content(clip(self._title, 64 - TITLE_MARGIN))
        box.border_subtitle = self.words("form.keys")
        choices.show(self._options)
        choices.focus()

    def action_choose(self, index: int) -> None:
        if index < len(self._options):
            self.leave(self._options[index].value)

    @on(Lines.Opened, "#choices")
    def chosen(self, event: Lines.Opened) -> None:
        option: Option = event.item  # type: ignore[assignment]
        self.leave(option.value)

    def _option(self, option: Option, width: int) -> list[Spans]:
        sign = f"{SIGNS} "[min(self._options.index(option), len(SIGNS))]
        return [[(f" {sign} ", "dim"), (clip(option.words, width - 3), "")]]
