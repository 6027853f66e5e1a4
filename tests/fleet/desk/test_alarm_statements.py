"""What a node states of its alarms: once, and not again when what was said of them has long come to rest."""

from __future__ import annotations

import pytest

from fleet.desk.alarm_records import without_effect
from fleet.desk.alarms import record
from fleet.ledger.operation import Author
from fleet.ledger.store import Held, Refusal
from fleet.rules.alarm.reconcile import TOLD_MS
from fleet.rules.alarm.verdict import Verdict
from tests.fleet.ledger.store_acceptance import THEIRS, an_operation
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


def test_what_is_refused_after_a_record_without_effect_is_another_thing_than_that_record() -> None:
    last = an_operation(THEIRS, 3)
    refusals = [Refusal(last.head, "no_role", 1_000), Refusal(last.head, "chain", 2_000)]

    found = without_effect([Held(last.data, None, "no_role")], refusals)

    assert [(each.reason, each.target) for each in found] == [
        ("no_role", last.operation.target), ("chain", f"node/{THEIRS.node}"),
    ]  # fmt: skip
