"""What every screen of the console has in common: the header line, the footer with its one line of news, leaving, help.

A screen is told three things by messages, whatever lies on top of it: `FactsChanged` (fetch what you show),
`MinutePassed` (ages have moved on) and `LinkChanged`. News goes into the rule above the footer, always the same
place; it takes no focus and moves nothing. Screens below stay as they are: what was typed is there when one
comes back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen, Screen, ScreenResultType

from fleet.words import Words
from tui.api import Api, ApiError, Refused, Unreachable
from tui.cells import clip
from tui.rows.header import Heading, header_line
from tui.widgets.keys import Key, Keys
from tui.widgets.lines import Lines, Spans

if TYPE_CHECKING:
    from tui.app import Console


@dataclass
class FactsChanged(Message):
    """The node committed something about these topics."""

    topics: frozenset[str]


class MinutePassed(Message):
    """Another minute of the node's clock has begun."""


class LinkChanged(Message):
    """The connection to the node was lost, or is back."""


class Foot(NamedTuple):
    """A key of the footer: as printed, the catalogue's key for what it does, the action a click runs."""

    key: str
    description: str
    action: str


BACK = Foot("Esc", "key.back", "screen.back")
HELP = Foot("?", "key.help", "screen.help")


class Placed(Screen[ScreenResultType], Generic[ScreenResultType]):
    """A screen that knows the console it is part of and can be left while something lies on top of it."""

    _result: tuple[ScreenResultType | None] | None = None

    @property
    def console_app(self) -> Console:
        return cast("Console", self.app)

    @property
    def words(self) -> Words:
        return self.console_app.words

    @property
    def api(self) -> Api:
        return self.console_app.api

    @property
    def now_ms(self) -> int:
        return self.console_app.now_ms

    @property
    def here(self) -> bool:
        """Whether this screen still stands among the others: an answer may come after it was left, or while the console
        is closing and half of it is taken down already."""
        return self.app.is_running and self in self.app.screen_stack

    def leave(self, result: ScreenResultType | None = None) -> None:
        """Close with `result`: now, or once this screen is on top again."""
        if not self.here:
            return
        if self.is_current:
            self.dismiss(result)
        else:
            self._result = (result,)

    def on_screen_resume(self) -> None:
        if self._result is not None and self.here:
            result, self._result = self._result, None
            self.dismiss(*result)

    @on(Lines.Moved)
    def tell_part(self, event: Lines.Moved) -> None:
        """A short window tells of what it does not show: there is no scrollbar."""
        lines, (first, last) = event.lines, event.lines.shown
        key = "panel.part_of" if lines.is_text else "panel.part"
        lines.set_part(self.words(key, first=first, last=last, n=lines.line_count) if last else "")

    def action_back(self) -> None:
        self.leave()

    def action_help(self) -> None:
        self.console_app.help()

    def say(self, news: str, *, paint: str = "notice") -> None:
        """One line of news at the place of this screen that is kept for it."""

    def trouble(self, error: ApiError) -> None:
        """Say in one line that something could not be fetched; nothing was to be stored."""
        told = self.console_app.told(error)
        self.say(self.words("node.no_answer") if isinstance(error, Unreachable) else told[0], paint="critical")


class Frame(Placed[ScreenResultType], Generic[ScreenResultType]):
    """A whole screen: header, body, footer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "key.back"),
        Binding("question_mark,f1", "help", "key.help"),
        Binding("colon,f8,ctrl+p", "line", "key.line"),
        Binding("slash,f6", "find", "key.find"),
        Binding("z", "undo", "key.undo"),
        Binding("ctrl+l", "app.redraw", "key.redraw"),
    ]
    FOOTER: ClassVar[tuple[Foot, ...]] = ()
    """Keys shown at the bottom, most useful first."""
    TOPICS: ClassVar[frozenset[str]] = frozenset()
    """What a change must touch to be news here; none named is any."""
    _updated_ms = 0

    def compose(self) -> ComposeResult:
        yield Lines[str](self._heading, lambda item: item, pointer=False, id="header")
        yield from self.body()
        yield Keys()

    def body(self) -> ComposeResult:
        """What lies between header and footer."""
        return ()

    def on_mount(self) -> None:
        self._updated_ms = self.now_ms
        header = self.query_one("#header", Lines)
        header.can_focus = False
        header.show(["header"])
        self.renew_footer()

    @on(MinutePassed)
    @on(LinkChanged)
    def renew_ages(self) -> None:
        """Paint what the passing of time has changed."""
        for lines in self.query(Lines):
            lines.renew()

    def on_facts_changed(self, event: FactsChanged) -> None:
        if self.is_news(event):
            self._updated_ms = self.now_ms
        self.query_one("#header", Lines).renew()

    def is_news(self, event: FactsChanged) -> bool:
        """Whether a change touches what this screen shows."""
        return not self.TOPICS or bool(event.topics & self.TOPICS)

    def on_resize(self) -> None:
        self.renew_footer()

    def action_line(self) -> None:
        self.console_app.line()

    def action_find(self) -> None:
        self.console_app.find()

    def action_undo(self) -> None:
        self.console_app.undo()

    def footer(self) -> Iterable[Foot]:
        """The keys to show now."""
        return self.FOOTER

    def renew_footer(self) -> None:
        shown = (Key(foot.key, self.words(foot.description), foot.action) for foot in self.footer())
        self.query_one(Keys).show(shown)

    @property
    def composed(self) -> bool:
        """Whether there is anything to paint on: news and answers may come before that, and after it."""
        return bool(self.query(Keys))

    def say(self, news: str, *, paint: str = "notice") -> None:
        if not (self.here and self.composed):
            return
        keys = self.query_one(Keys)
        if not news and not keys.border_title:
            return
        keys.set_classes(f"-{paint}" if news else "")
        keys.border_title = Content(clip(news, self.size.width - 6)) if news else None

    def _heading(self, item: str, width: int) -> list[Spans]:
        console = self.console_app
        board = console.board
        heading = Heading(
            unit=board["unit"]["name"] if board else "",
            person=console.person,
            updated_ms=self._updated_ms,
            now_ms=self.now_ms,
            sync=board["sync"] if board else None,
            lost_ms=console.lost_ms,
        )
        return [header_line(self.words, heading, width)]


class Fetching(Frame[ScreenResultType], Generic[ScreenResultType]):
    """A frame that shows what it asks the node for: `ask` fetches and keeps it, `show_facts` paints what is kept."""

    async def ask(self) -> None:
        """Ask, and keep the answers.

        Raises:
            ApiError: told in the line of news; what was kept before stands.
        """

    def show_facts(self) -> None:
        """Paint what is kept."""

    @on(FactsChanged)
    def ask_if_touched(self, event: FactsChanged) -> None:
        if self.is_news(event):
            self.fetch()

    @work(exclusive=True, group="fetch")
    async def fetch(self) -> None:
        """Ask and show; a request that is still under way is overtaken by this one."""
        try:
            await self.ask()
        except ApiError as error:
            self.trouble(error)
        else:
            if self.here and self.composed:
                self.show_facts()


class Page(Fetching[None]):
    """A frame of one panel: a text to scroll through as it stands, a list where `lines` says so."""

    TITLE: ClassVar[str] = ""
    """The catalogue's key for what stands over it."""

    def body(self) -> ComposeResult:
        yield Lines[str](self._page, lambda page: page, tall=True, pointer=False, classes="panel", id="page")

    def on_mount(self) -> None:
        self.panel.set_title(self.title_words)
        self.panel.focus()
        self.fetch()

    @property
    def title_words(self) -> str:
        return self.words(self.TITLE)

    @property
    def panel(self) -> Lines[Any]:
        """The one panel."""
        return self.query_one("#page", Lines)

    def show_facts(self) -> None:
        self.panel.show(["page"])
        self.renew_footer()

    def page(self, width: int) -> list[Spans]:
        """The text; nothing until there is an answer."""
        raise NotImplementedError

    def action_open(self) -> None:
        self.panel.action_open()

    def _page(self, page: str, width: int) -> list[Spans]:
        return self.page(width)


class Dialog(ModalScreen[ScreenResultType], Placed[ScreenResultType], Generic[ScreenResultType]):
    """A box over a screen that asks one thing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "key.back"),
        Binding("f1", "help", "key.help"),
    ]


def refusal_lines(words: Words, error: ApiError) -> list[str]:
    """A failure as sentences: what, why, what next."""
    if isinstance(error, Refused):
        return [part for part in (error.what, error.why, error.next) if part]
    return [words("node.unreachable"), words("node.unreachable.why", detail=str(error)), words("node.unreachable.next")]
