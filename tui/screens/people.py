"""People and what they may do, and the grants two people of the unit's authority decide (Art. 6 (3), 8, 14).

Above, every certificate; below, what was proposed and what became of it, what waits leading. Nothing here lets one
person change anything: who proposes is not who agrees, and neither is whom it is for. The node holds to that; the
console shows it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui.rows.people import Grant, Holding, grant_line, grant_lines, person_line, person_lines
from tui.screens.frame import BACK, HELP, Foot, Page
from tui.screens.granting import Granting
from tui.widgets.lines import Lines, Spans


class PeopleScreen(Granting):
    """Both lists."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "panel('people-held')", "people.certificates"),
        Binding("2", "panel('grants')", "people.grants"),
        Binding("n,f2", "new", "key.propose"),
    ]
    FOOTER: ClassVar[tuple[Foot, ...]] = (
        Foot("Enter", "key.open", "screen.open"),
        Foot("n", "key.propose", "screen.new"),
        Foot("1 2", "key.panels", "screen.panel('grants')"),
        BACK,
        HELP,
    )

    def body(self) -> ComposeResult:
        yield Lines[Holding](
            self._holding, lambda one: (one["person"], one["public"]), classes="panel", id="people-held"
        )
        yield Lines[Grant](self._grant, lambda one: one["id"], classes="panel", id="grants")

    def on_mount(self) -> None:
        self.query_one("#people-held").focus()
        self.fetch()

    def show_facts(self) -> None:
        waiting = [one for one in self.grants if one["state"] == "proposed"]
        decided = [one for one in self.grants if one["state"] != "proposed"]
        held, grants, words = self.query_one("#people-held", Lines), self.query_one("#grants", Lines), self.words
        held.set_title(f"1 {words('people.certificates')} ({len(self.holdings)})")
        held.show(self.holdings, empty=words("people.none"))
        grants.set_title(f"2 {words('people.grants.waiting', n=len(self.grants), waiting=len(waiting))}")
        grants.show(waiting + decided, empty=words("people.grants.none"))

    def action_panel(self, name: str) -> None:
        self.query_one(f"#{name}").focus()

    def action_open(self) -> None:
        if isinstance(self.focused, Lines):
            self.focused.action_open()

    def action_new(self) -> None:
        self.choose_proposal()

    @on(Lines.Opened, "#people-held")
    def open_person(self, event: Lines.Opened) -> None:
        one: Holding = event.item  # type: ignore[assignment]
        self.app.push_screen(PersonScreen(one["person"], one["name"]))

    @on(Lines.Opened, "#grants")
    def open_grant(self, event: Lines.Opened) -> None:
        one: Grant = event.item  # type: ignore[assignment]
        self.app.push_screen(GrantScreen(one["id"]))

    def _holding(self, one: Holding, width: int) -> list[Spans]:
        return [person_line(self.words, one, self.now_ms, width)]

    def _grant(self, one: Grant, width: int) -> list[Spans]:
        return [grant_line(self.words, one, self.console_app.people, self.now_ms, width)]


class PersonScreen(Granting, Page):
    """One person: certificates, what the roles allow, and what may be proposed about it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "propose('roles')", "grant.do.roles"),
        Binding("2", "propose('delegation')", "grant.do.delegation"),
        Binding("3", "propose('revoke_person')", "grant.do.revoke_person"),
    ]
    FOOTER: ClassVar[tuple[Foot, ...]] = (
        Foot("1", "grant.do.roles", "screen.propose('roles')"),
        Foot("2", "grant.do.delegation", "screen.propose('delegation')"),
        Foot("3", "grant.do.revoke_person", "screen.propose('revoke_person')"),
        BACK,
        HELP,
    )

    def __init__(self, person: str, name: str) -> None:
        super().__init__()
        self._number, self._named = person, name

    def action_propose(self, what: str) -> None:
        self.propose(what, self._number)

    @property
    def title_words(self) -> str:
        return f"{self._named} {self._number}"

    def page(self, width: int) -> list[Spans]:
        mine = [one for one in self.holdings if one["person"] == self._number]
        return person_lines(self.words, mine, self.now_ms, width)


class GrantScreen(Granting, Page):
    """One grant, word for word; while it waits, another says yes or no to it here."""

    TITLE = "grant.title"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "decide('approve')", "grant.do.approve"),
        Binding("2", "decide('reject')", "grant.do.reject"),
    ]

    def __init__(self, grant_id: str) -> None:
        super().__init__()
        self._grant_id = grant_id

    @property
    def grant(self) -> Grant | None:
        """It, once fetched."""
        return next((one for one in self.grants if one["id"] == self._grant_id), None)

    def footer(self) -> Iterable[Foot]:
        if self.grant is not None and self.grant["state"] == "proposed":
            yield Foot("1", "grant.do.approve", "screen.decide('approve')")
            yield Foot("2", "grant.do.reject", "screen.decide('reject')")
        yield from (BACK, HELP)

    def action_decide(self, act: str) -> None:
        grant = self.grant
        if grant is None:
            return
        if grant["state"] == "proposed":
            self.decide(grant, act)
        else:
            self.say(self.words("grant.decided_already", state=self.words(f"grant.state.{grant['state']}")))

    def page(self, width: int) -> list[Spans]:
        if self.grant is None:
            return []
        return grant_lines(self.words, self.grant, self.console_app.people, self.now_ms, width)
