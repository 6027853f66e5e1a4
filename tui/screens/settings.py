"""Settings: every number the rules decide by, its unit, its source, and what is proposed for it (Art. 14, 19b).

A number is changed by two people: an admin proposes, the unit head approves. Either may do so here in the session of
another, with a PIN of his own; what stands in the list is what is in force.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from fleet.rules import setting
from fleet.rules.four_eyes import Act
from fleet.rules.roles import Role
from tui.rows.case_form import Deed
from tui.rows.settings import Setting, setting_line, setting_lines
from tui.screens.case_acts import CaseActs
from tui.screens.frame import BACK, HELP, Foot, Page
from tui.shapes import Case
from tui.widgets.lines import Lines, Spans

KIND = setting.KIND.name
PROPOSE = Deed(KIND, Act.PROPOSE)


class SettingsScreen(Page):
    """Every setting, a line each; those with a proposal lead."""

    TITLE = "room.settings"
    TOPICS = frozenset({"cases"})
    FOOTER: ClassVar[tuple[Foot, ...]] = (Foot("Enter", "key.open", "screen.open"), BACK, HELP)

    def __init__(self) -> None:
        super().__init__()
        self._settings: list[Setting] = []

    def body(self) -> ComposeResult:
        yield Lines[Setting](self._line, lambda one: one["name"], classes="panel", id="page")

    async def ask(self) -> None:
        self._settings = await self.api.get("/settings")

    def show_facts(self) -> None:
        self.panel.show(sorted(self._settings, key=lambda one: not one["proposed"]))
        waiting = sum(len(one["proposed"]) for one in self._settings)
        self.panel.set_title(self.words("settings.title", n=len(self._settings), waiting=waiting))

    @on(Lines.Opened, "#page")
    def opened(self, event: Lines.Opened) -> None:
        one: Setting = event.item  # type: ignore[assignment]
        self.app.push_screen(SettingScreen(one))

    def _line(self, one: Setting, width: int) -> list[Spans]:
        return [setting_line(self.words, one, width)]


class SettingScreen(CaseActs, Page):
    """One setting."""

    TITLE = "room.settings"
    TOPICS = frozenset({"cases"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n,f2", "new", "key.propose"),
        Binding("c,f3", "case", "key.proposal"),
    ]

    def __init__(self, one: Setting) -> None:
        super().__init__()
        self._setting = one

    def footer(self) -> Iterable[Foot]:
        yield Foot("n", "key.propose", "screen.new")
        if self._setting["proposed"]:
            yield Foot("c", "key.proposal", "screen.case")
        yield from (BACK, HELP)

    def action_new(self) -> None:
        """Propose another value; who is no admin asks one for a PIN."""
        person, given = self.console_app.person, {"name": self._setting["name"], "source": setting.SOURCES[0]}
        if person is not None and Role.ADMIN in person["roles"]:
            self.begin(PROPOSE, given=given)
        else:
            self.begin_for_other(PROPOSE, given=given)

    def action_case(self) -> None:
        """The first proposal that waits: there it is decided."""
        if self._setting["proposed"]:
            self.open_case(KIND, self._setting["proposed"][0]["case"])
        else:
            self.say(self.words("settings.none_proposed"))

    def show_case(self, case: Case) -> None:
        self.fetch()

    async def ask(self) -> None:
        self._setting = await self.api.get(f"/settings/{self._setting['name']}")

    def page(self, width: int) -> list[Spans]:
        return setting_lines(self.words, self._setting, self.now_ms, width)
