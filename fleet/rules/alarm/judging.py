"""The one door to the rules of the catalogue: facts of a vehicle and a period in, its alarms out.

* The same facts give the same alarms, whatever the order in which reports arrived, were split or came twice: a track is
  in the order of the terminal's clock before it comes here.
* To judge again from a late report, judge from before it: an episode that was cut off at the beginning says so. One
  that had ended by then is not told: records may speak of it, but what its track showed is not looked at any more.
* A verdict next to a silence of which nothing is known is provisional until the silence is filled, or has been waited
  for long enough; then it stands, and says that it rests on an incomplete track.
* Of a confidential trip an alarm tells code and time, and no place (Art. 10 (4)).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from fleet.rules.alarm import amounts, device, driving, moving, overdue, silence, standing
from fleet.rules.alarm.catalogue import CATALOGUE
from fleet.rules.alarm.facts import Facts
from fleet.rules.alarm.look import Look
from fleet.rules.alarm.spans import Span, both
from fleet.rules.alarm.verdict import Verdict
from fleet.rules.settings import NO_CHANGES, Changed

Rule = Callable[[Look], Iterator[Verdict]]
RULES: dict[str, Rule] = {
    "A01": moving.unordered,
    "A02": standing.elsewhere,
    "A03": moving.off_hours,
    "A04": moving.while_sealed,
    "A05": moving.off_route,
    "A06": driving.overspeed,
    "A07": silence.lost,
    "A08": silence.blind,
    "A10": device.power,
    "A11": device.antenna,
    "A12": device.blocked,
    "A13": moving.early_return,
    "A14": overdue.overdue,
    "A17": amounts.odometer,
    "A18": amounts.fuel,
    "A19": driving.other_driver,
    "A20": standing.sensitive,
    "A21": standing.long_stop,
    "A22": driving.fatigue,
    "A23": device.distress,
    "A24": device.tampering,
    "A30": device.clock,
}
CERTAIN = frozenset({"A07", "A08", "A10", "A11", "A14", "A23", "A24", "A30"})
"""What no missing report can take back, or what is about its missing."""
BESIDE_MS = 60_000
SECRET = frozenset({"lat_e6", "lon_e6", "place", "hole", "route", "away_m"})
"""Facts that tell where."""


def judge(facts: Facts, changed: Changed = NO_CHANGES) -> list[Verdict]:
    """Every alarm of a vehicle in a period, in order of time."""
    look = Look(facts, changed)
    confidential = {each.order for each in facts.outings if each.confidential}
    found = [
        _finished(look, verdict, secret=verdict.order in confidential)
        for code, rule in RULES.items()
        for verdict in rule(look)
        if verdict.span.until_ms > facts.since_ms
    ]
    return sorted(found, key=lambda verdict: (verdict.from_ms, verdict.code, verdict.subject))


def _finished(look: Look, verdict: Verdict, *, secret: bool) -> Verdict:
    verdict = replace(verdict, limits=look.limits(CATALOGUE[verdict.code].settings))
    if secret and verdict.order:
        told = {name: value for name, value in verdict.facts.items() if name not in SECRET}
        verdict = replace(verdict, facts=told, subject="" if verdict.code == "A20" else verdict.subject)
    if verdict.code in CERTAIN:
        return verdict
    beside = Span(verdict.from_ms - BESIDE_MS, verdict.span.until_ms + BESIDE_MS)
    unknown = [span for span in look.silent if both([span], [beside])]
    waits = any(look.facts.now_ms < span.until_ms + look.ms("track_wait_h") for span in unknown)
    if unknown and not waits:
        return replace(verdict, facts={**verdict.facts, "incomplete": 1})
    return replace(verdict, provisional=waits)
