"""The settings of a unit as its cases have changed them: as an operation's author knew them, or as of a moment.

What is in force here by all that is held is `State.settings`.
"""

from __future__ import annotations

from collections.abc import Mapping

from fleet.ledger.entries import Place, Placed
from fleet.ledger.operation import Operation
from fleet.ledger.state import State, node_subject
from fleet.rules import case as case_rule
from fleet.rules import four_eyes, setting
from fleet.rules.case import Case
from fleet.rules.settings import Changed


def known(state: State, operation: Operation) -> Changed:
    """The settings changed in the causal past of an operation: the same on every replica, whatever it holds. What a
    revoked node said too late counts for those who did not know of the ruling."""
    if not state.setting_acts and not state.struck:
        return state.settings
    prefix = setting.KIND.prefix
    late = {target: acts for target, acts in state.struck.items() if target.startswith(prefix)}
    if not state.setting_acts and not late:
        return state.settings
    held = {
        target: tuple(act for act in acts if state.knew(operation, act.place[1], act.place[2]))
        for target, acts in state.setting_acts.items()
    }
    still = {target: [act for act in acts if _thought_good(state, operation, act)] for target, acts in late.items()}
    if not any(still.values()) and all(len(acts) == len(state.setting_acts[each]) for each, acts in held.items()):
        return state.settings
    for target, acts in still.items():
        held[target] = tuple(sorted([*held.get(target, ()), *acts], key=lambda act: act.place))
    return of(held)


def _thought_good(state: State, operation: Operation, act: Placed) -> bool:
    """Whether an operation's author knew an act that was struck, and no ruling that strikes it."""
    _, author, seq = act.place
    rulings = state.rulings.get(node_subject(author), ())
    return state.knew(operation, author, seq) and not any(
        seq > ruling.content["after_seq"] and state.knew(operation, ruling.author, ruling.seq) for ruling in rulings
    )


def at(state: State, at_ms: int) -> Changed:
    """The settings as they had been changed by a moment (UTC ms)."""
    held = {
        target: tuple(act for act in acts if act.fact.at_ms <= at_ms) for target, acts in state.setting_acts.items()
    }
    return of({target: acts for target, acts in held.items() if acts})


def moments(state: State) -> list[int]:
    """When settings were proposed, changed or left as they were (UTC ms)."""
    return sorted({act.fact.at_ms for acts in state.setting_acts.values() for act in acts})


def of(cases: Mapping[str, tuple[Placed, ...]]) -> Changed:
    """The settings that cases have changed, given their acts; of two changes the one approved later counts."""
    approved: list[tuple[Place, Case]] = []
    for target, acts in cases.items():
        kind = setting.KIND
        case = case_rule.fold(kind, target.removeprefix(kind.prefix), (act.fact for act in acts))
        if case.state == four_eyes.State.APPROVED:
            place = next(act.place for act in acts if act.fact.record == case.facts[-1].record)
            approved.append((place, case))
    return setting.chosen(case for _, case in sorted(approved, key=lambda each: each[0]))
