"""The applicant's page (Art. 7, 13): one form, and what became of every application made here.

The form's times are local; everything typed comes back with a refusal. A trip sent back is changed and submitted again
under its number.
"""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery

from edge.node import Node
from edge.sessions import Session
from edge.store import listing
from edge.store.journal import Office
from edge.store.listing import Sought
from edge.web import acts, sight, times
from edge.web.auth import TheNode, TheSession
from edge.web.pages.face import Answer, PageRequest, go, page, typed
from edge.web.pages.refusals import Refusal, refusal
from edge.web.rows import View, opened
from edge.web.shapes import OpenedOrder
from fleet.desk.orders import order_of
from fleet.errors import FleetError
from fleet.rules.form import CLASSES, FIELDS, URGENCIES
from fleet.rules.order import Act
from fleet.rules.roles import Role

SHOWN_MAX = 20
LEAD_MS, LENGTH_MS, ROUND_MS = 3_600_000, 4 * 3_600_000, 1_800_000
CATEGORIES = ("errand", "meeting", "field", "enforcement", "reception", "rescue")
"""Chips for the kind of reason; the words are `category.` in the catalogue."""
SECRET_REASONS = ("delivery", "meeting", "equipment")
"""What a confidential trip may say of itself; the words are `secret_reason.` in the catalogue."""
TIMES = ("start_ms", "end_ms")


@dataclass(frozen=True, slots=True)
class Draft:
    """The form as it stands on the page: text per field. `order` is set when a trip sent back is being changed."""

    fields: dict[str, str]
    order: str = ""


class Apply(Controller):
    """For applicants."""

    path = "/apply"
    opt = {"roles": frozenset({Role.APPLICANT})}  # noqa: RUF012 - the framework's own form

    @get()
    async def form(
        self,
        request: PageRequest,
        node: TheNode,
        session: TheSession,
        like: FromQuery[str] = "",
        new: FromQuery[str] = "",
    ) -> Response[str]:
        """An empty form, or one filled in like an earlier trip."""
        draft = await _like(node, session, like) if like else Draft(_fresh(node.clock.now_ms()))
        return await _show(request, node, session, draft, new=new)

    @post()
    async def apply(self, request: PageRequest, node: TheNode, session: TheSession) -> Answer:
        """Apply."""
        return await _submit(request, node, session, "")

    @get("/{order_id:str}")
    async def change(
        self, request: PageRequest, node: TheNode, session: TheSession, order_id: FromPath[str]
    ) -> Response[str]:
        """The form of a trip sent back, to be changed."""
        return await _show(request, node, session, Draft(await _fields(node, session, order_id), order_id))

    @post("/{order_id:str}")
    async def apply_again(
        self, request: PageRequest, node: TheNode, session: TheSession, order_id: FromPath[str]
    ) -> Answer:
        """Submit what was sent back."""
        return await _submit(request, node, session, order_id)

    @post("/{order_id:str}/cancel")
    async def cancel(self, request: PageRequest, node: TheNode, session: TheSession, order_id: FromPath[str]) -> Answer:
        """Call the trip off, with a reason."""
        reason = (await typed(request)).get("reason", "")
        try:
            await acts.act(node, session, order_id, Act.CANCEL, {"reason": reason})
        except FleetError as error:
            shown, draft = refusal(request, error), Draft(_fresh(node.clock.now_ms()))
            return await _show(request, node, session, draft, cancelling=order_id, refused=shown, reason=reason)
        return go("/apply")


async def _submit(request: PageRequest, node: Node, session: Session, order_id: str) -> Answer:
    fields = await typed(request)
    try:
        given: dict[str, object] = {name: fields.get(name, "") for name in FIELDS}
        given |= {name: times.from_field(fields.get(name, ""), field=name) for name in TIMES}
        explanation = fields.get("explanation", "").strip()
        made = await acts.submit(node, session, given, order_id=order_id, explanation=explanation)
    except FleetError as error:
        return await _show(request, node, session, Draft(fields, order_id), refused=refusal(request, error))
    return go(f"/apply?new={made}")


async def _show(
    request: PageRequest,
    node: Node,
    session: Session,
    draft: Draft,
    *,
    refused: Refusal | None = None,
    cancelling: str = "",
    reason: str = "",
    new: str = "",
) -> Response[str]:
    return page(
        request,
        "apply.html",
        status=refused.status if refused else 200,
        session=session,
        draft=dict.fromkeys((*FIELDS, "explanation"), "") | draft.fields,
        changing=draft.order,
        refusal=None if cancelling else refused,
        cancelling=cancelling,
        cancel_refusal=refused if cancelling else None,
        cancel_reason=reason,
        new=new,
        orders=await acts.look(node, lambda office, view: _own(office, view, session.person), session),
        categories=CATEGORIES,
        classes=CLASSES,
        secret_reasons=SECRET_REASONS,
        urgencies=URGENCIES,
    )


def _own(office: Office, view: View, person: str) -> list[OpenedOrder]:
    _, mine = listing.page(office.store, Sought(applicant=person), offset=0, limit=SHOWN_MAX)
    return [opened(view, view.state.orders[order_id], []) for order_id in mine]


async def _like(node: Node, session: Session, order_id: str) -> Draft:
    """An earlier trip as a template: everything but its times."""
    return Draft(await _fields(node, session, order_id) | _times(node.clock.now_ms()))


async def _fields(node: Node, session: Session, order_id: str) -> dict[str, str]:
    def work(office: Office, view: View) -> dict[str, str]:
        sight.require(order_of(view.state, order_id), session.person, session.roles)
        form = office.vault.form(order_id)
        return form.texts() | {name: times.to_field(getattr(form, name)) for name in TIMES}

    return await acts.look(node, work, session)


def _fresh(now_ms: int) -> dict[str, str]:
    return {"passengers": "1", "urgency": "2", "cls": "general"} | _times(now_ms)


def _times(now_ms: int) -> dict[str, str]:
    start_ms = (now_ms + LEAD_MS + ROUND_MS) // ROUND_MS * ROUND_MS
    return {"start_ms": times.to_field(start_ms), "end_ms": times.to_field(start_ms + LENGTH_MS)}
