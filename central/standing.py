"""How much of a unit is held, told without opening its ledger: by its last checkpoint and what was committed since."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, case, func, select

from central.database import disk_errors
from central.tables import entries, operations
from fleet.ledger import rest
from fleet.ledger.operation import Author


@dataclass(frozen=True, slots=True)
class Known:
    """The number held of each author's log, and how many operations have no effect."""

    heads: dict[Author, int]
    quarantined: int


def known(connection: Connection, unit: str) -> Known:
    """What is held of a unit now."""
    small = select(entries.c.part, entries.c.key, entries.c.value).where(
        entries.c.unit == unit, entries.c.part.in_((rest.MARK, rest.HEADS))
    )
    with disk_errors(), connection.begin():
        found = {(row.part, row.key): row.value for row in connection.execute(small)}
        mark = rest.mark_of(found) or rest.Mark()
        since = (
            select(
                operations.c.node,
                operations.c.incarnation,
                func.max(operations.c.seq).label("seq"),
                func.sum(case((operations.c.verdict != "", 1), else_=0)).label("idle"),
            )
            .where(operations.c.unit == unit, operations.c.number > mark.operations)
            .group_by(operations.c.node, operations.c.incarnation)
        )
        later = connection.execute(since).all()
    heads = rest.heads_of(found) if mark.operations else {}
    heads |= {Author(row.node, row.incarnation): row.seq for row in later}
    return Known(heads, mark.quarantined + sum(row.idle for row in later))
