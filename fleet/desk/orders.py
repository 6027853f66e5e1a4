"""The order desk: every act on an order enters here, from whatever face, and leaves as a signed operation or a refusal.

The rule is asked first, with the order as it stands, so that its author learns at once what is wrong. The same rule is
asked again by every replica that folds the act, so a face that forgets to ask gains nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from fleet.desk import dispatching, leaving
from fleet.desk.numbering import next_number
from fleet.desk.register import Ledger, name_of, places, roles_of
from fleet.desk.vault import Vault, is_confidential, stored_form
from fleet.desk.yard import yard
from fleet.errors import BadInput, NotAllowed, NotFound, RuleBroken
from fleet.ledger import kinds, rights
from fleet.ledger.canonical import Value, encode
from fleet.ledger.operation import Author
from fleet.ledger.replica import Signer, Statement
from fleet.ledger.state import State
from fleet.ledger.suite import KNOWN, SHIPPED
from fleet.ports import Clock
from fleet.rules import form as forms
from fleet.rules import offers as offering
from fleet.rules import preemption, secrecy
from fleet.rules.delegation import FOR
from fleet.rules.facts import Fact
from fleet.rules.form import Form
from fleet.rules.offers import Offer, Unfit
from fleet.rules.order import MOVES, WITNESSED, Act, Order, move
from fleet.rules.roles import BY_WITNESS, DELEGABLE, MAY, WITNESSES, may
from fleet.rules.yard import Booking

PARTICULARS: dict[Act, tuple[str, ...]] = {
    Act.APPROVE: ("content", "opinion", "urgency"),
    Act.SEND_BACK: ("content", "reason"),
    Act.CANCEL: ("reason",),
    Act.DISPATCH: ("vehicle", "driver", "why", "preempts", "supplier", "supplier_driver", "price_basis"),
    Act.UNMET: ("reason",),
    Act.RECALL: ("reason",),
    Act.DEPART: ("odometer_km", "fuel_quarters", "checks", "note", WITNESSED),
    Act.ARRIVE: (WITNESSED,),
    Act.HEAD_BACK: (WITNESSED,),
    Act.RETURN: ("odometer_km", "fuel_quarters", "receipts", "key_to", "place", "place_reason", "note", WITNESSED),
    Act.CLOSE: ("receipts",),
}
"""What each act may carry; anything else a caller sends is an error of the caller."""
_INTEGERS = frozenset({"odometer_km", "fuel_quarters", "urgency"})
TEXT_LENGTH_MAX = 500


def form_of(state: State, order_id: str) -> Form:
    """The form of an order as its document stands, secret fields empty; NotFound if there is no such order."""
    return stored_form(state, order_id)[0]


def order_of(state: State, order_id: str) -> Order:
    """An order as its acts make it; NotFound if there is none."""
    if order_id not in state.orders:
        raise NotFound("no_order", order=order_id)
    return state.orders[order_id]


def content_of(form: Form, said: str = "") -> str:
    """The hash (hex) of what a form says: what is submitted, and what an approval covers. It is `said` again if that
    says the same in any suite: whoever submitted it may have had another."""
    fields = encode(form.as_fields())
    same = any(suite.hash("content", fields).hex() == said for suite in KNOWN.values())
    return said if same else SHIPPED.hash("content", fields).hex()


class OrderDesk:
    """The desk of one node. `author` gives new orders their numbers: no two nodes can mint the same. `vault` seals and
    opens what is secret; without one there are no confidential trips."""

    def __init__(self, ledger: Ledger, clock: Clock, author: Author, vault: Vault | None = None) -> None:
        self._ledger, self._clock, self._author, self._vault = ledger, clock, author, vault

    def moves(self, person: str, order_id: str) -> list[Act]:
        """The acts `person` may try on the order as it stands, in the order of the day."""
        order, roles = order_of(self._ledger.state, order_id), roles_of(self._ledger.state, person)
        lent = self._lent(person)
        legal = [act for act in Act if (order.state, act) in MOVES and (may(roles, act) or act in lent)]
        if order.supplier_driver and not roles.isdisjoint(WITNESSES):
            return [act for act in Act if act in legal or ((order.state, act) in MOVES and act in BY_WITNESS)]
        return [act for act in legal if act not in BY_WITNESS or order.driver == person]

    def offers(self, order_id: str) -> tuple[list[Offer], list[Unfit]]:
        """Vehicles for an order, ranked, and those that cannot serve with their reasons."""
        state = self._ledger.state
        trip = form_of(state, order_id)
        return offering.offers(order_id, trip, yard(state, self._clock.now_ms(), but=order_id))

    def takeable(self, order_id: str) -> list[tuple[Booking, Offer]]:
        """The orders that an order of a sudden event may take a vehicle from, and what it would then be offered."""
        state = self._ledger.state
        among = yard(state, self._clock.now_ms(), but=order_id)
        return preemption.takeable(order_of(state, order_id), form_of(state, order_id), among)

    def submit(self, signer: Signer, given: Mapping[str, object], *, order_id: str = "", explanation: str = "") -> str:
        """Apply for a trip, or submit again what was sent back (same order, next revision). Returns the order's number.

        Raises:
            BadInput, RuleBroken: see `forms.read`, `forms.check` and the order's moves.
            NotAllowed: `no_role` (Art. 5).
        """
        self._may(signer.person, Act.SUBMIT)
        state = self._ledger.state
        before = self._form(order_id) if order_id else None
        form = forms.read({**before.texts(), **given} if before else given)
        forms.check(form, now_ms=self._clock.now_ms(), settings=state.settings)
        forms.check_places(form, {place.name: place.kind for place in places(state)})
        taken = state.orders.__contains__
        order = order_of(state, order_id) if order_id else Order(id=next_number(self._author, taken))
        form, detail = self._closed(order.id, form, before, explanation[:TEXT_LENGTH_MAX])
        move(order, self._fact(Act.SUBMIT, signer, detail))
        target = kinds.ORDERS + order.id
        if update := self._ledger.update(target, form.as_fields()):
            detail[kinds.FORM] = update
        self._ledger.write([Statement(kinds.of_act(Act.SUBMIT), target, detail, signer)])
        return order.id

    def act(self, signer: Signer, order_id: str, act: Act, given: Mapping[str, object]) -> Order:
        """Do `act` on an order and return the order after it.

        Raises:
            NotFound, NotAllowed, BadInput, RuleBroken: nothing was written.
        """
        lent = self._in_place_of(signer.person, act, witness=bool(given.get(WITNESSED)))
        order = order_of(self._ledger.state, order_id)
        detail = _particulars(act, given) | lent
        if act in {Act.APPROVE, Act.SEND_BACK}:
            detail.setdefault("content", order.content)
        move(order, self._fact(act, signer, detail))
        if act in {Act.APPROVE, Act.SEND_BACK}:
            self._not_own_trip(order_id, signer.person)
        if act in {Act.APPROVE, Act.DISPATCH}:
            self._as_submitted(order)
        if act is Act.RETURN:
            leaving.require_home(self._ledger.state, order, detail)
        detail = self._hidden(order_id, detail)
        before: list[Statement] = []
        if act is Act.DISPATCH:
            detail, before = dispatching.dispatch(order, self._form(order_id), detail, *self._now(), signer)
        if act is Act.UNMET:
            detail |= dispatching.unmet(order, self._form(order_id), *self._now())
        if act is Act.DEPART:
            leaving.require_to_leave(self._ledger.state, order, order.driver, self._clock.now_ms())
        self._ledger.write([*before, Statement(kinds.of_act(act), kinds.ORDERS + order_id, detail, signer)])
        return order_of(self._ledger.state, order_id)

    def _lent(self, person: str) -> frozenset[Act]:
        """The acts somebody may do in an approver's place now."""
        lent = rights.lenders(self._ledger.state, person, self._clock.now_ms())
        return DELEGABLE if lent else frozenset()

    def _in_place_of(self, person: str, act: Act, *, witness: bool = False) -> dict[str, Value]:
        """What a decision says of whose right it was made by: nothing, or the approver that lent it (Art. 8)."""
        if witness and act in BY_WITNESS:
            if roles_of(self._ledger.state, person).isdisjoint(WITNESSES):
                raise NotAllowed("no_role", article="6", act=act, needed=" ".join(sorted(WITNESSES)))
            return {}
        if act in DELEGABLE and not may(roles_of(self._ledger.state, person), act):
            for lender in rights.lenders(self._ledger.state, person, self._clock.now_ms()):
                return {FOR: lender}
        self._may(person, act)
        return {}

    def _may(self, person: str, act: Act) -> None:
        if not may(roles_of(self._ledger.state, person), act):
            raise NotAllowed("no_role", article="6", act=act, needed=" ".join(sorted(MAY[act])))

    def _fact(self, act: Act, signer: Signer, detail: Mapping[str, Value]) -> Fact:
        return Fact(
            act=act,
            by=signer.person,
            at_ms=self._clock.now_ms(),
            record="",
            detail=detail,
            settings=self._ledger.state.settings,
        )

    def _not_own_trip(self, order_id: str, person: str) -> None:
        if self._form(order_id).rider == name_of(self._ledger.state, person):
            raise RuleBroken("own_order", article="8", order=order_id)

    def _as_submitted(self, order: Order) -> None:
        """No edit rides on a submission or an approval: what is decided on is what was submitted, word for word."""
        if content_of(form_of(self._ledger.state, order.id), order.content) != order.content:
            raise RuleBroken("content_changed", article="8", order=order.id)

    def _closed(
        self, order_id: str, form: Form, before: Form | None, explanation: str
    ) -> tuple[Form, dict[str, Value]]:
        """A form as its document holds it, and what is signed of it: of a confidential trip with its secrets sealed.
        What was handed in as an ordinary trip has been in the clear, and is not made confidential afterwards."""
        said = {"explanation": explanation} if explanation else {}
        secret = form.cls == forms.CONFIDENTIAL
        if before and secret != (before.cls == forms.CONFIDENTIAL):
            raise RuleBroken("class_fixed", article="10", order=order_id)
        if not secret:
            return form, {"content": content_of(form), **said}
        if self._vault is None:
            raise RuleBroken("escrow_unknown", article="10")
        if before and before.texts() == form.texts() and not explanation:
            raise RuleBroken("unchanged_resubmission", article="8", order=order_id)
        closed, sealed = self._vault.close_form(order_id, form, said)
        hidden: dict[str, Value] = dict.fromkeys(said, secrecy.HIDDEN)
        return closed, {"content": content_of(closed), **hidden, kinds.SEALED: sealed}

    def _hidden(self, order_id: str, detail: dict[str, Value]) -> dict[str, Value]:
        """What is signed of an act: on a confidential trip its free texts only inside a seal."""
        if not is_confidential(self._ledger.state, order_id) or self._vault is None:
            return detail
        return self._vault.hide(kinds.ORDERS + order_id, detail, secrecy.FREE_TEXTS)  # type: ignore[return-value]

    def _form(self, order_id: str) -> Form:
        """The form of an order, opened where this node can."""
        return self._vault.form(order_id) if self._vault else form_of(self._ledger.state, order_id)

    def _now(self) -> tuple[State, int]:
        return self._ledger.state, self._clock.now_ms()


def _particulars(act: Act, given: Mapping[str, object]) -> dict[str, Value]:
    allowed = PARTICULARS.get(act)
    if allowed is None:
        raise BadInput("field_not_listed", field="act", value=str(act))
    if unknown := sorted(set(given) - set(allowed)):
        raise BadInput("field_unknown", field=unknown[0])
    return {name: _particular(name, value) for name, value in given.items() if value not in (None, "")}


def _particular(name: str, value: object) -> Value:
    if name in _INTEGERS:
        try:
            if isinstance(value, bool) or not isinstance(value, int | str):
                raise ValueError
            number = int(value)
            if not 0 <= number < 1 << 32:
                raise ValueError
            return number
        except ValueError:
            raise BadInput("field_not_a_number", field=name) from None
    if not isinstance(value, str) or len(value) > TEXT_LENGTH_MAX:
        raise BadInput("field_too_long", field=name, most=TEXT_LENGTH_MAX)
    return value
