"""What each submission of an order wrote into its form, read again from the log: of two that did not know of each other
the document shows one value a field, and the other is found here (Art. 13).

Nothing is kept for it: it is asked only of an order that two places submitted anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fleet.ledger import blocks, kinds
from fleet.ledger.operation import Author, read
from fleet.ledger.replica import Replica
from fleet.ledger.state import State
from fleet.rules.order import Act

Written = Mapping[str, Mapping[str, str]]
"""By the record of a submission (hex), the fields it set."""
Reader = Callable[[Author, int], bytes | None]
"""An operation of the log as its bytes; None where it is not held, or not sealed yet."""


def reader(replica: Replica) -> Reader:
    """Reads a replica's log."""

    def one(author: Author, seq: int) -> bytes | None:
        run = replica.run(author, seq - 1, 0)
        return run.operations[0] if run else None

    return one


def written(state: State, order_id: str, log: Reader) -> Written:
    """What every submission of an order set, in causal order: a value that replaces another bears its name no more."""
    names: dict[tuple[int, int], str] = {}
    found: dict[str, dict[str, str]] = {}
    for placed in state.acts.get(order_id, ()):
        _, author, seq = placed.place
        data = log(author, seq) if placed.fact.act == Act.SUBMIT and not placed.told_by else None
        body = read(data).operation.body if data else None
        form = body.get(kinds.FORM) if isinstance(body, dict) else None
        update = blocks.read(form) if isinstance(form, bytes) else None
        fields = found.setdefault(placed.fact.record, {})
        for at, block in enumerate(update.blocks if update else ()):
            name = block.key or names.get((block.left_client, block.left_clock), "")
            if update and name:
                names[update.client, update.clock + at] = name
                fields[name] = block.text
    return found
