"""Finding an order by number, plate, person or place; with nothing written, all orders, the newest first.

The list may be long: a page of it is fetched when it comes into view. What was found stays when one comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, overload

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from tui.api import ApiError
from tui.rows.orders import order_line
from tui.screens.frame import BACK, FactsChanged, Foot, Frame
from tui.screens.order_acts import ACT_BINDINGS, OrderActs
from tui.shapes import OrderRow
from tui.widgets.entry import Entry
from tui.widgets.lines import Lines, Spans

PAGE_ROWS = 50
PAGES_KEPT_MAX = 40
"""Pages kept at hand: 2,000 rows; older ones are fetched again when they come back into view."""


class Pages(Sequence["OrderRow | None"]):
    """Rows known so far of a list of known length; looking at one that is not there asks `wanted` for its page."""

    def __init__(self, total: int, wanted: Callable[[int], None]) -> None:
        self._total, self._wanted = total, wanted
        self._pages: dict[int, list[OrderRow]] = {}

    def add(self, page: int, rows: list[OrderRow]) -> None:
        self._pages[page] = rows
        while len(self._pages) > PAGES_KEPT_MAX:
            del self._pages[next(iter(self._pages))]

    def __len__(self) -> int:
        return self._total

    @overload
    def __getitem__(self, index: int) -> OrderRow | None: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[OrderRow | None]: ...
    def __getitem__(self, index: int | slice) -> OrderRow | Sequence[OrderRow | None] | None:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(self._total))]
        page, place = divmod(index, PAGE_ROWS)
        rows = self._pages.get(page)
        if rows is None:
            self._wanted(page)
            return None
        return rows[place] if place < len(rows) else None


class FindScreen(OrderActs, Frame[None]):
    """A field above, what was found below; Enter in the field goes to the list, or opens the only order found."""

    TOPICS = frozenset({"orders"})
    BINDINGS: ClassVar[list[BindingType]] = [
        *ACT_BINDINGS,
        Binding("slash,f6", "write", "key.find"),
    ]

    FOOTER = (
        Foot("Enter", "key.open", "screen.open"),
        Foot("Tab", "key.list", "screen.list"),
        BACK,
        Foot("F1", "key.help", "screen.help"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._pages = Pages(0, self._fetch)
        self._asked: set[int] = set()
        self._find = ""

    def body(self) -> ComposeResult:
        yield Entry(id="find", compact=True, placeholder=self.words("find.hint"), select_on_focus=False)
        yield Lines["OrderRow | None"](self._row, lambda row: row["id"] if row else None, id="found")

    def on_mount(self) -> None:
        field, found = self.query_one(Input), self.query_one("#found", Lines)
        field.cursor_blink = False
        field.border_title = self.words("find.title")
        found.add_class("panel")
        field.focus()
        self._search("")

    @property
    def order_id(self) -> str | None:
        row: OrderRow | None = self.query_one("#found", Lines).selected
        return row["id"] if row else None

    @on(Input.Changed)
    def search(self, event: Input.Changed) -> None:
        if event.value.strip() != self._find:
            self._search(event.value.strip())

    @on(Input.Submitted)
    def to_list(self) -> None:
        if len(self._pages) == 1:
            self.action_open()
        elif len(self._pages):
            self.action_list()

    def action_list(self) -> None:
        self.query_one("#found").focus()

    def action_write(self) -> None:
        self.query_one(Input).focus()

    @on(Lines.Opened)
    def action_open(self) -> None:
        if self.order_id is not None:
            self.open_order(self.order_id)

    @on(FactsChanged)
    def facts_changed(self, event: FactsChanged) -> None:
        if self.is_news(event):
            self._search(self._find)

    @work(exclusive=True, group="find")
    async def _search(self, find: str) -> None:
        """Ask for the first page anew; what is shown stays until the answer is there."""
        self._find = find
        try:
            answer = await self.api.orders(find=find, offset=0, limit=PAGE_ROWS)
        except ApiError as error:
            self.trouble(error)
            return
        if not self.here:
            return
        self._pages, self._asked = Pages(answer["total"], self._fetch), {0}
        self._pages.add(0, answer["rows"])
        found = self.query_one("#found", Lines)
        found.set_title(self.words("find.found", n=answer["total"]))
        found.show(self._pages, empty=self.words("find.nothing", find=find) if find else self.words("find.no_orders"))

    def _fetch(self, page: int) -> None:
        if page not in self._asked:
            self._asked.add(page)
            self._fetch_page(page, self._pages)

    @work(group="pages")
    async def _fetch_page(self, page: int, pages: Pages) -> None:
        try:
            answer = await self.api.orders(find=self._find, offset=page * PAGE_ROWS, limit=PAGE_ROWS)
        except ApiError as error:
            self._asked.discard(page)
            self.trouble(error)
            return
        pages.add(page, answer["rows"])
        if pages is self._pages and self.here:
            self._asked.discard(page)
            self.query_one("#found", Lines).renew()

    def _row(self, row: OrderRow | None, width: int) -> list[Spans]:
        return [order_line(self.words, row, self.now_ms, width)] if row else [[("...", "dim")]]
