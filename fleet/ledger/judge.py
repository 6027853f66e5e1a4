"""Judges one operation on a staged state: who may make it, and what it does. The same on every replica.

An operation that fails here is held all the same, so the chain of its author stays whole; its verdict says why it has
no effect and travels back to the author.
"""

from __future__ import annotations

from collections.abc import Callable

from fleet.errors import NotTrusted
from fleet.ledger import acts, certificate, documents, escrow, granting, judge_grants, kinds, rights
from fleet.ledger.canonical import Value
from fleet.ledger.certificate import Certificate
from fleet.ledger.entries import Custody, Stretch
from fleet.ledger.hlc import wall_ms
from fleet.ledger.kinds import Kind
from fleet.ledger.operation import Author, Head, Named, Operation, author_of, meaning_signed_by
from fleet.ledger.rights import Point
from fleet.ledger.state import State, person_key
from fleet.ledger.suite import HASH_SIZE
from fleet.rules.delegation import FOR
from fleet.rules.order import Act, Looked
from fleet.rules.roles import Role
from fleet.tracks.days import DAY_MS, TIME_MS_MAX, day_of

CRASHED = "update_crashes"
"""The verdict on an operation whose update ended the process that tried it."""
_SIGHTING = {"time_ms": int, "lat_e6": int, "lon_e6": int, "speed_kmh_e1": int, "course": int, "order": str}
_STRETCH = {
    "day_ms": int, "from_ms": int, "to_ms": int, "positions": int, "terminal": str, "full": bytes, "thin": bytes,
}  # fmt: skip
_CARDS = "cards"
CARDS_MAX, CARD_NAME_MAX = 1_000, 255
"""Cards put in or taken out on one day; signs of a name on one."""


def verdict(state: State, named: Named, root_public: bytes) -> str:
    """Fold `named` into `state`, a staged view, and return "" — or the reason code why it has no effect."""
    try:
        public = _authority(state, named.operation)
        _EFFECTS[_family(named.operation)](state, named, root_public)
    except NotTrusted as refused:
        reason = refused.code
    else:
        reason = ""
        if public:
            state.step_spoke(named, public)
        state.step_blobs(named.operation)
    state.step_chain(named)
    return reason


def verdict_again(state: State, named: Named, root_public: bytes, before: str) -> str:
    """Fold an operation that was judged `before` in the same log: alike, but what crashed is not tried another time."""
    if before == CRASHED and kinds.carries_update(named.operation):
        return pass_over(state, named)
    return verdict(state, named, root_public)


def pass_over(state: State, named: Named) -> str:
    """Hold an operation without effect, and without looking into it, because processes died of it (see `trial`)."""
    state.step_chain(named)
    return CRASHED


def _family(operation: Operation) -> str:
    kind = kinds.KINDS.get(operation.kind)
    if kind is None:
        raise NotTrusted("unknown_kind", kind=operation.kind)
    if not operation.target.startswith(kind.target):
        raise NotTrusted("wrong_target", kind=operation.kind, target=operation.target)
    return "edit" if kind.edits else "case" if kind.case else "act" if kind.act else operation.kind


def _authority(state: State, operation: Operation) -> bytes:
    """The key by which a person may do this; b"" for what is the node's own to say."""
    kind, point = kinds.KINDS.get(operation.kind), rights.past_of(state, operation)
    last = rights.revoked_after(state, point, operation.author) if state.rulings else None
    if last is not None and operation.seq > last:
        raise NotTrusted("node_revoked")
    if kind and kind.granting:
        return judge_grants.signatory(state, operation)
    if kind is None or not kind.roles:
        if operation.person is not None:
            raise NotTrusted("person_not_asked", kind=operation.kind)
        return b""
    held = _certificates(state, operation, point)
    if not _stands_in(state, operation, kind, point):
        asked = kind.asked_of(operation.body)
        held = [one for one in held if not asked.isdisjoint(one.roles)]
    if not held:
        raise NotTrusted("no_role", person=operation.person, kind=operation.kind)
    for one in held:
        if meaning_signed_by(one.public, operation):
            return one.public
    raise NotTrusted("person_signature", person=operation.person)


def _certificates(state: State, operation: Operation, point: Point) -> list[Certificate]:
    """Every certificate by which the person of an operation can speak where and when it was made."""
    key = person_key(operation.author.node == certificate.CENTRAL, operation.person or "")
    held = rights.certificates(state, point, key)
    if not held:
        known = any(point(enrolled.author, enrolled.seq) for enrolled in state.people.get(key, ()))
        raise NotTrusted("person_revoked" if known else "unknown_person", person=operation.person)
    if not any(one.unit == _home(operation) for one in held):
        raise NotTrusted("other_unit", person=operation.person)
    covering = [one for one in held if one.unit == _home(operation) and one.covers(wall_ms(operation.hlc))]
    if not covering:
        raise NotTrusted("lease_over", person=operation.person)
    return covering


def _stands_in(state: State, operation: Operation, kind: Kind, point: Point) -> bool:
    """Whether the person decides in an approver's place, as the decision itself says (Art. 8)."""
    if not kind.delegable or not isinstance(operation.body, dict) or FOR not in operation.body:
        return False
    at_ms, holder = wall_ms(operation.hlc), operation.person or ""
    lent = [one for one in rights.delegations(state, point, holder) if one.lender == operation.body[FOR]]
    if not any(rights.approves(state, point, one.lender, at_ms) for one in lent):
        raise NotTrusted("no_delegation", person=holder)
    if not any(one.covers(at_ms) for one in lent):
        raise NotTrusted("delegation_over", person=holder)
    return True


def _home(operation: Operation) -> str:
    """Whose people write this log: the unit's, or in central's own log central's."""
    return certificate.CENTRAL_UNIT if operation.author.node == certificate.CENTRAL else operation.unit


def _node_enrol(state: State, named: Named, root_public: bytes) -> None:
    author, admitted = named.operation.author, node_certificate(named.operation, root_public)
    if named.operation.seq != 1 and (author not in state.nodes or state.nodes[author].public != admitted.public):
        raise NotTrusted("no_certificate")  # further on, a log may only bring a longer lease for its own key
    state.nodes[author] = admitted


def node_certificate(operation: Operation, root_public: bytes) -> certificate.Certificate:
    """The certificate an author's log begins with.

    Raises:
        NotTrusted: it is not there, does not prove itself, or speaks of another author or unit.
    """
    if operation.kind != kinds.NODE_ENROL or not isinstance(operation.body, bytes):
        raise NotTrusted("no_certificate")
    admitted = granting.certified(root_public, operation.body)
    if granting.author_of(admitted) != operation.author or admitted.unit != _home(operation):
        raise NotTrusted("wrong_certificate")
    return admitted


def _person_enrol(state: State, named: Named, root_public: bytes) -> None:
    if not isinstance(named.operation.body, bytes):
        raise NotTrusted("no_certificate")
    admitted = granting.certified(root_public, named.operation.body)
    wanted = ("person", _home(named.operation), named.operation.target.removeprefix("person/"))
    if (admitted.kind, admitted.unit, admitted.subject) != wanted:
        raise NotTrusted("wrong_certificate")
    state.step_person(named, admitted)


def _edit(state: State, named: Named, _root_public: bytes) -> None:
    operation = named.operation
    if operation.kind == kinds.REGISTRY_EDIT and operation.target != kinds.REGISTRY + operation.unit:
        raise NotTrusted("wrong_target")
    if operation.kind == kinds.REGISTRY_EDIT and rights.anyone_is(
        state, rights.past_of(state, operation), Role.UNIT_HEAD
    ):
        raise NotTrusted("two_people_needed")  # Art. 14: from then on the register is changed by cases
    _apply(state, operation, operation.body)


def _apply(state: State, operation: Operation, update: Value, *, target: str = "") -> None:
    if not isinstance(update, bytes):
        raise NotTrusted("body_form")
    name = target or operation.target
    # What the fields then say is not judged here: it depends on what others wrote meanwhile, a verdict must not.
    state.documents[name] = documents.apply(
        state.document(name),
        update,
        client_id=operation.author.client_id,
        number=operation.seq,
        seen=lambda client, number: state.knew(operation, Author.of_client(client), number),
    )


def _act(state: State, named: Named, _root_public: bytes) -> None:
    operation = named.operation
    if not isinstance(operation.body, dict):
        raise NotTrusted("body_form")
    if kinds.KINDS[operation.kind].act == Looked.OPENED:
        if operation.author.node != certificate.CENTRAL:
            raise NotTrusted("opening_unproved")
        escrow.require_opening(state, operation.unit, operation.target.removeprefix(kinds.ORDERS), operation.body)
    if kinds.FORM in operation.body:
        if operation.kind != kinds.of_act(Act.SUBMIT):
            raise NotTrusted("body_form")
        _apply(state, operation, operation.body[kinds.FORM])
    acts.step_act(state, named)


def _case(state: State, named: Named, _root_public: bytes) -> None:
    operation = named.operation
    if not isinstance(operation.body, dict):
        raise NotTrusted("body_form")
    if kinds.FORM in operation.body:
        order = operation.body.get("order")
        if operation.kind not in kinds.MAKES_ORDER or not isinstance(order, str) or not order:
            raise NotTrusted("body_form")
        _apply(state, operation, operation.body[kinds.FORM], target=kinds.ORDERS + order)
    acts.step_case(state, named)


def _custody(state: State, named: Named, root_public: bytes) -> None:
    operation = named.operation
    if operation.author.node != certificate.CENTRAL or not isinstance(operation.body, bytes):
        raise NotTrusted("escrow_content")
    content = escrow.appointed(root_public, operation.unit, operation.body)
    state.step_custody(escrow.KEY, Custody(named.order, content))


def _seen(state: State, named: Named, _root_public: bytes) -> None:
    body = named.operation.body
    if not isinstance(body, dict) or {key: type(value) for key, value in body.items()} != _SIGHTING:
        raise NotTrusted("body_form")
    state.step_seen(named, body)


def _packed(state: State, named: Named, _root_public: bytes) -> None:
    body = named.operation.body
    if not isinstance(body, dict):
        raise NotTrusted("body_form")
    told = {key: value for key, value in body.items() if key != _CARDS}
    if {key: type(value) for key, value in told.items()} != _STRETCH:
        raise NotTrusted("body_form")
    stretch = Stretch(**told, cards=_cards(body.get(_CARDS, []), told["day_ms"]))  # type: ignore[arg-type]
    whole = day_of(stretch.from_ms) == stretch.day_ms == day_of(stretch.to_ms) and stretch.from_ms <= stretch.to_ms
    if not (whole and 0 <= stretch.from_ms < TIME_MS_MAX and len(stretch.full) == HASH_SIZE):
        raise NotTrusted("body_form")
    if len(stretch.thin) not in (0, HASH_SIZE) or stretch.positions < 1:
        raise NotTrusted("body_form")
    state.step_track(named, stretch)


def _cards(given: Value, day_ms: Value) -> tuple[tuple[int, str], ...]:
    """The cards of a day, in order of time."""
    if not isinstance(given, list) or not isinstance(day_ms, int) or len(given) > CARDS_MAX:
        raise NotTrusted("body_form")
    found: list[tuple[int, str]] = []
    for each in given:
        match each:
            case [int(at_ms), str(name)] if type(at_ms) is int and len(name) <= CARD_NAME_MAX:
                found.append((at_ms, name))
            case _:
                raise NotTrusted("body_form")
    times = [at_ms for at_ms, _ in found]
    if times != sorted(times) or any(not day_ms <= at_ms < day_ms + DAY_MS for at_ms in times):
        raise NotTrusted("body_form")
    return tuple(found)


def _fork_ruled(state: State, named: Named, _root_public: bytes) -> None:
    state.step_ruled(named, ruling(named.operation))


def ruling(operation: Operation) -> Head:
    """The operation that central says stands where a log was continued twice.

    Raises:
        NotTrusted: `not_central`, or `body_form` or `operation_form`: it names no place.
    """
    if operation.author.node != certificate.CENTRAL:
        raise NotTrusted("not_central")
    match operation.body:
        case {"incarnation": int() as incarnation, "seq": int() as seq, "stands": bytes() as stands}:
            node = operation.target.removeprefix("node/")
            return Head(author_of(int(node) if node.isdecimal() else -1, incarnation), seq, stands)
    raise NotTrusted("body_form")


_EFFECTS: dict[str, Callable[[State, Named, bytes], None]] = {
    kinds.NODE_ENROL: _node_enrol,
    kinds.PERSON_ENROL: _person_enrol,
    kinds.VEHICLE_SEEN: _seen,
    kinds.TRACK_PACK: _packed,
    kinds.FORK_RULED: _fork_ruled,
    kinds.REGION_ESCROW: _custody,
    "edit": _edit,
    "act": _act,
    "case": _case,
} | judge_grants.EFFECTS
