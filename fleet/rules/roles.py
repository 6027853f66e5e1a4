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

NEVER_TOGETHER: frozenset[Role] = frozenset({Role.APPROVER, Role.DISPATCHER})
"""Nobody holds both: who decides about a trip does not hand out the vehicle for it (Art. 8, 9)."""

IF_DECLARED: tuple[frozenset[Role], ...] = (
    frozenset({Role.DISPATCHER, Role.ADMIN}),
    frozenset({Role.APPROVER, Role.UNIT_HEAD}),
)
"""What one person may be at once in a small unit, if it is declared."""

AUTHORITY_ROLES: frozenset[Role] = frozenset({Role.ADMIN, Role.UNIT_HEAD})
"""Who of a unit may together propose and approve grants (Art. 6 (3), 14)."""

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

DELEGABLE: frozenset[Act] = frozenset(act for act in Act if MAY[act] == {Role.APPROVER})
"""What an approver may let somebody else do in his place (Art. 8)."""

BY_WITNESS: frozenset[Act] = frozenset({Act.DEPART, Act.ARRIVE, Act.HEAD_BACK, Act.RETURN})
"""Acts of a driver that a dispatcher may put on record as a witness, saying why (Art. 9 (2), 13)."""
WITNESSES: frozenset[Role] = frozenset({Role.DISPATCHER})

PIN_EACH_TIME: frozenset[Act] = frozenset({Act.APPROVE, Act.SEND_BACK})
"""Acts that ask for the PIN again every time: nobody else may decide in an approver's open session (Art. 8)."""


def may(roles: frozenset[str], act: str) -> bool:
    """Whether someone holding `roles` may do `act` at all; the state of the order is judged elsewhere."""
    return not MAY[act].isdisjoint(roles)


def clash(roles: frozenset[str], *, declared: bool) -> str:
    """Why one person may not hold all of `roles`: "roles_together", "roles_undeclared", or "" if he may."""
    if roles >= NEVER_TOGETHER:
        return "roles_together"
    return "" if declared or not any(roles >= pair for pair in IF_DECLARED) else "roles_undeclared"
