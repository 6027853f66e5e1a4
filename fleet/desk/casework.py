"""The case desk with all that its kinds add to it: a kind that needs more than its tables brings its lines here."""

from __future__ import annotations

from fleet.desk import money, supplements, upkeep
from fleet.desk.cases import CaseDesk
from fleet.desk.register import Ledger
from fleet.ledger.operation import Author
from fleet.ports import Clock


def case_desk(ledger: Ledger, clock: Clock, author: Author) -> CaseDesk:
    """The case desk of one node."""
    return CaseDesk(ledger, clock, author, {**supplements.prepares(author), **upkeep.PREPARES, **money.PREPARES})
