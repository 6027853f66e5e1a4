"""What is on record follows what facts show, however they come: late, in pieces, twice, with a restart in between."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from fleet.rules.alarm.facts import Facts
from fleet.rules.alarm.judging import judge
from fleet.rules.alarm.life import KIND, Act, State
from fleet.rules.alarm.reconcile import changes, facts_of, span_of
from fleet.rules.alarm.verdict import Verdict
from fleet.rules.case import Case, advance
from fleet.rules.facts import Fact
from fleet.tracks.track import judged
from tests.fleet.rules.alarm.scenario import Scenario, every

NOON_MS = 1_790_000_000_000
SCENARIOS = every()


class Record:
    """The alarms on record of one vehicle: nothing else is kept between two looks, so every look is after a restart."""

    def __init__(self) -> None:
        self.cases: dict[str, Case] = {}
        self.stated = 0

    def look(self, verdicts: list[Verdict], from_ms: int) -> list[Act]:
        found = changes(self.cases.values(), verdicts, from_ms)
        for change in found:
            self.stated += 1
            case_id = change.case or f"7-{len(self.cases) + 1:05d}"
            case = self.cases.get(case_id) or Case(id=case_id, kind=KIND.name)
            fact = Fact(act=change.act, by="", at_ms=NOON_MS, record="a" * 64, detail=change.body)
            self.cases[case_id] = advance(KIND, case, fact)
            assert self.cases[case_id].refused == ()
        return [change.act for change in found]

    def standing(self) -> list[tuple[object, ...]]:
        cases = [case for case in self.cases.values() if case.state != State.WITHDRAWN]
        return sorted((_said(case) for case in cases), key=repr)


def _said(case: Case) -> tuple[object, ...]:
    until_ms = case.whole("until_ms")
    facts = facts_of(case) if until_ms is not None else {}
    return (
        case.text("code"), case.text("subject"), case.whole("from_ms"), until_ms, case.text("grade"), case.order,
        case.text("driver"), bool(case.data.get("provisional")), sorted(facts.items()),
    )  # fmt: skip


def wanted(verdicts: list[Verdict]) -> list[tuple[object, ...]]:
    record = Record()
    record.look(verdicts, 0)
    return record.standing()


def as_of(facts: Facts, scenario: Scenario, points: list[object]) -> list[Verdict]:
    return judge(replace(facts, track=judged(points)), scenario.changed)  # type: ignore[arg-type]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
@pytest.mark.parametrize("pieces", [2, 5])
def test_in_whatever_pieces_reports_come_what_stands_in_the_end_is_the_same(scenario: Scenario, pieces: int) -> None:
    rng, record, known = random.Random(f"{scenario.name}/{pieces}"), Record(), list[object]()
    points = scenario.points * 2
    rng.shuffle(points)
    for piece in range(pieces):
        batch = points[piece::pieces]
        known += batch
        record.look(as_of(scenario.facts, scenario, known), min(point.device_ms for point in batch))

    final = judge(scenario.facts, scenario.changed)
    assert record.standing() == wanted(final)
    assert record.look(final, 0) == [], "and nothing is said twice"


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
def test_told_as_it_happens_an_alarm_costs_a_few_statements_however_long_it_lasts(scenario: Scenario) -> None:
    record, known = Record(), list[object]()
    points = sorted(scenario.points, key=lambda point: point.arrival_ms)
    for begin in range(0, len(points), 7):
        batch = points[begin : begin + 7]
        known += batch
        now_ms = max(point.arrival_ms for point in batch)
        record.look(
            as_of(replace(scenario.facts, now_ms=now_ms), scenario, known), min(point.device_ms for point in batch)
        )
    record.look(judge(scenario.facts, scenario.changed), points[-1].device_ms if points else 0)

    assert record.standing() == wanted(judge(scenario.facts, scenario.changed))
    assert record.stated <= 4 * (len(scenario.expect) + 2)


def a_verdict(**changed: object) -> Verdict:
    given: dict[str, object] = {
        "code": "A01", "plate": "蒙M-0B312", "from_ms": NOON_MS, "until_ms": NOON_MS + 600_000, "grade": "serious",
        "facts": {"moved_m": 320},
    }  # fmt: skip
    return Verdict(**(given | changed))  # type: ignore[arg-type]


def test_an_episode_whose_beginning_moves_stays_the_alarm_it_was() -> None:
    record = Record()
    record.look([a_verdict()], NOON_MS)

    assert record.look([a_verdict(from_ms=NOON_MS - 900_000)], NOON_MS - 900_000) == [Act.AMEND]
    assert [case.whole("from_ms") for case in record.cases.values()] == [NOON_MS - 900_000]


def test_what_was_cut_off_at_the_beginning_keeps_the_beginning_on_record() -> None:
    record = Record()
    record.look([a_verdict(until_ms=None)], NOON_MS)

    assert record.look([a_verdict(until_ms=None, from_ms=NOON_MS + 60_000, cut=True)], NOON_MS + 60_000) == []


def test_what_late_reports_show_to_be_wrong_is_withdrawn_and_what_ended_before_them_is_left_alone() -> None:
    record = Record()
    record.look([a_verdict(), a_verdict(code="A06", from_ms=NOON_MS - 3_600_000, until_ms=NOON_MS - 3_000_000)], 0)

    assert record.look([], NOON_MS) == [Act.WITHDRAW]
    assert [case.text("code") for case in record.cases.values() if case.state == State.WITHDRAWN] == ["A01"]


def test_what_waited_for_reports_is_settled_long_after_it_ended() -> None:
    record = Record()
    record.look([a_verdict(provisional=True)], NOON_MS)

    assert record.look([a_verdict()], NOON_MS + 86_400_000) == [Act.CONFIRM]


@pytest.mark.parametrize("scenario", [one for one in SCENARIOS if one.name.startswith(("A14", "A18"))])
def test_what_ended_before_a_look_begins_is_not_told_by_it(scenario: Scenario) -> None:
    whole = judge(scenario.facts, scenario.changed)
    later_ms = scenario.facts.now_ms
    begins_later = replace(scenario.facts, track=judged([]), since_ms=later_ms)

    told = judge(begins_later, scenario.changed)
    assert all(each.span.until_ms > later_ms for each in told), "what records tell of it is less than was known"
    record = Record()
    record.look(whole, 0)
    ended = [each for each in whole if each.span.until_ms <= later_ms]
    assert record.look([*ended, *told], later_ms) == []


def test_a_verdict_that_comes_back_is_a_new_alarm() -> None:
    record = Record()
    record.look([a_verdict()], NOON_MS)
    record.look([], NOON_MS)

    assert record.look([a_verdict()], NOON_MS) == [Act.RAISE]
    assert len(record.cases) == 2


def test_two_at_once_are_told_apart_by_their_subject() -> None:
    record = Record()
    both = [a_verdict(code="A20", subject="温泉宾馆"), a_verdict(code="A20", subject="度假村")]
    record.look(both, NOON_MS)

    assert record.look([both[1]], NOON_MS) == [Act.WITHDRAW]
    assert [case.text("subject") for case in record.cases.values() if case.state == State.OPEN] == ["度假村"]


def test_a_state_is_never_put_on_record() -> None:
    assert Record().look([a_verdict(code="A08", grade="status")], 0) == []


def test_a_span_goes_on_until_it_ends() -> None:
    record = Record()
    record.look([a_verdict(until_ms=None, grade="notice")], 0)
    [case] = record.cases.values()
    assert span_of(case).until_ms > NOON_MS * 2

    assert record.look([a_verdict(until_ms=None, grade="serious")], NOON_MS) == [Act.AMEND]
    assert record.look([a_verdict(until_ms=None, grade="serious", facts={"moved_m": 999})], NOON_MS) == []
