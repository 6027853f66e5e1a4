"""Renting a vehicle where the unit's own do not suffice (Art. 9 (3)): first the shortage goes on record, then who lets.

Every vehicle with what stands in its way is put on record by the node with the shortage; nothing of it is typed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fleet.rules.order import Act, State
from fleet.words import Words
from tui.api import Api
from tui.known import Known
from tui.rows.fields import Field, Option
from tui.screens.act_form import ASKED
from tui.shapes import Order

REASON = "reason"


def lines(words: Words, order: Order, known: Known) -> list[Field]:
    """What to fill in; the shortage's reason only where it is not on record yet."""
    reasons = tuple(
        Option(said, said) for said in (words(f"choice.{Act.UNMET}.{one}") for one in ASKED[Act.UNMET].choices)
    )
    asked = [
        Field(name="supplier", words=words("field.supplier"), most=64),
        Field(name="vehicle", words=words("field.plate"), most=64),
        Field(name="driver", words=words("field.driver"), kind="choice", options=known.drivers),
        Field(name="price_basis", words=words("field.price_basis"), most=200),
    ]
    if order["state"] != State.APPROVED:
        return asked
    return [
        Field(name=REASON, words=words("rental.shortage"), options=reasons, free=True, given=reasons[0].value),
        *asked,
    ]


def sending(api: Api, order: Order) -> Callable[[dict[str, object]], Awaitable[Order]]:
    """What the form does: the shortage if it is not on record, then the rented vehicle."""
    on_record = order["state"] != State.APPROVED

    async def send(values: dict[str, object]) -> Order:
        nonlocal on_record
        told = {name: str(value) for name, value in values.items()}
        reason = told.pop(REASON, "")
        if not on_record:
            await api.act(order["id"], Act.UNMET, {"reason": reason})
            on_record = True
        return await api.act(order["id"], Act.DISPATCH, told)

    return send
