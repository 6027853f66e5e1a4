"""A kind of case under its tables: each state reached by its own acts, every act tried on every state."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from fleet.errors import RuleBroken
from fleet.rules.case import NEW, Case, Kind, fold, move
from fleet.rules.facts import Fact

NOON_MS, HOUR_MS, DAY_MS = 1_790_000_000_000, 3_600_000, 86_400_000
Good = Mapping[str, tuple[str, Mapping[str, object]]]
"""Each act as the right person would do it: who, with which particulars."""


class Desk:
    """Acts of one kind, done by the right person unless the test says otherwise."""

    def __init__(self, kind: Kind, good: Good) -> None:
        self.kind, self.good = kind, good

    def fact(self, act: str, *, by: str = "", at_ms: int = NOON_MS, without: str = "", **changed: object) -> Fact:
        who, detail = self.good[act]
        detail = {name: value for name, value in {**detail, **changed}.items() if name != without}
        return Fact(act=act, by=by or who, at_ms=at_ms, record="a" * 64, detail=detail)

    def through(self, *acts: str | Fact) -> Case:
        """The case after acts, a second apart; none of them refused."""
        facts = [
            self.fact(act, at_ms=NOON_MS + at * 1000) if isinstance(act, str) else act for at, act in enumerate(acts)
        ]
        case = fold(self.kind, "1-00001", facts)
        assert case.refused == (), case.refused
        return case

    def refusal(self, case: Case, fact: Fact) -> str:
        """The code a fact is refused with."""
        try:
            move(self.kind, case, fact)
        except RuleBroken as broken:
            return broken.code if broken.article else f"{broken.code} names no article"
        return ""

    def moves(self, reached: Mapping[str, Case]) -> dict[tuple[str, str], str]:
        """What each act makes of each state reached; only the pairs that do not lead nowhere."""
        cases = {NEW: Case(id="1-00001", kind=self.kind.name), **reached}
        found = {}
        for (state, case), act in product(cases.items(), self.kind.acts):
            fact = self.fact(act)
            if self.refusal(case, fact) != "case_move":
                found[state, act] = self.kind.moves[state, act]
        return found
