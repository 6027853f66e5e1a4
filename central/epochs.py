"""What was in force when, for every vehicle of a unit: its records' facts and the settings, epoch by epoch.

Register and settings are those of the time an alarm was signed, or its episode ended (`fleet.ledger.hindsight`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fleet.desk.alarm_facts import known
from fleet.ledger import changed_settings
from fleet.ledger.hindsight import Hindsight
from fleet.ledger.state import State
from fleet.rules.alarm.facts import Facts
from fleet.rules.settings import Changed


@dataclass(frozen=True, slots=True)
class Epoch:
    """What was in force from a moment on, of one vehicle: what its records know (None: it was not on the platform), and
    the settings."""

    since_ms: int
    facts: Facts | None
    settings: Changed


class Past:
    """What was in force when, for every vehicle of a unit; each moment is asked for once."""

    def __init__(self, state: State, register: Hindsight, now_ms: int) -> None:
        self._state, self._register, self._now_ms = state, register, now_ms
        changes = {*register.moments(), *changed_settings.moments(state)}
        self._moments = [0, *sorted(at_ms for at_ms in changes if at_ms <= now_ms)]
        self._known: dict[int, Mapping[str, Facts]] = {}

    def plates(self) -> list[str]:
        """The vehicles on the platform now, and those with tracks or alarms that were on it."""
        with_tracks = {key.rpartition("/")[0] for key in self._state.tracks}
        return sorted({*self._facts(self._moments[-1]), *with_tracks})

    def epochs(self, plate: str) -> tuple[Epoch, ...]:
        """What was in force of one vehicle, epoch by epoch."""
        found: list[Epoch] = []
        for at_ms in self._moments:
            epoch = Epoch(at_ms, self._facts(at_ms).get(plate), changed_settings.at(self._state, at_ms))
            if not found or (epoch.facts, epoch.settings) != (found[-1].facts, found[-1].settings):
                found.append(epoch)
        return tuple(found)

    def _facts(self, at_ms: int) -> Mapping[str, Facts]:
        if at_ms not in self._known:
            self._known[at_ms] = known(self._register.at(at_ms), self._now_ms)
        return self._known[at_ms]
