"""Dossiers: everything the fold knows of one order or case, as one value that can rest on disk while the state goes on.

    dossier = zlib([acts, snapshot of the document])        acts in causal order, each with its place

What acts make of an order or a case is not kept: whoever opens a dossier folds it again, so a changed rule never meets
an old result. A dossier whose order or case has ended rests in the archive; an act that arrives late is put to it as to
any other, for the state reads through to what rests.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Any, NamedTuple

from fleet.ledger import documents, kinds
from fleet.ledger.archive import Parts
from fleet.ledger.canonical import encode
from fleet.ledger.documents import EMPTY
from fleet.ledger.entries import Placed
from fleet.ledger.state import BY_TARGET, State, case_rests, order_rests
from fleet.ledger.suite import COMMON
from fleet.ledger.values import encoded, reader
from fleet.rules import case as case_rule
from fleet.rules.cases import CASES
from fleet.rules.order import fold

UNPACKED_SIZE_MAX = 8 << 20
"""Bytes a dossier may unpack to; the log of one order or case is far below."""
_LEVEL = 6


class Folded(NamedTuple):
    """A dossier as it lies on disk."""

    acts: tuple[Placed, ...] | None
    snapshot: bytes


_read = reader(Folded)


def parts(state: State, target: str) -> dict[str, Any]:
    """What a state has under a target, by the name of the map."""
    found: dict[str, Any] = {}
    for name, kept in BY_TARGET.items():
        if target.startswith(kept.prefix) and not (kept.but and target.startswith(kept.but)):
            value = getattr(state, name).get(target.removeprefix(kept.prefix))
            if value is not None:
                found[name] = value
    return found


def may_rest(held: Parts, now_ms: int) -> bool:
    """Whether a dossier may leave the memory. Nothing but orders and cases ever does."""
    if "orders" in held:
        return order_rests(held["orders"], now_ms)
    return "cases" in held and case_rests(held["cases"], now_ms)


def pack(held: Parts) -> bytes:
    """A dossier as it rests."""
    named = "orders" in held or "cases" in held
    acts = held.get("acts", held.get("case_acts", ())) if named else None
    return zlib.compress(encoded(Folded(acts, held.get("documents", EMPTY).snapshot)), _LEVEL)


def open_dossier(target: str, packed: bytes) -> Parts:
    """What a dossier holds, folded again.

    Raises:
        ValueError, zlib.error: this is none; it was never written by this program.
    """
    acts, snapshot = _unpacked(packed)
    found: dict[str, Any] = {"documents": documents.read(snapshot)} if snapshot else {}
    if acts is None:
        return found
    facts = (placed.fact for placed in acts)
    if target.startswith(kinds.ORDERS):
        order_id = target.removeprefix(kinds.ORDERS)
        found |= {"acts": acts, "orders": fold(order_id, facts)}
    else:
        kind = CASES[target.partition("/")[0]]
        found |= {"case_acts": acts, "cases": case_rule.fold(kind, target.removeprefix(kind.prefix), facts)}
    return found


def snapshot_of(packed: bytes) -> bytes:
    """The document in a dossier, as its snapshot; b"" if there is none, or this is no dossier."""
    try:
        return _unpacked(packed).snapshot
    except (ValueError, zlib.error):
        return b""


def same(target: str, one: bytes | None, other: bytes | None) -> bool:
    """Whether two dossiers say the same, however they are packed."""
    if one == other:
        return True
    try:
        return bool(one and other) and _said(target, one or b"") == _said(target, other or b"")
    except BaseException as error:  # an edited snapshot may make yrs panic
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        return False


def digest(target: str, held: Parts) -> int:
    """A number that names what a dossier says; 0 if it says nothing: a case may take back all it told an order."""
    said: list[object] = []
    if (order := held.get("orders")) and (order.facts or order.refused):
        said += [order.state, order.since_ms, order.revision, order.content, order.approved, order.vehicle]
        said += [order.driver, list(order.notes), *_records(order.facts, order.refused)]
    if (case := held.get("cases")) and (case.facts or case.refused):
        said += [case.state, case.since_ms, case.deadline_ms, case.order, case.plate, case.data, list(case.notes)]
        said += _records(case.facts, case.refused)
    if document := held.get("documents"):
        said.append(dict(document.fields))
    return int.from_bytes(COMMON.hash("dossier", encode([target, *said]))) if said else 0


def _said(target: str, packed: bytes) -> Parts:
    held = open_dossier(target, packed)
    return {**held, "documents": held["documents"].fields} if "documents" in held else held


def _unpacked(packed: bytes) -> Folded:
    machine = zlib.decompressobj()
    plain = machine.decompress(packed, UNPACKED_SIZE_MAX)
    if not machine.eof or machine.unused_data:
        raise ValueError("no dossier")
    folded: Folded = _read(plain)
    return folded


def _records(facts: Iterable[Any], refused: Iterable[Any]) -> list[object]:
    return [[fact.record for fact in facts], [[one.fact.record, one.code] for one in refused]]
