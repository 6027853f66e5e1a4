"""The hash of a state: equal on every replica that holds the same operations, whatever rests on disk there and whatever
lies in memory. It costs what is open, not what there is: of the dossiers at rest only the sum of their digests goes in.
"""

from __future__ import annotations

from typing import Any

from fleet.ledger import dossier
from fleet.ledger.archive import Shelf
from fleet.ledger.canonical import encode
from fleet.ledger.state import BY_TARGET, MAPS, State
from fleet.ledger.suite import COMMON, HASH_SIZE
from fleet.ledger.values import encoded


def state_hash(state: State) -> bytes:
    """A hash of everything that is true in a state."""
    small = [_entries(getattr(state, name)) for name in MAPS if name not in BY_TARGET]
    total = state.archive.total
    for target in _in_memory(state):
        total += dossier.digest(target, dossier.parts(state, target))
        if target in state.archive:  # what rests of it is not what it is any more
            total -= dossier.digest(target, state.archive.opened(target))
    return COMMON.hash("state", encode([small, (total % (1 << 8 * HASH_SIZE)).to_bytes(HASH_SIZE)]))


def _entries(held: Any) -> list[list[bytes]]:
    said = ((key, value) for key, value in held.items() if value not in ((), {}))  # what was taken back says nothing
    return sorted([encoded(key), encoded(value)] for key, value in said)


def _in_memory(state: State) -> set[str]:
    targets = set[str]()
    for name, kept in BY_TARGET.items():
        held = getattr(state, name)
        targets |= {kept.prefix + key for key in (held.hot if isinstance(held, Shelf) else held)}
    return targets
