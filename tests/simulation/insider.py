"""Whoever holds a node's own valid key, and some people's, and means harm: what such a hand can put into its own log.

Everything here is properly chained and sealed, so it is held; what matters is that it has no effect it should not have
and stops nobody else. Each trick is a function that makes the next operation of the insider's log.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from fleet.ledger import documents, kinds
from fleet.ledger.canonical import Value
from fleet.ledger.hlc import READING_MAX
from fleet.ledger.operation import Head, Operation, name, sign_meaning
from fleet.ledger.replica import Replica, Statement
from tests.simulation.forger import keep
from tests.simulation.people import Person

if TYPE_CHECKING:
    from tests.simulation.host import Host
    from tests.simulation.invariants import Record


class Hand(NamedTuple):
    """The insider at work: the ledger it writes to, the people whose keys it has, and chance."""

    replica: Replica
    people: dict[str, Person]
    chance: random.Random

    def made(self, statement: Statement) -> Operation:
        """What an honest node would write next."""
        writer = self.replica._writer
        assert writer is not None
        return writer.make(self.replica.state.stage(), statement).operation

    def signed(self, operation: Operation, person: str) -> Operation:
        """With the signature of somebody's real key."""
        operation = replace(operation, person=person, person_sig=b"")
        return replace(operation, person_sig=sign_meaning(self.people[person].signer.key, operation))

    def others(self, kind: str = "") -> list[Operation]:
        """Operations in other logs that a person signed."""
        mine = self.replica._writer
        assert mine is not None
        held = (placing.named.operation for placing in self.replica._log._store.log)  # type: ignore[attr-defined]
        return [
            one for one in held if one.author != mine.me.author and one.person_sig and (one.kind == kind or not kind)
        ]

    def orders(self) -> list[str]:
        return sorted(self.replica.state.orders) or ["1-00001"]


Made = Operation | None


def _far_date(hand: Hand) -> Made:
    """A date no clock will ever show, or one of next year: nobody's clock may be led astray for good."""
    operation = hand.made(_sighting(hand))
    year = operation.hlc + (366 * 86_400_000 << 16)
    return replace(operation, hlc=hand.chance.choice((READING_MAX, year)))


def _early_date(hand: Hand) -> Made:
    """A date before that of its own cause."""
    return replace(hand.made(_sighting(hand)), hlc=hand.chance.choice((0, 1 << 40)))


def _dep_of_nobody(hand: Hand) -> Made:
    """Said to follow an operation nobody has written: this log waits for ever, and no other does."""
    others = sorted(author for author in hand.replica.state.heads if author != _me(hand))
    if not others:
        return None
    return replace(hand.made(_sighting(hand)), deps=(Head(others[0], 1 << 40, bytes(32)),))


def _client_of_another(hand: Hand) -> Made:
    """A properly signed edit under the client id of another author: it would silence that author's own."""
    order, theirs = hand.chance.choice(hand.orders()), hand.chance.choice(sorted(hand.replica.state.heads))
    target = kinds.ORDERS + order
    before = hand.replica.state.document(target)
    update = documents.change(before, {"remark": f"{hand.chance.random()}"}, client_id=theirs.client_id)
    if theirs == _me(hand):
        return None
    operation = hand.made(Statement(kinds.ORDER_EDIT, target, update))
    return hand.signed(operation, "applicant-1")


def _approval_by_the_node(hand: Hand) -> Made:
    """An approval in an approver's name, signed with the only key at hand."""
    writer = hand.replica._writer
    assert writer is not None
    waiting = [order for order in hand.replica.state.orders.values() if order.state == "submitted"]
    if not waiting:
        return None
    order = hand.chance.choice(sorted(waiting, key=lambda one: one.id))
    body: Value = {"content": order.content, "opinion": "Agreed"}
    operation = hand.made(Statement("order.approve", kinds.ORDERS + order.id, body))
    operation = replace(operation, person="approver-1", person_sig=b"")
    return replace(operation, person_sig=sign_meaning(writer.me.key, operation))


def _approval_moved(hand: Hand) -> Made:
    """A real approver's signature, put under another order or another content."""
    real = hand.others("order.approve")
    if not real:
        return None
    theirs, order = hand.chance.choice(real), hand.chance.choice(hand.orders())
    content: Value = {
        "content": hand.replica.state.orders[order].content if order in hand.replica.state.orders else "00"
    }
    operation = hand.made(Statement("order.approve", kinds.ORDERS + order, content))
    if (theirs.target, theirs.body) == (operation.target, operation.body):
        return None
    return replace(operation, person=theirs.person, person_sig=theirs.person_sig, hlc=theirs.hlc)


def _said_again(hand: Hand) -> Made:
    """What a person has signed once, word for word, in a second log: it must not happen twice."""
    real = hand.others()
    if not real:
        return None
    theirs = hand.chance.choice(real)
    operation = hand.made(Statement(theirs.kind, theirs.target, theirs.body))
    return replace(operation, person=theirs.person, person_sig=theirs.person_sig, hlc=theirs.hlc)


TRICKS: dict[str, tuple[Callable[[Hand], Made], int]] = {
    "far dates": (_far_date, 3),
    "early dates": (_early_date, 3),
    "deps of nobody": (_dep_of_nobody, 1),
    "client ids of others": (_client_of_another, 4),
    "approvals by the node": (_approval_by_the_node, 6),
    "approvals moved": (_approval_moved, 4),
    "said again": (_said_again, 4),
}
"""What the insider does, and how often."""
HOPELESS = frozenset({"client ids of others"})
"""Tricks with updates of documents that an oracle which knows no documents cannot tell from good ones."""


def write(host: Host, people: dict[str, Person], chance: random.Random, record: Record) -> str:
    """Play a trick; its name, or "" if there was nothing to play it with."""
    hand, names = Hand(host.replica, people, chance), [*TRICKS]
    trick = chance.choices(names, [weight for _, weight in TRICKS.values()])[0]
    operation = TRICKS[trick][0](hand)
    if operation is None:
        return ""
    named = name(operation)
    kind = kinds.KINDS.get(operation.kind)  # careless writers write kinds that there are not, and those are said again
    edits = (kind and kind.edits) or (isinstance(operation.body, dict) and kinds.FORM in operation.body)
    if trick in HOPELESS or (edits and trick == "said again"):
        record.malformed.add(named.hash)  # its client id is not that of the log it stands in now
    keep(host.replica, host.replica.state.stage(), named)
    return trick


def _sighting(hand: Hand) -> Statement:
    particulars: Value = {"time_ms": 1, "lat_e6": 1, "lon_e6": 1, "speed_kmh_e1": 0, "course": 0, "order": ""}
    return Statement(kinds.VEHICLE_SEEN, f"vehicle/NM-{hand.chance.randrange(5)}", particulars)


def _me(hand: Hand) -> object:
    assert hand.replica._writer is not None
    return hand.replica._writer.me.author
