"""Alarms of records, page by page, each with what raises it and a near miss; and the table all alarms stand in."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from fleet.rules.alarm import judging
from fleet.rules.alarm.catalogue import CATALOGUE, GRADES
from fleet.rules.alarm.records import RULES, judge
from fleet.rules.alarm.spans import Span
from fleet.rules.alarm.unit import silence, unheard
from fleet.rules.settings import SETTINGS, Chosen
from fleet.words import LANGUAGES, Words
from tests.fleet.rules.alarm.record_page import Page, every

H = 3_600_000
DAY = 24 * H
PAGES = every()
NEAR_MS = 60_000
"""Moments are written to the minute and last a millisecond."""


def test_the_catalogue_has_every_code_once_and_every_rule_is_asked() -> None:
    assert [*CATALOGUE] == [f"A{number:02d}" for number in range(1, 34)]
    assert set(judging.RULES) == {code for code, line in CATALOGUE.items() if line.basis in {"track", "terminal"}}
    assert set(RULES) == {code for code, line in CATALOGUE.items() if line.basis == "records"}
    assert [code for code, line in CATALOGUE.items() if line.basis == "central"] == ["A09"]
    assert all(name in SETTINGS for line in CATALOGUE.values() for name in line.settings)
    assert {line.grade for line in CATALOGUE.values()} <= {*GRADES, "status"}


@pytest.mark.parametrize("page", PAGES, ids=lambda each: each.name)
def test_a_page_raises_what_is_written_beside_it_and_nothing_else(page: Page) -> None:
    found = judge(page.records, page.changed).verdicts
    expected = sorted(page.expect, key=lambda each: (each["from_ms"], each["code"]))

    assert [(each.code, each.grade) for each in found] == [
        (each["code"], each.get("grade", CATALOGUE[each["code"]].grade)) for each in expected
    ], (page.say, found)
    for verdict, wanted in zip(found, expected, strict=True):
        assert abs(verdict.from_ms - wanted["from_ms"]) <= NEAR_MS, (page.say, wanted, verdict)
        assert (verdict.until_ms is None) == (wanted["until_ms"] is None), (page.say, wanted, verdict)
        if verdict.until_ms is not None:
            assert abs(verdict.until_ms - wanted["until_ms"]) <= NEAR_MS, (page.say, wanted, verdict)
        assert (verdict.order, verdict.staff) == (
            wanted.get("order", verdict.order), wanted.get("staff", verdict.staff),
        )  # fmt: skip
        facts = wanted.get("facts", {})
        assert {name: verdict.facts.get(name) for name in facts} == facts
        assert set(verdict.limits) == set(CATALOGUE[verdict.code].settings)
        assert wanted["why"]


@pytest.mark.parametrize("page", PAGES, ids=lambda each: each.name)
def test_the_order_in_which_records_came_changes_nothing(page: Page) -> None:
    names = ("orders", "cases", "terms", "alone", "untaken")
    mixed = {name: tuple(random.Random(1).sample(held, len(held))) for name in names if (held := _held(page, name))}

    shuffled = replace(page.records, **mixed)  # type: ignore[arg-type]
    assert judge(shuffled, page.changed) == judge(page.records, page.changed)


def _held(page: Page, name: str) -> tuple[object, ...]:
    held: tuple[object, ...] = getattr(page.records, name)
    return held


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", [page for page in PAGES if page.expect], ids=lambda each: each.name)
def test_what_was_seen_is_said_whole_in_both_languages(page: Page, language: str) -> None:
    words = Words(language)  # type: ignore[arg-type]
    for verdict in judge(page.records, page.changed).verdicts:
        told = words.told({"from_ms": verdict.from_ms, "until_ms": verdict.until_ms, **verdict.facts})
        said = words.variant(f"alarm.{verdict.code}.facts", verdict.facts.get("what"), **told)

        assert not said.startswith("alarm.")
        assert "{" not in said
        assert "_" not in said, "every code has its words"


@pytest.mark.parametrize("code", RULES)
def test_every_rule_of_records_has_a_page_that_raises_and_a_near_miss_that_does_not(code: str) -> None:
    family = [each for each in PAGES if each.name.startswith(f"{code}-")]

    assert any(e["code"] == code for each in family for e in each.expect)
    assert any(all(e["code"] != code for e in each.expect) for each in family)


@pytest.mark.parametrize(
    ("silent_h", "apart", "grade"),
    [(23, [], ""), (25, [], "notice"), (71, [], "notice"), (73, [], "serious"), (25, [Span(2 * H, 10 * H)], ""),
     (90, [Span(0, 30 * H)], "notice")],
)  # fmt: skip
def test_a_unit_not_heard_is_told_in_two_steps_and_when_central_did_not_listen_does_not_count(
    silent_h: int, apart: list[Span], grade: str
) -> None:
    found = silence("lyj", 0, silent_h * H, apart)

    assert unheard(0, silent_h * H, apart) == grade
    assert (found.grade if found else "") == grade
    assert found is None or found.from_ms == 24 * H + sum(span.length_ms for span in apart)


def test_of_a_unit_never_heard_nothing_is_said_and_the_steps_are_settings() -> None:
    assert unheard(None, DAY) == ""
    assert unheard(0, 13 * H, (), {"unheard_notice_h": Chosen(12, "local", "c")}) == "notice"
