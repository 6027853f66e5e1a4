"""Conflicts as work: what two places did to one order without knowing of each other, whose business it is, and what
they may do about it. What stands is settled by the order's rules; here people are told, and asked to confirm.

    two decisions      the earlier stands until departure; the approver confirms it
    two dispatches     the earlier stands, the other vehicle is free; the dispatcher confirms, or calls back
    cancelled, left    the departure stands, it happened; the dispatcher takes note
    two texts          the form is not what was submitted: it can only be sent back or cancelled
    edited twice       one field, two values: both are told, whichever shows; two that are equal are no matter
    changed twice      the register, changed on the ground of what no longer was so: the admin confirms, or changes it
    undecided          close to its start the second approver, named beforehand, is asked as well (Art. 8)
    seen moving        the driver is asked to say that they left; until then the state stays
    promised twice     both are kept; the dispatcher calls back the one that yields (see `clash`)

An item is known by its `about`: the record of the act without effect, or what else there is only one of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fleet.rules.case import Case
from fleet.rules.clash import Clash
from fleet.rules.order import ENDED, Act, Order, State
from fleet.rules.roles import Role

CONFIRM = "confirm"
ABOUT_LENGTH_MAX = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to look at. `what` is a code for `work.` in the catalogue, `owner` the role it is for, `person` the one
    person if it is for one, `choices` acts on the order, or to confirm."""

    what: str
    about: str
    order: str
    owner: Role
    since_ms: int
    choices: tuple[str, ...]
    person: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)


def of_order(order: Order) -> list[Item]:
    """What is to be looked at in one order."""
    found = [*_twice(order)]
    if "cancel_after_departure" in order.notes:
        left = next(fact for fact in order.facts if fact.act == Act.DEPART)
        found.append(_item(order, "cancelled_but_left", left.record, Role.DISPATCHER, left.at_ms, (CONFIRM,)))
    if order.state is State.DISPATCHED and order.movement_ms is not None:
        item = _item(order, "seen_moving", f"movement/{order.id}", Role.DRIVER, order.movement_ms, (Act.DEPART,))
        found.append(item)
    return found


def of_two_texts(order: Order, content: str) -> list[Item]:
    """An order whose form, hashed as `content`, is not the text that was submitted: nothing rides on an approval."""
    owners = {State.SUBMITTED: (Role.APPROVER, Act.SEND_BACK), State.APPROVED: (Role.DISPATCHER, Act.CANCEL)}
    owners[State.UNMET] = owners[State.APPROVED]
    if order.state not in owners or content == order.content:
        return []
    owner, act = owners[order.state]
    return [_item(order, "two_texts", f"text/{order.id}/{content[:16]}", owner, order.since_ms, (act,))]


def of_edits(order: Order, written: Mapping[str, Mapping[str, str]], shows: Mapping[str, str]) -> list[Item]:
    """Fields that two places set to different values when they submitted the order anew: `written` are the fields of
    each submission by its record, `shows` is the form as it stands. Past are those that a later submission settled."""
    standing = next((fact for fact in reversed(order.facts) if fact.act == Act.SUBMIT), None)
    if standing is None or order.state in ENDED:
        return []
    mine, found = written.get(standing.record, {}), list[Item]()
    for refused in order.refused:
        fact = refused.fact
        if fact.act != Act.SUBMIT or refused.code != "illegal_move" or fact.at_ms < standing.at_ms:
            continue
        for name, other in written.get(fact.record, {}).items():
            if name in mine and mine[name] != other:
                facts = {"field": name, "submitted": mine[name], "other": other, "shown": shows.get(name, "")}
                owner = Role.APPROVER if order.state is State.SUBMITTED else Role.DISPATCHER
                about = f"edit/{fact.record[:32]}/{name}"
                found.append(_item(order, "edited_twice", about, owner, fact.at_ms, (CONFIRM,), by=fact.by, **facts))
    return found


def of_changes(changes: Mapping[str, Sequence[tuple[Case, str]]]) -> list[Item]:
    """Fields of the register (by THING/NAME/FIELD) whose last change rests on what was not so any more when it came
    into force; each with its changes in order, and what each made it say."""
    found = []
    for key, made in sorted(changes.items()):
        (before, other), (last, shows) = made[-2:] if len(made) > 1 else (made[-1], made[-1])
        was = last.data.get("was")
        seen = str(was.get(key.rpartition("/")[2], "")) if isinstance(was, Mapping) else ""
        if before is last or other in {seen, shows}:
            continue
        facts = {"entry": key.rpartition("/")[0], "field": key.rpartition("/")[2], "shown": shows, "other": other}
        found.append(
            Item(
                what="changed_twice", about=f"change/{last.id}/{key}"[:ABOUT_LENGTH_MAX], order="", owner=Role.ADMIN,
                since_ms=last.since_ms, choices=(CONFIRM,), facts=facts,
            )
        )  # fmt: skip
    return found


def of_undecided(order: Order, second: Iterable[str], since_ms: int) -> list[Item]:
    """An application that stays undecided close to its start, for each second approver who did not make it."""
    return [
        Item(
            what="undecided", about=f"undecided/{order.id}/{order.revision}/{person}", order=order.id,
            owner=Role.APPROVER, person=person, since_ms=since_ms, choices=(Act.APPROVE, Act.SEND_BACK),
        )
        for person in second
        if order.state is State.SUBMITTED and person != order.applicant
    ]  # fmt: skip


def of_clashes(clashes: Iterable[Clash], since_ms: Mapping[str, int]) -> list[Item]:
    """What is promised twice."""
    return [
        Item(
            what=f"promised_twice_{clash.over}",
            about=f"clash/{clash.keeps}/{clash.yields}",
            order=clash.yields,
            owner=Role.DISPATCHER,
            since_ms=since_ms.get(clash.yields, 0),
            choices=(CONFIRM,) if clash.both_left else (Act.RECALL, CONFIRM),
            facts={"subject": clash.subject, "keeps": clash.keeps},
        )
        for clash in clashes
    ]


def _twice(order: Order) -> Iterable[Item]:
    for refused in order.refused:
        fact = refused.fact
        if refused.code != "illegal_move":
            continue
        if fact.act in {Act.APPROVE, Act.SEND_BACK} and _before(order, fact.at_ms, Act.APPROVE, Act.SEND_BACK):
            if order.departed_ms is None:
                yield _item(order, "decided_twice", fact.record, Role.APPROVER, fact.at_ms, (CONFIRM,), by=fact.by)
        elif fact.act == Act.DISPATCH and _before(order, fact.at_ms, Act.DISPATCH):
            choices = (CONFIRM, Act.RECALL) if order.state is State.DISPATCHED else (CONFIRM,)
            other = {"vehicle": fact.text("vehicle"), "stands": order.vehicle}
            yield _item(order, "dispatched_twice", fact.record, Role.DISPATCHER, fact.at_ms, choices, **other)


def _before(order: Order, at_ms: int, *acts: str) -> bool:
    return any(fact.act in acts and fact.at_ms <= at_ms for fact in order.facts)


def _item(
    order: Order, what: str, about: str, owner: Role, since_ms: int, choices: tuple[str, ...], **facts: object
) -> Item:
    person = order.driver if owner is Role.DRIVER else ""
    return Item(
        what=what,
        about=about,
        order=order.id,
        owner=owner,
        since_ms=since_ms,
        choices=choices,
        person=person,
        facts=facts,
    )
