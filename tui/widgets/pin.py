"""A field for a PIN: shows a star for each sign and nothing else, forgets it when asked."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

LENGTH_MAX = 64


class Pin(Widget, can_focus=True):
    """One line; Enter posts `Submitted`."""

    @dataclass
    class Submitted(Message):
        """The PIN was entered."""

        pin: str

    def __init__(self) -> None:
        super().__init__(id="pin")
        self._pin = ""

    def clear(self) -> None:
        self._pin = ""
        self.refresh()

    def submit(self) -> None:
        """Hand over what was typed, if anything was."""
        if self._pin:
            self.post_message(self.Submitted(self._pin))

    def on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            self.submit()
        elif event.key in {"backspace", "ctrl+h"}:
            event.stop()
            self._set(self._pin[:-1])
        elif (sign := event.character) and event.is_printable:
            event.stop()
            event.prevent_default()
            self._set(self._pin + sign)

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self._set(self._pin + event.text.strip())

    def render(self) -> Content:
        stars = Content("*" * len(self._pin))
        return stars + Content.styled(" ", "reverse") if self.has_focus else stars

    def _set(self, pin: str) -> None:
        self._pin = pin[:LENGTH_MAX]
        self.refresh()
