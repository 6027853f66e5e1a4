"""A list drawn by lines on demand: only what is in view is ever put into words, only changed cells are painted again.

    short list   one line an item, any length; items are looked at as they come into view
    tall list    several lines an item (a timeline, an offer with its reasons); all of it is laid out, so keep it small

The cursor belongs to an item, not to a place: when facts change the same item stays selected, on the same line of the
screen while there is room for that. There is no scrollbar; `shown` says what is in view, for a title to tell.
The bare line interface of a widget is used, not a scroll view: a change of length must not lay out the screen again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from tui.cells import capital, clean, clip, fit
from tui.widgets.joined import Joined
from tui.widgets.strips import difference

T = TypeVar("T")
Spans = list[tuple[str, str]]
"""One line: pieces of text, each with the name of its paint ("" is plain)."""
PAINTS = ("dim", "strong", "notice", "serious", "critical", "good", "typed")
WHEEL_LINES = 3
THIN_LINE = "-thin"
"""The application's class while its terminal hangs on a thin line."""
MARK_CELLS = 6
"""On a thin line the cursor marks what begins in so many cells of its line: to mark it all would send it all."""
TITLE_MARGIN = 6
"""Cells of the upper border that a title cannot have: a corner, a piece of line and a space at either end."""


class Lines(Joined, Generic[T], can_focus=True):
    """Shows `items` with `draw`; `Opened` says that one was chosen, `Moved` that the cursor went to another."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"lines--cursor", *(f"lines--{paint}" for paint in PAINTS)}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "key.up"),
        Binding("down,j", "move(1)", "key.down"),
        Binding("pageup", "page(-1)", "key.page_up"),
        Binding("pagedown", "page(1)", "key.page_down"),
        Binding("home,g", "end(0)", "key.first"),
        Binding("end,G", "end(1)", "key.last"),
        Binding("enter", "open", "key.open"),
    ]

    @dataclass
    class Opened(Message):
        """The item under the cursor was chosen."""

        lines: Lines[object]
        item: object

        @property
        def control(self) -> Lines[object]:
            return self.lines

    @dataclass
    class Moved(Message):
        """The cursor stands on another item, or what is in view changed."""

        lines: Lines[object]

        @property
        def control(self) -> Lines[object]:
            return self.lines

    def __init__(
        self,
        draw: Callable[[T, int], list[Spans]],
        key: Callable[[T], object],
        *,
        tall: bool = False,
        pointer: bool = True,
        steady: bool = False,
        id: str | None = None,  # noqa: A002 - the framework's name for it
        classes: str | None = None,
    ) -> None:
        """`pointer` False draws no cursor: a text to scroll through, not a list to choose from. A `steady` one shows
        its cursor while the keys go elsewhere."""
        super().__init__(id=id, classes=classes)
        self._draw, self._key, self._tall, self._pointer, self._steady = draw, key, tall, pointer, steady
        self._items: Sequence[T] = []
        self._empty = ""
        self._title = self._part = self._titled = ""
        self._cursor = 0
        self._top = 0
        self._flat: list[Spans] = []
        self._starts: list[int] = []
        self._painted: dict[int, Strip] = {}
        """What the screen shows, by line of the view."""
        self._drawn: dict[int, Strip] = {}
        """The same as far as it was drawn with the styles of now."""
        self._styles: dict[tuple[str, bool], Style] = {}

    def show(self, items: Sequence[T], *, empty: str = "") -> None:
        """Show these items from now on; `empty` is the sentence for when there are none."""
        selected, above = self.selected, self._start(self._cursor) - self._top
        self._items, self._empty = items, empty
        self._lay_out()
        self._cursor = self._find(selected)
        self._top = self._start(self._cursor) - above
        self._settle()
        if self.styles.is_auto_height:
            self.refresh(layout=True)

    def set_title(self, title: str) -> None:
        """Put `title` into the upper border, with a capital, cut by cells; nothing in it is taken for markup."""
        self._title = title
        self._retitle()

    def set_part(self, part: str) -> None:
        """Say behind the title what part of the list is in view; "" when all of it is."""
        if part != self._part:
            self._part = part
            self._retitle()

    @property
    def is_text(self) -> bool:
        """Whether it is a text to scroll through, not a list to choose from."""
        return not self._pointer

    @property
    def selected(self) -> T | None:
        """The item under the cursor; None when there are none."""
        return self._items[self._cursor] if self._cursor < len(self._items) else None

    @property
    def line_count(self) -> int:
        return len(self._flat) if self._tall else len(self._items)

    @property
    def shown(self) -> tuple[int, int]:
        """First and last item in view, or line of a text, counted from 1; (0, 0) if all of them are."""
        height, count = self.content_size.height, self.line_count
        if count <= height:
            return 0, 0
        if not self._pointer:
            return self._top + 1, self._top + height
        return self._item_at(self._top) + 1, self._item_at(min(self._top + height, count) - 1) + 1

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """For a height of `auto`: every line there is."""
        lines = sum(len(self._draw(item, width - 1)) for item in self._items) if self._tall else len(self._items)
        return lines or bool(self._empty)

    def renew(self) -> None:
        """Draw again what is in view, painting only the cells that differ: ages have moved on, or facts changed."""
        self._lay_out()
        self._repaint(range(self.content_size.height))

    def render_line(self, y: int) -> Strip:
        """What is drawn stands until it is renewed, or styled anew."""
        if y not in self._drawn:
            self._drawn[y] = self._painted[y] = self._strip(y, self.content_size.width)
        return self._drawn[y]

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._drawn.clear()
        self._styles.clear()

    def action_move(self, step: int) -> None:
        if self._pointer:
            self._go(self._cursor + step)
        else:
            self._scroll(step)

    def action_page(self, step: int) -> None:
        lines = max(1, self.content_size.height - 1)
        if self._pointer:
            self._go(self._item_at(max(0, min(self._start(self._cursor) + step * lines, self.line_count - 1))))
        else:
            self._scroll(step * lines)

    def action_end(self, last: int) -> None:
        if self._pointer:
            self._go(len(self._items) - 1 if last else 0)
        else:
            self._scroll(self.line_count if last else -self.line_count)

    def action_open(self) -> None:
        if (item := self.selected) is not None:
            self.post_message(self.Opened(self, item))  # type: ignore[arg-type]

    def on_click(self, event: events.Click) -> None:
        """A click selects; a click on the selected item opens it."""
        offset = event.get_content_offset(self)
        if offset is None or self._top + offset.y >= self.line_count or not self._pointer:
            return
        item = self._item_at(self._top + offset.y)
        if item == self._cursor and self.has_focus:
            self.action_open()
        self._go(item)

    def on_mouse_scroll_down(self) -> None:
        self._scroll(WHEEL_LINES)

    def on_mouse_scroll_up(self) -> None:
        self._scroll(-WHEEL_LINES)

    def on_resize(self) -> None:
        self._painted.clear()
        self._drawn.clear()
        self._retitle()
        self._lay_out()
        self._settle()
        self.refresh()

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self.renew()

    def _retitle(self) -> None:
        corner = "" if self.styles.border_right[0] else " "  # without a border there the corner is its neighbour's
        told = ", ".join(part for part in (self._title, self._part) if part)
        title = capital(told) + corner if self._title else ""
        title = clip(title, self.outer_size.width - TITLE_MARGIN) if self.outer_size else clean(title)
        if title != self._titled:
            self._titled = title
            self.border_title = Content(title)

    def _go(self, item: int) -> None:
        before, top = self._cursor, self._top
        self._cursor = max(0, min(item, len(self._items) - 1))
        self._keep_in_view(follow=True)
        if self._top == top:
            for changed in {before, self._cursor}:
                self._repaint(range(self._start(changed) - top, self._start(changed + 1) - top))
            self.post_message(self.Moved(self))  # type: ignore[arg-type]
        else:
            self._settle()

    def _scroll(self, lines: int) -> None:
        self._top += lines
        self._settle(follow=False)

    def _settle(self, *, follow: bool = True) -> None:
        """Keep the view inside the list and, if it is to follow, on the cursor; then paint what differs."""
        self._keep_in_view(follow=follow)
        self.renew()
        self.post_message(self.Moved(self))  # type: ignore[arg-type]

    def _keep_in_view(self, *, follow: bool) -> None:
        height = max(1, self.content_size.height)
        if follow and self._pointer:
            start = self._start(self._cursor)
            end = self._start(self._cursor + 1)
            self._top = min(max(self._top, min(end - height, start)), start)
        self._top = max(0, min(self._top, self.line_count - height))

    def _repaint(self, rows: range) -> None:
        """Draw these rows of the view again and paint the cells of them that differ."""
        width = self.content_size.width
        for y in rows:
            old = self._painted.get(y)
            if old is not None and old != (new := self._strip(y, width)):
                start, end = difference(old, new)
                self._drawn[y] = self._painted[y] = new
                self.refresh(Region(start, y, end - start, 1))

    def _find(self, item: T | None) -> int:
        """Where `item` stands now; if it is gone, its old place."""
        if item is not None and len(self._items):
            key, near = self._key(item), min(self._cursor, len(self._items) - 1)
            if self._key(self._items[near]) == key:
                return near
            if isinstance(self._items, list):
                for index, other in enumerate(self._items):
                    if self._key(other) == key:
                        return index
        return max(0, min(self._cursor, len(self._items) - 1))

    def _lay_out(self) -> None:
        if not self._tall or not self.content_size.width:
            return
        self._flat, self._starts = [], []
        for item in self._items:
            self._starts.append(len(self._flat))
            self._flat.extend(self._draw(item, self.content_size.width - 1))

    def _start(self, item: int) -> int:
        if not self._tall:
            return item
        return self._starts[item] if item < len(self._starts) else len(self._flat)

    def _item_at(self, line: int) -> int:
        return max(0, bisect_right(self._starts, line) - 1) if self._tall else line

    def _strip(self, y: int, width: int) -> Strip:
        line = self._top + y
        if line >= self.line_count:
            text = f" {self._empty}" if y == 0 and not self.line_count else ""
            return Strip([Segment(fit(text, width), self._paint("dim"))], width)
        item = self._item_at(line)
        here = self._pointer and item == self._cursor and (self.has_focus or self._steady)
        spans = self._flat[line] if self._tall else self._draw(self._items[line], width - 1)[0]
        pointer = ">" if here and line == self._start(item) else " "
        segments = [Segment(pointer, self._paint("", marked=here))]
        room = MARK_CELLS if here and self.app.has_class(THIN_LINE) else width
        for text, paint in spans:
            segments.append(Segment(text, self._paint(paint, marked=here and room > 0)))
            room -= cell_len(text)
        return Strip(segments).adjust_cell_length(width, self._paint("", marked=here and room > 0))

    def _paint(self, name: str, *, marked: bool = False) -> Style:
        """A paint, under the cursor or not. The style sheet is asked once: each answer takes it longer than a line."""
        if (style := self._styles.get((name, marked))) is None:
            style = self.rich_style
            if marked:
                style += self.get_component_rich_style("lines--cursor", partial=True)
            if name:
                style += self.get_component_rich_style(f"lines--{name}", partial=True)
            self._styles[name, marked] = style
        return style
