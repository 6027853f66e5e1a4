"""The footer: the keys that matter here, each a button for the mouse as well."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rich.cells import cell_len
from textual.content import Content
from textual.style import Style

from tui.widgets.joined import Joined

BOLD = Style(bold=True)


class Key(NamedTuple):
    """A key as printed, what it does in words, and the action a click runs."""

    key: str
    words: str
    action: str


class Keys(Joined):
    """One line of keys; those that no longer fit are left out from the end, since `?` lists them all."""

    def __init__(self) -> None:
        super().__init__(id="keys")
        self._keys: tuple[Key, ...] = ()

    def show(self, keys: Iterable[Key]) -> None:
        if (keys := tuple(keys)) != self._keys:
            self._keys = keys
            self.refresh()

    def render(self) -> Content:
        pieces: list[Content] = []
        room = self.content_size.width
        for key, words, action in self._keys:
            room -= cell_len(key) + cell_len(words) + 3
            if room < -1:
                break
            click = Style.from_meta({"@click": action})
            pieces.append(Content.assemble((key, click + BOLD), (f" {words}", click)))
        return Content(" ") + Content("  ").join(pieces)
