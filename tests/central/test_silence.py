"""A unit that is not heard is an alarm of central's own (A09), and what central itself missed is nobody's silence."""

from __future__ import annotations

import pytest

from central.region import Region
from central.service import Service
from central.silence import SETTLE_MS, Silence
from fleet.rules.alarm import life
from fleet.rules.case import Case
from tests.central.test_tracks import told as converse
from tests.central.unit import HOUR_MS, StillClock, Unit

pytestmark = pytest.mark.anyio
DAY_MS = 24 * HOUR_MS


async def hears(service: Service, unit: Unit) -> None:
    await service.do(lambda region: converse(region, unit))


async def alarms(service: Service, unit: Unit) -> list[Case]:
    def read(region: Region) -> list[Case]:
        cases = region.replica(unit.code).state.cases
        return [cases[target] for target in cases if target.startswith("alarm/")]

    return await service.do(read)


async def passes(silence: Silence, clock: StillClock, hours: int) -> None:
    """Central runs for so long, and looks every hour."""
    for _ in range(hours):
        clock.time_ms += HOUR_MS
        await silence.turn()


async def test_a_unit_not_heard_for_a_day_is_told_once_graver_after_three_and_over_when_it_is_heard(
    served: Service, unit: Unit, clock: StillClock
) -> None:
    await hears(served, unit)
    silence = Silence(served)
    await passes(silence, clock, 23)
    assert await alarms(served, unit) == []

    await passes(silence, clock, 3)
    [alarm] = await alarms(served, unit)
    assert (alarm.text("code"), alarm.text("grade"), alarm.state) == ("A09", "notice", life.State.OPEN)
    heard_ms = int(dict(alarm.data["facts"])["heard_ms"])  # type: ignore[call-overload]
    assert (alarm.whole("from_ms"), alarm.text("subject")) == (heard_ms + DAY_MS, unit.code)
    assert alarm.data["limits"] == {"unheard_notice_h": "24 local", "unheard_serious_h": "72 local"}

    await passes(silence, clock, 50)
    await hears(served, unit)
    await silence.turn()
    [alarm] = await alarms(served, unit)
    assert [fact.act for fact in alarm.facts] == ["raise", "amend", "amend"]
    assert (alarm.text("grade"), alarm.state) == ("serious", life.State.OPEN)
    assert clock.time_ms - (alarm.whole("until_ms") or 0) < HOUR_MS, "it ended when the unit was heard"

    await hears(served, unit)
    theirs = unit.replica.state.cases[f"alarm/{alarm.id}"]
    assert theirs.data == alarm.data, "the unit may read it, and answer"


async def test_time_in_which_central_did_not_run_is_nobodys_silence_and_ends_no_alarm(
    served: Service, unit: Unit, clock: StillClock
) -> None:
    await hears(served, unit)
    await passes(Silence(served), clock, 20)
    clock.time_ms += 5 * DAY_MS

    again = Silence(served)
    await again.turn()
    await passes(again, clock, 4)
    assert await alarms(served, unit) == [], "twenty hours and what is left after settling"

    await passes(again, clock, SETTLE_MS // HOUR_MS)
    [alarm] = await alarms(served, unit)
    clock.time_ms += DAY_MS
    await Silence(served).turn()
    assert [each.whole("until_ms") for each in await alarms(served, unit)] == [None]
    assert alarm.text("grade") == "notice"


async def test_of_a_unit_that_was_never_heard_nothing_is_said(served: Service, unit: Unit, clock: StillClock) -> None:
    await passes(Silence(served), clock, 100)

    assert await alarms(served, unit) == []
