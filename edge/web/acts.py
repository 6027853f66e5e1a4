"""What API and pages both do at the order desk, the same way: read with the reader's eyes, act with the actor's key.

An approval or a sending back unlocks the key anew with the PIN, every time (Art. 8); other acts sign with the session's
key. The PIN goes no further than the keyring. Refused acts are counted here, once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from edge.node import Node
from edge.sessions import Session
from edge.store.journal import Office
from edge.web import sight
from edge.web.rows import NOBODY, Reader, View, opened
from edge.web.shapes import OpenedOrder
from fleet.desk.orders import content_of, form_of, order_of
from fleet.desk.yard import clashes
from fleet.errors import NotAllowed, RuleBroken
from fleet.ledger.replica import Signer
from fleet.rules.order import Act
from fleet.rules.roles import MAY, PIN_EACH_TIME, may

T = TypeVar("T")
COVERS_CONTENT = frozenset({Act.APPROVE, Act.SEND_BACK})
ON_THE_TRIP = frozenset({Act.DEPART, Act.ARRIVE, Act.HEAD_BACK, Act.RETURN})
"""Acts whose own rule tells a driver that the trip is someone else's."""


async def look(node: Node, work: Callable[[Office, View], T], session: Session | None = None) -> T:
    """Read the state at one moment, with the eyes of whoever is signed in; with nobody's, nothing secret is seen."""
    return await node.journal.do(lambda office: work(office, view_of(node, office, session)))


def view_of(node: Node, office: Office, session: Session | None = None) -> View:
    """The state as it is now; only on the thread that owns it."""
    replica = office.replica
    return View(
        state=replica.state,
        now_ms=node.clock.now_ms(),
        node=node.number,
        receipts=dict(replica.receipts),
        timing=replica.timing,
        refused=frozenset(refusal.head.hash.hex() for refusal in replica.refusals),
        vault=office.vault,
        reader=Reader(session.person, session.roles) if session else NOBODY,
        clashing=frozenset(order for clash in clashes(replica.state) for order in (clash.keeps, clash.yields)),
    )


async def open_order(node: Node, session: Session, order_id: str) -> OpenedOrder:
    """An order with its timeline, if `session` may see it; NotFound otherwise."""

    def work(office: Office, view: View) -> OpenedOrder:
        order = order_of(view.state, order_id)
        sight.require(order, session.person, session.roles)
        return opened(view, order, [str(act) for act in office.desk.moves(session.person, order_id)])

    return await look(node, work, session)


async def submit(
    node: Node, session: Session, given: Mapping[str, object], *, order_id: str = "", explanation: str = ""
) -> str:
    """Apply for a trip, or again for one sent back. Returns the order's number."""

    def work(office: Office) -> str:
        if order_id:
            sight.require(order_of(office.replica.state, order_id), session.person, session.roles)
        return office.desk.submit(session.signer, given, order_id=order_id, explanation=explanation)

    with counted(node):
        return await node.journal.do(work)


async def act(
    node: Node, session: Session, order_id: str, act: Act, given: Mapping[str, object], *, pin: str = ""
) -> None:
    """Do `act`; an approval without `content` covers the form as it stands."""
    if act in PIN_EACH_TIME and not may(session.roles, act):  # who has no right to it is not asked for a PIN either
        raise NotAllowed("no_role", article="6", act=str(act), needed=" ".join(sorted(MAY[act])))
    signer = await unlocked(node, session, pin) if act in PIN_EACH_TIME else session.signer

    def work(office: Office) -> None:
        state = office.replica.state
        if act not in ON_THE_TRIP:
            sight.require(order_of(state, order_id), session.person, session.roles)
        covered = {}
        if act in COVERS_CONTENT:
            covered["content"] = content_of(form_of(state, order_id), order_of(state, order_id).content)
        office.desk.act(signer, order_id, act, covered | dict(given))

    with counted(node):
        await node.journal.do(work)


async def unlocked(node: Node, session: Session, pin: str) -> Signer:
    """The key of whoever is signed in, unlocked anew (Art. 8).

    Raises:
        NotAllowed: `pin_needed` if there is no PIN, which is not counted as a wrong one; else as the keyring.
    """
    if not pin:
        raise NotAllowed("pin_needed", article="8")
    return await node.keyring.unlock(session.person, pin)


@contextmanager
def counted(node: Node) -> Iterator[None]:
    """Count an act that the rules refuse."""
    try:
        yield
    except (RuleBroken, NotAllowed):
        node.refused_moves += 1
        raise
