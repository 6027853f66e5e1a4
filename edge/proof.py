"""Proves a node's ledger from its keys alone, without changing a byte of it; the node may be running."""

from __future__ import annotations

from pathlib import Path

from edge.home import granted
from edge.store.engine import disk_errors, open_reader
from edge.store.evidence import LedgerEvidence
from fleet.ledger.evidence import Report
from fleet.ledger.verify import verify


def prove(home: Path) -> Report:
    """Prove DIR/core.db as it stands at one moment.

    Raises:
        NotFound, NotTrusted: there is no grant, or it does not hold; see `edge.home.granted`.
        Unavailable: the database cannot be read at all.
    """
    grant, path = granted(home), home / "core.db"
    db = open_reader(path)
    try:
        with disk_errors(path):
            db.conn.execute("BEGIN")
            return verify(LedgerEvidence(db), root_public=grant.root_public, central_public=grant.central_public)
    finally:
        db.close()
