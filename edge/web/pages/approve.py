"""The approver's page (Art. 8): what waits for a decision in the order of the rules, each with the check already made.

A decision is signed with the approver's own key, unlocked by the PIN every time, and covers the hash of the form as it
was shown: a form changed meanwhile is refused. Several at once is not offered.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery

from edge.node import Node
from edge.sessions import Session
from edge.web import acts
from edge.web.auth import TheNode, TheSession
from edge.web.pages.face import Answer, PageRequest, go, page, pin_of, typed
from edge.web.pages.refusals import Refusal, refusal
from edge.web.rows import View, opened, queued
from edge.web.shapes import OpenedOrder
from fleet.desk.register import name_of
from fleet.errors import FleetError
from fleet.rules.order import Act, Order, State
from fleet.rules.roles import Role

REASONS = ("unclear", "times", "shared", "outside_rules", "no_need")
"""Chips for sending back; the words are `send_back_reason.` in the catalogue."""


@dataclass(frozen=True, slots=True)
class Card:
    """An order to decide on, with the check: is the form whole, is it the approver's own trip, is a vehicle likely."""

    order: OpenedOrder
    whole: bool
    own: bool
    free: list[str]
    unfit: list[str]
    left_minutes: int


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision that was refused: its card opens again with what was typed."""

    order: str = ""
    act: str = ""
    refusal: Refusal | None = None
    fields: dict[str, str] = field(default_factory=dict)


class Approve(Controller):
    """For approvers."""

    path = "/approve"
    opt = {"roles": frozenset({Role.APPROVER})}  # noqa: RUF012 - the framework's own form

    @get()
    async def cards(
        self,
        request: PageRequest,
        node: TheNode,
        session: TheSession,
        done: FromQuery[str] = "",
        act: FromQuery[str] = "",
    ) -> Response[str]:
        """What waits."""
        return await _show(request, node, session, Decision(), done=done, act=act)

    @post("/{order_id:str}/approve")
    async def approve(
        self, request: PageRequest, node: TheNode, session: TheSession, order_id: FromPath[str]
    ) -> Answer:
        """Agree."""
        fields = await typed(request)
        given = {"content": fields.get("content", ""), "opinion": fields.get("opinion", "").strip()}
        return await _decide(request, node, session, order_id, Act.APPROVE, given)

    @post("/{order_id:str}/send-back")
    async def send_back(
        self, request: PageRequest, node: TheNode, session: TheSession, order_id: FromPath[str]
    ) -> Answer:
        """Send back with a reason: a chip, words of one's own, or both."""
        fields = await typed(request)
        reason = " ".join(filter(None, (fields.get("chip", "").strip(), fields.get("reason", "").strip())))
        given = {"content": fields.get("content", ""), "reason": reason}
        return await _decide(request, node, session, order_id, Act.SEND_BACK, given)


async def _decide(
    request: PageRequest,
    node: Node,
    session: Session,
    order_id: str,
    act: Act,
    given: dict[str, str],
) -> Answer:
    try:
        await acts.act(node, session, order_id, act, given, pin=await pin_of(request))
    except FleetError as error:
        decision = Decision(order_id, str(act), refusal(request, error), await typed(request))
        return await _show(request, node, session, decision)
    return go(f"/approve?done={order_id}&act={act}")


async def _show(
    request: PageRequest, node: Node, session: Session, decision: Decision, *, done: str = "", act: str = ""
) -> Response[str]:
    cards = await acts.look(node, lambda office, view: _cards(office, view, session.person), session)
    waiting = {card.order.id for card in cards}
    return page(
        request,
        "approve.html",
        status=decision.refusal.status if decision.refusal else 200,
        session=session,
        cards=cards,
        decision=decision,
        stray=decision.refusal if decision.order not in waiting else None,
        done=done if act in {Act.APPROVE, Act.SEND_BACK} else "",
        act=act,
        reasons=REASONS,
    )


def _cards(office: Any, view: View, person: str) -> list[Card]:
    return [_card(office, view, order, person) for order in queued(view) if order.state == State.SUBMITTED]


def _card(office: Any, view: View, order: Order, person: str) -> Card:
    shown = opened(view, order, [])
    try:
        fit, unfit = office.desk.offers(order.id)
    except FleetError:
        fit, unfit = None, []
    return Card(
        order=shown,
        whole=fit is not None and shown.content == order.content,
        own=order.applicant == person or shown.rider == name_of(view.state, person),
        free=[offer.vehicle.plate for offer in fit or []],
        unfit=[each.reason for each in unfit],
        left_minutes=(shown.start_ms - view.now_ms) // 60_000,
    )
