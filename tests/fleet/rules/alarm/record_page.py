"""Pages of records: a TOML page says what people put on record and when; the real folds make orders and cases of it.

    say       what happened, in words                       now      the local time at which it is looked at
    order     { id, start, facts = [[TIME, ACT, {...}]] }   case     { kind, id, facts = [[TIME, ACT, {...}]] }
    term      what the register says of a paper             alone    vehicles that one person registered
    untaken   what the ledger did not take                  settings changed numbers
    expect    every alarm a careful inspector would write down, with the reason; nothing else may be raised

An act has the particulars of GOOD unless the page says others; times are local, "YYYY-MM-DD HH:MM", and of particulars
whose names end in _ms as well. A settlement covers the books as they then stand.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from fleet.rules import case as case_rule
from fleet.rules import checks, expense, settlement
from fleet.rules import order as order_rule
from fleet.rules.alarm.holdings import Alone, Filed, Records, Term, Untaken
from fleet.rules.alarm.spans import FOR_EVER, Span
from fleet.rules.calendar import LOCAL
from fleet.rules.case import Case
from fleet.rules.cases import CASES
from fleet.rules.facts import Fact
from fleet.rules.order import Order
from fleet.rules.settings import SETTINGS, Changed, Chosen

HERE = Path(__file__).parent / "records"
CONTENT, REQUEST, SCAN = "c" * 64, "a" * 64, "5" * 64
PLATE = "蒙M-0B312"
ITEMS = {
    phase: dict.fromkeys((*checks.items(phase, winter=True), *checks.items(phase, winter=False)), "ok")
    for phase in checks.PHASES
}
Good = tuple[str, dict[str, Any]]
"""Who does an act, and with what."""
GOOD: dict[str, Good] = {
    "order.submit": ("5001", {"content": CONTENT}),
    "order.approve": ("2001", {"content": CONTENT, "urgency": 2}),
    "order.send_back": ("2001", {"content": CONTENT, "reason": "拼车"}),
    "order.cancel": ("5001", {"reason": "不去了"}),
    "order.dispatch": ("3001", {"vehicle": PLATE, "driver": "4001"}),
    "order.recall": ("3001", {"reason": "车坏了"}),
    "order.unmet": ("3001", {"reason": "无车"}),
    "order.depart": ("4001", {"odometer_km": 1000, "checks": "skipped"}),
    "order.return": ("4001", {"odometer_km": 1100}),
    "order.close": ("3001", {"receipts": "none"}),
    "supplement.request": ("3001", {
        "cause": "correction", "order": "7-00001", "why": "里程填错", "facts": "见仪表照片", "ended_by": "closed",
    }),
    "supplement.endorse": ("2001", {"request": REQUEST}),
    "supplement.refuse": ("2001", {"request": REQUEST, "reason": "不属实"}),
    "supplement.complete": ("3001", {
        "scan": SCAN, "scan_type": "application/pdf", "scan_size": 300_000, "seal_visible": True, "endorser": "李志强",
        "endorsed_on": "2026-11-01", "corrections": {"odometer_in_km": "1180"},
    }),
    "supplement.reject": ("6001", {"reason": "印章不清"}),
    "check.record": ("4001", {"plate": PLATE, "order": "7-00001"}),
    "fault.notice": ("4001", {"plate": PLATE, "terminal": "13800000312", "what": "灯不亮"}),
    "fault.report": ("3001", {"to": "厂家"}),
    "fault.await_part": ("3001", {"part": "天线"}),
    "fault.repair": ("3001", {"by": "厂家", "how": "更换天线"}),
    "expense.request": ("3001", {
        "plate": PLATE, "type": "fuel", "estimate_fen": 38_000, "supplier": "中石油", "why": "加油",
    }),
    "expense.approve": ("6001", {"request": REQUEST}),
    "expense.done": ("4001", {"actual_fen": 38_000, "ml": 50_000}),
    "expense.enter": ("7001", {"invoice": "123", "amount_fen": 38_000, "invoiced_on": "2026-10-20"}),
    "settlement.settle": ("7001", {}),
    "settlement.reconcile": ("7002", {"ledger_hash": "2" * 64, "difference_count": 0}),
    "settlement.confirm": ("6001", {}),
    "settlement.dispute": ("6001", {}),
    "settlement.reopen": ("6001", {"reason": "发票迟到"}),
}  # fmt: skip


@dataclass(frozen=True)
class Page:
    """One page: its name, what it says, the records, the settings, and the alarms expected, in words."""

    name: str
    say: str
    records: Records
    changed: Changed
    expect: list[dict[str, Any]]


def every() -> list[Page]:
    """All of them."""
    return [page for path in sorted(HERE.glob("*.toml")) for page in _of(path)]


def _of(path: Path) -> Iterator[Page]:
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    for number, page in enumerate(told["page"], 1):
        yield _page(f"{path.stem}-{number}", page)


def moment(text: str) -> int:
    """UTC ms of a local time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=LOCAL).timestamp()) * 1000


def _page(name: str, page: Mapping[str, Any]) -> Page:
    cases = list[Case]()
    for told in page.get("case", []):
        cases.append(_case(told, cases))
    records = Records(
        now_ms=moment(page["now"]),
        orders=tuple(_filed(told) for told in page.get("order", [])),
        cases=tuple(cases),
        terms=tuple(
            Term(each.get("of", PLATE), each["paper"], each["until"], _span(each)) for each in page.get("term", [])
        ),
        alone=tuple(
            Alone(each["plate"], moment(each["since"]), _or_none(each.get("confirmed")))
            for each in page.get("alone", [])
        ),
        untaken=tuple(
            Untaken(each["kind"], each.get("target", "order/7-00001"), each["reason"], moment(each["at"]), each["by"])
            for each in page.get("untaken", [])
        ),
    )
    changed = {key: Chosen(value, "local", "t") for key, value in page.get("settings", {}).items()}
    assert set(changed) <= set(SETTINGS)
    expect = [
        each | {"from_ms": moment(each["from"]), "until_ms": _or_none(each.get("until"))} for each in page["expect"]
    ]
    return Page(name, page["say"], records, changed, expect)


def _filed(told: Mapping[str, Any]) -> Filed:
    order: Order = order_rule.fold(told["id"], list(_facts("order", told)))
    assert len(order.refused) == told.get("refused", 0), order.refused
    return Filed(order, _or_none(told.get("start")))


def _case(told: Mapping[str, Any], before: list[Case]) -> Case:
    kind, facts = CASES[told["kind"]], []
    for fact in _facts(told["kind"], told):
        detail = dict(fact.detail)
        if fact.act in {settlement.Act.SETTLE, settlement.Act.RECONCILE} and "hash" not in detail:
            detail["hash"] = _books(before, str(told["month"]), fact.at_ms)
        if fact.act == settlement.Act.SETTLE:
            detail["month"] = told["month"]
        if kind is checks.KIND:
            detail["items"] = ITEMS[str(detail["phase"])]
        facts.append(Fact(act=fact.act, by=fact.by, at_ms=fact.at_ms, record=REQUEST, detail=detail))
    case = case_rule.fold(kind, told["id"], facts)
    assert case.refused == (), case.refused
    return case


def _books(before: list[Case], month: str, at_ms: int) -> str:
    """The hash of a month's books as they stood at a moment."""
    spent = [case for case in before if case.kind == expense.KIND.name]
    then = [case_rule.fold(expense.KIND, case.id, [f for f in case.facts if f.at_ms <= at_ms]) for case in spent]
    return settlement.digest(settlement.books(then, month))


def _facts(kind: str, told: Mapping[str, Any]) -> Iterator[Fact]:
    for at, act, *more in told["facts"]:
        by, good = GOOD[f"{kind}.{act}"]
        given = dict(more[0]) if more else {}
        who = given.pop("by", by)
        detail = good | {name: moment(text) if name.endswith("_ms") else text for name, text in given.items()}
        yield Fact(act=act, by=who, at_ms=moment(at), record=REQUEST, detail=detail)


def _span(each: Mapping[str, Any]) -> Span:
    return Span(_or_none(each.get("from")) or 0, _or_none(each.get("to")) or FOR_EVER)


def _or_none(text: str | None) -> int | None:
    return None if text is None else moment(text)
