"""What people of a unit's authority do in a world: propose, decide, revoke, lend, in turn and against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleet.desk.grants import GrantDesk, grants
from fleet.ledger import kinds, rights
from fleet.ledger.operation import ORIGIN, Head
from fleet.rules.order import Act
from tests.simulation import actions, people
from tests.simulation.host import Host
from tests.simulation.people import AUTHORITY, Person

if TYPE_CHECKING:
    from tests.simulation.world import World

DAY_MS = 86_400_000
APPROVER = "approver-2"
"""Whom a race costs the right to decide: the other approver goes on."""


def propose_a_grant(world: World) -> None:
    """Somebody proposes something, mostly one of the authority."""
    node, person = _voice(world)
    what, given = _wish(world, node)
    actions.ask(world, node, f"propose {what}", lambda: _desk(node).propose(person.signer, what, given))


def decide_a_grant(world: World) -> None:
    """Somebody decides on something proposed, or tries to decide again."""
    node, person = _voice(world)
    known = grants(node.replica.state, node.clock.now_ms())
    waiting = [one for one in known if one.state == "proposed"] if world.chance.random() < 0.9 else known
    if not waiting:
        return
    grant, desk = world.chance.choice(waiting), _desk(node)
    grant_id, others = grant.id, [name for name in AUTHORITY if name != grant.proposed_by]
    if world.chance.random() < 0.8:
        person = world.people[node.unit][world.chance.choice(others)]
    if world.chance.random() < 0.75:
        actions.ask(world, node, "approve a grant", lambda: desk.approve(person.signer, grant_id))
    else:
        actions.ask(world, node, "reject a grant", lambda: desk.reject(person.signer, grant_id, "Not needed"))


def decide_in_anothers_place(world: World) -> None:
    """Somebody to whom it was lent, or to whom it was not, decides on an order for an approver."""
    node = world.chance.choice(world.nodes)
    everyone, state, now_ms = [*world.people[node.unit].values()], node.replica.state, node.clock.now_ms()
    lent = [one for one in everyone if rights.lenders(state, one.id, now_ms)]
    person = world.chance.choice(lent if lent and world.chance.random() < 0.9 else everyone)
    waiting = sorted(order.id for order in node.replica.state.orders.values() if order.state == "submitted")
    if waiting:
        order_id = world.chance.choice(waiting)
        actions.ask(
            world, node, "delegate", lambda: node.desk.act(person.signer, order_id, Act.APPROVE, {"opinion": "Agreed"})
        )


def race_a_revocation(world: World) -> None:
    """At one node an approver is revoked; at another, which does not know, the same approver decides on an order."""
    node, other = world.chance.sample(world.nodes[:2], 2)
    theirs = world.people[node.unit]
    first, second = (theirs[name].signer for name in AUTHORITY[:2])
    for host in (node, other):
        if APPROVER not in host.replica.state.people:
            actions.enrol(world, host, theirs[APPROVER])

    def revoke() -> None:
        desk = _desk(node)
        desk.approve(second, desk.propose(first, "revoke_person", {"person": APPROVER, "reason": "As decided"}))

    def decide() -> None:
        now_ms = other.clock.now_ms()
        form = people.FORM | {"start_ms": now_ms + 3_600_000, "end_ms": now_ms + 7_200_000}
        order = other.desk.submit(theirs["applicant-1"].signer, form)
        other.desk.act(theirs[APPROVER].signer, order, Act.APPROVE, {})

    acts = world.count["acts"]
    actions.ask(world, node, "revoke an approver", revoke)
    actions.ask(world, other, "decide meanwhile", decide)
    world.count["revocations that raced an approval"] += world.count["acts"] == acts + 2


def _wish(world: World, node: Host) -> tuple[str, dict[str, object]]:
    chance, everyone = world.chance, world.people[node.unit]
    name = chance.choice([*everyone])
    now_ms = node.clock.now_ms()
    reason: dict[str, object] = {"reason": "As decided"}
    what = chance.choices(
        ("person", "roles", "delegation", "revoke_person", "revoke_delegation", "revoke_node"), (8, 3, 8, 2, 2, 1)
    )[0]
    roles = " ".join(chance.sample(("applicant", "approver", "dispatcher", "driver", "admin"), chance.randrange(1, 3)))
    if what == "person":
        new = f"{name}-new" if chance.random() < 0.5 else name
        public = people.key(f"{node.unit}/{name}").public
        return what, {
            "person": new,
            "name": new,
            "roles": roles,
            "public": public,
            "declared": chance.choice(("", "x")),
        }
    if what == "roles":
        return what, {"person": name, "roles": roles}
    if what == "revoke_person":
        return what, reason | {"person": name}
    if what == "delegation":
        ends_ms = now_ms + chance.choice((DAY_MS // 12, 10 * DAY_MS))
        lender = chance.choice(("approver-1", "approver-1", "approver-2", name))
        holder = chance.choice(("driver-1", "driver-3", "dispatcher-1", name))
        when: dict[str, object] = {"valid_from_ms": now_ms, "valid_to_ms": ends_ms}
        return what, {"lender": lender, "holder": holder, "document": "12"} | when
    if what == "revoke_delegation":
        known = [one.id for one in grants(node.replica.state, now_ms) if one.content["what"] == "delegation"]
        return what, reason | {"grant": kinds.GRANTS + (chance.choice(known) if known else "00")}
    author, head = chance.choice(
        sorted(node.replica.state.heads.items()) or [(node.author, Head(node.author, 0, ORIGIN))]
    )
    after_seq = head.seq + chance.randrange(60)
    return what, reason | {"node": author.node, "incarnation": author.incarnation, "after_seq": after_seq}


def _voice(world: World) -> tuple[Host, Person]:
    node = world.chance.choice(world.nodes)
    everyone = world.people[node.unit]
    name = world.chance.choice(AUTHORITY if world.chance.random() < 0.9 else [*everyone])
    return node, everyone[name]


def _desk(node: Host) -> GrantDesk:
    return GrantDesk(node.replica, node.clock, node.author)
