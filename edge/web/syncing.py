"""How the records stand, in full: links, what waits and how long it will take, what was refused and why.

GET /api/sync        ways to central, own records that wait by how urgent they are, refusals with their sentences
"""

from __future__ import annotations

from typing import Any

from litestar import Controller, Request, get
from msgspec import Struct

from edge.node import Node
from edge.store.journal import Office
from edge.sync.worker import waiting_rows, way_row
from edge.web.auth import TheNode
from edge.web.sight import OFFICE
from fleet.ledger.operation import read
from fleet.ledger.replica import Replica
from fleet.ledger.store import Refusal
from fleet.words import Words, language_from_header

REFUSALS_TOLD_MAX = 100
ONE_RECORD = 1 << 16
Json = dict[str, Any]


class Refused(Struct, frozen=True, kw_only=True):
    """A record somebody would not take: whose, which, why, and the way out in the caller's language."""

    node: int
    own: bool
    seq: int
    record: str
    kind: str
    target: str
    at_ms: int
    code: str
    what: str
    why: str
    next: str


class SyncPage(Struct, frozen=True, kw_only=True):
    """Everything the sync page shows: links as `way_row` tells them, with which is in use and when its last try came to
    its end; what waits as `waiting_rows` does. `hours_left` at the rate of the way in use, None if that is not known;
    `by_hand`: a stick would do better than any link."""

    ways: list[Json]
    heaps: list[Json]
    records: int
    size: int
    hours_left: float | None
    by_hand: bool
    held: int
    quarantined: int
    refused: list[Refused]


class Syncing(Controller):
    """Records on their way."""

    @get("/sync", opt={"roles": OFFICE})
    async def sync(self, node: TheNode, request: Request[Any, Any, Any]) -> SyncPage:
        """Links, queue, refusals."""
        words = Words(language_from_header(request.headers.get("accept-language")), "node")

        def look(office: Office) -> tuple[int, int, list[Refused]]:
            replica = office.replica
            told = [_refused(replica, one, node.number, words) for one in replica.refusals[-REFUSALS_TOLD_MAX:]]
            return replica.waiting, replica.quarantined, told[::-1]

        held, quarantined, refused = await node.journal.do(look)
        worker = node.worker
        return SyncPage(
            ways=_ways(node),
            heaps=waiting_rows(worker.waiting) if worker else [],
            records=worker.waiting.records if worker else 0,
            size=worker.waiting.size if worker else 0,
            hours_left=worker.hours_left if worker else None,
            by_hand=worker.by_hand if worker else False,
            held=held,
            quarantined=quarantined,
            refused=refused,
        )


def _ways(node: Node) -> list[Json]:
    worker = node.worker
    if worker is None:
        return []
    now_s = node.clock.monotonic_s()
    return [
        way_row(way, now_s) | {"in_use": way is worker.in_use, "tried_ms": way.status.tried_ms} for way in worker.ways
    ]


def _refused(replica: Replica, refusal: Refusal, me: int, words: Words) -> Refused:
    """A refusal with what is held of its record, if anything is."""
    head, said = refusal.head, words.explain(refusal.code, {})
    run = replica.run(head.author, head.seq - 1, ONE_RECORD) if head.seq else None
    found = [read(data) for data in run.operations] if run else []
    one = next((named.operation for named in found if named.hash == head.hash), None)
    return Refused(
        node=head.author.node,
        own=head.author.node == me,
        seq=head.seq,
        record=head.hash.hex()[:16],
        kind=one.kind if one else "",
        target=one.target if one else "",
        at_ms=refusal.time_ms,
        code=refusal.code,
        what=said.what,
        why=said.why,
        next=said.next,
    )
