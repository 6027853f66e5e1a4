"""What of a confidential trip is whose to read (Art. 10 (4)). The platform is no classified system: secrets do not
belong into it at all, and what remains is read by those who need it.

    exists, vehicle, times, kilometres, cost     everyone who may see the order
    who travels, why, where                      the applicant, approvers, dispatchers, and the driver of that trip
                                                 supervision only by two keys, with a reason, on the record
"""

from __future__ import annotations

from collections.abc import Mapping

from fleet.rules.order import Order
from fleet.rules.roles import Role

CONFIDENTIAL = "confidential"
"""The class of a trip with confidential papers."""
SECRET_FIELDS: tuple[str, ...] = ("rider", "phone", "category", "reason", "origin", "destination", "remark")
"""What is sealed before it leaves the unit."""
READERS: frozenset[str] = frozenset({Role.APPROVER, Role.DISPATCHER})
"""Those of the unit's office whose duty needs them; the register's keeper and finance do without."""


def may_read(order: Order, person: str, roles: frozenset[str]) -> bool:
    """Whether someone may read who travels, why and where."""
    return not roles.isdisjoint(READERS) or person in {order.applicant, order.driver}


def is_confidential(fields: Mapping[str, str]) -> bool:
    """Whether a form's fields are of such a trip."""
    return fields.get("cls") == CONFIDENTIAL
