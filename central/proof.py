"""Proves a region's database from its keys alone, unit by unit, without changing a byte of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from central import keys, settings
from central.database import disk_errors, open_reader
from central.evidence import UnitEvidence, partitions
from fleet.ledger.evidence import Report
from fleet.ledger.verify import verify as verify_ledger


@dataclass(frozen=True, slots=True)
class Finding:
    """What was proved of one partition. `unit` is its code; "" is central's own: accounts, sessions, views."""

    unit: str
    report: Report


def prove(directory: Path) -> list[Finding]:
    """Prove every partition as it stands at one moment; the server may be running.

    Raises:
        NotFound: no region there.
        Unavailable: the database cannot be read at all.
    """
    own, own_keys = settings.load(directory), keys.load(directory)
    connection = open_reader(settings.database_url(directory, own))
    try:
        with disk_errors(), connection.begin():
            return [_partition(connection, unit, own_keys) for unit in partitions(connection)]
    finally:
        connection.close()


def _partition(connection: Connection, unit: str, own_keys: keys.Keys) -> Finding:
    evidence = UnitEvidence(connection, unit)
    report = verify_ledger(evidence, root_public=own_keys.root.public, central_public=own_keys.central.public)
    return Finding(unit, report)
