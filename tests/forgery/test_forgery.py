"""Nothing forged is accepted, every forgery gets its reason, and a build that leaves a check out is noticed."""

from __future__ import annotations

import json
import sys

import pytest

from fleet.ledger import cose, judge
from fleet.ledger.suite import Suite
from fleet.words import LANGUAGES, SHARED_DOMAINS
from tests.forgery import __main__ as command
from tests.forgery.running import CLASSES, run
from tests.test_catalogues import read_catalogue

ROUNDS = 3


def test_no_forgery_of_any_class_is_accepted_and_honest_work_comes_through_after_them() -> None:
    tally = run(ROUNDS * len(CLASSES), seed=7)

    assert tally.wrong == []
    assert set(tally.tried.values()) == {ROUNDS}
    assert len(CLASSES) >= 24


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_its_words(language: str) -> None:
    words = {key for domain in SHARED_DOMAINS for key in read_catalogue(language, domain)}
    codes = {code for one in CLASSES.values() for code in one.codes}

    assert [code for code in sorted(codes) if f"refusal.{code}.what" not in words] == []


def _no_seal(suite: Suite, public: bytes, context: str, payload: bytes, mark: bytes) -> bool:
    return context == "seal" or CHECKED(suite, public, context, payload, mark)


CHECKED = cose.signed_by


def test_a_build_that_does_not_check_seals_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cose, "signed_by", _no_seal)

    assert "the end of a log cut off" in " ".join(run(len(CLASSES), seed=1).wrong)


def test_a_build_that_does_not_check_what_people_sign_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "meaning_signed_by", lambda _public, _operation: True)

    assert "an approver's decision signed by the node" in " ".join(run(len(CLASSES), seed=1).wrong)


def test_the_command_says_what_it_tried(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["forgery", "--count", "40", "--seed", "3", "--json"])

    assert command.main() == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["forged"], said["classes"], said["accepted"]) == (40, 40, 0)
