"""Every scenario gives exactly the alarms that stand beside it, and it is the same whatever happened on the way."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise

import pytest

from fleet.rules.alarm.catalogue import CATALOGUE
from fleet.rules.alarm.facts import Facts
from fleet.rules.alarm.judging import RULES, judge
from fleet.rules.alarm.spans import Span
from fleet.rules.alarm.verdict import Verdict
from fleet.tracks.track import judged
from tests.fleet.rules.alarm.scenario import Scenario, every

SCENARIOS = every()
HOUR_MS = 3_600_000
NEAR_MS = 150_000
"""Expected times are written to the minute; reports are some time apart."""


def told(verdicts: list[Verdict]) -> list[str]:
    return [f"{each.code} {each.grade} {each.facts}" for each in verdicts if each.grade != "status"]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
def test_a_scenario_raises_what_is_written_beside_it_and_nothing_else(scenario: Scenario) -> None:
    verdicts = judge(scenario.facts, scenario.changed)
    expected = sorted(scenario.expect, key=lambda each: (each["code"], each["from_ms"]))
    found = [each for each in verdicts if each.grade != "status" or any(e["code"] == each.code for e in expected)]
    found.sort(key=lambda each: (each.code, each.from_ms))

    assert [(each.code, each.grade) for each in found] == [
        (each["code"], each.get("grade", CATALOGUE[each["code"]].grade)) for each in expected
    ], (scenario.say, told(verdicts))
    for verdict, wanted in zip(found, expected, strict=True):
        assert abs(verdict.from_ms - wanted["from_ms"]) <= NEAR_MS, (scenario.say, wanted, verdict)
        assert (verdict.until_ms is None) == (wanted["until_ms"] is None), (scenario.say, wanted, verdict)
        if verdict.until_ms is not None:
            assert abs(verdict.until_ms - wanted["until_ms"]) <= NEAR_MS, (scenario.say, wanted, verdict)
        assert verdict.provisional == wanted.get("provisional", False), (scenario.say, wanted, verdict)
        assert verdict.order == wanted.get("order", verdict.order)
        assert verdict.driver == wanted.get("driver", verdict.driver)
        facts = wanted.get("facts", {})
        assert {name: verdict.facts.get(name) for name in facts} == facts
        assert wanted["why"]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
def test_order_of_arrival_batches_and_repetition_change_nothing(scenario: Scenario) -> None:
    wanted, rng = judge(scenario.facts, scenario.changed), random.Random(scenario.name)
    points = scenario.points + rng.sample(scenario.points, len(scenario.points) // 3)
    rng.shuffle(points)

    assert judge(scenario.judged_from(points), scenario.changed) == wanted


@pytest.mark.parametrize("code", RULES)
def test_every_rule_of_tracks_has_a_scenario_that_raises_and_a_near_miss_that_does_not(code: str) -> None:
    family = [each for each in SCENARIOS if each.name.startswith(f"{code}-")]

    assert any(e["code"] == code for each in family for e in each.expect)
    assert any(all(e["code"] != code for e in each.expect) for each in family)


@pytest.mark.parametrize("scenario", [each for each in SCENARIOS if each.name.startswith("A18-")], ids=lambda s: s.name)
def test_of_two_fills_a_look_says_the_same_from_wherever_it_begins_or_nothing(scenario: Scenario) -> None:
    whole = {str(each) for each in fills_told(scenario.facts, scenario)}
    for before, after in pairwise(sorted(scenario.facts.fills)):
        for since_ms in range(before.at_ms - HOUR_MS, after.at_ms + HOUR_MS, HOUR_MS // 2):
            late = [point for point in scenario.points if point.device_ms >= since_ms]
            seen = replace(scenario.facts, track=judged(late), since_ms=since_ms)
            assert {str(each) for each in fills_told(seen, scenario)} <= whole, since_ms

    reached = scenario.facts.reach_ms(Span(scenario.facts.fills[-1].at_ms)) if scenario.facts.fills else 0
    assert all(reached <= fill.at_ms for fill in sorted(scenario.facts.fills)[-2:]), "a look begins before both"


def fills_told(facts: Facts, scenario: Scenario) -> list[Verdict]:
    return [each for each in judge(facts, scenario.changed) if each.facts.get("what") == "two_fills"]
