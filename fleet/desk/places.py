"""What the register says of a place is set from one form (Art. 14, 17): while a unit is set up by its admin, afterwards
as a change that the unit head approves. What the form leaves empty is emptied."""

from __future__ import annotations

from collections.abc import Mapping

from fleet.desk.cases import CaseDesk
from fleet.desk.register import Ledger, has_unit_head, roles_of
from fleet.errors import NotAllowed, RuleBroken
from fleet.ledger import kinds
from fleet.ledger.replica import Signer
from fleet.rules import change, place
from fleet.rules.roles import REGISTRAR, Role


def keep(ledger: Ledger, cases: CaseDesk, signer: Signer, given: Mapping[str, object], *, reason: str) -> str:
    """Say what a place is; the number of the proposed change, "" where it stands at once.

    Raises:
        NotAllowed: `no_role`.
        BadInput: as `fleet.rules.place.read`, which names the field.
        RuleBroken: `nothing_changes`, or as the change's own rule (it has a reason).
    """
    if roles_of(ledger.state, signer.person).isdisjoint(REGISTRAR):
        raise NotAllowed("no_role", article="6", act="register", needed=Role.ADMIN)
    wanted = place.read(given)
    key, fields = f"place/{wanted.name}", place.fields_of(wanted)
    before = ledger.state.register.entry("place", wanted.name)
    after = {each.name: fields.get(each.name, "") for each in place.CARD}
    changes = {field: text for field, text in after.items() if text != before.get(field, "")}
    if not changes:
        raise RuleBroken("nothing_changes", article="14", entry=key)
    if has_unit_head(ledger.state):
        sets = {field: text for field, text in changes.items() if text}
        proposed = {"entry": key, "sets": sets, "clears": [field for field in changes if field not in sets]}
        return cases.open(signer, change.KIND.name, proposed | {"reason": reason}).id
    edit = ledger.edit(
        kinds.REGISTRY + ledger.unit, {f"{key}/{field}": text for field, text in changes.items()}, signer
    )
    if edit:
        ledger.write([edit])
    return ""
