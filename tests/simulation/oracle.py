"""A second opinion, slow and written apart: what a whole log means, decided from its bytes and the root's key alone.

It shares no code with the ledger's judge, its fold or the order's table of moves: CBOR is read as it comes, signatures
are checked against their published form (RFC 9052, 4.4), the causal past is walked operation by operation, and an order
is decided by the sentences of the regulation written out once more below.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pycrdt import Doc, Map

from fleet.ledger.documents import Document
from fleet.ledger.store import Placing
from fleet.rules.order import Order
from tests.simulation import oracle_cases
from tests.simulation.oracle_authority import Authority
from tests.simulation.oracle_cases import Cases
from tests.simulation.oracle_records import Record

Name = tuple[int, int, int]
"""Node, incarnation, sequence number."""

HASHED_WITH: dict[int, Callable[[bytes], Any]] = {1: hashlib.sha256, 200: hashlib.blake2s}
SIGNED_WITH: dict[int, tuple[int, bytes, Callable[[bytes], Ed25519PublicKey | Ed448PublicKey]]] = {
    32: (1, b"\xa1\x01\x27", Ed25519PublicKey.from_public_bytes),
    89: (200, b"\xa1\x01\x38\x34", lambda public: Ed448PublicKey.from_public_bytes(public[:57])),
}
"""By size of a public key: its suite, COSE's protected header, how it is read."""
WHO_MAY = {
    "order.submit": {"applicant"},
    "order.approve": {"approver"},
    "order.send_back": {"approver"},
    "order.cancel": {"applicant", "dispatcher"},
    "order.dispatch": {"dispatcher"},
    "order.unmet": {"dispatcher"},
    "order.recall": {"dispatcher"},
    "order.depart": {"driver"},
    "order.arrive": {"driver"},
    "order.head_back": {"driver"},
    "order.return": {"driver"},
    "order.close": {"dispatcher"},
    "order.edit": {"applicant"},
    "registry.edit": {"admin"},
    **oracle_cases.WHO_MAY,
}
SEEN = {"order.movement_seen": set[str](), "order.arrive_seen": set[str](), "order.head_back_seen": set[str]()}
"""What a node states of a trip by itself: nobody's role."""
WHO_MAY |= SEEN
NEXT = {
    "draft": {"submit": "submitted"},
    "submitted": {"approve": "approved", "send_back": "sent_back", "cancel": "cancelled"},
    "sent_back": {"submit": "submitted", "cancel": "cancelled"},
    "approved": {"dispatch": "dispatched", "unmet": "unmet", "cancel": "cancelled"},
    "unmet": {"dispatch": "dispatched", "cancel": "cancelled"},
    "dispatched": {
        "depart": "departed",
        "recall": "approved",
        "cancel": "cancelled",
        "movement_seen": "dispatched",
    },
    "departed": {"arrive": "waiting", "head_back": "returning", "return": "back", "arrive_seen": "waiting"},
    "waiting": {"head_back": "returning", "return": "back", "head_back_seen": "returning", "arrive": "waiting"},
    "returning": {"return": "back", "head_back": "returning"},
    "back": {"close": "closed"},
    "closed": {},
    "cancelled": {"depart": "departed"},  # it happened, whatever the paper says
    "void": {},
}


@dataclass
class Entry:
    """One operation as its bytes say."""

    name: Name
    hash: bytes
    fields: list[Any]
    place: tuple[int, int, int, int]

    @property
    def kind(self) -> str:
        return str(self.fields[9])

    @property
    def target(self) -> str:
        return str(self.fields[10])

    @property
    def body(self) -> Any:
        return self.fields[11]

    @property
    def person(self) -> str | None:
        return self.fields[12]  # type: ignore[no-any-return]


@dataclass
class Trip:
    """An order as the oracle sees it."""

    state: str = "draft"
    revision: int = 0
    applicant: str = ""
    content: str = ""
    approved: str = ""
    approver: str = ""
    approved_for: str = ""
    vehicle: str = ""
    driver: str = ""
    urgency: int | None = None
    supplier: str = ""
    lost_to: str = ""
    odometer_out: int | None = None
    supplement: str = ""
    inferred: set[str] = field(default_factory=set)
    taken: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@dataclass
class Verdicts:
    """What the log means: per operation whether its author could do that at all, and what each order came to."""

    entries: list[Entry]
    authorised: dict[bytes, bool]
    trips: dict[str, Trip]
    cases: Cases


def judge_log(
    log: Iterable[Placing], root_public: bytes, malformed: set[bytes], aside: Mapping[bytes, int] = MappingProxyType({})
) -> Verdicts:
    """Decide everything anew. `malformed` names operations whose documents' updates are known to be none; `aside` are
    those that do not stand because their log was continued twice, with the number at which it parts."""
    entries = sorted((_entry(placing.named.data) for placing in log), key=lambda entry: entry.place)
    by_name = {entry.name: entry for entry in entries}
    pasts: dict[Name, frozenset[Name]] = {}
    for entry in sorted(entries, key=lambda entry: entry.name):
        _past(entry.name, by_name, pasts, aside)
    authorised: dict[bytes, bool] = {}
    authority = Authority(by_name, pasts, authorised, root_public, _opened, _signed, _hash)
    for entry in sorted(entries, key=lambda entry: (len(pasts[entry.name]), entry.place)):  # whatever its date says
        authorised[entry.hash] = _allowed(entry, authority)
    trips, cases = dict[str, Trip](), Cases()
    ends = [one for entry in entries if authorised[entry.hash] and (one := authority.ruled(entry))]
    for entry in entries:
        effective = authorised[entry.hash] and entry.hash not in malformed
        if effective and entry.kind in WHO_MAY and entry.kind.startswith("order.") and _said_too_late(entry, ends):
            if entry.kind == "order.edit":
                continue
            trips.setdefault(entry.target.removeprefix("order/"), Trip())
            continue
        if effective and entry.kind in oracle_cases.WHO_MAY and _said_too_late(entry, ends):
            cases.held.setdefault(entry.target, Record())
            continue
        if effective and entry.kind in WHO_MAY and not entry.kind.endswith(".edit"):
            take(cases, trips, entry)
    return Verdicts(entries, authorised, trips, cases)


def take(cases: Cases, trips: dict[str, Trip], entry: Entry) -> None:
    """Decide the next act in causal order, whose author could do such a thing."""
    if entry.kind in oracle_cases.WHO_MAY:
        _case(cases, trips, entry)
        return
    trip = trips.setdefault(entry.target.removeprefix("order/"), Trip())
    act = entry.kind.removeprefix("order.")
    (trip.taken if _decide(trip, act, entry) else trip.refused).append(entry.hash.hex())


def _case(cases: Cases, trips: dict[str, Trip], entry: Entry) -> None:
    """An act on a case, and what it says to an order."""
    record = entry.hash.hex()
    said = cases.take(entry.target, entry.kind, str(entry.person), entry.body, record)
    if said is None:
        return
    order_id, what, body = said
    trip = trips.setdefault(order_id, Trip())
    if what == "void":
        possible = trip.state in {"back", "closed"}
        trip.state = "void" if possible else trip.state
    else:
        possible = trip.state == "draft"
        if possible:
            trip.state = "closed" if "back_ms" in body else "departed"
            trip.vehicle, trip.driver, trip.odometer_out = body["vehicle"], body["driver"], body["odometer_out_km"]
            trip.content, trip.approver, trip.supplement = body["content"], body["endorser"], body["case"]
            trip.revision = 1
    (trip.taken if possible else trip.refused).append(record)


def compare_orders(verdicts: Verdicts, orders: Mapping[str, Order], broken: type[Exception]) -> None:
    """Hold the folded orders against the oracle's."""
    said = {order_id for order_id, order in orders.items() if order.facts or order.refused}
    known = {order_id for order_id, trip in verdicts.trips.items() if trip.taken or trip.refused}
    if said != known:
        raise broken("the oracle agrees on orders", sorted(said ^ known))
    for order_id in said:
        order, trip = orders[order_id], verdicts.trips[order_id]
        theirs = (trip.state, trip.revision, trip.applicant, trip.content, trip.approved, trip.approver)
        ours = (str(order.state), order.revision, order.applicant, order.content, order.approved, order.approver)
        cars = (
            trip.approved_for,
            trip.vehicle,
            trip.driver,
            trip.odometer_out,
            trip.urgency,
            trip.supplier,
            trip.lost_to,
        )
        held = (
            order.approved_for,
            order.vehicle,
            order.driver,
            order.odometer_out_km,
            order.urgency,
            order.supplier,
            order.preempted_by,
        )
        if ours != theirs or cars != held:
            raise broken("the oracle agrees on orders", f"{order_id}: {ours} {held} but {theirs}, {cars}")
        taken = [fact.record for fact in order.facts]
        if taken != trip.taken or [refused.fact.record for refused in order.refused] != trip.refused:
            raise broken("the oracle agrees on facts", order_id)
        if order.supplement != trip.supplement or (order.state == "closed" and not (order.approved or trip.supplement)):
            raise broken("nothing is closed without approval or an endorsed supplement", order_id)
        if len(set(taken)) != len(taken):
            raise broken("no effect is had twice", order_id)
        _approval(order, verdicts, broken)


def compare_documents(
    verdicts: Verdicts, malformed: set[bytes], held: Mapping[str, Document], broken: type[Exception]
) -> None:
    """Fold every document anew, author after author instead of as things arrived."""
    docs: dict[str, Doc[Any]] = {}
    for entry in sorted(verdicts.entries, key=lambda entry: entry.name):
        update = entry.body if entry.kind.endswith(".edit") else None
        target = entry.target
        if entry.kind in {"order.submit", "supplement.complete"}:
            update = entry.body.get("form")
        if update is not None and entry.kind == "supplement.complete":  # a later one only brings a better scan
            target = f"order/{entry.body['order']}"
        if update is not None and verdicts.authorised[entry.hash] and entry.hash not in malformed:
            docs.setdefault(target, Doc()).apply_update(update)
    folded = {target: doc.get("fields", type=Map).to_py() for target, doc in docs.items()}
    for target in folded.keys() | held.keys():
        if target not in held or folded.get(target) != dict(held[target].fields):
            raise broken("the oracle agrees on documents", target)


def _approval(order: Order, verdicts: Verdicts, broken: type[Exception]) -> None:
    """An approval stands only with the approver's own signature over exactly the content that was submitted."""
    if not order.approved:
        return
    approvals = [
        entry
        for entry in verdicts.entries
        if entry.kind == "order.approve"
        and entry.target == f"order/{order.id}"
        and entry.person == order.approver
        and entry.body.get("content") == order.approved
        and verdicts.authorised[entry.hash]
        and entry.hash.hex() in {fact.record for fact in order.facts}
    ]
    if not approvals or order.approver == order.applicant:
        raise broken("an approval is its approver's, of that content", order.id)


def _said_too_late(entry: Entry, ends: list[dict[str, Any]]) -> bool:
    """Whether a node that was revoked said this after the number given, whoever knew of it then."""
    return any(
        one["what"] == "revoke_node"
        and entry.name[:2] == (one["node"], one["incarnation"])
        and entry.name[2] > one["after_seq"]
        for one in ends
    )


def _entry(data: bytes) -> Entry:
    fields = cbor2.loads(data)
    name = (fields[2], fields[3], fields[4])
    return Entry(name, _hash(fields[0], "operation", data), fields, (fields[7], *name))


def _past(
    name: Name, by_name: Mapping[Name, Entry], pasts: dict[Name, frozenset[Name]], aside: Mapping[bytes, int]
) -> None:
    """Every operation that this one could know of: those before it, those it saw, and all of theirs. Of a branch that
    does not stand it saw what came before the parting."""
    pending = [name]
    while pending:
        current = pending[-1]
        node, incarnation, seq = current
        causes = [(node, incarnation, seq - 1)] if seq > 1 else []
        seen = ((dep[0], dep[1], aside.get(dep[3], dep[2] + 1) - 1) for dep in by_name[current].fields[6])
        causes += [cause for cause in seen if cause[2]]
        unknown = [cause for cause in causes if cause not in pasts]
        if unknown:
            pending += unknown
            continue
        pending.pop()
        pasts[current] = frozenset(causes).union(*(pasts[cause] for cause in causes))


def _allowed(entry: Entry, authority: Authority) -> bool:
    unit, person, node = entry.fields[1], entry.person, entry.name[:2]
    if authority.ended_here(entry):
        return False
    if entry.kind in {"grant.propose", "grant.approve", "grant.reject"}:
        return person is not None and authority.granting(entry)
    if entry.kind in {"unit.authority", "region.revoke"}:
        return person is None and (authority.authority if entry.kind == "unit.authority" else authority.revokes)(entry)
    if entry.kind == "node.enrol":
        said = authority.certificate(entry.body)
        return said is not None and person is None and [said[1], said[2], said[4], said[5]] == [
            "node", unit if node[0] else "central", str(node[0]), node[1],
        ]  # fmt: skip
    if entry.kind == "person.enrol":
        said = authority.certificate(entry.body)
        wanted = ["person", unit, entry.target.removeprefix("person/")]
        return said is not None and person is None and [said[1], said[2], said[4]] == wanted
    if entry.kind == "fork.ruled":
        return person is None and node[0] == 0 and {"incarnation", "seq", "stands"} <= set(entry.body)
    if entry.kind == "vehicle.seen":
        keys = {"time_ms", "lat_e6", "lon_e6", "speed_kmh_e1", "course", "order"}
        return person is None and set(entry.body) == keys and isinstance(entry.body["time_ms"], int)
    if entry.kind == "track.pack":
        return person is None and entry.target.startswith("track/") and _is_stretch(entry.body)
    if entry.kind in SEEN or entry.kind in oracle_cases.STATED:
        return person is None and entry.target.startswith(entry.kind.split(".")[0] + "/")
    if entry.kind not in WHO_MAY or person is None or not entry.target.startswith(entry.kind.split(".")[0] + "/"):
        return False
    if entry.kind == "registry.edit" and authority.anyone(entry, "unit_head"):
        return False
    on_the_trip = {"order.depart", "order.arrive", "order.head_back", "order.return"}
    witnessed = entry.kind in on_the_trip and isinstance(entry.body, dict) and "witnessed" in entry.body
    return authority.may(entry, {"dispatcher"} if witnessed else WHO_MAY[entry.kind])


def _is_stretch(body: Any) -> bool:
    """A stretch lies within one day of the region, which is eight hours ahead, and names what it is made of."""
    forms: dict[str, type] = dict.fromkeys(("day_ms", "from_ms", "to_ms", "positions"), int)
    forms |= {"terminal": str, "full": bytes, "thin": bytes}
    if not isinstance(body, dict) or {name: type(value) for name, value in body.items()} != forms:
        return False
    first, last = ((body[name] + 28_800_000) // 86_400_000 for name in ("from_ms", "to_ms"))
    in_one_day = first == last and body["day_ms"] == first * 86_400_000 - 28_800_000
    return in_one_day and body["from_ms"] <= body["to_ms"] and len(body["full"]) == 32 and len(body["thin"]) in {0, 32}


def compare_tracks(verdicts: Verdicts, tracks: Mapping[str, Iterable[Any]], broken: type[Exception]) -> None:
    """Hold the stretches of tracks on record against those that were stated: each once, by vehicle."""
    stated = {
        (entry.target.removeprefix("track/"), *(entry.body[name] for name in ("from_ms", "to_ms", "full", "thin")))
        for entry in verdicts.entries
        if entry.kind == "track.pack" and verdicts.authorised[entry.hash]
    }
    held = [(key.split("/")[0], one.from_ms, one.to_ms, one.full, one.thin) for key in tracks for one in tracks[key]]
    if stated != set(held) or len(held) != len(set(held)):
        raise broken("the oracle agrees on tracks", sorted(stated ^ set(held)))


def _opened(message: object, public: bytes, purpose: str) -> list[Any] | None:
    """What a signed message says, if the holder of `public` signed it for this."""
    try:
        _, _, payload, mark = cbor2.loads(message).value  # type: ignore[arg-type]
    except (cbor2.CBORDecodeError, TypeError, ValueError, AttributeError):
        return None
    return cbor2.loads(payload) if _signed(public, purpose, payload, mark) else None


@lru_cache(1 << 14)
def _signed(public: bytes, purpose: str, payload: bytes, mark: bytes) -> bool:
    suite, protected, reader = SIGNED_WITH[len(public)]
    structure = ["Signature1", protected, b"ortoo/%d/" % suite + purpose.encode(), payload]
    try:
        reader(public).verify(mark, cbor2.dumps(structure))
    except InvalidSignature:
        return False
    return True


def _hash(suite: int, purpose: str, data: bytes) -> bytes:
    digest: bytes = HASHED_WITH[suite](b"ortoo/%d/" % suite + purpose.encode() + b"\x00" + data).digest()
    return digest


def _decide(trip: Trip, act: str, entry: Entry) -> bool:
    """Whether the act takes effect on the order as it stands, and if so its effect."""
    if act not in NEXT[trip.state] or not _guards(trip, act, entry):
        return False
    body, by = entry.body, str(entry.person)
    if act == "submit":
        trip.revision, trip.applicant, trip.content = trip.revision + 1, by, body["content"]
    elif act == "approve":
        trip.approved, trip.approver, trip.urgency = trip.content, by, body.get("urgency")
        trip.approved_for = body.get("for", "")
    elif act == "dispatch":
        trip.vehicle, trip.driver, trip.supplier = body["vehicle"], body.get("driver", ""), body.get("supplier", "")
        trip.lost_to = ""
    elif act == "recall":
        trip.vehicle = trip.driver = trip.supplier = ""
        trip.lost_to = body.get("preempted_by", "")
    elif act == "depart":
        trip.odometer_out = body["odometer_km"]
    elif act in {"arrive_seen", "head_back_seen"}:
        trip.inferred.add(act)
    trip.state = NEXT[trip.state][act]
    return True


def _guards(trip: Trip, act: str, entry: Entry) -> bool:
    body, by = entry.body, entry.person
    reason = str(body.get("reason", "")).strip()
    if act == "submit":
        changed = body.get("content") != trip.content or body.get("explanation")
        return bool(changed) and trip.applicant in {"", by}
    if act in {"approve", "send_back"}:
        decided = trip.applicant not in {by, body.get("for")} and body.get("content") == trip.content
        known = body.get("urgency") in {None, 0, 1, 2} and not isinstance(body.get("urgency"), bool)
        return decided and (known if act == "approve" else bool(reason))
    if act in {"cancel", "unmet", "recall"}:
        return bool(reason)
    if f"order.{act}" in SEEN:
        return True
    again = {("waiting", "arrive"): "arrive_seen", ("returning", "head_back"): "head_back_seen"}.get((trip.state, act))
    if again and again not in trip.inferred:
        return False
    if act == "dispatch":
        hired = trip.state == "unmet" and bool(body.get("price_basis"))
        drivers = [name for name in ("driver", "supplier_driver") if body.get(name)]
        chosen = bool(body.get("vehicle")) and len(drivers) == 1
        if drivers == ["supplier_driver"] and not body.get("supplier"):
            return False
        return by not in {trip.approver, trip.approved_for} and chosen and (hired or not body.get("supplier"))
    if act in {"depart", "arrive", "head_back", "return"}:
        odometer = body.get("odometer_km", -1)
        far_enough = act != "return" or trip.odometer_out is None or odometer >= trip.odometer_out
        counted = act in {"arrive", "head_back"} or 0 <= odometer < 10_000_000
        speaks = by == trip.driver or str(body.get("witnessed", "")).strip() != ""
        return speaks and far_enough and counted
    return body.get("receipts") in {"attached", "none"}
