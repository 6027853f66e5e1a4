"""The list of work: every conflict nobody has confirmed yet, and for whom."""

from __future__ import annotations

from fleet.desk.alarm_records import readable
from fleet.desk.edits import Reader, written
from fleet.desk.orders import content_of
from fleet.desk.register import holders
from fleet.desk.yard import clashes
from fleet.ledger import kinds
from fleet.ledger.state import State
from fleet.rules import confirmation, work
from fleet.rules.alarm import duties
from fleet.rules.alarm.holdings import Filed, Records
from fleet.rules.case import Case
from fleet.rules.order import Act
from fleet.rules.roles import Role
from fleet.rules.work import Item


def items(state: State, now_ms: int, log: Reader | None = None) -> list[Item]:
    """Everything there is to look at, the oldest first. What two places wrote into one field is read from the `log`."""
    confirmed = {case.text("about") for case in state.recent_cases(now_ms) if case.kind == confirmation.KIND.name}
    orders = state.open_orders()
    found = [item for order in orders for item in work.of_order(order)]
    second = [person for person in holders(state, Role.APPROVER) if _named(state, person)]
    filed = tuple(Filed(order, form.start_ms) for order, form in readable(state, orders))
    undecided = duties.decisions(Records(now_ms=now_ms, orders=filed), state.settings)
    late = {verdict.order: verdict.from_ms for verdict in undecided if verdict.until_ms is None}
    found += [item for order in orders if order.id in late for item in work.of_undecided(order, second, late[order.id])]
    for order, form in readable(state, orders):
        found += work.of_two_texts(order, content_of(form, order.content))
    for order in orders:
        if log and any(refused.fact.act == Act.SUBMIT for refused in order.refused):
            shows = state.document(kinds.ORDERS + order.id).fields
            found += work.of_edits(order, written(state, order.id, log), shows)
    found += work.of_changes(_changed(state))
    found += work.of_clashes(clashes(state), {order.id: order.since_ms for order in orders})
    return sorted((item for item in found if item.about not in confirmed), key=lambda item: (item.since_ms, item.about))


def _named(state: State, person: str) -> bool:
    return state.register.entry("person", person).get("second_approver") == "yes"


def _changed(state: State) -> dict[str, list[tuple[Case, str]]]:
    """The register's fields that were changed more than once, with every change in force and what it says."""
    several = {key: changes for key, changes in state.enacted.items() if len(changes) > 1}
    return {key: [(state.cases[each.case], each.text) for each in changes] for key, changes in several.items()}


def items_for(state: State, person: str, roles: frozenset[str], now_ms: int, log: Reader | None = None) -> list[Item]:
    """What someone is asked to look at."""
    return [item for item in items(state, now_ms, log) if item.owner in roles and item.person in {"", person}]
