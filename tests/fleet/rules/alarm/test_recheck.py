"""Looking again at signed alarms: what can be checked, and what a check comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from fleet.rules.alarm.catalogue import RULE_VERSION
from fleet.rules.alarm.life import State
from fleet.rules.alarm.recheck import RECORDS, Ground, Result, Why, recheck, unchecked
from fleet.rules.alarm.reconcile import first
from fleet.rules.alarm.spans import Span
from fleet.rules.alarm.verdict import Verdict
from fleet.rules.case import Case
from fleet.rules.settings import Changed

HOUR_MS = 3_600_000
DAY = Span(0, 24 * HOUR_MS)
HELD = Ground(held=(DAY,))


def a_verdict(code: str = "A01", from_h: float = 10, until_h: float | None = 11, **more: object) -> Verdict:
    made = Verdict(
        code=code,
        plate="P",
        from_ms=round(from_h * HOUR_MS),
        until_ms=None if until_h is None else round(until_h * HOUR_MS),
        grade="serious",
        facts={"moved_m": 5_000},
    )
    return replace(made, **more)  # type: ignore[arg-type]


def on_record(verdict: Verdict, number: int = 1, state: State = State.OPEN, **data: object) -> Case:
    body = {**first(verdict), **data}
    return Case(id=f"1-{number:05}", kind="alarm", state=state, plate="P", order=verdict.order, data=body)


def looked(cases: Sequence[Case], shown: Sequence[Verdict], ground: Ground = HELD) -> list[tuple[str, str, str]]:
    def judged(_at_ms: int, _settings: Changed | None = None, /) -> Sequence[Verdict]:
        return shown

    found = recheck(cases, judged, lambda _: False, ground, DAY)
    return [(each.code, each.result.value, each.why.value) for each in found]


@pytest.mark.parametrize(
    ("verdict", "ground", "why"),
    [
        (a_verdict(), HELD, None),
        (a_verdict(), Ground(), Why.UNNAMED),
        (a_verdict(), Ground(awaited=(DAY,)), Why.AWAITED),
        (a_verdict(), Ground(held=(Span(0, 10 * HOUR_MS),), awaited=(Span(10 * HOUR_MS, 24 * HOUR_MS),)), Why.AWAITED),
        (a_verdict(), Ground(held=(DAY,), apart=(Span(10 * HOUR_MS, 12 * HOUR_MS),)), Why.CONFIDENTIAL),
        (a_verdict(until_h=None), HELD, Why.GOING_ON),
        (a_verdict(provisional=True), HELD, Why.GOING_ON),
        (a_verdict("A28"), HELD, Why.RECORDS),
    ],
)
def test_an_alarm_is_checked_only_where_all_of_its_track_is_here(
    verdict: Verdict, ground: Ground, why: Why | None
) -> None:
    assert unchecked(on_record(verdict), ground) == why


def test_alarms_of_records_need_no_track_and_are_compared_while_they_go_on() -> None:
    goes_on = a_verdict("A15", until_h=None)

    assert unchecked(on_record(goes_on), RECORDS) is None
    assert looked([on_record(goes_on)], [goes_on], RECORDS) == [("A15", Result.AGREES, Why.SAME)]
    assert looked([], [goes_on], RECORDS) == [("A15", Result.MISSING, Why.NOT_RAISED)]
    assert looked([on_record(goes_on)], [], RECORDS) == [("A15", Result.DIFFERS, Why.NOT_SHOWN)]


def test_a_record_that_does_not_prove_itself_is_compared_where_it_is_held_and_not_where_it_was_handed() -> None:
    held, handed = a_verdict("A31", facts={"record": "order.approve"}), a_verdict("A31", facts={"cause": "chain"})

    assert looked([on_record(held)], [held], RECORDS) == [("A31", Result.AGREES, Why.SAME)]
    assert looked([on_record(held)], [], RECORDS) == [("A31", Result.DIFFERS, Why.NOT_SHOWN)]
    assert looked([], [held], RECORDS) == [("A31", Result.MISSING, Why.NOT_RAISED)]
    assert looked([on_record(handed)], [], RECORDS) == [("A31", Result.UNCHECKED, Why.RECORDS)]


def test_an_alarm_of_other_rules_is_not_judged_by_these() -> None:
    assert unchecked(on_record(a_verdict(), rule=RULE_VERSION + 1), HELD) == Why.OTHER_RULES


@pytest.mark.parametrize(
    ("cases", "shown", "comes"),
    [
        ([on_record(a_verdict())], [a_verdict()], [("A01", Result.AGREES, Why.SAME)]),
        ([on_record(a_verdict())], [a_verdict(from_h=10.05)], [("A01", Result.DIFFERS, Why.OTHERWISE)]),
        (
            [on_record(a_verdict())],
            [a_verdict(facts={"moved_m": 5_150})],
            [("A01", Result.AGREES, Why.SAME)],
        ),
        ([on_record(a_verdict())], [], [("A01", Result.DIFFERS, Why.NOT_SHOWN)]),
        ([on_record(a_verdict("A07"))], [], [("A07", Result.UNCHECKED, Why.RADIO)]),
        ([], [a_verdict()], [("A01", Result.MISSING, Why.NOT_RAISED)]),
        ([], [a_verdict("A07"), a_verdict("A08", grade="status")], []),
        ([], [a_verdict(provisional=True)], []),
        ([], [a_verdict(cut=True)], []),
        ([], [a_verdict(until_h=None)], []),
        ([on_record(a_verdict(), state=State.WITHDRAWN)], [a_verdict()], [("A01", Result.MISSING, Why.WITHDRAWN)]),
        ([on_record(a_verdict(), state=State.WITHDRAWN)], [], []),
        (
            [on_record(a_verdict(until_h=10.5))],
            [a_verdict(until_h=10.5), a_verdict(from_h=10.55, until_h=11)],
            [("A01", Result.AGREES, Why.SAME), ("A01", Result.MISSING, Why.NOT_RAISED)],
        ),
        (
            [on_record(a_verdict(), 1), on_record(a_verdict(from_h=14, until_h=15), 2)],
            [a_verdict(), a_verdict(from_h=14, until_h=15)],
            [("A01", Result.AGREES, Why.SAME)] * 2,
        ),
    ],
)
def test_what_a_look_comes_to(cases: list[Case], shown: list[Verdict], comes: list[tuple[str, Result, Why]]) -> None:
    assert looked(cases, shown) == comes
