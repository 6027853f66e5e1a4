"""The flags a unit's records raise by themselves, as they stand, each asked of the state once. What bears the code of
an alarm is an alarm on record and no flag (see `fleet.rules.alarm`)."""

from __future__ import annotations

from fleet.desk.findings import findings
from fleet.ledger.state import State
from fleet.rules.flags import Flag, minutes_due


def flags(state: State, now_ms: int) -> list[Flag]:
    """Every flag, the newest first."""
    found = minutes_due(state.recent_cases(now_ms), now_ms, state.settings) + findings(state, now_ms)
    return sorted(found, key=lambda flag: (-flag.since_ms, flag.finding, flag.subject))
