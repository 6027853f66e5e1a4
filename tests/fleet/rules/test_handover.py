"""Handing a shift over (Art. 9): written by who leaves, taken by who comes, signed by both."""

from __future__ import annotations

import pytest

from fleet.errors import RuleBroken
from fleet.rules.case import Case, fold, move
from fleet.rules.facts import Fact
from fleet.rules.handover import KIND, Act, State

RECORD = "ab" * 32


def fact(act: str, by: str, record: str = RECORD, **detail: object) -> Fact:
    return Fact(act=act, by=by, at_ms=1_790_000_000_000, record=record, detail=detail)


def written() -> Case:
    return fold(KIND, "1-00001", [fact(Act.WRITE, "3001", note="一切正常", out=["蒙M-0B312 17:30"])])


def test_who_comes_takes_exactly_what_was_read() -> None:
    taken = move(KIND, written(), _take("3002", RECORD))

    assert (taken.state, taken.text("written_by"), taken.text("taken_by")) == (State.TAKEN, "3001", "3002")


def test_what_was_changed_meanwhile_is_read_again_first() -> None:
    with pytest.raises(RuleBroken) as broken:
        move(KIND, written(), _take("3002", "cd" * 32))

    assert broken.value.code == "request_changed"


def test_nobody_takes_over_from_himself() -> None:
    with pytest.raises(RuleBroken) as broken:
        move(KIND, written(), _take("3001", RECORD))

    assert broken.value.code == "same_person"


def test_only_its_writer_corrects_a_note_and_only_until_it_is_taken() -> None:
    again = move(KIND, written(), fact(Act.WRITE, "3001", note="补充: 0312 油少"))
    assert again.text("note") == "补充: 0312 油少"
    with pytest.raises(RuleBroken) as broken:
        move(KIND, written(), fact(Act.WRITE, "3002", note="改"))
    assert broken.value.code == "not_the_proposer"
    with pytest.raises(RuleBroken) as over:
        move(KIND, move(KIND, written(), _take("3002", RECORD)), fact(Act.WRITE, "3001", note="再改"))
    assert over.value.code == "case_move"


def _take(by: str, covered: str) -> Fact:
    return Fact(act=Act.TAKE, by=by, at_ms=1_790_000_000_001, record="ef" * 32, detail={"record": covered})
