"""Alarms: one line an episode, however many reports repeat it; facts and rule of each, a reply, a mark for seen.

`space` marks a line seen: that is this console's mark and settles nothing. A reply does: it is an act on the alarm's
own record, signed, and whoever judges it reads it beside the facts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui.api import Refused, SessionLost
from tui.rows.alarm_page import Alarm, page_lines, row_line
from tui.rows.case_form import Deed
from tui.screens.case_acts import CaseActs
from tui.screens.frame import BACK, HELP, Foot, Page
from tui.shapes import Case
from tui.widgets.lines import Lines, Spans

KIND = "alarm"
TOPICS = frozenset({"alarms", "cases"})
DIGITS = range(1, 10)


class AlarmsScreen(Page):
    """The list."""

    TITLE = "room.alarms"
    TOPICS = TOPICS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,f3", "seen", "key.seen"),
        Binding("o,f11", "ended", "key.ended"),
    ]
    FOOTER = (
        Foot("Enter", "key.open", "screen.open"),
        Foot("Space", "key.seen", "screen.seen"),
        Foot("o", "key.ended", "screen.ended"),
        BACK,
        HELP,
    )

    def __init__(self) -> None:
        super().__init__()
        self._alarms: list[Alarm] = []
        self._every = False

    def body(self) -> ComposeResult:
        yield Lines[Alarm](self._alarm, lambda alarm: alarm["id"], classes="panel", id="page")

    def action_ended(self) -> None:
        """Show those that are settled as well, or no longer."""
        self._every = not self._every
        self.fetch()

    def action_seen(self) -> None:
        """Mark the selected line seen, or unseen again."""
        alarm: Alarm | None = self.panel.selected
        if alarm is not None:
            kept = self.console_app.kept
            kept.mark(alarm["id"], seen=alarm["id"] not in kept.seen)
            self.show_facts()

    @on(Lines.Opened, "#page")
    def opened(self, event: Lines.Opened) -> None:
        alarm: Alarm = event.item  # type: ignore[assignment]
        self.console_app.kept.mark(alarm["id"], seen=True)
        self.show_facts()
        self.app.push_screen(AlarmScreen(alarm))

    async def ask(self) -> None:
        self._alarms = await told(self, every=self._every)

    def show_facts(self) -> None:
        seen = self.console_app.kept.seen
        unseen = sum(not (alarm["id"] in seen or alarm.get("seen")) for alarm in self._alarms)
        self.panel.set_title(self.words("alarms.title", n=len(self._alarms), unseen=unseen))
        self.panel.show(self._alarms, empty=self.words("alarms.empty"))

    def _alarm(self, alarm: Alarm, width: int) -> list[Spans]:
        seen = alarm["id"] in self.console_app.kept.seen or bool(alarm.get("seen"))
        return [row_line(self.words, alarm, seen, self.now_ms, width)]


class AlarmScreen(CaseActs, Page):
    """One alarm; the acts that the node allows on its record stand in the footer with a digit each."""

    TITLE = "room.alarms"
    TOPICS = TOPICS
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(number), f"act({number - 1})", "key.case_act") for number in DIGITS),
        Binding("m,f9", "map", "room.map"),
    ]

    def __init__(self, alarm: Alarm) -> None:
        super().__init__()
        self._alarm = alarm
        self._case: Case | None = None

    def footer(self) -> Iterable[Foot]:
        for number, act in zip(DIGITS, self._acts(), strict=False):
            yield Foot(str(number), f"act.{KIND}.{act}", f"screen.act({number - 1})")
        if self._alarm.get("plate"):
            yield Foot("m", "room.map", "screen.map")
        yield from (BACK, HELP)

    def action_act(self, index: int) -> None:
        acts = self._acts()
        if self._case is not None and index < len(acts):
            self.begin(Deed(KIND, acts[index]), self._case)

    def action_map(self) -> None:
        """Where its vehicle was."""
        from tui.screens.map import MapScreen

        if plate := self._alarm.get("plate"):
            self.app.push_screen(MapScreen(plate))

    def show_case(self, case: Case) -> None:
        self.fetch()

    async def ask(self) -> None:
        """The alarm anew, with the record it is answered on, if it has one."""
        alarms = await told(self, every=True)
        self._alarm = next((one for one in alarms if one["id"] == self._alarm["id"]), self._alarm)
        if self._alarm.get("state"):
            self._case = await self.api.get(f"/cases/{KIND}/{self._alarm['id']}")

    def show_facts(self) -> None:
        super().show_facts()
        self.renew_footer()

    def _acts(self) -> list[str]:
        return list(self._case["moves"]) if self._case is not None else []

    def page(self, width: int) -> list[Spans]:
        return page_lines(self.words, self._alarm, self.console_app.people, self.now_ms, width)


async def told(screen: Page, *, every: bool) -> list[Alarm]:
    """The alarms with their reasons; where the node only tells of the moment, those of the board."""
    try:
        found: list[Any] = await screen.api.get("/alarms", **({"all": "true"} if every else {}))
    except SessionLost:
        raise
    except Refused:
        return list((await screen.api.board())["alarms"]["rows"])
    return found
