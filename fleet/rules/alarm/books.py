"""A28: a month's books (Art. 11, 19a) that differ from the ledger, or that were changed after they were settled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fleet.rules import expense, settlement
from fleet.rules.alarm.holdings import Records, moment, told
from fleet.rules.alarm.spans import FOR_EVER, Span
from fleet.rules.alarm.verdict import Told, Verdict
from fleet.rules.case import Case
from fleet.rules.facts import Fact
from fleet.rules.settings import Changed


def disagreeing(records: Records, _changed: Changed) -> Iterator[Verdict]:
    """A28: at the word of whoever said the last one on a difference; and from a change on until the month is reopened
    with a reason."""
    spent = records.of_kind(expense.KIND.name)
    for case in records.of_kind(settlement.KIND.name):
        month = case.text("month")
        found: Iterable[tuple[str, Span, dict[str, Told]]] = (*_disputed(case.facts), *_altered(case, month, spent))
        for what, span, facts in found:
            named: dict[str, Told] = {"what": what, "month": month, "about": case.id}
            yield told("A28", span, "serious", f"month/{month} {what}", named | facts)


def _disputed(facts: Iterable[Fact]) -> Iterator[tuple[str, Span, dict[str, Told]]]:
    count = 0
    for fact in facts:
        if fact.act == settlement.Act.RECONCILE:
            count = fact.whole("difference_count") or 0
        elif fact.act == settlement.Act.DISPUTE:
            yield "ledger_difference", moment(fact.at_ms), {"count": count}


def _altered(case: Case, month: str, spent: Iterable[Case]) -> Iterator[tuple[str, Span, dict[str, Told]]]:
    """Entries into the books between a settlement and the reopening after it; or books that are not those its hash
    covers, because what was entered elsewhere was not known."""
    of_month = [each for each in spent if expense.month(each) == month]
    entered = sorted(fact.at_ms for each in of_month for fact in each.facts if fact.act == expense.Act.ENTER)
    for settled in _settled(case.facts):
        after = [at_ms for at_ms in entered if settled.from_ms < at_ms < settled.until_ms]
        stands = settled.until_ms == FOR_EVER
        if not after and stands and settlement.digest(settlement.books(of_month, month)) != case.text("hash"):
            after = [settled.from_ms]
        if after:
            yield "month_changed", Span(after[0], settled.until_ms), {"changes": len(after)}


def _settled(facts: Iterable[Fact]) -> Iterator[Span]:
    since_ms: int | None = None
    for fact in facts:
        if fact.act == settlement.Act.SETTLE:
            since_ms = fact.at_ms
        elif fact.act == settlement.Act.REOPEN and since_ms is not None:
            yield Span(since_ms, fact.at_ms)
            since_ms = None
    if since_ms is not None:
        yield Span(since_ms, FOR_EVER)
