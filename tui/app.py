"""The console: one person's screen on one node. It keeps the session; screens draw.

Rules it keeps:
- After an act the facts come from the node again.
- Idle it writes nothing but, once a minute, the cells of ages that have changed.
- It ends without the node noticing; the node ends without the console ending.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, cast

from textual import events, work
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen, Screen
from textual.worker import WorkerFailed

from fleet.rules.order import Act, State
from fleet.rules.roles import Role
from fleet.words import Words
from tui import cells
from tui.api import Api, ApiError, SessionLost, Unreachable
from tui.attached import Attached
from tui.kept import Kept
from tui.link import Pause
from tui.screens.board import BoardScreen
from tui.screens.frame import Frame, MinutePassed, refusal_lines
from tui.screens.sign_in import SignInScreen
from tui.screens.too_small import HEIGHT_MIN, WIDTH_MIN, TooSmallScreen
from tui.shapes import Order, Person, Session
from tui.thin.driver import TerminalKnown, ThinDriver, driver_for
from tui.times import MINUTE_MS
from tui.widgets.lines import THIN_LINE, Lines

IDLE_S = 600
"""A console nobody has touched for so long asks for the PIN again."""
LINED = "-lined"
"""Frames are drawn with lines: the terminal has said how wide their signs are, and its line is not a thin one."""


class Console(Attached):
    """Textual's app, holding what all screens share."""

    CSS_PATH = Path(__file__).with_name("styles.tcss")
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    AUTO_FOCUS = None
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "leave", "key.quit", priority=True, show=False)]

    def __init__(
        self,
        api: Api,
        words: Words,
        *,
        node: str,
        thin: bool | None = None,
        contrast: bool = False,
        pause: Pause = asyncio.sleep,
        monotonic_s: Callable[[], float] = time.monotonic,
        keep_in: Path | None = None,
    ) -> None:
        """`node` is the address as the person wrote it. `thin` says what the line to the terminal is, None to find
        out. `pause` and `monotonic_s` are the clock's ports. What outlives the console is kept in `keep_in`."""
        super().__init__(api, pause=pause, monotonic_s=monotonic_s, driver_class=driver_for(thin), ansi_color=True)
        self.theme = "ansi-dark"  # before there are styles: to change it later reads all of them again
        self.animation_level = "none"
        self.set_class(thin is True, THIN_LINE)
        self.set_class(contrast, "-contrast")
        self.words, self.node = words, node
        api.on_slow = self._slow
        self._touched_s = monotonic_s()
        self._undoable: str | None = None
        self.people: dict[str, str] = {}
        """Names by staff number, as the node told them at the sign-in."""
        self.unit = ""
        """The unit's code, likewise."""
        self.kept = Kept(keep_in)
        self.person: Person | None = None

    @property
    def _background_screens(self) -> list[Screen[Any]]:
        """What shows through the screen on top: nothing, unless that is a box. The framework takes the one below for
        visible in any case, and would paint everything again whenever something down there changes."""
        return super()._background_screens if isinstance(self.screen, ModalScreen) else []

    def get_default_screen(self) -> BoardScreen:
        return BoardScreen()

    def on_mount(self) -> None:
        self.sign_in()
        self._await_minute()

    def on_resize(self, event: events.Resize) -> None:
        if isinstance(self._driver, ThinDriver):
            self._driver.resize(*event.size)
        small = event.size.width < WIDTH_MIN or event.size.height < HEIGHT_MIN
        if small and not isinstance(self.screen, TooSmallScreen):
            self.push_screen(TooSmallScreen())
        elif not small and isinstance(self.screen, TooSmallScreen):
            self.pop_screen()

    def action_redraw(self) -> None:
        if isinstance(self._driver, ThinDriver):
            self._driver.redraw()

    def on_terminal_known(self, event: TerminalKnown) -> None:
        """Draw as the terminal and its line need it from now on: every screen, since one that comes back from under
        another is not styled anew."""
        self.set_class(event.thin, THIN_LINE, update=False)
        self.set_class(event.wide_signs is False and not event.thin, LINED, update=False)
        if event.wide_signs:
            cells.treat_doubtful_as_wide()
        for screen in self.screen_stack:
            screen.update_node_styles(animate=False)
            for lines in screen.query(Lines):
                lines.renew()

    def sign_in(self, why: str = "") -> None:
        """Ask who is there, over whatever is on the screen; `why` says what ended the last session."""
        if not any(isinstance(screen, SignInScreen) for screen in self.screen_stack):
            self.push_screen(SignInScreen(why), self._signed_in)

    def help(self) -> None:
        """List the keys of what has the focus."""
        from tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.screen, self.focused))

    def line(self) -> None:
        """Ask for a command over whatever is on the screen."""
        from tui.screens.line import LineScreen

        self.push_screen(LineScreen(), self._board_screen.run)

    def find(self) -> None:
        """Find an order from anywhere."""
        from tui.screens.find import FindScreen

        if not isinstance(self.screen, FindScreen):
            self.push_screen(FindScreen())

    def did(self, order: Order) -> None:
        """The person at this console has just done something to an order; a dispatch can be undone until acted on."""
        self._undoable = order["id"] if order["state"] == State.DISPATCHED else None

    def undo(self) -> None:
        """Call the last dispatch back, by an act of its own: nothing is taken out of the record."""
        if self._undoable is None:
            self.say(self.words("undo.nothing"))
        else:
            self._undo(self._undoable)

    @work(exclusive=True, group="undo")
    async def _undo(self, order_id: str) -> None:
        words, say = self.words, self.say
        try:
            order = await self.api.order(order_id)
            if Act.RECALL not in order["moves"]:
                say(words("undo.too_late", tail=order["tail"], state=words(f"state.{order['state']}")), paint="serious")
                return
            order = await self.api.act(order_id, Act.RECALL, {"reason": words("undo.reason")})
        except ApiError as error:
            say(self.told(error)[0], paint="critical")
        else:
            self._undoable = None
            self.renew()
            say(words("undo.done", tail=order["tail"]))

    @property
    def _board_screen(self) -> BoardScreen:
        return cast(BoardScreen, self.screen_stack[0])

    def told(self, error: ApiError) -> list[str]:
        """A failure in sentences. A lost session leads to signing in again, a lost node to asking until it answers."""
        if isinstance(error, SessionLost):
            self.sign_in(self.words("sign_in.again"))
        elif isinstance(error, Unreachable):
            self.renew()
        return refusal_lines(self.words, error)

    async def action_leave(self) -> None:
        """Close this console; the node goes on."""
        self.workers.cancel_all()
        await self.kept.settle()
        if self.person is not None and self.lost_ms is None:
            try:
                async with asyncio.timeout(1):
                    await self.api.sign_out()
            except (ApiError, TimeoutError):
                pass  # the session runs out by itself
        self.exit()

    @property
    def fault(self) -> BaseException | None:
        """What made the console end against its will, if anything did."""
        error = self._exception
        return error.error if isinstance(error, WorkerFailed) else error

    def _fatal_error(self) -> None:
        """End without the framework's trace: whoever started the console tells a person what happened."""
        if self.is_headless:
            super()._fatal_error()
        else:
            self._close_messages_no_wait()

    def _signed_in(self, session: Session | None) -> None:
        if session is not None:
            self.person = session["person"]
            self.kept.open(self.node, self.unit, session["person"]["id"])
            self._touched_s = self._monotonic_s()
            self.follow_node()
            if Role.DISPATCHER in session["person"]["roles"]:
                self._show_last_note()

    @work(exclusive=True, group="note")
    async def _show_last_note(self) -> None:
        """Who comes to the desk reads the last handover note first, unless it has been taken over already."""
        with suppress(ApiError):
            note = await self.api.note()
            if note is not None and self.person is not None and note["data"].get("written_by") != self.person["id"]:
                from tui.screens.shift import ShiftScreen

                self.push_screen(ShiftScreen())

    async def look(self, session: Session) -> None:
        """Have the board there when the sign-in goes."""
        self.person = session["person"]
        await self.first_board()

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key | events.MouseDown | events.Paste):
            self._touched_s = self._monotonic_s()
        await super().on_event(event)

    @work(exclusive=True, group="lock")
    async def _lock(self) -> None:
        """End the session and ask who is there, over the screen as it is."""
        self.sign_in(self.words("sign_in.idle"))
        with suppress(ApiError):
            await self.api.sign_out()

    def say(self, news: str, *, paint: str = "notice") -> None:
        """News is told on whatever lies on top."""
        self._board_screen.say(news, paint=paint)

    def _slow(self, slow: bool) -> None:
        """Say that the node is long in answering, where news is told; and take it back."""
        frames = [screen for screen in self.screen_stack if isinstance(screen, Frame)]
        for frame in frames:
            frame.say(self.words("node.slow") if slow else "", paint="serious")

    def _await_minute(self) -> None:
        self.set_timer((MINUTE_MS - self.now_ms % MINUTE_MS) / 1000 + 0.01, self._minute_passed)

    def _minute_passed(self) -> None:
        locked = any(isinstance(screen, SignInScreen) for screen in self.screen_stack)
        idle = self._monotonic_s() - self._touched_s >= IDLE_S
        if idle and self.person is not None and not locked and self.lost_ms is None:  # a node that is gone knows no PIN
            self._lock()
        self.tell_screens(MinutePassed)
        self._await_minute()
