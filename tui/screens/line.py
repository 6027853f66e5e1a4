"""The command line and the palette, which are one thing: a line to write, and below it the verbs that fit what it says.

Enter does what the line says; where it says nothing or only how a verb begins, it takes the verb marked in the list.
What cannot be understood or is refused is told below, and the line stays. What needs a reason opens its form.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input

from fleet.pinyin import initials
from fleet.rules.order import Act
from tui.api import ApiError
from tui.cells import fit
from tui.rows.order_acts import ACT_KEYS
from tui.screens.frame import Dialog
from tui.screens.rooms import ROOMS
from tui.shapes import Order
from tui.verbs import NotUnderstood, Said, Verb, fitting, offer_of, order_of, understand
from tui.widgets.lines import Lines, Spans
from tui.widgets.told import Told

LENGTH_MAX = 200
SHOWN_MAX = 8
WORDS_CELLS = 24
FOUND_MAX = 20
"""Orders asked for when a number's tail is not on the board."""
LATIN = {Act.DISPATCH: ("pai", "paiche"), Act.CLOSE: ("banjie",), Act.CANCEL: ("quxiao",), Act.RECALL: ("chehui",)}
VERBS: tuple[Verb, ...] = (
    *(Verb(act, "act", f"key.{act}", LATIN.get(act, ())) for act in ACT_KEYS),
    Verb("open", "open", "key.open"),
    Verb("new_order", "screen", "key.new_order", ("new",)),
    Verb("emergency", "screen", "key.emergency"),
    Verb("find", "screen", "key.find"),
    Verb("undo", "screen", "key.undo"),
    *(Verb(room.name, "room", f"room.{room.name}", tuple(room.keys.split(",")[:1])) for room in ROOMS),
    Verb("menu", "screen", "key.menu"),
    Verb("help", "screen", "key.help"),
    Verb("quit", "screen", "key.quit", ("q",)),
)


class Meant(NamedTuple):
    """What is to happen when the line is gone: it is `done`, or `verb` on `order`; a dispatch with what was chosen."""

    verb: Verb
    order: Order | None = None
    chosen: dict[str, str] | None = None
    done: bool = False


class LineScreen(Dialog[Meant]):
    """Ends with what was meant, or with None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "mark(-1)", "key.up", priority=True),
        Binding("down", "mark(1)", "key.down", priority=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._busy = False

    def compose(self) -> ComposeResult:
        with Vertical(id="form"):
            yield Input(
                id="own",
                compact=True,
                max_length=LENGTH_MAX,
                placeholder=self.words("line.hint"),
                select_on_focus=False,
            )
            yield Lines[Verb](self._verb, lambda verb: verb.name, steady=True, id="choices")
            yield Told()

    def on_mount(self) -> None:
        box, field = self.query_one("#form"), self.query_one(Input)
        box.border_title = Content(self.words("line.title"))
        box.border_subtitle = self.words("line.keys")
        field.cursor_blink = False
        choices = self.query_one("#choices", Lines)
        choices.can_focus = False
        choices.styles.height = SHOWN_MAX
        choices.show(VERBS)
        field.focus()

    @on(Input.Changed)
    def show_fitting(self) -> None:
        first, *_ = self._text.split() or [""]
        self.query_one("#choices", Lines).show(fitting(first, VERBS, self.words))
        self._tell([])

    def action_mark(self, step: int) -> None:
        self.query_one("#choices", Lines).action_move(step)

    @on(Lines.Opened)
    def take(self, event: Lines.Opened) -> None:
        """A click on a verb that was marked."""
        self._take(event.item)  # type: ignore[arg-type]

    @on(Input.Submitted)
    def say_it(self) -> None:
        marked: Verb | None = self.query_one("#choices", Lines).selected
        try:
            said = understand(self._text, VERBS, self.words)
        except NotUnderstood as error:
            if marked is not None and len(self._text.split()) <= 1:
                self._take(marked)
            else:
                self._tell([self.words(f"line.{error.code}", **error.facts)])
        else:
            self._begin(said)

    @property
    def _text(self) -> str:
        return self.query_one(Input).value

    def _take(self, verb: Verb) -> None:
        """A verb alone: done at once, or written out for its order to follow."""
        if verb.kind in {"act", "open"}:
            field = self.query_one(Input)
            with self.prevent(Input.Changed):
                field.value = f"{self.words(verb.words)} "
            field.cursor_position = len(field.value)
            self._tell([self.words("line.no_order", verb=self.words(verb.words))])
        else:
            self.leave(Meant(verb))

    def _begin(self, said: Said) -> None:
        if not said.order:
            self.leave(Meant(said.verb))
        elif not self._busy:
            self._busy = True
            self._find_out(said)

    @work(group="line")
    async def _find_out(self, said: Said) -> None:
        try:
            self.leave(await self._meant(said))
        except NotUnderstood as error:
            self._tell([self.words(f"line.{error.code}", **error.facts)])
        except ApiError as error:
            self._tell(self.console_app.told(error))
        finally:
            self._busy = False

    async def _meant(self, said: Said) -> Meant:
        board = self.console_app.board
        rows = board["todo"]["rows"] if board else []
        try:
            row = order_of(said.order, rows)
        except NotUnderstood:
            row = order_of(said.order, (await self.api.orders(find=said.order, offset=0, limit=FOUND_MAX))["rows"])
        order = await self.api.order(row["id"])
        if said.verb.name != Act.DISPATCH or not said.rest:
            return Meant(said.verb, order)
        if Act.DISPATCH not in order["moves"]:
            state = self.words(f"state.{order['state']}")
            raise NotUnderstood("not_now", tail=order["tail"], state=state)
        offers = (await self.api.offers(order["id"]))["offers"]
        offer = offer_of(said.rest, offers)
        chosen = {"vehicle": offer["vehicle"], "driver": offer["driver"]}
        if offer is not offers[0]:
            return Meant(said.verb, order, chosen)
        return Meant(said.verb, await self.api.act(order["id"], Act.DISPATCH, chosen), done=True)

    def _tell(self, lines: list[str]) -> None:
        self.query_one(Told).tell(lines)

    def _verb(self, verb: Verb, width: int) -> list[Spans]:
        said = self.words(verb.words)
        short = initials(said) if not said.isascii() else ""
        ways = " ".join(dict.fromkeys(filter(None, (short, verb.name, *verb.also))))
        return [[(fit(said, WORDS_CELLS), ""), (fit(ways, width - WORDS_CELLS), "dim")]]
