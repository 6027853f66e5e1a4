"""What may happen to disks in one step: they fill, they lie, they are cloned, lost, and come back from a drawer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from tests.simulation.actions import a_host
from tests.simulation.disk import SimulatedDisk

if TYPE_CHECKING:
    from tests.simulation.world import World


def strike_a_commit(world: World) -> None:
    """The power of a machine will go just before or just after its next commit."""
    strike: Literal["before", "after"] = world.chance.choice(("before", "after"))
    for disk in a_host(world).disks.values():
        disk.strike = strike


def fill_a_disk(world: World) -> None:
    """A disk is full for up to an hour."""
    world.fill_disk(a_host(world), world.chance.randrange(3_600_000))


def copy_a_disk(world: World) -> None:
    """Somebody clones a node's disk, and the clone is switched on beside it."""
    node = world.chance.choice(world.nodes)
    if not world.copied(node.author):
        world.copy_disk(node)


def back_a_disk_up(world: World) -> None:
    """Somebody puts a copy of a node's disk in a drawer."""
    node = world.chance.choice(world.nodes)
    node.saved = {unit: disk.copied() for unit, disk in node.disks.items()}
    world.count["backups"] += 1


def restore_a_backup(world: World) -> None:
    """A node's disk is gone; it goes on from the backup, which knows nothing of what came after it."""
    nodes = [node for node in world.nodes if node.saved]
    if nodes:
        node = world.chance.choice(nodes)
        world.replace_disk(node, node.saved[node.unit].copied(), "restored")
        world.count["backups restored"] += 1


def lose_a_database(world: World) -> None:
    """A node's database is gone, its key is not."""
    node = world.chance.choice(world.nodes)
    world.replace_disk(node, SimulatedDisk(), "lost")
    world.count["databases lost"] += 1


def let_a_disk_lie(world: World) -> None:
    """From now on a node's disk only says that it has written; its power shows what it has."""
    node = world.chance.choice(world.nodes)
    for disk in node.disks.values():
        disk.flushed = disk.flushed or disk.copied()
    world.count["disks lie"] += 1
