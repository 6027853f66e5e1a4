"""What a node states of tracks in one step: a stretch of a vehicle's day, whose positions lie beside the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleet.ledger import kinds
from fleet.ledger.blobs import PIECE_SIZE, outline_of
from fleet.ledger.canonical import Value
from fleet.ledger.replica import Statement
from fleet.tracks.days import DAY_MS, day_of
from tests.simulation import actions
from tests.simulation.shelf import SimulatedShelf

if TYPE_CHECKING:
    from tests.simulation.world import World

TRACK_SIZE_MAX = 60_000


def pack_a_track(world: World) -> None:
    """A node packs what it has of a vehicle's day, whole and perhaps thinned."""
    node, chance = actions.a_node(world), world.chance
    shelf, day_ms = node.shelf(node.unit), day_of(node.clock.now_ms())
    from_ms = day_ms + chance.randrange(DAY_MS - 1)
    body: dict[str, Value] = {
        "day_ms": day_ms, "from_ms": from_ms, "to_ms": chance.randrange(from_ms, day_ms + DAY_MS),
        "positions": chance.randrange(1, 2_000), "terminal": f"1380000000{chance.randrange(5)}",
        "full": _put(shelf, chance.randbytes(chance.randrange(1, TRACK_SIZE_MAX))),
        "thin": _put(shelf, chance.randbytes(chance.randrange(1, 400))) if chance.random() < 0.7 else b"",
    }  # fmt: skip
    statement = Statement(kinds.TRACK_PACK, f"{kinds.TRACKS}NM-{chance.randrange(5)}", body)
    actions.ask(world, node, "pack", lambda: node.replica.write([statement]))


def _put(shelf: SimulatedShelf, data: bytes) -> bytes:
    """Keep a blob; its name."""
    outline = outline_of(data[at : at + PIECE_SIZE] for at in range(0, len(data), PIECE_SIZE))
    shelf.begin(outline.name, outline.encoded())
    shelf.append(outline.name, data)
    shelf.keep(outline.name)
    return outline.name
