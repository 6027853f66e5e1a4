"""What was to be done by a certain time: decisions (A25; Art. 8, 9), checks (A29; Art. 10), papers (A27; Art. 11),
terminals' faults (A33; Art. 15)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fleet.rules import checks, fault, fields
from fleet.rules import papers as paper_rule
from fleet.rules.alarm.holdings import Records, moment, told
from fleet.rules.alarm.spans import FOR_EVER, Span
from fleet.rules.alarm.verdict import Told, Verdict
from fleet.rules.calendar import start_of
from fleet.rules.case import Case
from fleet.rules.order import Order, State, advance
from fleet.rules.settings import Changed, value_ms
from fleet.tracks.days import DAY_MS

OWED = {State.SUBMITTED: "decision_late", State.APPROVED: "dispatch_late", State.UNMET: "dispatch_late"}


def decisions(records: Records, changed: Changed) -> Iterator[Verdict]:
    """A25: shortly before the planned start nobody has decided, or given a vehicle. Who gets an order later than that
    has as long from then on: nobody is late with what was not there."""
    lead_ms = value_ms("decision_lead_min", changed)
    for order, start_ms in records.orders:
        if start_ms is None:
            continue
        for what, owed in _owed(order):
            asked_late = owed.from_ms > start_ms - lead_ms
            due_ms = owed.from_ms + lead_ms if asked_late else start_ms - lead_ms
            if due_ms < min(owed.until_ms, records.now_ms + 1):
                facts: dict[str, Told] = {"what": what, "about": order.id, "start_ms": start_ms, "due_ms": due_ms}
                span = Span(due_ms, owed.until_ms)
                yield told("A25", span, "notice", f"{order.id} {what}", facts, order=order.id)


def _owed(order: Order) -> Iterator[tuple[str, Span]]:
    """From when to when something was owed to an order, and what."""
    what, since_ms, step = "", 0, Order(id=order.id)
    for fact in order.facts:
        step = advance(step, fact)
        now_owed = OWED.get(step.state, "")
        if now_owed != what:
            if what:
                yield what, Span(since_ms, fact.at_ms)
            what, since_ms = now_owed, fact.at_ms
    if what:
        yield what, Span(since_ms)


def checks_left_out(records: Records, changed: Changed) -> Iterator[Verdict]:
    """A29: it left without the check before, or some hours after it was back there was none after."""
    wait_ms, done = value_ms("check_after_h", changed), records.of_kind(checks.KIND.name)
    for order, _ in records.orders:
        if order.departed_ms is None or order.supplier or order.state is State.VOID:
            continue
        said = any(fact.act == "depart" and fact.text("checks") == "done" for fact in order.facts)
        due = {} if said else {checks.BEFORE: order.departed_ms}
        if order.back_ms is not None:
            due[checks.AFTER] = order.back_ms + wait_ms
        for phase, due_ms in due.items():
            if due_ms <= records.now_ms and not _checked(done, order, phase, due_ms):
                facts: dict[str, Told] = {"what": f"check_{phase}", "about": order.id, "due_ms": due_ms}
                yield told(
                    "A29", moment(due_ms), "notice", f"{order.id} {phase}", facts, plate=order.vehicle, order=order.id,
                    staff=order.driver,
                )  # fmt: skip


def _checked(done: Iterable[Case], order: Order, phase: str, due_ms: int) -> bool:
    return any(
        case.order == order.id and case.text("phase") == phase and (case.whole("at_ms") or FOR_EVER) <= due_ms
        for case in done
        if case.state == checks.RECORDED
    )


def papers(records: Records, _changed: Changed) -> Iterator[Verdict]:
    """A27: from the first step before a paper's last day until the register has a later one; amended at each step."""
    for subject, paper, until, said in records.terms:
        day = fields.day(until)
        if day is None:
            continue
        over_ms = start_of(day)
        from_ms = max(over_ms - paper_rule.STEPS_DAYS[-1] * DAY_MS, said.from_ms)
        seen_ms = min(said.until_ms, records.now_ms)
        if from_ms >= seen_ms:
            continue
        left_days = max(0, -(-(over_ms - seen_ms) // DAY_MS))
        step = next((step for step in paper_rule.STEPS_DAYS if left_days <= step), paper_rule.STEPS_DAYS[-1])
        facts: dict[str, Told] = {"what": f"paper_{paper}", "about": subject, "until": until, "step": step}
        whose = {"staff": subject} if paper == "licence" else {"plate": subject}
        yield told("A27", Span(from_ms, said.until_ms), "info", f"{paper} {subject}", facts, **whose)


def faults(records: Records, _changed: Changed) -> Iterator[Verdict]:
    """A33: a fault of a terminal not reported, or not repaired, in time; waiting for a part stops the clock."""
    for case in records.of_kind(fault.KIND.name):
        for late, span in fault.late(case):
            if span.from_ms < records.now_ms:
                what = f"fault_{late}"
                facts: dict[str, Told] = {"what": what, "about": case.id, "deadline_ms": span.from_ms}
                yield told("A33", span, "notice", f"fault/{case.id} {late}", facts, plate=case.plate)
