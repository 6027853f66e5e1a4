"""An order opened: what was applied for, and its whole signed timeline, acts that were refused included.

Each entry says when, what, who in which role, what the act carries, and whether central holds it. The acts that are
possible now stand in the footer, each with a letter and, for a Chinese input method, a digit.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.cells import cell_len
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from fleet.words import Words
from tui.api import ApiError
from tui.cells import fit, wrap
from tui.rows.columns import named
from tui.rows.orders import party, tag_cell
from tui.screens.frame import BACK, HELP, FactsChanged, Foot, Frame
from tui.screens.order_acts import ACT_BINDINGS, ACT_KEYS, OrderActs
from tui.shapes import Entry, Order
from tui.times import moment
from tui.widgets.lines import Lines, Spans

TIME_CELLS = 12
NAMED_VALUES = {"receipts": "receipts", "checks": "checks"}
"""Fields whose values are codes, and the family of words that names them."""
HASH_LENGTH_SHOWN = 8
HASHES = frozenset({"content"})
TIMES = frozenset({"start_ms", "end_ms"})


class OrderScreen(OrderActs, Frame[None]):
    """Fetched again whenever orders change; Esc goes back to where it was opened from."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *ACT_BINDINGS,
        *(Binding(str(number), f"act('{act}')", f"key.{act}") for number, act in enumerate(ACT_KEYS, 1)),
    ]

    def __init__(self, order: Order) -> None:
        super().__init__()
        self._order = order

    def body(self) -> ComposeResult:
        yield Lines[str](self._about, lambda part: part, tall=True, pointer=False, id="about")
        yield Lines[Entry](self._entry, lambda entry: entry["record"], tall=True, id="timeline")

    def on_mount(self) -> None:
        for panel in self.query("#about, #timeline"):
            panel.add_class("panel")
        self.query_one("#about").can_focus = False
        self._show()
        self.query_one("#timeline").focus()

    @property
    def order_id(self) -> str:
        return self._order["id"]

    def footer(self) -> Iterable[Foot]:
        for digit, (act, letter) in enumerate(ACT_KEYS.items(), 1):
            if act in self._order["moves"]:
                yield Foot(f"{digit} {letter}", f"key.{act}", f"screen.act('{act}')")
        yield from (BACK, HELP)

    @on(FactsChanged)
    def facts_changed(self, event: FactsChanged) -> None:
        if "orders" in event.topics:
            self._fetch()

    @work(exclusive=True, group="renew")
    async def _fetch(self) -> None:
        try:
            self._order = await self.api.order(self._order["id"])
        except ApiError as error:
            self.trouble(error)
        else:
            self._show()

    def _show(self) -> None:
        order, words = self._order, self.words
        about, timeline = self.query_one("#about", Lines), self.query_one("#timeline", Lines)
        state = words(f"state.{order['state']}")
        about.set_title(words("order.title", tail=order["tail"], state=state, id=order["id"]))
        about.show(["about"])
        timeline.set_title(words("order.timeline", n=len(order["timeline"])))
        timeline.show(order["timeline"], empty=words("order.timeline.empty"))
        self.renew_footer()

    def _about(self, part: str, width: int) -> list[Spans]:
        return about_lines(self.words, self._order, self.now_ms, width)

    def _entry(self, entry: Entry, width: int) -> list[Spans]:
        return entry_lines(self.words, entry, self.now_ms, width)


def about_lines(words: Words, order: Order, now_ms: int, width: int) -> list[Spans]:
    """The application in four lines."""
    tag = tag_cell(words, order)
    category = f"{order['category']} " if order["category"] and order["category"] != order["reason"] else ""
    who = words("order.who", party=party(words, order), department=order["department"], phone=order["phone"])
    when = words("order.when", start=moment(order["start_ms"], now_ms), end=moment(order["end_ms"], now_ms))
    given = (
        f"{order['vehicle']} {order['driver_name'] or order['driver'] or ''}"
        if order["vehicle"]
        else words("order.no_vehicle")
    )
    head = [(tag.text, tag.paint), (" ", ""), (words(f"class.{order['class']}"), ""), ("  ", "")]
    left = width - sum(cell_len(text) for text, _ in head)
    return [
        [*head, (fit(category + order["reason"], left), "strong")],
        [(fit(who, width), "")],
        [(fit(f"{when}  {order['origin']} > {order['destination']}", width), "")],
        [(fit(named(words, "note", order["conflict"]), width), "serious")]
        if order["conflict"]
        else [(fit(f"{given}  {order['remark']}", width), "" if order["vehicle"] else "dim")],
    ]


def entry_lines(words: Words, entry: Entry, now_ms: int, width: int) -> list[Spans]:
    """One act: a line for when, what, who and proof; below it what it carries, or why it had no effect."""
    proof = words(f"proof.{entry['proof']}")
    who = entry["by_name"] or entry["by"]
    if entry["role"]:
        who = words("entry.who", name=who, role=words(f"role.{entry['role']}"))
    act = words(f"act.{entry['act']}")
    act = words("entry.refused", act=act) if entry["refused"] else act
    room = width - TIME_CELLS - cell_len(proof) - 2
    act_cells = min(room // 2, 24)
    lines: list[Spans] = [
        [
            (fit(moment(entry["at_ms"], now_ms), TIME_CELLS), ""),
            (fit(act, act_cells), "critical" if entry["refused"] else "strong"),
            (fit(who, room - act_cells), ""),
            (" ", ""),
            (proof, "dim" if entry["proof"] == "held" else "notice"),
        ]
    ]
    texts = [(text, "dim") for text in _details(words, entry, now_ms)]
    if entry["refused"]:
        texts.append((why_refused(words, entry), "serious"))
    for text, paint in texts:
        lines += [[(" " * TIME_CELLS, ""), (line, paint)] for line in wrap(text, width - TIME_CELLS - 1)]
    return lines


def why_refused(words: Words, entry: Entry) -> str:
    """The rule's own sentence; what it says about the facts of that moment only where they are on record."""
    told = words.explain(entry["refused"] or "", entry["detail"] | {"act": words(f"act.{entry['act']}")})
    return " ".join(text for text in (told.what, told.why) if text and "{" not in text) or told.what


def _details(words: Words, entry: Entry, now_ms: int) -> Iterable[str]:
    """What the act carries, as few lines as it takes: short facts together."""
    parts = []
    for field, value in entry["detail"].items():
        if value not in ("", None):
            parts.append(
                words("entry.detail", name=named(words, "field", field), value=_value(words, field, value, now_ms))
            )
    if parts:
        yield words("list.semicolon").join(parts)


def _value(words: Words, field: str, value: object, now_ms: int) -> str:
    if field in NAMED_VALUES:
        return named(words, NAMED_VALUES[field], str(value))
    if field in HASHES:
        return str(value)[:HASH_LENGTH_SHOWN]
    if field in TIMES and str(value).isdigit():
        return moment(int(str(value)), now_ms)
    return str(value)
