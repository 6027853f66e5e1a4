"""Who may do what (Art. 5, 6, 7, 8, 9, 10). A right that is not a line of MAY does not exist.

Rights belong to roles, roles to named people through certificates; a face asks `may` before it offers an act, the
desk asks it before it signs, and every replica asks it again of each signed act it receives.
"""

from __future__ import annotations

from enum import StrEnum

from fleet.rules.order import Act


class Role(StrEnum):
    """What a person is to the unit, or to the region; the values are the words used in certificates."""

    APPLICANT = "applicant"
    APPROVER = "approver"
    DISPATCHER = "dispatcher"
    DRIVER = "driver"
    ADMIN = "admin"
    FINANCE = "finance"
    UNIT_HEAD = "unit_head"
    SUPERVISOR = "supervisor"


UNIT_ROLES: frozenset[Role] = frozenset(Role) - {Role.SUPERVISOR}
"""What someone of a unit may be; supervisors are central's (Art. 3) and never write facts of a unit."""

MAY: dict[str, frozenset[Role]] = {
    Act.SUBMIT: frozenset({Role.APPLICANT}),
    Act.APPROVE: frozenset({Role.APPROVER}),
    Act.SEND_BACK: frozenset({Role.APPROVER}),
    Act.CANCEL: frozenset({Role.APPLICANT, Role.DISPATCHER}),
    Act.DISPATCH: frozenset({Role.DISPATCHER}),
    Act.UNMET: frozenset({Role.DISPATCHER}),
    Act.RECALL: frozenset({Role.DISPATCHER}),
    Act.DEPART: frozenset({Role.DRIVER}),
    Act.ARRIVE: frozenset({Role.DRIVER}),
    Act.HEAD_BACK: frozenset({Role.DRIVER}),
    Act.RETURN: frozenset({Role.DRIVER}),
    Act.CLOSE: frozenset({Role.DISPATCHER}),
}

REGISTRAR: frozenset[Role] = frozenset({Role.ADMIN})
"""Who keeps vehicles and people (Art. 6 (1))."""

PIN_EACH_TIME: frozenset[Act] = frozenset({Act.APPROVE, Act.SEND_BACK})
"""Acts that ask for the PIN again every time: nobody else may decide in an approver's open session (Art. 8)."""


def may(roles: frozenset[str], act: str) -> bool:
    """Whether someone holding `roles` may do `act` at all; the state of the order is judged elsewhere."""
    return not MAY[act].isdisjoint(roles)
