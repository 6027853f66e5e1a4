"""The case desk with all that its kinds add to it: a kind that needs more than its tables brings its lines here."""

from __future__ import annotations

from fleet.desk import changes, money, records, supplements, upkeep
from fleet.desk.cases import CaseDesk, Shelf
from fleet.desk.register import Ledger
from fleet.desk.vault import Vault
from fleet.ledger.operation import Author
from fleet.ports import Clock


def case_desk(
    ledger: Ledger, clock: Clock, author: Author, *, shelf: Shelf | None = None, vault: Vault | None = None
) -> CaseDesk:
    """The case desk of one node; `vault` seals and opens what is secret, `shelf` tells which files lie on it (None
    where files are nobody's business)."""
    tables = (supplements.prepares(author, vault), upkeep.PREPARES, money.PREPARES, changes.PREPARES, records.PREPARES)
    return CaseDesk(ledger, clock, author, {act: line for table in tables for act, line in table.items()}, shelf, vault)
