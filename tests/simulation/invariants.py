"""What must hold in every world, whatever happened in it. Each function is one sentence; a broken one raises Broken.

`always` is asked after every step and is cheap; `at_the_end` is asked once all faults are over, and asks everything.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fleet.errors import FleetError
from fleet.ledger import documents, dossier, forks, projection, rights
from fleet.ledger.delta import Delta
from fleet.ledger.operation import Author, Head
from fleet.ledger.replica import WAITING_MAX, Replica
from fleet.ledger.store import FORK, Placing, Refusal
from fleet.rules.order import Act
from tests.simulation import oracle, oracle_cases, people
from tests.simulation.disk import SimulatedDisk
from tests.simulation.host import Host

if TYPE_CHECKING:
    from tests.simulation.world import World

INSIDER = 9
REFUSALS_MAX = 1_000
FORGED_CODES = frozenset(
    {
        "seal",
        "chain",
        "not_canonical",
        "not_cbor",
        "not_cose",
        "operation_form",
        "unknown_suite",
        "no_certificate",
        "signature",
        "wrong_log",
    }
)
"""Reasons for which a delta as a whole is not believed; all of them need somebody who tampered with it."""


TAKEN_AWAY = frozenset({"node_revoked", "person_revoked", "no_role"})
"""What a desk says where two people of the authority have revoked a node, a person or a role."""


class Broken(AssertionError):
    """An invariant does not hold. `name` is the invariant."""

    def __init__(self, name: str, detail: object) -> None:
        super().__init__(f"{name}: {detail}")
        self.name = name


@dataclass(slots=True)
class Record:
    """What only the world knows: the head each machine's people were told is safe, and which operations were made to be
    wrong."""

    promised: dict[str, Head] = field(default_factory=dict)
    malformed: set[bytes] = field(default_factory=set)
    digests: dict[tuple[str, tuple[Head, ...], tuple[bytes, ...]], str] = field(default_factory=dict)
    checked: dict[tuple[str, str, Author], int] = field(default_factory=dict)


def always(world: World) -> None:
    """What holds after every step."""
    nothing_acknowledged_is_lost(world)
    every_operation_is_its_authors_own(world)
    bounds_hold(world)


def before_crash(world: World, host: Host) -> None:
    """Remember what a machine held to be true."""
    for unit in host.replicas:
        _same_state(world, host, unit)


def after_crash(world: World, host: Host) -> None:
    """A machine that started again knows what it had acknowledged, and the same state follows from it."""
    nothing_acknowledged_is_lost(world)
    for unit in host.replicas:
        _same_state(world, host, unit)


def at_the_end(world: World) -> None:
    """What holds once every fault is over and everyone has talked."""
    always(world)
    every_branch_was_made_by_somebody(world)
    for unit in world.plan.units:
        everyone_has_converged(world, unit)
        every_fork_is_known_to_all(world, unit)
        same_sets_same_state(world, unit)
        what_records_name_has_come_to_central(world, unit)
        what_is_derived_follows_from_the_log(world, unit)
        every_refusal_reached_its_author(world, unit)
        world.record.malformed |= _resting_on_branches(world, unit)
        aside = {digest: one.parts_at for digest, one in world.central.replicas[unit].state.aside.items()}
        verdicts = oracle.judge_log(_whole_log(world, unit), world.root.public, world.record.malformed, aside)
        the_oracle_agrees(world, unit, verdicts)
        only_what_is_wrong_was_refused(world, unit, verdicts)
        order_and_batches_do_not_matter(world, unit)


def people_can_go_on(world: World) -> None:
    """Whatever happened, at every node an order can be applied for and approved, unless the unit's own authority has
    taken the right to do so away."""
    for node in world.nodes:
        if node.author in _revoked(world, node.unit):
            continue
        theirs, now_ms = world.people[node.unit], node.clock.now_ms()
        form = people.FORM | {"start_ms": now_ms + 3_600_000, "end_ms": now_ms + 7_200_000}
        try:
            order = node.desk.submit(theirs["applicant-1"].signer, form)
            node.desk.act(theirs["approver-1"].signer, order, Act.APPROVE, {})
        except FleetError as refused:
            if refused.code in TAKEN_AWAY:
                continue
            raise Broken("people can go on", f"{node.name}: {refused}") from None
        if node.replica.state.orders[order].state != "approved":
            raise Broken("people can go on", f"{node.name}: {order} is {node.replica.state.orders[order].state}")
        world.promise(node)


def nothing_acknowledged_is_lost(world: World) -> None:
    """What a call answered for is in the node's own log; what a receipt was given for is in central's."""
    for node in world.desks:
        head = world.record.promised.get(node.name)
        if head and not node.disks[node.unit].holds(head):
            raise Broken("nothing acknowledged is lost", f"{node.name} lost {head.seq} of its own")
        receipt = node.disks[node.unit].given.get(node.author)
        if receipt and not world.central.disks[node.unit].holds(receipt.head):
            raise Broken("nothing acknowledged is lost", f"central lost {receipt.head.seq} of {node.name}")


def every_operation_is_its_authors_own(world: World) -> None:
    """Whatever stands anywhere under an author's name stands in that author's own log, at the same place, once. Where
    two machines write under one name, one of them made it."""
    own = {node.author: node.disks[node.unit].logs.get(node.author, []) for node in world.authors}
    for host in world.hosts:
        for unit, disk in host.disks.items():
            own[world.central.author] = world.central.disks[unit].logs.get(world.central.author, [])
            for author, log in disk.logs.items():
                if world.copied(author):
                    continue  # see `every_branch_was_made_by_somebody`
                seen = world.record.checked.get((host.name, unit, author), 0)
                for at in range(seen, len(log)):
                    named, made = log[at].named, own.get(author, [])
                    if named.operation.seq != at + 1 or at >= len(made) or made[at].named.hash != named.hash:
                        raise Broken("every operation is its author's own", f"{host.name} holds {author} {at + 1}")
                world.record.checked[host.name, unit, author] = len(log)


def every_branch_was_made_by_somebody(world: World) -> None:
    """What is held under a name that two machines go by was made by one of them."""
    machines = [host for host in world.desks if world.copied(host.author)]
    made = {placing.named.hash for host in machines for placing in host.disks[host.unit].log}
    made |= {placing.named.hash for gone in world.gone for placing in gone.disk.log}
    for host in world.hosts:
        for disk in host.disks.values():
            for placing in disk.log:
                if world.copied(placing.named.operation.author) and placing.named.hash not in made:
                    raise Broken("every operation is its author's own", f"{host.name} holds {placing.named.head}")


def every_fork_is_known_to_all(world: World, unit: str) -> None:
    """Where a log has two operations at one number, everyone holds both, and a proof that convinces a stranger."""
    for host in _keepers(world, unit):
        lost = _never_sealed(host, unit)
        at = Counter(one.named.head[:2] for one in host.disks[unit].log if one.named.hash not in lost)
        parted = {author for (author, _), count in at.items() if count > 1}
        proofs = host.replicas[unit].forks
        if parted != {proof.author for proof in proofs}:
            raise Broken("every fork is found", f"{host.name}: {parted}")
        for proof in proofs:
            certificate, one, other = forks.check(world.root.public, proof.data)
            if (one.operation.author, other.operation.seq) != (proof.author, proof.seq) or one.hash == other.hash:
                raise Broken("every fork is proved", f"{host.name}: {certificate.subject}")


def bounds_hold(world: World) -> None:
    """Nothing grows without a limit."""
    for host in world.hosts:
        for replica in host.replicas.values():
            if replica.waiting > WAITING_MAX or len(replica.refusals) > REFUSALS_MAX:
                raise Broken("bounds hold", f"{host.name}: {replica.waiting} waiting, {len(replica.refusals)} refusals")


def same_sets_same_state(world: World, unit: str) -> None:
    """Replicas that hold the same operations have the same state, now and at any time before."""
    for host in world.hosts:
        if unit in host.replicas:
            _same_state(world, host, unit)


def everyone_has_converged(world: World, unit: str) -> None:
    """Every machine holds everything, waits for nothing that anybody has, and every author has its receipt. A node that
    was revoked is told of no log but its own; what it wrote itself is held like any other."""
    gone, revoked = _gone_for_good(world, unit), _revoked(world, unit)
    held = {
        host.name: (_heads(host.replicas[unit]), {*_aside(host, unit)} - _never_sealed(host, unit))
        for host in _keepers(world, unit)
        if host.author not in revoked
    }
    if any(heads != held["central"] for heads in held.values()):
        raise Broken("everything converges", held)
    for host in _keepers(world, unit):
        replica = host.replicas[unit]
        waits = replica._receiver.waiting._waiting.items()
        waiting = sum(
            delta.author.node != INSIDER and not any(head.hash in gone for head in heads) for delta, heads in waits
        )
        if host.author in revoked:
            if not world.central.disks[unit].holds(replica.state.heads[host.author]):
                raise Broken("everything converges", f"{host.name}: central lacks what it wrote")
            continue
        if waiting or (replica.receipted != replica.made and not host.is_central):
            raise Broken("everything converges", f"{host.name}: {waiting} wait, {replica.receipted} receipted")


def what_records_name_has_come_to_central(world: World, unit: str) -> None:
    """A blob that a machine of the unit holds, and that a record with effect names, lies whole at central."""
    central, named = world.central.shelf(unit).whole(), world.central.replicas[unit].state.blobs
    for node in (node for node in world.desks if node.unit == unit):
        if lacking := [name.hex() for name in node.shelf(unit).whole() if name in named and name not in central]:
            raise Broken("what records name has come to central", f"{node.name}: {lacking}")


def what_is_derived_follows_from_the_log(world: World, unit: str) -> None:
    """Stored rows, snapshots and verdicts are what the log gives; every machine that holds the same operations stored
    the same verdicts. A node that was revoked may hold less."""
    verdicts: dict[bytes, str] = {}
    everything = _set_of(world.central, unit)
    for host in _keepers(world, unit):
        disk, state = host.disks[unit], host.replicas[unit].state
        whole = projection.whole(state)
        for table in projection.TABLES:
            if disk.tables.get(table, {}) != whole[table]:
                raise Broken("rows follow from the log", f"{host.name}: {table}")
        for document, kept in state.documents.items():
            snapshot = disk.snapshots.get(document) or dossier.snapshot_of(disk.archive.get(document, b""))
            if documents.read(snapshot).fields != kept.fields:
                raise Broken("documents follow from the log", f"{host.name}: {document}")
        if host.author in _revoked(world, unit) and _set_of(host, unit) != everything:
            continue
        for placing in disk.log:
            if verdicts.setdefault(placing.named.hash, placing.verdict) != placing.verdict:
                raise Broken("verdicts are the same everywhere", f"{host.name}: {placing.named.head}")


def every_refusal_reached_its_author(world: World, unit: str) -> None:
    """What central refused of a node's log, that node has on record with the reason."""
    at_home: dict[Author, set[tuple[Head, str]]] = {}
    for node in world.desks:
        at_home.setdefault(node.author, set()).update(map(_reason, node.replica.refusals))
    for refusal in world.central.replicas[unit].refusals:
        if refusal.head.author in at_home and _reason(refusal) not in at_home[refusal.head.author]:
            raise Broken("every refusal reaches its author", f"{refusal.code}: {refusal.head}")


def the_oracle_agrees(world: World, unit: str, verdicts: oracle.Verdicts) -> None:
    """A slow second opinion decides of every operation and every order the same."""
    central = world.central
    for placing in central.disks[unit].log:
        named = placing.named
        if placing.verdict == FORK:
            continue
        allowed = verdicts.authorised[named.hash] and named.hash not in world.record.malformed
        if allowed != (placing.verdict == ""):
            raise Broken("no effect without authority", f"{named.operation.kind} {named.head}: {placing.verdict!r}")
    state = central.replicas[unit].state
    oracle.compare_orders(verdicts, state.orders, Broken)
    register = {key: changes[-1].text for key, changes in state.enacted.items() if changes}
    settings = {name: chosen.value for name, chosen in state.settings.items()}
    oracle_cases.compare_cases(verdicts.cases, state.cases, register, settings, Broken)
    oracle.compare_tracks(verdicts, state.tracks, Broken)
    oracle.compare_documents(verdicts, world.record.malformed, state.documents, Broken)


def only_what_is_wrong_was_refused(world: World, unit: str, verdicts: oracle.Verdicts) -> None:
    """Honest work is never refused: a refusal names an operation without effect, or bytes that were tampered with, or
    was made while another branch of a log stood than does now, and taken back when that changed. Of what is gone for
    good only those who held it could say what came of it."""
    overruled = {reason for host in _keepers(world, unit) for reason in host.disks[unit].overruled}
    lost, gone = [one.disk for one in world.gone], _gone_for_good(world, unit)
    overruled |= {reason for disk in lost for reason in disk.overruled}
    overruled |= {(one.named.head, one.verdict) for disk in lost for one in disk.log if one.named.hash in gone}
    for host in _keepers(world, unit):
        for refusal in host.replicas[unit].refusals:
            wrong = not verdicts.authorised.get(refusal.head.hash, True) or refusal.head.hash in world.record.malformed
            spoilt = sum(world.count[how] for how in ("forged frames", "bit flips", "truncated frames"))
            tampered = refusal.code in FORGED_CODES and spoilt > 0
            forked = refusal.code == FORK and world.copied(refusal.head.author)
            if not (wrong or tampered or forked or _reason(refusal) in overruled):
                raise Broken("honest work is never refused", f"{refusal.code} at {host.name}: {refusal.head}")


def order_and_batches_do_not_matter(world: World, unit: str) -> None:
    """A stranger who gets the same operations in other batches and another order folds them to the same state."""
    chance = random.Random(world.steps)
    logs = {author: log for author, log in world.central.disks[unit].logs.items() if log}
    stranger = Replica(SimulatedDisk(), world.central.clock, world.root.public, unit=unit, identity=None)
    held, coarse = -1, True
    while coarse or _all_held(stranger) > held:  # in long runs first; then in short ones, until a round brings nothing
        held = -1 if coarse else _all_held(stranger)
        deltas = [delta for author, log in logs.items() for delta in _cut(author, log, chance, coarse=coarse)]
        deltas += [piece for branch in world.central.replicas[unit].branches() for piece in branch.pieces]
        chance.shuffle(deltas)
        for delta in deltas:
            stranger.receive(delta)
        coarse = False
    revoked = _revoked(world, unit)
    in_force = (node.replica for node in world.nodes if node.unit == unit and node.author not in revoked)
    replica = next(in_force, world.central.replicas[unit])
    if stranger.state.heads != replica.state.heads or stranger.digest() != replica.digest():
        raise Broken("order and batches do not matter", f"{stranger.held} of {replica.held} held")


def _same_state(world: World, host: Host, unit: str) -> None:
    replica = host.replicas[unit]
    key = (unit, *_set_of(host, unit))
    digest = replica.digest()
    if world.record.digests.setdefault(key, digest) != digest:
        raise Broken("equal sets give equal states", f"{host.name}, {unit}")


def _set_of(host: Host, unit: str) -> tuple[tuple[Head, ...], tuple[bytes, ...]]:
    """What a machine holds of a unit, and what of it stands."""
    return tuple(sorted(host.replicas[unit].state.heads.values())), _aside(host, unit)


def _aside(host: Host, unit: str) -> tuple[bytes, ...]:
    return tuple(sorted(host.replicas[unit].state.aside))


def _heads(replica: Replica) -> dict[Author, Head]:
    """Heads by author. An insider may let an operation cross and never seal it: then nobody but central has it."""
    sealed = {head.author: head for head in replica.sealed_heads if head.author.node == INSIDER and head.seq}
    return {author: sealed.get(author, head) for author, head in replica.state.heads.items()}


def _never_sealed(host: Host, unit: str) -> set[bytes]:
    """What crossed in a session, does not stand, and was never sealed, for its author's disk was lost: central alone
    has it and can prove it to nobody."""
    sealed = set[bytes]()
    for placing in reversed(host.disks[unit].log):
        if placing.seal is not None or placing.named.hash in sealed:
            sealed |= {placing.named.hash, placing.named.operation.prev}
    return {*_aside(host, unit)} - sealed if host.is_central else set()


def _all_held(replica: Replica) -> int:
    return replica.held + len(replica.state.aside)


def _gone_for_good(world: World, unit: str) -> set[bytes]:
    """What was on disks that are lost, and on no other: only what came over a link and waits for it remembers it."""
    held = {placing.named.hash for host in _keepers(world, unit) for placing in host.disks[unit].log}
    return {digest for gone in world.gone for digest in gone.missed} - held


def _resting_on_branches(world: World, unit: str) -> set[bytes]:
    """Updates whose authors had seen a branch that does not stand, and so another document than counts: they build on
    values that are not there, or go on from another place. An oracle that knows no documents cannot tell."""
    aside, misled, found = world.central.replicas[unit].state.aside, set[Author](), set[bytes]()
    for placing in world.central.disks[unit].log:
        operation = placing.named.operation
        if any(dep.hash in aside for dep in operation.deps):
            misled.add(operation.author)
        if operation.author in misled and placing.verdict in {"update_origin", "update_deletion", "update_clock"}:
            found.add(placing.named.hash)
    return found


def _revoked(world: World, unit: str) -> set[Author]:
    """The authors that were revoked, as central knows."""
    state = world.central.replicas[unit].state
    return {author for author in state.heads if rights.revoked_after(state, rights.now, author) is not None}


def _keepers(world: World, unit: str) -> list[Host]:
    return [host for host in world.hosts if unit in host.replicas]


def _whole_log(world: World, unit: str) -> list[Placing]:
    return [placing for log in world.central.disks[unit].logs.values() for placing in log]


def _reason(refusal: Refusal) -> tuple[Head, str]:
    return refusal.head, refusal.code


def _cut(author: Author, log: list[Placing], chance: random.Random, *, coarse: bool) -> list[Delta]:
    deltas, run = [], list[bytes]()
    for placing in log:
        run.append(placing.named.data)
        if placing.seal and (not coarse or chance.random() < 0.3 or placing is log[-1]):
            deltas.append(Delta(author, tuple(run), placing.seal))
            run = []
    return deltas
