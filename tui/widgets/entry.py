"""The line one types into, framed like the panels above it."""

from __future__ import annotations

from textual.widgets import Input

from tui.widgets.joined import Joined


class Entry(Input, Joined):
    """Textual's input with an upper border that joins the sides of the panels above."""
