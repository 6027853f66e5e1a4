"""Which nodes the region's authority has granted a certificate, and so which units central knows."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, func, select

from central.database import disk_errors
from central.tables import nodes
from central.tallied import Change, Values
from fleet.errors import NotTrusted
from fleet.ledger.authority import BLOCK
from fleet.ledger.bundle import Reader
from fleet.ledger.operation import Author

FIRST_NODE, FIRST_INCARNATION = 1, 1


class Unit(NamedTuple):
    """A unit central knows."""

    code: str
    name: str


def units(connection: Connection) -> list[Unit]:
    """Every unit a node was granted for, by code, named as its latest grant names it."""
    with disk_errors(), connection.begin():
        rows = connection.execute(select(nodes.c.unit, nodes.c.unit_name).order_by(nodes.c.granted_ms)).all()
    return [Unit(code, name) for code, name in sorted({row.unit: row.unit_name for row in rows}.items())]


def readers(connection: Connection, unit: str) -> list[Reader]:
    """The unit's nodes, each in its latest life, by number."""
    mine = select(nodes.c.node, nodes.c.incarnation, nodes.c.public).where(nodes.c.unit == unit)
    with disk_errors(), connection.begin():
        rows = connection.execute(mine.order_by(nodes.c.node, nodes.c.incarnation)).all()
    return list({row.node: Reader(Author(row.node, row.incarnation), row.public) for row in rows}.values())


def place(change: Change, *, unit_name: str, public: bytes, left: Author | None, now_ms: int) -> Author:
    """The place among authors of the node that holds `public`: the one it has, or the first of the
    region's next block of numbers, of which the unit then hands out the rest itself. A node that has `left` a log has
    the next life after it, once.

    Raises:
        NotTrusted: `life_unknown`: the region has granted no such node the life it has left.
    """
    mine = select(nodes.c.node, nodes.c.incarnation).where(nodes.c.unit == change.unit, nodes.c.public == public)
    found = change.connection.execute(mine.order_by(nodes.c.incarnation.desc())).first()
    if left and (found is None or found.node != left.node or found.incarnation < left.incarnation):
        raise NotTrusted("life_unknown", node=left.node)
    if found:
        author = Author(found.node, max(found.incarnation, left.incarnation + 1 if left else 0))
    else:
        last = change.connection.execute(select(func.max(nodes.c.node))).scalar()
        author = Author(FIRST_NODE if last is None else last + BLOCK, FIRST_INCARNATION)
    row: Values = {"node": author.node, "incarnation": author.incarnation, "unit_name": unit_name, "public": public}
    change.replace(nodes, [{**row, "granted_ms": now_ms}])
    return author
