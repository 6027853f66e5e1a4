"""An order as one line: how urgent, which, why, when, who, where it stands, what it waits for."""

from __future__ import annotations

from rich.cells import cell_len

from fleet.words import Words
from tui.cells import fit, wrap
from tui.rows.columns import WIDE, Cell, beside, named, rest, widest
from tui.shapes import Order, OrderRow
from tui.times import age, coming, moment
from tui.widgets.lines import Spans

TAGS = ("supplement", "0", "1", "2")
MARKS = {"^": "dim", "?": "serious", "x": "critical"}
"""How the order's records stand with central: waiting, in conflict, refused; nothing said when all are held."""
START_CELLS = 8
ENDED = frozenset({"closed", "cancelled", "void", "sent_back"})
NOT_AWAY = frozenset({"submitted", "approved", "unmet"})


def order_line(words: Words, order: OrderRow, now_ms: int, width: int) -> Spans:
    """The order in `width` cells; with phone and route from a 120-column terminal on."""
    late = order["start_ms"] < now_ms and order["state"] in NOT_AWAY
    before = [
        tag_cell(words, order),
        Cell(order["tail"] + order["mark"], 5, MARKS.get(order["mark"], "strong")),
    ]
    after = [
        Cell(coming(words, order["start_ms"], now_ms), START_CELLS, "serious" if late else ""),
        Cell(party(words, order), 11),
        Cell(standing(words, order, now_ms), 13, "dim" if order["state"] in ENDED else ""),
        Cell(awaited(words, order), 16, "notice" if order["state"] == "approved" else ""),
    ]
    if width >= WIDE:
        after[2:2] = [Cell(order["phone"], 12, "dim")]
        after += [Cell(f"{order['origin']}>{order['destination']}", 22)]
    return beside([*before, Cell(order["reason"], rest(width, [*before, *after])), *after])


def about_lines(words: Words, order: Order, now_ms: int, width: int, *, whole: bool = False) -> list[Spans]:
    """The application in four lines, each cut at `width`; or in as many as it takes to cut nothing."""
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
    said = [
        (who, ""),
        (f"{when}  {order['origin']} > {order['destination']}", ""),
        (named(words, "note", order["conflict"]), "serious")
        if order["conflict"]
        else (f"{given}  {order['remark']}".rstrip(), "" if order["vehicle"] else "dim"),
    ]
    if not whole:
        return [
            [*head, (fit(category + order["reason"], left), "strong")],
            *([(fit(text, width), paint)] for text, paint in said),
        ]
    first, *more = wrap(category + order["reason"], left)
    lines: list[Spans] = [[*head, (first, "strong")], *([(line, "strong")] for line in more)]
    return lines + [[(line, paint)] for text, paint in said for line in wrap(text, width)]


def tag_cell(words: Words, order: OrderRow) -> Cell:
    """Supplement before urgency: it has a deadline of its own."""
    name = "supplement" if order["supplement"] else str(order["urgency"])
    paint = {"0": "critical", "1": "serious", "supplement": "serious"}.get(name, "dim")
    return Cell(words(f"tag.order.{name}"), widest(words, [f"tag.order.{tag}" for tag in TAGS]), paint)


def party(words: Words, order: OrderRow) -> str:
    """Who travels, and how many with them."""
    if order["passengers"] > 1:
        return words("order.party", rider=order["rider"], n=order["passengers"])
    return order["rider"]


def standing(words: Words, order: OrderRow, now_ms: int) -> str:
    """The state and since when, as an age while something is to be done."""
    state = words(f"short.{order['state']}")
    return state if order["state"] in ENDED else f"{state} {age(words, order['since_ms'], now_ms)}"


def awaited(words: Words, order: OrderRow) -> str:
    """Whom or what the order waits for; the vehicle and driver once it has them."""
    if order["conflict"]:
        return words("order.conflict")
    if order["vehicle"]:
        return f"{order['vehicle']} {order['driver_name'] or order['driver'] or ''}".rstrip()
    if order["state"] == "submitted":
        return (
            words("order.approvers", names=words("list.comma").join(order["approvers"])) if order["approvers"] else "-"
        )
    if order["state"] in {"approved", "unmet"}:
        return (
            words("order.first_offer", plate=order["first_offer"]) if order["first_offer"] else words("order.no_offer")
        )
    return ""
