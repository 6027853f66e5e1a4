"""Sealing vehicles for a holiday (Art. 17: retained vehicles stand still, but for duty and for work that needs them).

    plan -> approve -> seal, unseal (vehicle by vehicle) -> close        except: the approver lets one vehicle out
            send_back

A sealed vehicle's record says where it stands, what it read, who has the key and who saw it; unsealing compares: more
than the allowed kilometres is flagged. An exception names its reason, and the order it is for if there is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from fleet.errors import RuleBroken
from fleet.rules import fields, settings
from fleet.rules import particulars as p
from fleet.rules.calendar import day_of, start_of
from fleet.rules.case import NEW, Case, Deed, Kind, require_other
from fleet.rules.facts import Fact
from fleet.rules.roles import Role
from fleet.tracks.days import DAY_MS


class State(StrEnum):
    """Where a batch stands."""

    PLANNED = "planned"
    SENT_BACK = "sent_back"
    APPROVED = "approved"
    CLOSED = "closed"


class Act(StrEnum):
    """What is done to it."""

    PLAN = "plan"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    SEAL = "seal"
    EXCEPT = "except"
    UNSEAL = "unseal"
    CLOSE = "close"


class Seal(NamedTuple):
    """How a batch holds one vehicle. `span` is its time (UTC ms, end exclusive), `sealed` whether it is sealed now,
    `excepted` the orders it may serve all the same, `open` whether it was let out for no order in particular."""

    span: tuple[int, int]
    sealed: bool
    excepted: frozenset[str]
    open: bool
    duty: bool


def seals(case: Case) -> dict[str, Seal]:
    """What an approved batch says of each vehicle, by plate; nothing of one that was unsealed."""
    if case.state != State.APPROVED:
        return {}
    span = (case.whole("from_ms") or 0, case.whole("until_ms") or 0)
    found = {plate: Seal(span, False, frozenset(), False, True) for plate in _texts(case, "duty")}
    for plate in _texts(case, "plates"):
        record = _records(case).get(plate, {})
        if record.get("unsealed_ms") is not None:
            continue
        let = [each for each in _excepts(case) if each.get("plate") == plate]
        found[plate] = Seal(
            span=span,
            sealed=record.get("sealed_ms") is not None,
            excepted=frozenset(str(each["order"]) for each in let if each.get("order")),
            open=any(not each.get("order") for each in let),
            duty=False,
        )
    return found


def held(case: Case) -> dict[str, tuple[int, int | None, list[str]]]:
    """When each vehicle of a batch was sealed: from when, until when (None: still), and what it was let out for all the
    same, orders by number and "" for no order in particular."""
    found = {}
    for plate, record in _records(case).items():
        since_ms, until_ms = record.get("sealed_ms"), record.get("unsealed_ms")
        if isinstance(since_ms, int):
            let = [str(each.get("order") or "") for each in _excepts(case) if each.get("plate") == plate]
            found[plate] = since_ms, until_ms if isinstance(until_ms, int) else None, let
    return found


def flagged(case: Case) -> list[tuple[str, int]]:
    """Vehicles that moved while sealed, and how far (km)."""
    moved = ((plate, record.get("moved_km")) for plate, record in sorted(_records(case).items()))
    return [(plate, km) for plate, km in moved if isinstance(km, int) and km]


def _plan(case: Case, fact: Fact) -> Case:
    first, last = fields.day(fact.text("from_day")), fields.day(fact.text("to_day"))
    if first is None or last is None or last < first:
        raise _wrong(case, "to_day" if first else "from_day")
    plates, duty = _listed(fact, "plates"), _listed(fact, "duty")
    if both := sorted(set(plates) & set(duty)):
        raise RuleBroken("sealed_and_duty", article="17", case=case.id, plate=both[0])
    return case.put(
        name=fact.text("name"), from_day=fact.text("from_day"), to_day=fact.text("to_day"), plates=plates, duty=duty,
        from_ms=start_of(first), until_ms=start_of(last) + DAY_MS, plan=fact.record,
        calendar_unknown=True if fact.detail.get("calendar_unknown") else None,
    )  # fmt: skip


def _decide(case: Case, fact: Fact) -> Case:
    require_other(case, fact, Act.PLAN, article="17")
    return case.put(decided_by=fact.by, reason=fact.text("reason") or None)


def _seal(case: Case, fact: Fact) -> Case:
    plate = fact.text("plate")
    if plate not in _texts(case, "plates"):
        raise RuleBroken("not_in_batch", article="17", case=case.id, plate=plate)
    before = _records(case).get(plate, {})
    if before.get("sealed_ms") is not None and before.get("unsealed_ms") is None:
        raise RuleBroken("sealed_already", article="17", case=case.id, plate=plate)
    kept = {name: value for name, value in fact.detail.items() if name != "plate"}
    return _record(case, plate, {**kept, "sealed_ms": fact.at_ms, "sealed_by": fact.by})


def _except(case: Case, fact: Fact) -> Case:
    plate = fact.text("plate")
    if plate not in _texts(case, "plates"):
        raise RuleBroken("not_in_batch", article="17", case=case.id, plate=plate)
    let = {"plate": plate, "reason": fact.text("reason"), "by": fact.by, "order": fact.text("order")}
    return case.put(exceptions=[*_excepts(case), let])


def _unseal(case: Case, fact: Fact) -> Case:
    plate = fact.text("plate")
    record = _records(case).get(plate, {})
    if record.get("sealed_ms") is None or record.get("unsealed_ms") is not None:
        raise RuleBroken("not_sealed", article="17", case=case.id, plate=plate)
    early = day_of(fact.at_ms) <= day_of((case.whole("until_ms") or 0) - 1)
    excepted = any(each.get("plate") == plate for each in _excepts(case))
    if early and not excepted:
        raise RuleBroken("unsealed_early", article="17", case=case.id, plate=plate, day=case.text("to_day"))
    odometer_km, sealed_km = fact.whole("odometer_km") or 0, record.get("odometer_km")
    moved_km = abs(odometer_km - sealed_km) if isinstance(sealed_km, int) else 0
    allowed_km = settings.value("seal_moved_max_km", fact.settings)
    found = {
        "unsealed_ms": fact.at_ms, "unsealed_by": fact.by, "unsealed_km": odometer_km,
        "unsealed_quarters": fact.whole("fuel_quarters"), "unsealed_note": fact.text("note") or None,
        "moved_km": moved_km if moved_km > allowed_km else 0,
        "fuel_fell": (fact.whole("fuel_quarters") or 0) < _quarters(record),
    }  # fmt: skip
    return _record(case, plate, {**record, **{name: value for name, value in found.items() if value is not None}})


def _close(case: Case, fact: Fact) -> Case:
    still = [plate for plate, record in sorted(_records(case).items()) if record.get("unsealed_ms") is None]
    if still:
        raise RuleBroken("still_sealed", article="17", case=case.id, plate=still[0])
    return case.put(closed_by=fact.by)


def _record(case: Case, plate: str, record: Mapping[str, object]) -> Case:
    return case.put(vehicles={**_records(case), plate: dict(record)})


def _records(case: Case) -> Mapping[str, Mapping[str, object]]:
    found = case.data.get("vehicles")
    return found if isinstance(found, Mapping) else {}


def _excepts(case: Case) -> list[Mapping[str, object]]:
    found = case.data.get("exceptions")
    return found if isinstance(found, list) else []


def _texts(case: Case, name: str) -> list[str]:
    found = case.data.get(name)
    return found if isinstance(found, list) else []


def _listed(fact: Fact, name: str) -> list[str]:
    found = fact.detail.get(name)
    return sorted(set(map(str, found))) if isinstance(found, Iterable) and not isinstance(found, str) else []


def _quarters(record: Mapping[str, object]) -> int:
    found = record.get("fuel_quarters")
    return found if isinstance(found, int) else 0


def _wrong(case: Case, field: str) -> RuleBroken:
    return RuleBroken("case_particular", article="17", case_kind=case.kind, case=case.id, field=field)


KIND = Kind(
    name="sealing",
    article="17",
    acts={
        Act.PLAN: Deed(
            roles=frozenset({Role.ADMIN}),
            takes={
                "name": p.text(most=64),
                "from_day": p.text(most=10),
                "to_day": p.text(most=10),
                "plates": p.texts(),
                "duty": p.texts(required=False),
                "calendar_unknown": p.tick(required=False),
            },
        ),
        Act.APPROVE: Deed(roles=frozenset({Role.APPROVER}), takes={"opinion": p.text(required=False)}, pin=True),
        Act.SEND_BACK: Deed(roles=frozenset({Role.APPROVER}), takes={"reason": p.text()}, pin=True),
        Act.SEAL: Deed(
            roles=frozenset({Role.DISPATCHER}),
            takes={
                "plate": p.text(most=64),
                "place": p.text(most=64),
                "odometer_km": p.whole(most=9_999_999),
                "fuel_quarters": p.whole(most=4),
                "key_to": p.text(most=64),
                "witness": p.text(most=64),
                "photos": p.files(required=False),
            },
        ),
        Act.EXCEPT: Deed(
            roles=frozenset({Role.APPROVER}),
            takes={"plate": p.text(most=64), "reason": p.text(), "order": p.text(required=False, most=64)},
            pin=True,
        ),
        Act.UNSEAL: Deed(
            roles=frozenset({Role.DISPATCHER}),
            takes={
                "plate": p.text(most=64),
                "odometer_km": p.whole(most=9_999_999),
                "fuel_quarters": p.whole(most=4),
                "note": p.text(required=False),
            },
        ),
        Act.CLOSE: Deed(roles=frozenset({Role.DISPATCHER, Role.ADMIN})),
    },
    moves={
        (NEW, Act.PLAN): State.PLANNED,
        (State.SENT_BACK, Act.PLAN): State.PLANNED,
        (State.PLANNED, Act.APPROVE): State.APPROVED,
        (State.PLANNED, Act.SEND_BACK): State.SENT_BACK,
        (State.APPROVED, Act.SEAL): State.APPROVED,
        (State.APPROVED, Act.EXCEPT): State.APPROVED,
        (State.APPROVED, Act.UNSEAL): State.APPROVED,
        (State.APPROVED, Act.CLOSE): State.CLOSED,
    },
    ended=frozenset({State.CLOSED}),
    sees=frozenset({Role.APPROVER, Role.DISPATCHER, Role.ADMIN, Role.DRIVER, Role.UNIT_HEAD}),
    effects={
        Act.PLAN: _plan,
        Act.APPROVE: _decide,
        Act.SEND_BACK: _decide,
        Act.SEAL: _seal,
        Act.EXCEPT: _except,
        Act.UNSEAL: _unseal,
        Act.CLOSE: _close,
    },
)
