"""Who is there, and the PIN. Also what is shown while there is no node to ask: it goes on trying by itself.

Keys go to the PIN from the first moment on, so that who signs in as the first of the list types nothing else; the
arrows choose another person. Dispatchers stand first; others may look. A refused PIN says how many tries are left, a
locked one until when, in the node's words. Signing in again after a lost session happens over the screen that was
open, which stays as it was; whoever it was is marked in the list.
"""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from fleet.rules.roles import Role
from tui.api import ApiError, Unreachable
from tui.cells import clip, fit, wrap
from tui.link import RETRY_S_FIRST, RETRY_S_MAX
from tui.screens.frame import Placed, refusal_lines
from tui.shapes import Health, Person, Session
from tui.widgets.keys import Key, Keys
from tui.widgets.lines import TITLE_MARGIN, Lines, Spans
from tui.widgets.pin import Pin

NAME_CELLS = 16


class SignInScreen(Placed[Session]):
    """Choose a person, enter the PIN."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "choose(-1)", "key.other_person"),
        Binding("down", "choose(1)", "key.other_person"),
        Binding("escape", "clear", "key.clear"),
        Binding("f1", "help", "key.help"),
        Binding("f12", "app.leave", "key.quit"),
    ]

    def __init__(self, why: str = "") -> None:
        super().__init__()
        self._told: list[tuple[str, str]] = [(why, "serious")] if why else []
        self._busy = False

    def compose(self) -> ComposeResult:
        with Vertical(id="sign-in"):
            yield Lines[Person](self._person_line, lambda person: person["id"], steady=True, id="people")
            yield Pin()
            yield Lines[tuple[str, str]](self._told_lines, lambda told: told[0], tall=True, pointer=False, id="told")
        yield Keys()

    def on_mount(self) -> None:
        told = self.query_one("#told", Lines)
        told.can_focus = self.query_one("#people", Lines).can_focus = False
        told.show(self._told)
        box, pin = self.query_one("#sign-in"), self.query_one(Pin)
        box.border_title = Content(self.words("sign_in.title"))
        self.query_one("#people", Lines).set_title(self.words("sign_in.people"))
        pin.border_title = self.words("sign_in.pin")
        keys = (
            ("Down", "key.other_person", "screen.choose(1)"),
            ("Enter", "key.sign_in", "screen.enter"),
            ("Esc", "key.clear", "screen.clear"),
        )
        shown = [Key(key, self.words(words), action) for key, words, action in keys]
        self.query_one(Keys).show([*shown, Key("F12", self.words("key.quit"), "app.leave")])
        pin.focus()
        self._ask_people()

    @work(exclusive=True, group="people")
    async def _ask_people(self) -> None:
        """Ask until the node answers; say plainly that it does not."""
        retry_s = RETRY_S_FIRST
        while True:
            try:
                health, people = await asyncio.gather(self.api.health(), self.api.people())
            except Unreachable as error:
                self._say_unreachable(error)
            except ApiError as error:
                self._tell([(line, "serious") for line in refusal_lines(self.words, error)])
            else:
                self._show_people(health, people)
                return
            await self.console_app.pause(retry_s)
            retry_s = min(retry_s * 2, RETRY_S_MAX)

    def _show_people(self, health: Health, people: list[Person]) -> None:
        if any(paint == "critical" for _, paint in self._told):
            self._tell([])
        title = self.words("sign_in.unit", unit=health["unit"]["name"])
        box = self.query_one("#sign-in")
        box.border_title = Content(clip(title, box.outer_size.width - TITLE_MARGIN))
        self.console_app.unit = health["unit"]["code"]
        self.console_app.people = {person["id"]: person["name"] for person in people}
        people.sort(key=lambda person: Role.DISPATCHER not in person["roles"])
        lines, last = self.query_one("#people", Lines), self.console_app.person
        lines.show(people, empty=self.words("sign_in.nobody"))
        known = [person["id"] for person in people]
        lines.action_move(known.index(last["id"]) if last is not None and last["id"] in known else 0)

    def action_choose(self, step: int) -> None:
        self.query_one("#people", Lines).action_move(step)
        self.query_one(Pin).clear()

    def action_enter(self) -> None:
        self.query_one(Pin).submit()

    def action_clear(self) -> None:
        self.query_one(Pin).clear()

    @on(Pin.Submitted)
    def sign_in(self, event: Pin.Submitted) -> None:
        person: Person | None = self.query_one("#people", Lines).selected
        if person is not None and not self._busy:
            self._busy = True
            self._sign_in(person["id"], event.pin)

    @work(group="sign_in")
    async def _sign_in(self, person: str, pin: str) -> None:
        try:
            session = await self.api.sign_in(person, pin)
            await self.console_app.look(session)
            self.leave(session)
        except ApiError as error:
            if not isinstance(error, Unreachable):
                self.query_one(Pin).clear()
            what, *more = refusal_lines(self.words, error)
            self._tell([(what, "serious"), *((line, "") for line in more)])
        finally:
            self._busy = False

    def _say_unreachable(self, error: Unreachable) -> None:
        words = self.words
        self._tell(
            [
                (words("node.missing", node=self.console_app.node), "critical"),
                (words("node.missing.why", detail=error.detail), ""),
                (words("node.missing.next"), ""),
            ]
        )

    def _tell(self, lines: list[tuple[str, str]]) -> None:
        self._told = lines
        self.query_one("#told", Lines).show(lines)

    def _told_lines(self, told: tuple[str, str], width: int) -> list[Spans]:
        text, paint = told
        return [[(line, paint)] for line in wrap(text, width)]

    def _person_line(self, person: Person, width: int) -> list[Spans]:
        roles = self.words("list.comma").join(self.words(f"role.{role}") for role in person["roles"])
        return [[(fit(person["name"], NAME_CELLS), "strong"), (fit(roles, width - NAME_CELLS), "dim")]]
