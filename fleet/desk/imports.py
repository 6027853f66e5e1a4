"""A table that was previewed goes on the register (Art. 6 (1), 14): while a unit is set up, by its admin alone; once it
has a head, as one proposed change a row, which the head approves together with one PIN, each signed by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from fleet.desk.cases import CaseDesk
from fleet.desk.register import Ledger, has_unit_head, roles_of
from fleet.desk.tables import SUBJECTS, Preview, Row
from fleet.errors import NotAllowed, NotFound, RuleBroken
from fleet.ledger import kinds
from fleet.ledger.replica import Signer
from fleet.ledger.state import State
from fleet.rules import change
from fleet.rules.four_eyes import Act
from fleet.rules.four_eyes import State as Stand
from fleet.rules.roles import REGISTRAR, Role

ROWS_AT_ONCE, CHARACTERS_AT_ONCE = 40, 8_000
"""Rows that one edit of the register carries, and how much they may say together: well within what an operation may
hold."""
_BATCH_LENGTH = 16


class Taken(NamedTuple):
    """What became of a table: `saved` rows are on the register, `proposed` wait for the unit head under `batch`."""

    batch: str
    saved: int
    proposed: tuple[str, ...]


def batch_of(preview: Preview) -> str:
    """How the changes of a table are called together."""
    return preview.hash[:_BATCH_LENGTH]


def take(ledger: Ledger, cases: CaseDesk, signer: Signer, preview: Preview, *, confirmed: str, name: str) -> Taken:
    """Put a table on the register, or propose it.

    Raises:
        NotAllowed: `no_role`.
        RuleBroken: `import_wrong`, a row cannot be taken; `import_changed`, the register or the table is not what was
            confirmed; `nothing_changes`.
    """
    if roles_of(ledger.state, signer.person).isdisjoint(REGISTRAR):
        raise NotAllowed("no_role", article="6", act="register", needed=Role.ADMIN)
    wrong = [row for row in preview.rows if row.wrong]
    if wrong:
        raise RuleBroken("import_wrong", article="6", count=len(wrong), row=wrong[0].number)
    if confirmed != preview.hash:
        raise RuleBroken("import_changed", article="14")
    changing = [row for row in preview.rows if row.changes]
    if not changing:
        raise RuleBroken("nothing_changes", article="14", entry=name)
    prefix, batch = SUBJECTS[preview.kind].prefix, batch_of(preview)
    if has_unit_head(ledger.state):
        proposed = []
        for row in changing:
            sets = {field: after for field, (_, after) in row.changes.items()}
            given = {"entry": f"{prefix}/{row.subject}", "sets": sets, "reason": f"{name[-80:]} #{batch}"}
            proposed.append(cases.open(signer, change.KIND.name, given).id)
        return Taken(batch, 0, tuple(proposed))
    for rows in _portions(changing):
        fields = {f"{prefix}/{row.subject}/{field}": after for row in rows for field, (_, after) in row.changes.items()}
        if statement := ledger.edit(kinds.REGISTRY + ledger.unit, fields, signer):
            ledger.write([statement])
    return Taken(batch, len(changing), ())


def _portions(rows: Sequence[Row]) -> Iterator[list[Row]]:
    portion: list[Row] = []
    said = 0
    for row in rows:
        says = sum(len(after) for _, after in row.changes.values())
        if portion and (len(portion) == ROWS_AT_ONCE or said + says > CHARACTERS_AT_ONCE):
            yield portion
            portion, said = [], 0
        portion.append(row)
        said += says
    if portion:
        yield portion


def waiting(state: State, batch: str) -> list[str]:
    """The proposed changes of a table that wait for the unit head, by number."""
    return sorted(
        case.id
        for case in [state.cases[target] for target in state.cases if target.startswith(change.KIND.prefix)]
        if case.kind == change.KIND.name
        and case.state == Stand.PROPOSED
        and case.text("reason").endswith(f"#{batch}")
        and len(batch) == _BATCH_LENGTH
    )


def approve(ledger: Ledger, cases: CaseDesk, signer: Signer, batch: str) -> tuple[str, ...]:
    """Approve every change of a table that waits; their numbers. Raises as the acts do, and NotFound `no_batch`."""
    found = waiting(ledger.state, batch)
    if not found:
        raise NotFound("no_batch", batch=batch)
    for case_id in found:
        cases.act(signer, change.KIND.name, case_id, Act.APPROVE, {})
    return tuple(found)
