"""The flags a unit's records raise by themselves, as they stand: the catalogue's, each asked of the state once."""

from __future__ import annotations

from fleet.desk.findings import findings
from fleet.ledger.state import State
from fleet.rules import flags as rule
from fleet.rules.flags import Flag


def flags(state: State, now_ms: int) -> list[Flag]:
    """Every flag, the newest first."""
    cases, orders = state.cases.values(), state.orders.values()
    found = rule.late_supplements(cases) + rule.frequent_supplements(cases, orders, state.settings)
    found += findings(state, now_ms)
    return sorted(found, key=lambda flag: (-flag.since_ms, flag.code, flag.subject))
