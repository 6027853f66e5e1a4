"""The lines of an approver's decision on an application (Art. 8, 10). Pure."""

from __future__ import annotations

from fleet.rules.form import URGENCIES
from fleet.rules.order import Act
from fleet.words import Words
from tui.rows.fields import Field, Option
from tui.rows.order_form import coded
from tui.shapes import Order

SEND_BACK_REASONS = ("unclear", "times", "shared", "outside_rules", "no_need")


def decision_lines(words: Words, order: Order, act: Act) -> list[Field]:
    """What an approver says: a reason or an opinion and the urgency, and the PIN."""
    pin = Field(name="pin", words=words("field.pin"), kind="secret")
    if act is Act.SEND_BACK:
        reasons = tuple(Option(said, said) for said in (words(f"send_back_reason.{one}") for one in SEND_BACK_REASONS))
        return [Field(name="reason", words=words("field.reason"), options=reasons, free=True), pin]
    urgencies = coded(words, "urgency", map(str, URGENCIES))
    claimed = str(order["urgency"])
    return [
        Field(name="opinion", words=words("field.opinion"), required=False),
        Field(name="urgency", words=words("field.urgency"), kind="choice", options=urgencies, given=claimed),
        pin,
    ]
