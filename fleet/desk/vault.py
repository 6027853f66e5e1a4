"""The vault: what of a confidential trip is secret, sealed before it is signed, and opened again for who may read it.

A form's secret fields and the free texts of acts leave the desk only inside a seal (see `secrecy`): readable on the
unit's nodes, and for supervision behind two keys. What is stored, synced, searched and reported stands beside it.
Who may read is asked by the faces (`fleet.rules.secrecy.may_read`); the desk itself opens to judge.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from fleet.desk.register import Ledger
from fleet.errors import NotFound, NotTrusted, RuleBroken
from fleet.ledger import escrow, kinds, projection, secrecy
from fleet.ledger.certificate import CENTRAL
from fleet.ledger.entries import Placed
from fleet.ledger.marks import Identity
from fleet.ledger.state import State, node_subject
from fleet.ledger.suite import KNOWN, SHIPPED
from fleet.ports import Randomness
from fleet.rules import form as forms
from fleet.rules import secrecy as rule
from fleet.rules.form import Form


class Vault:
    """The vault of one node, which reads with the node's key."""

    def __init__(self, ledger: Ledger, identity: Identity, randomness: Randomness) -> None:
        self._ledger, self._identity, self._randomness = ledger, identity, randomness

    def seal(self, target: str, texts: Mapping[str, str]) -> bytes:
        """Seal texts of what `target` names, for every node of the unit that is known and has not been revoked.

        Raises:
            RuleBroken: `escrow_unknown`: nobody has been named who could open it for supervision.
        """
        state = self._ledger.state
        known = escrow.custody(state)
        if known is None:
            raise RuleBroken("escrow_unknown", article="10")
        both = escrow.custodians(known)
        return secrecy.seal(SHIPPED, texts, self._bound(target), _nodes(state), both, self._randomness)

    def open(self, target: str, sealed: bytes) -> dict[str, str]:
        """The texts of a seal; none if it was not made for this node, or is damaged."""
        try:
            return secrecy.open_fields(SHIPPED, sealed, self._bound(target), self._identity.key)
        except NotTrusted:
            return {}

    def close_form(self, order_id: str, form: Form, beside: Mapping[str, str]) -> tuple[Form, bytes]:
        """A form whose secrets are sealed, and the seal, which holds what is said `beside` it too. Raises as `seal`."""
        sealed = self.seal(kinds.ORDERS + order_id, {**beside, **form.secrets()})
        return replace(form, sealed=name_of(sealed)), sealed

    def form(self, order_id: str) -> Form:
        """The form of an order with its secrets in place, as far as this node can open them.

        Raises:
            NotFound: `no_order`; BadInput: edits of several nodes left a form that cannot be read.
        """
        form, sealed = stored_form(self._ledger.state, order_id)
        secrets = self.open(kinds.ORDERS + order_id, sealed) if sealed else {}
        return forms.opened(form, secrets) if secrets else form

    def hide(self, target: str, detail: Mapping[str, object], names: Collection[str]) -> dict[str, object]:
        """Particulars of an act on something confidential as they are signed: secret texts only inside a seal."""
        clear, secret = rule.hide(detail, names)
        return {**clear, kinds.SEALED: self.seal(target, secret)} if secret else clear

    def show(self, target: str, detail: Mapping[str, object]) -> dict[str, object]:
        """Signed particulars with their secret texts in place, and without the seal."""
        sealed = detail.get(kinds.SEALED)
        whole = rule.show(detail, self.open(target, sealed)) if isinstance(sealed, bytes) else dict(detail)
        whole.pop(kinds.SEALED, None)
        return whole

    def said(self, target: str, acts: Collection[Placed]) -> dict[str, object]:
        """The secret texts of every act on a case, by name; of several the last."""
        found: dict[str, object] = {}
        for placed in acts:
            sealed = placed.fact.detail.get(kinds.SEALED)
            if isinstance(sealed, bytes):
                found |= self.open(target, sealed)
        return found

    def _bound(self, target: str) -> str:
        return secrecy.bound(self._ledger.unit, target)


def name_of(sealed: bytes) -> str:
    """What a form calls the seal of its secrets (hex)."""
    return SHIPPED.hash("sealed", sealed).hex()


def stored_form(state: State, order_id: str) -> tuple[Form, bytes | None]:
    """The form of an order as its document stands, and the seal that holds its secrets, wherever it was handed in.

    Raises:
        NotFound, BadInput: as `Vault.form`.
    """
    fields = state.document(kinds.ORDERS + order_id).fields
    if not fields:
        raise NotFound("no_order", order=order_id)
    form = forms.stored(fields)
    return form, seal_of(state, order_id, form.sealed) if form.sealed else None


def seal_of(state: State, order_id: str, name: str) -> bytes | None:
    """The seal of this name among what is on record of an order."""
    for placed in reversed(state.acts.get(order_id, ())):
        sealed = placed.fact.detail.get(kinds.SEALED)
        if isinstance(sealed, bytes) and any(suite.hash("sealed", sealed).hex() == name for suite in KNOWN.values()):
            return sealed
    return None


def is_confidential(state: State, order_id: str) -> bool:
    """Whether an order is for a confidential trip."""
    return rule.is_confidential(state.document(kinds.ORDERS + order_id).fields)


def concerns(state: State, order_id: str, plate: str) -> bool:
    """Whether a record about an order or a vehicle is about a confidential trip: the vehicle serves no other."""
    if order_id:
        return is_confidential(state, order_id)
    return projection.vehicle_fields(state, plate).get("cls") == forms.CONFIDENTIAL


def _nodes(state: State) -> list[bytes]:
    """The keys of the unit's nodes that nobody has revoked."""
    return [
        certificate.public
        for author, certificate in state.nodes.items()
        if author.node != CENTRAL and not state.rulings.get(node_subject(author))
    ]
