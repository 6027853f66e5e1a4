"""How a question to a terminal ended, as programs and people are told: the answer's facts, or a refusal.

Source: JT/T 808-2013 and -2019, results of the general answer.
"""

from __future__ import annotations

from edge.serial_terminal.jt808 import parameters
from edge.serial_terminal.jt808.fields import Facts
from edge.serial_terminal.jt808.outbox import Outcome
from fleet.errors import RuleBroken, Unavailable


def tell(outcome: Outcome, whom: str, model: str = "") -> Facts:
    """A terminal's answer; parameters with their names and values.

    Raises:
        RuleBroken: `terminal_cannot`, `terminal_refused`. Unavailable: `terminal_no_answer`.
    """
    message = f"0x{outcome.msg_id:04x}"
    if outcome.verdict == "unsupported":
        raise RuleBroken("terminal_cannot", message=message, model=model or "-", version="-")
    if outcome.verdict == "no_answer":
        raise Unavailable("terminal_no_answer", terminal=whom, sends=outcome.sends)
    if outcome.verdict != "done":
        raise RuleBroken("terminal_refused", terminal=whom, message=message, verdict=outcome.verdict)
    facts = dict(outcome.facts)
    if "params" in facts:
        facts["params"] = parameters.read(facts["params"])
    return {"terminal": whom, "message": message, "verdict": outcome.verdict, "sends": outcome.sends, "answer": facts}
