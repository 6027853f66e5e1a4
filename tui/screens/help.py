"""The keys of whatever has the focus, from the widget itself outwards to its screen."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import Widget

from tui.cells import fit
from tui.screens.frame import Dialog
from tui.widgets.lines import Lines, Spans

KEY_CELLS = 20
NAMES = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "escape": "Esc",
    "enter": "Enter",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
    "tab": "Tab",
    "space": "Space",
}
"""Keys as they are printed on a keyboard, where that differs from the program's name for them."""


class KeyLine(NamedTuple):
    """Keys that do the same, and the catalogue's key for what they do."""

    keys: str
    description: str


class HelpScreen(Dialog[None]):
    """A list to read; any of Esc, Enter, ?, F1 closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("question_mark,f1,q", "back", "key.back")]

    def __init__(self, screen: Screen[object], focused: Widget | None) -> None:
        super().__init__()
        self._lines = key_lines(screen, focused)

    def compose(self) -> ComposeResult:
        yield Lines[KeyLine](self._draw, lambda line: line.keys, pointer=False, id="help")

    def on_mount(self) -> None:
        lines = self.query_one(Lines)
        lines.styles.height = min(len(self._lines) + 2, 22)
        lines.set_title(self.words("help.title"))
        lines.show(self._lines)
        lines.focus()

    def on_lines_opened(self) -> None:
        self.leave()

    def _draw(self, line: KeyLine, width: int) -> list[Spans]:
        return [[(fit(line.keys, KEY_CELLS), "strong"), (self.words(line.description), "")]]


def key_lines(screen: Screen[object], focused: Widget | None) -> list[KeyLine]:
    """The live keys of the focused widget and its screen, those that do the same on one line."""
    keys: dict[str, list[str]] = {}
    for source in (screen, focused):
        if source is None:
            continue
        for bindings in source._bindings.key_to_bindings.values():
            for binding in bindings:
                live = source.check_action(binding.action.partition("(")[0], ()) is not False
                if binding.description.startswith(("key.", "room.")) and live:
                    keys.setdefault(binding.description, []).append(printed(binding.key))
    return [KeyLine(" ".join(dict.fromkeys(names)), description) for description, names in keys.items()]


def printed(key: str) -> str:
    """A key's name as on the keyboard: `F3`, `PgUp`, `d`."""
    if key.startswith("ctrl+"):
        return f"Ctrl+{key[5:].upper()}"
    return NAMES.get(key) or (key.upper() if key[0] == "f" and key[1:].isdigit() else key)
