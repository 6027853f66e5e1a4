"""Judges one operation on a staged state: who may make it, and what it does. The same on every replica.

An operation that fails here is held all the same, so the chain of its author stays whole; its verdict says why it has
no effect and travels back to the author.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fleet.errors import NotTrusted
from fleet.ledger import certificate, documents, kinds
from fleet.ledger.canonical import Value
from fleet.ledger.hlc import wall_ms
from fleet.ledger.operation import Author, Head, Named, Operation, meaning_signed_by
from fleet.ledger.state import State
from fleet.rules.order import Act

_SIGHTING = {"time_ms": int, "lat_e6": int, "lon_e6": int, "speed_kmh_e1": int, "course": int, "order": str}


def verdict(state: State, named: Named, root_public: bytes) -> str:
    """Fold `named` into `state`, a staged view, and return "" — or the reason code why it has no effect."""
    try:
        _authority(state, named.operation)
        _EFFECTS[_family(named.operation)](state, named, root_public)
    except NotTrusted as refused:
        reason = refused.code
    else:
        reason = ""
    state.step_chain(named)
    return reason


def missing(state: State, operation: Operation) -> tuple[Head, ...]:
    """The causal gate: what `operation` says its author had seen and is not held here yet."""
    return lacking(state, operation.deps)


def lacking(state: State, heads: Iterable[Head]) -> tuple[Head, ...]:
    """Those of `heads` that are not held here yet."""
    return tuple(head for head in heads if _held_seq(state, head.author) < head.seq)


def _held_seq(state: State, author: Author) -> int:
    head = state.heads.get(author)
    return head.seq if head else 0


def _family(operation: Operation) -> str:
    kind = kinds.KINDS.get(operation.kind)
    if kind is None:
        raise NotTrusted("unknown_kind", kind=operation.kind)
    if not operation.target.startswith(kind.target):
        raise NotTrusted("wrong_target", kind=operation.kind, target=operation.target)
    return "edit" if kind.edits else "case" if kind.case else "act" if kind.act else operation.kind


def _authority(state: State, operation: Operation) -> None:
    kind = kinds.KINDS.get(operation.kind)
    if kind is None or not kind.roles:
        if operation.person is not None:
            raise NotTrusted("person_not_asked", kind=operation.kind)
        return
    person = state.person(operation) if operation.person else None
    if person is None:
        raise NotTrusted("unknown_person", person=operation.person)
    if person.unit != _home(operation):
        raise NotTrusted("other_unit", person=operation.person)
    if not person.covers(wall_ms(operation.hlc)):
        raise NotTrusted("lease_over", person=operation.person)
    if kind.roles.isdisjoint(person.roles):
        raise NotTrusted("no_role", person=operation.person, kind=operation.kind)
    if not meaning_signed_by(person.public, operation):
        raise NotTrusted("person_signature", person=operation.person)


def _home(operation: Operation) -> str:
    """Whose people write this log: the unit's, or in central's own log central's."""
    return certificate.CENTRAL_UNIT if operation.author.node == certificate.CENTRAL else operation.unit


def _node_enrol(state: State, named: Named, root_public: bytes) -> None:
    state.nodes[named.operation.author] = node_certificate(named.operation, root_public)


def node_certificate(operation: Operation, root_public: bytes) -> certificate.Certificate:
    """The certificate an author's log begins with.

    Raises:
        NotTrusted: it is not there, not the root's, or speaks of another author or unit.
    """
    if operation.kind != kinds.NODE_ENROL or operation.seq != 1 or not isinstance(operation.body, bytes):
        raise NotTrusted("no_certificate")
    admitted = certificate.admit(root_public, operation.body)
    author = Author(int(admitted.subject), admitted.incarnation) if admitted.subject.isdecimal() else None
    if admitted.kind != "node" or author != operation.author or admitted.unit != _home(operation):
        raise NotTrusted("wrong_certificate")
    return admitted


def _person_enrol(state: State, named: Named, root_public: bytes) -> None:
    if not isinstance(named.operation.body, bytes):
        raise NotTrusted("no_certificate")
    admitted = certificate.admit(root_public, named.operation.body)
    wanted = ("person", _home(named.operation), named.operation.target.removeprefix("person/"))
    if (admitted.kind, admitted.unit, admitted.subject) != wanted:
        raise NotTrusted("wrong_certificate")
    state.step_person(named, admitted)


def _edit(state: State, named: Named, _root_public: bytes) -> None:
    operation = named.operation
    if operation.kind == kinds.REGISTRY_EDIT and operation.target != kinds.REGISTRY + operation.unit:
        raise NotTrusted("wrong_target")
    _apply(state, operation, operation.body)


def _apply(state: State, operation: Operation, update: Value, *, target: str = "") -> None:
    if not isinstance(update, bytes):
        raise NotTrusted("body_form")
    name = target or operation.target
    # What the fields then say is not judged here: it depends on what others wrote meanwhile, a verdict must not.
    state.documents[name] = documents.apply(state.document(name), update, client_id=operation.author.client_id)


def _act(state: State, named: Named, _root_public: bytes) -> None:
    if not isinstance(named.operation.body, dict):
        raise NotTrusted("body_form")
    if kinds.FORM in named.operation.body:
        if named.operation.kind != kinds.of_act(Act.SUBMIT):
            raise NotTrusted("body_form")
        _apply(state, named.operation, named.operation.body[kinds.FORM])
    state.step_act(named)


def _case(state: State, named: Named, _root_public: bytes) -> None:
    operation = named.operation
    if not isinstance(operation.body, dict):
        raise NotTrusted("body_form")
    if kinds.FORM in operation.body:
        order = operation.body.get("order")
        if operation.kind not in kinds.MAKES_ORDER or not isinstance(order, str) or not order:
            raise NotTrusted("body_form")
        _apply(state, operation, operation.body[kinds.FORM], target=kinds.ORDERS + order)
    state.step_case(named)


def _seen(state: State, named: Named, _root_public: bytes) -> None:
    body = named.operation.body
    if not isinstance(body, dict) or {key: type(value) for key, value in body.items()} != _SIGHTING:
        raise NotTrusted("body_form")
    state.step_seen(named, body)


_EFFECTS: dict[str, Callable[[State, Named, bytes], None]] = {
    kinds.NODE_ENROL: _node_enrol,
    kinds.PERSON_ENROL: _person_enrol,
    kinds.VEHICLE_SEEN: _seen,
    "edit": _edit,
    "act": _act,
    "case": _case,
}
