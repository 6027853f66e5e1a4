"""How much one terminal may ask of the node: a flood from one is not paid for by the others.

Rules kept here:
* Each terminal has BURST messages at once and RATE_PER_S after that. What is beyond is neither stored nor answered, so
  its terminal keeps it and sends it again later: nothing is lost, the flood waits where it is made.
* Alarms go first: what carries an alarm bit is stored and answered before everything else of the same read, and has an
  allowance of its own.
* Bounded: PHONES_MAX terminals are remembered, the one silent longest gives way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edge.serial_terminal.jt808.heard import Heard

RATE_PER_S, BURST = 50, 300
PHONES_MAX = 512


@dataclass(slots=True)
class _Allowance:
    left: float = BURST
    at_ms: int = 0

    def take(self, at_ms: int) -> bool:
        self.left = min(BURST, self.left + max(0, at_ms - self.at_ms) * RATE_PER_S / 1000)
        self.at_ms = at_ms
        if self.left < 1:
            return False
        self.left -= 1
        return True


class Quota:
    """The allowances on one line. `over` counts messages left to be sent again."""

    def __init__(self) -> None:
        self.over = 0
        self._allowances: dict[tuple[str, bool], _Allowance] = {}

    def admit(self, heard: Sequence[Heard], at_ms: int) -> list[Heard]:
        """What may be stored and answered now, alarms in front, otherwise in order."""
        admitted = [message for message in heard if self._allowance(message, at_ms).take(at_ms)]
        self.over += len(heard) - len(admitted)
        return sorted(admitted, key=lambda message: not is_alarm(message))

    def _allowance(self, message: Heard, at_ms: int) -> _Allowance:
        key = message.phone, is_alarm(message)
        allowance = self._allowances.pop(key, None) or _Allowance(at_ms=at_ms)
        self._allowances[key] = allowance
        if len(self._allowances) > PHONES_MAX:
            del self._allowances[next(iter(self._allowances))]
        return allowance


def is_alarm(message: Heard) -> bool:
    """Whether a message reports an alarm."""
    return any(position.alarm_bits for position in message.positions)
