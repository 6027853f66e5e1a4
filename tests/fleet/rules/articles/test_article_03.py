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


def test_a_unit_that_did_everything_in_order_raises_no_alarm_and_no_flag_but_of_its_calendar(unit: Unit) -> None:
    found = {flag.finding for flag in flags(unit.state, unit.now_ms)}

    assert found <= {"calendar_missing"}
    assert unit.alarms(*CATALOGUE) == []


def test_every_alarm_of_records_names_its_subject_and_since_when(unit: Unit) -> None:
    order = unit.apply()
    case = unit.open("dispatcher-1", "supplement", **unit.a_request())
    unit.do("approver-1", case, "refuse", reason="Unknown")
    unit.time.pass_ms(HOUR_MS)

    found = unit.alarms(*CATALOGUE)

    assert [(verdict.code, verdict.facts["what"], verdict.facts["about"]) for verdict in found] == [
        ("A25", "decision_late", order), ("A01", "trip_unauthorised", case.id),
    ]  # fmt: skip
    assert all(verdict.subject and verdict.from_ms <= unit.now_ms for verdict in found)
