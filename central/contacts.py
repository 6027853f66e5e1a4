"""When central last heard each node, over what, and how much of its log that node said it has.

What a node says it has beyond what is held here is what central knows to be missing: "812 of 824".
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from central.database import disk_errors
from central.tables import contacts
from central.tallied import Values, changing
from fleet.ledger.operation import Author, Head


@dataclass(frozen=True, slots=True)
class Contact:
    """The last conversation with a node. `told` is, per author, the number of operations the node said it holds."""

    unit: str
    author: Author
    heard_ms: int
    link: str
    told: dict[Author, int]


def note(connection: Connection, unit: str, author: Author, heads: Iterable[Head], *, now_ms: int, link: str) -> None:
    """Keep what a node has just said of itself."""
    told = json.dumps([[*head.author, head.seq] for head in sorted(heads)])
    row: Values = {
        "node": author.node,
        "incarnation": author.incarnation,
        "heard_ms": now_ms,
        "link": link,
        "heads": told,
    }
    with changing(connection, unit) as change:
        change.replace(contacts, [row])


def last(connection: Connection) -> dict[str, list[Contact]]:
    """The last conversations by unit, the latest first."""
    with disk_errors(), connection.begin():
        rows = connection.execute(select(contacts).order_by(contacts.c.heard_ms.desc())).all()
    by_unit: dict[str, list[Contact]] = {}
    for row in rows:
        told = {Author(node, incarnation): seq for node, incarnation, seq in json.loads(row.heads)}
        contact = Contact(row.unit, Author(row.node, row.incarnation), row.heard_ms, row.link, told)
        by_unit.setdefault(row.unit, []).append(contact)
    return by_unit
