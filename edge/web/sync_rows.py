"""How the node's own records stand with central, as the faces tell it. Only receipts count as sent, never hope."""

from __future__ import annotations

from edge.node import SyncFacts
from edge.web.shapes import SyncRow
from fleet.ledger.hlc import wall_ms
from fleet.ledger.operation import Author, read
from fleet.ledger.replica import Replica


def sync_row(replica: Replica, facts: SyncFacts, *, node: int) -> SyncRow:
    """Count what waits. `node` is this node's number."""
    waiting = replica.made - replica.receipted
    return SyncRow(
        situation=facts.situation,
        heard_ms=facts.heard_ms,
        waiting=waiting,
        oldest_ms=_oldest_ms(replica, node) if waiting else None,
        sent=replica.receipted,
        total=replica.made,
        refused=sum(refusal.head.author.node == node for refusal in replica.refusals),
        held=replica.waiting,
        conflicts=facts.conflicts,
        days_left=facts.days_left,
        parted=sum(proof.author.node == node for proof in replica.forks),
        cold=replica.cold,
    )


def _oldest_ms(replica: Replica, node: int) -> int | None:
    author = max((author for author in replica.state.heads if author.node == node), default=Author(node, 1))
    delta = replica.run(author, replica.receipted, 1)
    return wall_ms(read(delta.operations[0]).operation.hlc) if delta else None
