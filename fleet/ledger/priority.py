"""What goes first where not everything can go: the urgent overtakes the bulky, as far as the logs allow.

One author's log is a chain and keeps its order; between authors the table below decides. Blobs come after all records
(`freight`): thinned tracks, then full ones, then scans and photos.
"""

from __future__ import annotations

from enum import IntEnum

from fleet.ledger import kinds
from fleet.ledger.delta import Delta
from fleet.ledger.operation import Operation, read
from fleet.ledger.state import State
from fleet.rules.preemption import SUDDEN


class Priority(IntEnum):
    """From what must arrive to what may wait."""

    URGENT = 0
    ACT = 1
    EDIT = 2
    REGISTRY = 3
    SIGHTING = 4


BY_PREFIX = {
    "supplement.notice": Priority.URGENT,  # a vehicle left with no order
    "accident.report": Priority.URGENT,
    "alarm.raise": Priority.URGENT,
    kinds.REGION_REVOKE: Priority.URGENT,  # a key in wrong hands
    kinds.REGION_ESCROW: Priority.URGENT,  # confidential trips wait for it
    kinds.ORDER_EDIT: Priority.EDIT,
    kinds.REGISTRY_EDIT: Priority.REGISTRY,
    "node.": Priority.REGISTRY,
    "person.": Priority.REGISTRY,
    kinds.VEHICLE_SEEN: Priority.SIGHTING,
    kinds.TRACKS.replace("/", "."): Priority.SIGHTING,
}
"""Kinds by the beginning of their names; any other is an act."""
OF_SUDDEN_ORDERS = frozenset({Priority.ACT, Priority.EDIT})
"""What is urgent when it is about an order for a sudden event."""


BLOBS_BY_PREFIX = {kinds.THIN: 0, kinds.TRACKS: 1}
"""Blobs by the beginning of what they are of; any other comes last."""


def blob_rank(about: str) -> int:
    """How early a blob of something is asked for: the lowest first."""
    return next((rank for prefix, rank in BLOBS_BY_PREFIX.items() if about.startswith(prefix)), len(BLOBS_BY_PREFIX))


def is_track(about: str) -> bool:
    """Whether a blob is of a track, thinned or full."""
    return blob_rank(about) < len(BLOBS_BY_PREFIX)


def priority_of(operation: Operation, state: State) -> Priority:
    """How urgent an operation is. `state` is what is known of the order it is about."""
    own = next((rank for prefix, rank in BY_PREFIX.items() if operation.kind.startswith(prefix)), Priority.ACT)
    return Priority.URGENT if own in OF_SUDDEN_ORDERS and _is_sudden(operation.target, state) else own


def most_urgent(delta: Delta | None, state: State) -> Priority:
    """The priority of the most urgent operation in a delta; the last of all if there is none."""
    operations = delta.operations if delta else ()
    return min((priority_of(read(data).operation, state) for data in operations), default=Priority.SIGHTING)


def _is_sudden(target: str, state: State) -> bool:
    """Whether a target is an order of the highest urgency: as confirmed, before that as claimed."""
    order = state.orders.get(target.removeprefix(kinds.ORDERS)) if target.startswith(kinds.ORDERS) else None
    if order is not None and order.urgency is not None:
        return order.urgency == SUDDEN
    claimed = state.documents.get(target)
    return claimed is not None and claimed.fields.get("urgency") == str(SUDDEN)
