"""Counts what two places did to one thing without knowing of each other, from the ledgers as they lie at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from fleet.ledger import kinds, review
from fleet.ledger.operation import Author
from fleet.ledger.state import State
from fleet.ledger.store import Placing
from tests.simulation.disk import SimulatedDisk

if TYPE_CHECKING:
    from tests.simulation.world import Gone


def of_unit(log: list[Placing], state: State) -> Counter[str]:
    """The meetings in one replica's log, in the order it was committed there.

    late acts: folded before an act of the same order that was known already; conflicting acts: refused by the rules
    when folded, for their author's desk had let them through; merged documents: edited by more than one author; merge
    notes: orders that the table of merges settled; logs continued twice, each time counted; then grants agreed,
    decisions lent, and what revocations left to look at.
    """
    count: Counter[str] = Counter()
    latest: dict[str, tuple[int, Author, int]] = {}
    authors: dict[str, set[Author]] = {}
    for placing in log:
        operation = placing.named.operation
        if placing.verdict or operation.kind not in kinds.KINDS:
            continue
        if kinds.KINDS[operation.kind].edits:
            authors.setdefault(operation.target, set()).add(operation.author)
        elif kinds.KINDS[operation.kind].act:
            place = placing.named.order
            count["late acts"] += place < latest.get(operation.target, place)
            latest[operation.target] = max(place, latest.get(operation.target, place))
    count["merged documents"] = sum(len(editors) > 1 for editors in authors.values())
    count["conflicting acts"] = sum(len(order.refused) for order in state.orders.values())
    count["merge notes"] = sum(len(order.notes) for order in state.orders.values())
    count["grants agreed"] = sum(bool(paper.approved) for paper in state.papers.values())
    count["decisions lent"] = sum(bool(order.approved_for) for order in state.orders.values())
    count["logs continued twice"] = sum(aside.head.seq == aside.parts_at for aside in state.aside.values())
    count.update(doubt.code for doubt in review.doubts(state))
    return count


def of_lost_disks(central: SimulatedDisk, gone: Iterable[Gone]) -> Counter[str]:
    """What was on a disk that is lost and not on the next: what came back, because central had it, and what nobody
    had."""
    held, missed = {placing.named.hash for placing in central.log}, {digest for one in gone for digest in one.missed}
    return Counter({"lost and refilled": len(missed & held), "lost with a disk": len(missed - held)})


def most(counts: Mapping[str, Counter[str]]) -> Counter[str]:
    """Of several machines, the one that met most: an act that is late at one was in time at another."""
    return max(counts.values(), key=Counter.total)
