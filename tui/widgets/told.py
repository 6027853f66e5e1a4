"""Sentences below a form or a list: what was refused, why, and what to do next. As high as what there is to say."""

from __future__ import annotations

from collections.abc import Sequence

from tui.cells import wrap
from tui.widgets.lines import Lines, Spans


class Told(Lines[str], can_focus=False):
    """Nothing at first."""

    def __init__(self) -> None:
        super().__init__(_lines, lambda text: text, tall=True, pointer=False, id="told")

    def tell(self, sentences: Sequence[str]) -> None:
        """Say these from now on."""
        self.show(sentences)


def _lines(text: str, width: int) -> list[Spans]:
    return [[(line, "serious")] for line in wrap(text, width)]
