"""Who may do what, from the console: proposed by one, agreed to by another, at the same console or at another one."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from fleet.words import LANGUAGES, Language, Words
from tests.edge.web.conftest import PINS
from tests.tui.consoles import shown
from tests.tui.real_node import RealNode, at_desk, settled, the_form
from tui.cells import capital
from tui.screens.choose import ChooseDialog
from tui.screens.people import GrantScreen, PeopleScreen, PersonScreen

pytestmark = pytest.mark.anyio


async def to_people(pilot: Pilot[None]) -> None:
    """By the command line, in letters that need no input method."""
    await pilot.press("colon", *"people", "enter")
    await settled(pilot, lambda: isinstance(pilot.app.screen, PeopleScreen) and "1001" in shown(pilot))


async def to_person(pilot: Pilot[None], person: str) -> None:
    held = pilot.app.screen.query_one("#people-held")
    at = [one["person"] for one in held._items].index(person)  # type: ignore[attr-defined]
    await pilot.press("1", *["down"] * at, "enter")
    await settled(pilot, lambda: isinstance(pilot.app.screen, PersonScreen) and person in shown(pilot))


async def to_waiting(pilot: Pilot[None]) -> None:
    """What waits for somebody's word stands first."""
    grants = pilot.app.screen.query_one("#grants")
    await settled(pilot, lambda: bool(grants._items) and grants._items[0]["state"] == "proposed")  # type: ignore[attr-defined]
    await pilot.press("2", "home", "enter")
    await settled(pilot, lambda: isinstance(pilot.app.screen, GrantScreen))


def grants(unit: RealNode, what: str) -> list[dict[str, str]]:
    return [one for one in unit.get("/authority/grants") if one["what"] == what]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_roles_are_proposed_by_one_and_agreed_to_by_a_second_at_the_same_console(
    unit: RealNode, language: Language
) -> None:
    words = Words(language, "console")
    holder, roles = ("1001" if language == "en" else "1002"), "applicant finance"  # no driver more for other tests
    async with at_desk(unit, "5001", language=language) as pilot:
        await to_people(pilot)
        await to_person(pilot, holder)
        await settled(pilot, lambda: words("act.submit") in shown(pilot))
        await pilot.press("1")
        await the_form(pilot)
        await pilot.press("up", "up", "up", "up", "up")  # the person stands there; everything else from the top
        await pilot.press("enter", *["backspace"] * 20, *roles, "enter", "enter", "enter", *PINS["5001"], "enter", "f2")
        await settled(pilot, lambda: words("grant.done.proposed", n=1) in shown(pilot))
        await pilot.press("escape")
        await to_waiting(pilot)

        await pilot.press("1")
        await the_form(pilot)
        await pilot.press("up", "up", *"5001", "enter", *PINS["5001"], "enter", "enter")
        await settled(pilot, lambda: words("refusal.one_person.what") in shown(pilot))  # not by the one who proposed
        await pilot.press("up", "up", *"6001", "enter", *PINS["6001"], "enter", "enter")
        await settled(pilot, lambda: words("grant.done.approved", what=words("grant.what.roles")) in shown(pilot))

    made = next(one for one in grants(unit, "roles") if one["about"] == holder)
    assert (made["state"], made["proposed_by"], made["decided_by"]) == ("approved", "5001", "6001")
    held = [one for one in unit.get("/authority/people") if one["person"] == holder and one["in_force"]]
    assert {role for one in held for role in one["roles"]} == set(roles.split())


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_proposal_waits_for_another_console_and_nobody_agrees_to_what_is_for_himself(
    unit: RealNode, language: Language
) -> None:
    words = Words(language, "console")
    async with at_desk(unit, "5001", language=language) as pilot:
        await to_people(pilot)
        await pilot.press("n")
        await settled(pilot, lambda: isinstance(pilot.app.screen, ChooseDialog))
        await pilot.press("2")
        await the_form(pilot)
        await pilot.press(*"2001", "enter", *"6001", "enter", "enter")
        await pilot.press(*"12-31 23:59", "enter", *"No. 9", "enter", "enter", *PINS["5001"], "enter", "f2")
        await settled(pilot, lambda: words("grant.done.proposed", n=1) in shown(pilot))

    made = grants(unit, "delegation")[0]
    assert made["state"] == "proposed"
    async with at_desk(unit, "6001", language=language) as pilot:
        await to_people(pilot)
        await to_waiting(pilot)
        await settled(pilot, lambda: "No. 9" in shown(pilot))
        await pilot.press("1")
        await the_form(pilot)
        await pilot.press("enter", *PINS["6001"], "enter", "enter")
        await settled(pilot, lambda: words("refusal.own_grant.what") in shown(pilot))
        await pilot.press("escape", "2")
        await the_form(pilot)
        await pilot.press(*"not me", "enter", "enter", *PINS["6001"], "enter", "enter")
        await settled(pilot, lambda: words("grant.state.rejected") in shown(pilot))

    assert unit.get("/authority/grants")[0]["reason"] == "not me"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_revocation_asks_for_the_last_four_of_whom_it_is_about(unit: RealNode, language: Language) -> None:
    words = Words(language, "console")
    async with at_desk(unit, "5001", language=language) as pilot:
        await to_people(pilot)
        await to_person(pilot, "7001")
        await pilot.press("3")
        await the_form(pilot)
        await pilot.press("up", "up", "up", "up", "up", "enter", *"left us", "enter", *"7002", "enter", "enter")
        await pilot.press(*PINS["5001"], "enter", "f2")
        await settled(
            pilot, lambda: capital(words("form.wrong.tail", field=words("form.tail"), text="7002"))[:12] in shown(pilot)
        )
        before = len(grants(unit, "revoke_person"))
        await pilot.press(*["backspace"] * 4, *"7001", "enter", "f2")
        await settled(pilot, lambda: words("grant.done.proposed", n=1) in shown(pilot))

    waiting = grants(unit, "revoke_person")
    assert len(waiting) == before + 1
    unit.call("5001", "POST", f"/authority/grants/{waiting[0]['id']}/reject", {"pin": PINS["5001"], "reason": "test"})


async def test_who_has_no_voice_may_look_and_is_told_who_may_decide(unit: RealNode) -> None:
    async with at_desk(unit, "3001") as pilot:
        await to_people(pilot)
        await to_person(pilot, "3001")
        await settled(pilot, lambda: "派车" in shown(pilot) and "有效至" in shown(pilot))
