"""What a node states of its alarms: once, and not again when what was said of them has long come to rest."""

from __future__ import annotations

import pytest

from fleet.desk.alarms import record
from fleet.ledger.operation import Author
from fleet.rules.alarm.reconcile import TOLD_MS
from fleet.rules.alarm.verdict import Verdict
from tests.fleet.rules.articles.unit import Unit

ME = Author(1, 1)


@pytest.mark.parametrize(("ended_ago_ms", "stated"), [(TOLD_MS - 1, ["raise"]), (TOLD_MS, [])])
def test_an_old_receipt_stays_among_the_facts_for_ever_and_is_said_only_while_it_is_new(
    ended_ago_ms: int, stated: list[str]
) -> None:
    unit = Unit()
    ended_ms = unit.now_ms - ended_ago_ms
    old = Verdict(code="A18", plate="NM-1", from_ms=ended_ms - 1, until_ms=ended_ms, grade="serious", subject="x")

    found = record(unit.host.replica, ME, "NM-1", [old], 0, unit.now_ms)
    again = record(unit.host.replica, ME, "NM-1", [old], 0, unit.now_ms)

    assert [change.act for change in found] == stated
    assert again == []
