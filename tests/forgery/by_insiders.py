"""Forgeries by a rightly enrolled node, with people's keys it has bought: properly chained and sealed in its own log.
So they are held; they must have no effect, and the reason must go back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fleet.ledger import documents, kinds
from fleet.ledger.canonical import Value
from fleet.ledger.delta import Delta
from fleet.ledger.operation import Operation
from fleet.rules.delegation import FOR
from tests.fleet.units import CAST
from tests.fleet.updates import BOMBS, an_update, block, varint
from tests.forgery.ground import DAY_MS, STRANGER, Class, Ground, table

SIGHTING: dict[str, Value] = {
    "time_ms": 1, "lat_e6": 1, "lon_e6": 1, "speed_kmh_e1": 0, "course": 0, "order": "",
}  # fmt: skip

# -- in somebody's name -----------------------------------------------------------------------------------------------


def _decision(ground: Ground, kind: str = "order.approve", **changed: Any) -> Operation:
    """A decision on an order that waits for one, nobody's yet."""
    return ground.next(kind, kinds.ORDERS + ground.waiting, {"content": "aa"}, person_sig=b"", **changed)


def _as_approver(ground: Ground, key: Any) -> Delta:
    kind = ground.chance.choice(["order.approve", "order.send_back"])
    return ground.sealed(ground.signed(_decision(ground, kind, person="approver-1"), key))


def _by_a_colleague(ground: Ground) -> Delta:
    return _as_approver(ground, CAST[ground.chance.choice(["applicant-2", "dispatcher-1", "admin-2"])].signer.key)


def _under_another_order(ground: Ground) -> Delta:
    return ground.moved(ground.real("order.approve"), target=kinds.ORDERS + ground.waiting)


def _under_another_content(ground: Ground) -> Delta:
    return ground.moved(ground.real("order.approve"), body={"content": f"{ground.chance.getrandbits(64):x}"})


def _at_another_time(ground: Ground) -> Delta:
    real = ground.real("order.approve")
    return ground.moved(real, hlc=real.hlc + ground.chance.randrange(1, DAY_MS << 16))


def _under_another_act(ground: Ground) -> Delta:
    return ground.moved(ground.real("order.send_back"), kind="order.approve")


def _under_another_name(ground: Ground) -> Delta:
    real = ground.real("order.submit")
    return ground.moved(real, person="applicant-2")


def _in_an_approvers_place(ground: Ground) -> Delta:
    """A decision for an approver who has lent it to nobody."""
    body: Value = {"content": "aa", FOR: "approver-1"}
    who = ground.chance.choice(["applicant-2", "dispatcher-1"])
    return ground.sealed(ground.next("order.approve", kinds.ORDERS + ground.waiting, body, who))


def _at_a_time_of_no_lease(ground: Ground) -> Delta:
    begin_ms = ground.insider.clock.now_ms() + ground.chance.choice([-30 * DAY_MS, DAY_MS])
    body: Value = {"vehicle": "NM-1", "driver": "driver-1"}
    return ground.sealed(
        ground.next("order.dispatch", kinds.ORDERS + ground.approved, body, "temporary-1", hlc=begin_ms << 16)
    )


def _after_a_nodes_end(ground: Ground) -> Delta:
    """A revoked node goes on, and knows that it was revoked."""
    head, told = ground.victim.state.heads[ground.revoked.author], ground.victim.state.heads[ground.honest.author]
    seen = ground.next(kinds.VEHICLE_SEEN, "vehicle/NM-1", SIGHTING)
    late = replace(seen, author=head.author, seq=head.seq + 1, prev=head.hash, deps=(told,))
    return ground.sealed(late, by=ground.revoked.key)


# -- of a kind, on a target, with a body that cannot be ---------------------------------------------------------------


def _act(ground: Ground, kind: str, target: str, body: Value, person: str = "") -> Delta:
    return ground.sealed(ground.next(kind, target, body, person))


def _smuggled_form(ground: Ground) -> Delta:
    body: Value = {"vehicle": "NM-1", "driver": "driver-1", kinds.FORM: _good(ground)}
    return _act(ground, "order.dispatch", kinds.ORDERS + ground.approved, body, "dispatcher-1")


def _good(ground: Ground) -> bytes:
    return an_update(block(value=f"{ground.forged}"), client=ground.me.author.client_id)


# -- documents --------------------------------------------------------------------------------------------------------


def _edit(ground: Ground, update: bytes, order: str = "") -> Delta:
    target = kinds.ORDERS + (order or f"1-{10**4 + ground.forged:05}")
    return _act(ground, kinds.ORDER_EDIT, target, update, "applicant-2")


def _bomb(ground: Ground) -> Delta:
    return _edit(ground, BOMBS[ground.chance.choice([*BOMBS])](ground.me.author.client_id))


def _client_of_another(ground: Ground) -> Delta:
    theirs = ground.chance.choice([ground.honest.author, ground.revoked.author]).client_id
    before = ground.victim.state.document(kinds.ORDERS + ground.waiting)
    return _edit(ground, documents.change(before, {"rider": "Dorj"}, client_id=theirs), ground.waiting)


def _on_what_is_not_there(ground: Ground) -> Delta:
    """It follows a block of the honest node that nobody has seen, or throws it away."""
    theirs = varint(ground.honest.author.client_id) + varint(ground.chance.randrange(100, 1 << 20))
    follows = an_update(b"\xa8" + theirs + b"\x01w\x01a", client=ground.me.author.client_id)
    removes = an_update(
        block(), client=ground.me.author.client_id,
        deletions=b"\x01" + varint(ground.honest.author.client_id) + b"\x01" + varint(1 << 20) + b"\x01",
    )  # fmt: skip
    return _edit(ground, ground.chance.choice([follows, removes]), ground.waiting)


def _ahead_of_itself(ground: Ground) -> Delta:
    clock = ground.chance.randrange(1, 1 << 30)
    return _edit(ground, an_update(block(), client=ground.me.author.client_id, clock=clock))


def _register(ground: Ground, unit: str) -> Delta:
    update = an_update(block(key="vehicle/NM-9/cls"), client=ground.me.author.client_id)
    return _act(ground, kinds.REGISTRY_EDIT, kinds.REGISTRY + unit, update, "admin-2")


UPDATES = (
    "too_large update_authors update_client update_clock update_count update_content update_place update_twice "
    "update_origin update_cut update_text update_deletion update_trailing update_number"
)

CLASSES: dict[str, Class] = table({
    "an approver's decision signed by the node": (lambda g: _as_approver(g, g.me.key), "person_signature"),
    "an approver's decision signed by a colleague": (_by_a_colleague, "person_signature"),
    "an approver's decision signed by a stranger": (lambda g: _as_approver(g, STRANGER), "person_signature"),
    "an approver's decision with noise for a signature": (
        lambda g: g.sealed(replace(_decision(g, person="approver-1"), person_sig=g.chance.randbytes(64))),
        "person_signature",
    ),
    "an approver's signature under another order": (_under_another_order, "person_signature"),
    "an approver's signature under another content": (_under_another_content, "person_signature"),
    "an approver's signature at another time": (_at_another_time, "person_signature"),
    "a refusal's signature under an approval": (_under_another_act, "person_signature"),
    "one person's signature under another's name": (_under_another_name, "person_signature"),
    "an approval by one who is no approver": (
        lambda g: _act(
            g, "order.approve", kinds.ORDERS + g.waiting, {"content": "aa"},
            g.chance.choice(["applicant-2", "dispatcher-1", "admin-2"]),
        ),
        "no_role",
    ),
    "a dispatch by one who is no dispatcher": (
        lambda g: _act(g, "order.dispatch", kinds.ORDERS + g.approved, {"vehicle": "NM-1"}, "applicant-2"), "no_role"
    ),
    "an approval in an approver's place that was never lent": (_in_an_approvers_place, "no_delegation"),
    "an act by a person nobody enrolled": (
        lambda g: g.sealed(g.signed(_decision(g, person=f"approver-{g.chance.randrange(3, 99)}"), STRANGER)),
        "unknown_person",
    ),
    "an act outside its person's lease": (_at_a_time_of_no_lease, "lease_over"),
    "an act of a person who was revoked": (
        lambda g: _act(g, "order.depart", kinds.ORDERS + g.approved, {"odometer_km": 1}, "driver-2"), "person_revoked"
    ),
    "an act of a node that was revoked": (_after_a_nodes_end, "node_revoked"),
    "a person under what is the node's to say": (
        lambda g: _act(g, kinds.VEHICLE_SEEN, "vehicle/NM-1", SIGHTING, "dispatcher-1"), "person_not_asked"
    ),
    "a kind that there is not": (
        lambda g: _act(g, f"order.bless{g.chance.randrange(99)}", kinds.ORDERS + g.waiting, {}), "unknown_kind"
    ),
    "an act on what it cannot be about": (
        lambda g: _act(g, "order.cancel", "vehicle/NM-1", {"reason": "Rain"}, "applicant-2"), "wrong_target"
    ),
    "an act that says nothing that can be read": (
        lambda g: _act(
            g, "order.cancel", kinds.ORDERS + g.waiting, g.chance.choice([None, 1, "x", [], b""]), "applicant-2"
        ),
        "body_form",
    ),
    "a sighting of nothing": (
        lambda g: _act(g, kinds.VEHICLE_SEEN, "vehicle/NM-1", SIGHTING | {"time_ms": "now"}), "body_form"
    ),
    "a sighting with more to it": (
        lambda g: _act(g, kinds.VEHICLE_SEEN, "vehicle/NM-1", SIGHTING | {"speed": g.forged}), "body_form"
    ),
    "a form smuggled into another act": (_smuggled_form, "body_form"),
    "a bomb in an edit": (_bomb, UPDATES),
    "a bomb in the form of a submission": (
        lambda g: _act(
            g, "order.submit", f"{kinds.ORDERS}1-{10**4 + g.forged:05}",
            {"content": "aa", kinds.FORM: BOMBS[g.chance.choice([*BOMBS])](g.me.author.client_id)}, "applicant-2",
        ),
        UPDATES,
    ),
    "an edit under another author's client id": (_client_of_another, "update_client"),
    "an edit of what is not there": (_on_what_is_not_there, "update_origin update_deletion"),
    "an edit ahead of itself": (_ahead_of_itself, "update_clock"),
    "the register changed by one person": (lambda g: _register(g, g.victim.unit), "two_people_needed"),
    "the register of another unit": (lambda g: _register(g, "u2"), "wrong_target"),
})  # fmt: skip
