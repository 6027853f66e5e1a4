"""How far a supplement is: its three steps, the time that is left, and what that time rests on. Pure.

A deadline never depends on the link: it is judged by the node's signed time, and being offline makes nothing late.
"""

from __future__ import annotations

from collections.abc import Mapping

from fleet.rules import timing
from fleet.rules.supplement import State
from fleet.words import Words
from tui.cells import wrap
from tui.rows.cases import labelled, span
from tui.shapes import CaseRow
from tui.times import moment
from tui.widgets.lines import Spans

STEPS = (
    ("request", "requested_ms", ""),
    ("endorse", "endorsed_ms", "endorsed_by"),
    ("complete", "completed_ms", "endorser"),
)
"""The acts of the three steps, and the facts that say when and by whom they were done."""
NEXT = {State.OPEN: "request", State.REQUESTED: "endorse", State.ENDORSED: "complete"}
"""The step each state waits for."""


def supplement_lines(words: Words, case: CaseRow, people: Mapping[str, str], now_ms: int, width: int) -> list[Spans]:
    """The steps, then the time."""
    lines: list[Spans] = []
    for number, (step, at, by) in enumerate(STEPS, 1):
        text, paint = _step(words, case, step, at, by, people, now_ms)
        lines += labelled(f"{number} {words(f'supplement.label.{step}')}", text, width, paint)
    for text, paint in time_lines(words, case, now_ms):
        lines += [[(line, paint)] for line in wrap(text, width)]
    return lines


def time_lines(words: Words, case: CaseRow, now_ms: int) -> list[tuple[str, str]]:
    """What is left of a supplement's time, or what became of it, with how surely that is known."""
    due_ms = case["deadline_ms"]
    said: list[tuple[str, str]] = []
    if case["state"] in {State.REFUSED, State.WITHDRAWN}:
        return [(words(f"supplement.{case['state']}"), "serious")]
    if case["state"] == State.COMPLETED:
        proof = case["proof"]
        late = proof in {timing.Proof.LATE, timing.Proof.CLAIMED_LATE}
        said.append(
            (
                words("supplement.completed", proof=words(f"proof.{proof}") if proof else "-"),
                "serious" if late else "good",
            )
        )
    elif due_ms is None:
        said.append((words("supplement.no_end"), "notice"))
    elif now_ms <= due_ms:
        said.append((words("supplement.left", left=span(words, due_ms - now_ms), at=moment(due_ms, now_ms)), "strong"))
    else:
        said.append((words("supplement.over", over=span(words, now_ms - due_ms)), "critical"))
    return [*said, (words("supplement.rests_on"), "dim")]


def _step(
    words: Words, case: CaseRow, step: str, at: str, by: str, people: Mapping[str, str], now_ms: int
) -> tuple[str, str]:
    done_ms = case["data"].get(at)
    if isinstance(done_ms, int):
        who = str(case["data"].get(by, "")) if by else ""
        return words("supplement.step.done", at=moment(done_ms, now_ms), who=people.get(who, who)).rstrip(), "good"
    if NEXT.get(State(case["state"])) == step:
        return words(f"supplement.step.{step}"), "serious"
    return words("supplement.step.later"), "dim"
