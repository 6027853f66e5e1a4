"""Kilometres of a trip by three witnesses (Art. 11, 13): the terminal's odometer, what people typed, the track. Pure.

What a person types is what stands; nothing here corrects it. Where it does not fit what the others say, it is asked
about once, with what was probably meant: one digit wrong, two swapped, one left out or doubled. Who says that it is
right all the same is believed, and the difference stays visible.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

ALLOWED_KM, ALLOWED_PERCENT = 5, 8
"""How far two witnesses may differ: the larger of the two (the alarm catalogue's A17)."""
COMPLETENESS_MIN = 0.9
"""A track with more left out is no witness."""


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Kilometres of one trip: by the typed readings, by the terminal's odometer, by the track; None where it says
    nothing. `track_known` is the part of the trip that the track covers."""

    typed_km: int | None
    terminal_km: float | None
    track_km: float | None
    track_known: float = 0.0

    @property
    def ran_km(self) -> float | None:
        """What the machines say: the track where it covers the trip, else the terminal's odometer."""
        if self.track_km is not None and self.track_known >= COMPLETENESS_MIN:
            return self.track_km
        return self.terminal_km

    @property
    def fits(self) -> bool | None:
        """Whether what was typed agrees with what the machines say; None where one of the two is missing."""
        if self.typed_km is None or self.ran_km is None:
            return None
        return agree(self.typed_km, self.ran_km)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of a reading before it is signed: whether it fits, what was expected, and what was probably meant
    (km; None where there is nothing to say)."""

    fits: bool | None
    expected_km: int | None
    meant_km: int | None


def agree(one_km: float, other_km: float) -> bool:
    """Whether two witnesses say the same."""
    return abs(one_km - other_km) <= max(ALLOWED_KM, ALLOWED_PERCENT / 100 * max(one_km, other_km))


def answer(typed_km: int, out_km: int | None, ran_km: float | None) -> Answer:
    """Look at a reading typed at the end of a trip, against the one at its beginning and what machines say was run."""
    if out_km is None or ran_km is None:
        return Answer(None, None, None)
    expected_km = out_km + round(ran_km)
    if typed_km >= out_km and agree(typed_km - out_km, ran_km):
        return Answer(True, expected_km, None)
    slips = [km for km in set(_slips(str(typed_km))) if km >= out_km and agree(km - out_km, ran_km)]
    return Answer(False, expected_km, min(slips, key=lambda km: (abs(km - expected_km), km), default=None))


def _slips(typed: str) -> Iterator[int]:
    """What may have been meant by digits: another one at a place, two swapped, one too few, one too many."""
    for at in range(len(typed)):
        for digit in "0123456789":
            yield int(typed[:at] + digit + typed[at + 1 :])
            yield int(typed[:at] + digit + typed[at:])
        yield int(typed[:at] + typed[at + 1 : at + 2] + typed[at] + typed[at + 2 :])
        if len(typed) > 1:
            yield int(typed[:at] + typed[at + 1 :])
    for digit in "0123456789":
        yield int(typed + digit)
