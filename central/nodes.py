"""Which nodes the region's authority has granted a certificate, and so which units central knows."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, func, select

from central.database import disk_errors
from central.tables import nodes
from central.tallied import Change, Values, changing
from fleet.errors import NotTrusted
from fleet.ledger.authority import BLOCK
from fleet.ledger.bundle import Reader
from fleet.ledger.certificate import CENTRAL_UNIT, admit
from fleet.ledger.operation import Author

FIRST_NODE, FIRST_INCARNATION = 1, 1
SPARED_BLOCKS = 100
"""Blocks of numbers left out after a restore: more nodes than a region grants between two backups."""


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


def spared(connection: Connection) -> int:
    """The first number a region gives to a node that came back from a backup: what was given after the backup was made
    is not known any more, and must not be given twice."""
    with disk_errors(), connection.begin():
        last = connection.execute(select(func.max(nodes.c.node))).scalar()
    return FIRST_NODE if last is None else last + SPARED_BLOCKS * BLOCK


def adopt(connection: Connection, message: bytes, root_public: bytes, *, now_ms: int) -> bool:
    """Take a node for granted that shows the root's own certificate and is not known: it was granted after the backup
    that this region came back from. False, and nothing is done, for whatever else is shown."""
    try:
        shown = admit(root_public, message)
    except NotTrusted:
        return False
    if shown.kind != "node" or shown.unit == CENTRAL_UNIT or not shown.subject.isdecimal():
        return False
    row: Values = {"node": int(shown.subject), "incarnation": shown.incarnation, "unit_name": shown.unit_name}
    with changing(connection, shown.unit) as change:
        mine = (nodes.c.unit == shown.unit, nodes.c.node == row["node"], nodes.c.incarnation == row["incarnation"])
        if change.connection.execute(select(nodes.c.node).where(*mine)).first():
            return False
        change.insert(nodes, [{**row, "public": shown.public, "granted_ms": now_ms}])
    return True


def place(
    change: Change, *, unit_name: str, public: bytes, left: Author | None, first_node: int, now_ms: int
) -> Author:
    """The place among authors of the node that holds `public`: the one it has, or the first of the region's next block
    of numbers from `first_node` on, of which the unit then hands out the rest itself. A node that has `left` a log has
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
        author = Author(first_node if last is None else max(first_node, last + BLOCK), FIRST_INCARNATION)
    row: Values = {"node": author.node, "incarnation": author.incarnation, "unit_name": unit_name, "public": public}
    change.replace(nodes, [{**row, "granted_ms": now_ms}])
    return author
