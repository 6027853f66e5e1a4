"""Records carried by hand: a bundle is written onto a stick, lies about, and is put into some machine, once or again.

The stick may be pulled before all of it is written, and a bit on it may turn. What is not whole must bring nothing,
and what is whole must open for its reader. The bundle is the real one; files and child processes are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fleet.errors import NotTrusted
from fleet.ledger import bundle
from fleet.ledger.bundle import PROLOGUE_SIZE, Content, Item, Manifest, Reader
from fleet.ledger.delivery import Delivery, consignment
from fleet.ledger.operation import Author
from tests.simulation import actions, invariants
from tests.simulation.clock import SimulatedRandomness
from tests.simulation.disk import PowerCut
from tests.simulation.host import Host
from tests.simulation.link import turned

if TYPE_CHECKING:
    from tests.simulation.world import World

STICKS_MAX = 4


@dataclass(slots=True)
class Stick:
    """What lies on it, and for whom it was written; `whole` as long as nothing happened to it."""

    data: bytes
    unit: str
    reader: Author
    whole: bool
    taken: int = 0


def carry_a_stick(world: World) -> None:
    """Somebody writes a bundle, at a node for central or the other way, or puts one in that lies about."""
    if world.sticks and (len(world.sticks) >= STICKS_MAX or world.chance.random() < 0.5):
        _put_in(world, world.chance.choice(world.sticks))
    else:
        _write(world)


def _write(world: World) -> None:
    node, chance = actions.a_node(world), world.chance
    writer, reader = (node, world.central) if chance.random() < 0.6 else (world.central, node)
    replica = writer.replicas[node.unit]
    receipts = {author: receipt.head.seq for author, receipt in replica.receipts.items()}
    there = receipts if reader.is_central and chance.random() < 0.7 else {}
    carried = consignment(replica, there, about=reader.author, blobs=writer.shelf(node.unit))
    data = b"".join(
        bundle.write(
            writer.identity(node.unit), writer.certificate, [Reader(reader.author, reader.key.public)], carried,
            now_ms=writer.clock.now_ms(), randomness=SimulatedRandomness(chance),
        )
    )  # fmt: skip
    fate = chance.random()
    if fate < 0.3:
        data = data[: chance.randrange(len(data))]
        world.count["sticks pulled"] += 1
    elif fate < 0.4:
        data = turned(data, chance)
        world.count["sticks damaged"] += 1
    world.sticks.append(Stick(data, node.unit, reader.author, whole=fate >= 0.4))
    world.note("stick", writer.name, reader.name, len(data))


def _put_in(world: World, stick: Stick) -> None:
    if not stick.whole or stick.taken > 1 or world.chance.random() < 0.3:
        world.sticks.remove(stick)
    mostly = [host for host in world.hosts if stick.unit in host.replicas and host.author == stick.reader]
    anyone = [host for host in world.hosts if stick.unit in host.replicas]
    host = world.chance.choice(mostly if world.chance.random() < 0.8 else anyone)
    try:
        manifest, items = _opened(host, stick.data)
    except NotTrusted as refused:
        if stick.whole and host.author == stick.reader:
            raise invariants.Broken("a whole bundle opens for its reader", f"{host.name}: {refused}") from None
        world.count["bundles turned away"] += 1
        return
    if not stick.whole:
        raise invariants.Broken("what is not whole brings nothing", host.name)
    try:
        _take_in(world, host, stick.unit, manifest, items)
    except PowerCut as cut:
        world.struck(cut)
        return
    stick.taken += 1
    world.count["bundles taken in"] += 1
    invariants.same_sets_same_state(world, stick.unit)


def _opened(host: Host, data: bytes) -> tuple[Manifest, list[Item]]:
    """All of a bundle; nothing of it is believed before the last byte is."""
    start = PROLOGUE_SIZE + bundle.manifest_size(data[:PROLOGUE_SIZE])
    manifest = bundle.read_manifest(data[PROLOGUE_SIZE:start], host.root_public)
    content = Content(manifest, bundle.content_key(manifest, host.key))
    items = [*content.feed(data[start:])]
    content.finish()
    return manifest, items


def _take_in(world: World, host: Host, unit: str, manifest: Manifest, items: list[Item]) -> None:
    replica = host.replicas[unit]
    delivery = Delivery(
        replica,
        giver=host.identity(unit) if host.is_central else None,
        central_public=None if host.is_central else host.central_public,
        blobs=host.shelf(unit),
    )
    for item in items:
        delivery.take(item, now_ms=host.clock.now_ms())
    brought = delivery.finish()
    world.count["operations by hand"] += brought.stored
    world.count["causal waits"] += len(brought.waiting_for)
    if manifest.time_ms >= host.since_ms:  # an older one says nothing of what came after it
        replica.hear(manifest.author, manifest.heads)
