"""Between Textual and the real terminal: its own driver, with `Output` where it writes.

Frames, answers and timers are all handled on the application's thread. What the thread that reads keys writes (it
switches a mode on) is no part of a frame and goes straight on.
"""

from __future__ import annotations

import termios
import threading
import time
from asyncio import TimerHandle
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import events
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from tui.thin.output import Mode, Output

OFLAG = 1


@dataclass
class TerminalKnown(Message):
    """What was found out: whether the line is thin, and whether signs of doubtful width take two cells (None: not yet
    known)."""

    thin: bool
    wide_signs: bool | None


class ThinDriver(LinuxDriver):
    """Chosen for every console; how it treats the line is `thin`: True, False, or None to find out."""

    thin: ClassVar[bool | None] = None

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._output: Output | None = None
        self._timer: TimerHandle | None = None
        self._thread = threading.get_ident()
        self._told: tuple[bool, bool | None] = (False, None)

    def start_application_mode(self) -> None:
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._leave_line_feeds_alone()
        self._output = Output(super().write, self._get_terminal_size(), time.monotonic, thin=self.thin)
        self._output.start()

    def stop_application_mode(self) -> None:
        self._output = None
        if self._timer is not None:
            self._timer.cancel()
        self.write("\x1b[m")
        super().stop_application_mode()

    def write(self, data: str) -> None:
        if self._output is None or threading.get_ident() != self._thread:
            super().write(data)
        else:
            self._output.write(data)

    def flush(self) -> None:
        if self._output is not None and threading.get_ident() == self._thread:
            self._output.flush()
            self._wait()

    def resize(self, width: int, height: int) -> None:
        """The terminal has another size from the next frame on."""
        if self._output is not None:
            self._output.resize(width, height)

    def redraw(self) -> None:
        """Paint everything again: something else has written to the terminal, or the line has lost something."""
        if self._output is not None:
            self._output.redraw()
            self._wait()

    def process_message(self, message: Message) -> None:
        """Answers of the terminal are for the output, everything else for the application."""
        if isinstance(message, events.CursorPosition):
            self._loop.call_soon_threadsafe(self._answer, message.x, time.monotonic())
        else:
            super().process_message(message)

    def _answer(self, column: int, at_s: float) -> None:
        if self._output is not None:
            self._output.answer(column, at_s)
            self._wait()

    def _tick(self) -> None:
        if self._output is not None:
            self._output.tick()
            self._wait()

    def _wait(self) -> None:
        self._tell()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._output is not None and (wait_s := self._output.wait_s) is not None:
            self._timer = self._loop.call_later(wait_s, self._tick)

    def _tell(self) -> None:
        """Let the application know what is new about the terminal."""
        if self._output is not None and self._output.mode is not Mode.PROBING:
            found = (self._output.mode is Mode.THIN, self._output.wide_signs)
            if found != self._told:
                self._told = found
                self._app.post_message(TerminalKnown(*found))

    def _leave_line_feeds_alone(self) -> None:
        """A line feed goes down and nowhere else. `attrs_before` gives the terminal its own way back at the end."""
        with suppress(termios.error):
            attributes = termios.tcgetattr(self.fileno)
            attributes[OFLAG] &= ~termios.OPOST
            termios.tcsetattr(self.fileno, termios.TCSANOW, attributes)


def driver_for(thin: bool | None) -> type[ThinDriver]:
    """The driver of a console whose line is known to be thin, known not to be, or not known."""
    return type("Driver", (ThinDriver,), {"thin": thin})
