"""Who may see what (Art. 10 (4), 14): the office sees the unit, everyone else their own trips.

approver, dispatcher, admin, unit head,
finance                                  every order, every vehicle
applicant                                the orders submitted by that person
driver                                   the orders that person is to drive
"""

from __future__ import annotations

from fleet.errors import NotFound
from fleet.rules.order import Order
from fleet.rules.roles import Role

OFFICE: frozenset[str] = frozenset({Role.APPROVER, Role.DISPATCHER, Role.ADMIN, Role.UNIT_HEAD, Role.FINANCE})
ADMINS: frozenset[str] = frozenset({Role.ADMIN})
EVERYONE: frozenset[str] = frozenset(Role)


def may_see_all(roles: frozenset[str]) -> bool:
    """Whether someone may know of every order."""
    return not roles.isdisjoint(OFFICE)


def may_see(order: Order, person: str, roles: frozenset[str]) -> bool:
    """Whether someone may know of an order at all."""
    return may_see_all(roles) or person in {order.applicant, order.driver}


def require(order: Order, person: str, roles: frozenset[str]) -> None:
    """NotFound for an order that is not the caller's to see: its existence is not told either."""
    if not may_see(order, person, roles):
        raise NotFound("no_order", order=order.id)
