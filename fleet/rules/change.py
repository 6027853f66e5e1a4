"""Changes of master data: vehicles, places, calendars, what the register says of people (Art. 6 (1), 14).

An admin proposes what an entry shall say, and on record with it is what it said (`was`); the unit head approves; the
register then says so, and who changed it stays readable. Nothing is deleted: a field is emptied, a vehicle leaves by
its stage.
"""

from __future__ import annotations

from fleet.errors import BadInput, RuleBroken
from fleet.rules import driver, four_eyes, outline, place, vehicle
from fleet.rules import particulars as p
from fleet.rules.case import Case
from fleet.rules.facts import Fact
from fleet.rules.fields import Field, read_one
from fleet.rules.four_eyes import State
from fleet.rules.roles import Role

PERSON: tuple[Field, ...] = (
    *driver.CARD,
    Field(name="custodian", article="14"),
    Field(name="second_approver", article="8", kind="listed", listed=("yes",)),
)
"""What the register says of someone. `custodian` has charge of an account that several people use (Art. 5, 14);
`second_approver` is who is asked, named beforehand, when an application stays undecided (Art. 8)."""
CALENDAR = tuple(Field(name=name, article="17", most=p.TEXT_LENGTH_MAX) for name in ("off", "workdays", "source"))
FIELD_LENGTH_MAX = outline.LENGTH_MAX
"""The longest text the register holds: the outline of a place."""
CARDS: dict[str, dict[str, Field]] = {
    thing: {field.name: field for field in card}
    for thing, card in (("vehicle", vehicle.CARD), ("place", place.CARD), ("person", PERSON), ("calendar", CALENDAR))
}


def _propose(case: Case, fact: Fact) -> Case:
    entry = fact.text("entry")
    thing, _, name = entry.partition("/")
    sets, clears = fact.detail.get("sets", {}), fact.detail.get("clears", [])
    if thing not in CARDS or not name or "/" in name:
        raise RuleBroken("case_particular", article="6", case_kind=case.kind, case=case.id, field="entry")
    if not sets and not clears:
        raise RuleBroken("case_particular", article="6", case_kind=case.kind, case=case.id, field="sets")
    assert isinstance(sets, dict)  # noqa: S101 - the table of particulars says so
    assert isinstance(clears, list)  # noqa: S101
    for field, value in {**dict.fromkeys(clears, ""), **sets}.items():
        _check(case, CARDS[thing].get(field), field, value)
    return case.put(entry=entry, sets=sets or None, clears=clears or None, was=fact.detail.get("was"))


def _check(case: Case, field: Field | None, name: str, value: str) -> None:
    try:
        if field is None or (read_one(field, value) != value):
            raise BadInput("field_not_listed", field=name)
    except BadInput:
        wrong = {"case_kind": case.kind, "case": case.id, "field": name}
        raise RuleBroken("case_particular", article="6", **wrong) from None


def enacts(case: Case) -> dict[str, str]:
    """What the register says by an approved change: texts by `THING/NAME/FIELD`."""
    if case.state != State.APPROVED:
        return {}
    sets, clears = case.data.get("sets", {}), case.data.get("clears", [])
    fields = dict.fromkeys(clears if isinstance(clears, list) else [], "") | (sets if isinstance(sets, dict) else {})
    return {f"{case.text('entry')}/{name}": value for name, value in fields.items()}


KIND = four_eyes.kind(
    "change",
    article="14",
    takes={
        "entry": p.text(most=80),
        "sets": p.fields(required=False, most=FIELD_LENGTH_MAX),
        "clears": p.texts(required=False),
        "was": p.fields(required=False, most=FIELD_LENGTH_MAX),
    },
    propose=_propose,
    proposers=frozenset({Role.ADMIN}),
    approvers=frozenset({Role.UNIT_HEAD}),
    sees=frozenset({Role.ADMIN, Role.UNIT_HEAD, Role.APPROVER, Role.DISPATCHER}),
    enacts=enacts,
)
