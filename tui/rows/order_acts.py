"""The acts on orders that the console offers, and what it says after and instead of one. Pure."""

from __future__ import annotations

from fleet.rules.order import Act
from fleet.words import Words
from tui.shapes import Order

ACT_KEYS = {
    Act.DISPATCH: "d", Act.RECALL: "r", Act.UNMET: "m", Act.CANCEL: "c", Act.CLOSE: "o",
    Act.SEND_BACK: "b", Act.APPROVE: "p",
}  # fmt: skip
"""The acts offered, each with its letter; their order gives them their digits where an order is open."""


def done_words(words: Words, order: Order) -> str:
    """One line about what the node has just committed."""
    return words(
        f"done.{order['state']}",
        tail=order["tail"],
        plate=order["vehicle"] or "",
        driver=order["driver_name"] or order["driver"] or "",
    )


def not_now(words: Words, order: Order, act: Act) -> str:
    """Why an act is not possible: the state the order is in."""
    return words("act.not_now", tail=order["tail"], state=words(f"state.{order['state']}"), act=words(f"act.{act}"))
