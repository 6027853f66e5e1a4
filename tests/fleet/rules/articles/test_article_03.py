"""Article 3: discipline, finance, audit and the vehicle authority supervise; what they look at follows from records."""

from __future__ import annotations

from fleet.desk.flags import flags
from fleet.rules.alarm.catalogue import CATALOGUE
from fleet.rules.cases import CASES
from fleet.rules.roles import MAY, UNIT_ROLES, Role
from tests.fleet.rules.articles.unit import HOUR_MS, Unit


def test_a_supervisor_is_nobody_of_the_unit_and_writes_no_fact_of_it() -> None:
    assert Role.SUPERVISOR not in UNIT_ROLES
    assert all(Role.SUPERVISOR not in roles for roles in MAY.values())
    theirs = {act for kind in CASES.values() for act, deed in kind.acts.items() if Role.SUPERVISOR in deed.roles}
    assert theirs == {"accept", "uphold"}  # it judges what was explained to it


def test_a_unit_that_did_everything_in_order_raises_no_flag_but_what_its_papers_say(unit: Unit) -> None:
    found = {flag.finding for flag in flags(unit.state, unit.now_ms)}

    assert found <= {"calendar_missing"}
    assert unit.alarms(*CATALOGUE) == []


def test_every_flag_names_its_article_its_subject_and_since_when(unit: Unit) -> None:
    unit.apply()
    unit.do("approver-1", unit.open("dispatcher-1", "supplement", **unit.a_request()), "refuse", reason="Unknown")
    unit.time.pass_ms(HOUR_MS)

    found = flags(unit.state, unit.now_ms)

    assert "trip_unauthorised" in {flag.finding for flag in found}
    assert [verdict.facts["what"] for verdict in unit.alarms(*CATALOGUE)] == ["decision_late"]
    assert all(flag.article and flag.subject and flag.since_ms <= unit.now_ms for flag in found)
    assert {flag.grade for flag in found} <= {"info", "notice", "serious", "critical"}
