"""The last bundles: per unit the last one written and the last one taken in."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, select

from central.database import disk_errors
from central.tables import bundles
from central.tallied import changing
from courier.house import Summary


def keep(connection: Connection, summary: Summary) -> None:
    """Keep what was done, in place of the bundle before it that went the same way."""
    with changing(connection, summary.unit) as change:
        change.replace(bundles, [{"way": summary.way, "summary": msgspec.json.encode(summary).decode()}])


def last(connection: Connection) -> list[Summary]:
    """The last bundles of every unit, by unit."""
    with disk_errors(), connection.begin():
        rows = connection.execute(select(bundles).order_by(bundles.c.unit, bundles.c.way)).all()
    return [msgspec.json.decode(row.summary, type=Summary) for row in rows]
