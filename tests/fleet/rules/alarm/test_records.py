"""Alarms of records and of central, each with what raises it and a near miss; and the table they all stand in."""

from __future__ import annotations

import pytest

from fleet.rules.alarm.catalogue import CATALOGUE, GRADES
from fleet.rules.alarm.judging import RULES
from fleet.rules.alarm.records import Untaken, of_flags, of_untaken
from fleet.rules.alarm.spans import Span
from fleet.rules.alarm.unit import unheard
from fleet.rules.flags import Flag
from fleet.rules.settings import SETTINGS, Chosen

H = 3_600_000
DAY = 24 * H


def test_the_catalogue_has_every_code_once_and_every_rule_is_asked() -> None:
    assert [*CATALOGUE] == [f"A{number:02d}" for number in range(1, 34)]
    judged = {code for code, line in CATALOGUE.items() if line.basis in {"track", "terminal"}}
    assert set(RULES) == judged
    assert all(name in SETTINGS for line in CATALOGUE.values() for name in line.settings)
    assert {line.grade for line in CATALOGUE.values()} <= {*GRADES, "status"}


def test_a_finding_with_a_code_is_an_alarm_and_one_without_is_none() -> None:
    late = Flag(
        finding="supplement_late", code="A15", grade="notice", article="12", subject="supplement/7-00001", since_ms=5,
        facts={"deadline_ms": 4, "plate": "蒙M-0B312", "requested_ms": None},
    )  # fmt: skip
    meeting = Flag(finding="minutes_due", code="", grade="notice", article="9", subject="minutes", since_ms=5)

    [alarm] = of_flags([late, meeting])

    assert (alarm.code, alarm.plate, alarm.from_ms, alarm.until_ms) == ("A15", "蒙M-0B312", 5, None)
    assert alarm.facts == {"deadline_ms": 4, "plate": "蒙M-0B312"}
    assert alarm.subject == "supplement_late supplement/7-00001"


@pytest.mark.parametrize(
    ("kind", "reason", "code"),
    [
        ("order.approve", "no_role", "A26"),
        ("order.approve", "delegation_over", "A26"),
        ("supplement.endorse", "no_delegation", "A26"),
        ("order.dispatch", "no_role", ""),
        ("order.approve", "content_changed", ""),
        ("order.approve", "person_signature", "A31"),
        ("vehicle.seen", "chain", "A31"),
        ("vehicle.seen", "node_revoked", ""),
    ],
)
def test_what_the_ledger_did_not_take_is_an_alarm_where_it_was_a_trick(kind: str, reason: str, code: str) -> None:
    found = of_untaken([Untaken(kind, "order/7-00001", reason, 5, "2001")])

    assert [(each.code, each.grade, each.facts["by"]) for each in found] == (
        [(code, "critical", "2001")] if code else []
    )


@pytest.mark.parametrize(
    ("silent_h", "announced", "grade"),
    [(23, [], ""), (25, [], "notice"), (71, [], "notice"), (73, [], "serious"), (25, [Span(2 * H, 10 * H)], ""),
     (90, [Span(0, 30 * H)], "notice")],
)  # fmt: skip
def test_a_unit_not_heard_is_told_in_two_steps_and_an_announced_outage_does_not_count(
    silent_h: int, announced: list[Span], grade: str
) -> None:
    assert unheard(0, silent_h * H, announced) == grade


def test_of_a_unit_never_heard_nothing_is_said_and_the_steps_are_settings() -> None:
    assert unheard(None, DAY) == ""
    assert unheard(0, 13 * H, (), {"unheard_notice_h": Chosen(12, "local", "c")}) == "notice"
