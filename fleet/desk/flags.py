"""The flags a unit's records raise by themselves, as they stand, each asked of the state once. What bears the code of
an alarm is an alarm on record and no flag (see `fleet.rules.alarm`)."""

from __future__ import annotations

from fleet.desk.findings import findings
from fleet.ledger.state import State
from fleet.rules import flags as rule
from fleet.rules.flags import Flag


def flags(state: State, now_ms: int) -> list[Flag]:
    """Every flag, the newest first."""
    cases, orders, settings = state.recent_cases(now_ms), state.recent_orders(now_ms), state.settings
    found = rule.minutes_due(cases, now_ms, settings)
    found += rule.unauthorised_trips(cases) + rule.movement_unconfirmed(orders, now_ms, settings)
    found += findings(state, now_ms)
    return sorted(found, key=lambda flag: (-flag.since_ms, flag.code, flag.subject))
