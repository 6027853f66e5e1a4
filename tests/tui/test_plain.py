"""`ortoo tui --plain` at a real node on a real pseudo-terminal: a whole dispatch and more by questions and answers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from bench.seat import Seat
from fleet.words import LANGUAGES, Language, Words
from tests.edge.process import ROOT
from tests.edge.web.conftest import PINS
from tests.tui.real_node import RealNode
from tui.plain.talk import HungUp, Talk

WAIT_S = 20.0
QUESTIONS_MAX = 60


class Person:
    """Somebody at the terminal who reads every line and answers."""

    def __init__(self, seat: Seat, words: Words) -> None:
        self.seat, self.words = seat, words

    def hears(self, text: str) -> None:
        """Wait until it was said."""
        self.seat.until(lambda: text in self.said, WAIT_S)

    def answers(self, text: str, key: str, **facts: object) -> None:
        """Wait for a question and answer it."""
        self.hears(f"{self.words(key, **facts)}:")
        self.seat.screen.feed("\x1b[2J\x1b[H")
        self.seat.press(f"{text}\r")

    def fills(self, answers: dict[str, str], *, until: str) -> None:
        """Answer every question of a form by its label, with Enter where nothing is named, to a question `until`."""
        label = ""
        for _ in range(QUESTIONS_MAX):
            self.seat.until(lambda: self.asked.endswith(":"), WAIT_S)
            label = self.asked.rstrip(":").partition(" [")[0].strip()
            if label == until:
                return
            self.seat.screen.feed("\x1b[2J\x1b[H")
            self.seat.press(f"{answers.get(label, '')}\r")
        raise AssertionError(f"asked again and again: {label}")

    @property
    def asked(self) -> str:
        """The last line that was said."""
        return next((line.strip() for line in reversed(self.seat.screen.text) if line.strip()), "")

    @property
    def said(self) -> str:
        return "\n".join(self.seat.screen.text) + " "


@contextmanager
def person_at(unit: RealNode, language: Language) -> Iterator[Person]:
    command = (sys.executable, "-m", "ortoo", "tui", "--plain", "--node", str(unit.home), "--lang", language)
    seat = Seat(command, (200, 60), {**os.environ, "PYTHONPATH": str(ROOT)})
    person = Person(seat, Words(language, "console"))
    try:
        person.hears(f"{person.words('plain.who')}:")
        lines = [line for line in seat.screen.text if "巴图" in line]
        person.answers(lines[0].partition(".")[0], "plain.who")
        person.hears("PIN:")
        seat.press(f"{PINS['3001']}\r")
        person.hears(f"{person.words('plain.menu')}:")
        assert PINS["3001"] not in person.said
        yield person
    finally:
        seat.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_whole_dispatch_without_a_screen(unit: RealNode, language: Language) -> None:
    unit.cancel_all()
    order = unit.approved()
    with person_at(unit, language) as person:
        person.answers("1", "plain.menu")
        person.hears(order[-4:])
        person.answers("1", "plain.which_order")
        person.answers("1", "plain.act")
        person.hears("蒙M-0B312")
        person.answers("1", "plain.which_vehicle")
        person.hears(f"{person.words('plain.act')}:")
        assert unit.get(f"/orders/{order}")["state"] == "dispatched"
        person.answers("", "plain.act")
        person.answers(f"chehui {order[-4:]}", "plain.menu")
        person.answers("1", "plain.reason")
        person.hears(f"{person.words('plain.menu')}:")

        assert unit.get(f"/orders/{order}")["state"] == "approved"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_short_is_read_out_and_a_wrong_answer_asks_again(unit: RealNode, language: Language) -> None:
    with person_at(unit, language) as person:
        person.answers("2", "plain.menu")
        person.hears("蒙M-0A009")
        person.answers("3", "plain.menu")
        person.answers("6", "plain.menu")
        person.hears(person.words("supplement.rests_on")[:20])
        person.answers("", "plain.which_case")
        person.answers("", "plain.act")
        person.answers("7", "plain.menu")
        person.hears(person.words("status.part.records"))
        person.answers("", "plain.try_now")
        person.answers("xyzzy", "plain.menu")
        person.hears(person.words("line.no_verb", said="xyzzy"))
        person.answers("99", "plain.menu")
        person.hears(person.words("line.no_such_order", tail="99"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_whole_supplement_without_a_screen(unit: RealNode, language: Language, tmp_path: Path) -> None:
    unit.cancel_all()
    scan = tmp_path / "endorsed.pdf"
    scan.write_bytes(b"%PDF-1.4\n" + os.urandom(64) + b"\n%%EOF\n")
    now_ms = unit.get("/board")["now_ms"]
    notice = unit.case(
        "3001", "supplement", "notice", what=f"flood {language}", rider="王海", plate="蒙M-0B318", driver="4002",
        started_ms=now_ms - 3 * 3_600_000, planned_end_ms=now_ms - 3_600_000,
    )["id"]  # fmt: skip
    with person_at(unit, language) as person:
        words, menu = person.words, person.words("plain.menu")

        def opened() -> None:
            person.answers("6", "plain.menu")
            person.hears(f"flood {language}")
            line = next(line for line in person.seat.screen.text if f"flood {language}" in line)
            person.answers(line.partition(".")[0].strip(), "plain.which_case")

        opened()
        person.answers("1", "plain.act")
        said = {
            words("field.cause"): "1",
            words("field_of.supplement.why"): "water",
            words("field.facts"): "one bridge",
        }
        person.fills(said, until=menu)
        unit.case("2001", "supplement", "endorse", notice, pin=PINS["2001"])

        opened()
        person.answers("1", "plain.act")
        said = {
            words("field.scan"): str(scan), words("field.seal_visible"): "1", words("field.endorser"): "head",
            words("field.endorsed_on"): "11-25", words("field.odometer_out_km"): "100",
            words("field.department"): "zao",
            words("field.phone"): "13904831234", words("field.category"): "1", words("field.origin"): "yuan",
            words("field.destination"): "lin",
        }  # fmt: skip
        person.fills(said, until=menu)

    done = unit.get(f"/cases/supplement/{notice}")
    assert (done["state"], done["data"]["scan_type"]) == ("completed", "application/pdf")


def test_an_emergency_notice_and_an_application_are_given_by_questions(unit: RealNode) -> None:
    unit.cancel_all()
    before = {case["id"] for case in unit.get("/cases/supplement?limit=200")["rows"]}
    with person_at(unit, "zh_CN") as person:
        person.answers("5", "plain.menu")
        person.hears(person.words("plain.form"))
        for _ in range(12):
            person.seat.press("\r")
            person.seat.rest(0.3, seconds=3.0)
            if person.words("plain.menu") in person.said:
                break
        after = {case["id"] for case in unit.get("/cases/supplement?limit=200")["rows"]}
        assert len(after - before) == 1

        person.answers("4", "plain.menu")
        person.hears(person.words("plain.form"))
        person.seat.press("!\r")
        person.hears(person.words("plain.given_up"))
        person.hears(f"{person.words('plain.menu')}:")


def test_through_pipes_it_says_the_same_and_ends_where_the_input_ends(unit: RealNode) -> None:
    command = [sys.executable, "-m", "ortoo", "tui", "--plain", "--node", str(unit.home), "--lang", "en"]
    done = subprocess.run(command, input="", capture_output=True, text=True, timeout=WAIT_S, cwd=ROOT, check=False)

    assert done.returncode == 0, done.stderr
    assert "Who are you?" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_node_that_is_not_there_is_said_and_tried_again(tmp_path: object) -> None:
    command = [sys.executable, "-m", "ortoo", "tui", "--plain", "--node", f"{tmp_path}/node.sock", "--lang", "en"]
    done = subprocess.run(
        command, input="\nno\n", capture_output=True, text=True, timeout=WAIT_S, cwd=ROOT, check=False
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("node.sock") == 2


def test_a_choice_is_asked_for_until_it_is_one() -> None:
    said: list[str] = []
    answers = iter(["7\n", "x\n", "2\n", "\n"])
    talk = Talk(Words("en", "console"), said.append, lambda: next(answers, ""), nullcontext)

    assert talk.choose(["a", "b"], str.upper, "which") == "b"
    assert talk.choose(["a"], str.upper, "which") is None
    with pytest.raises(HungUp):
        talk.choose(["a"], str.upper, "which")
    assert "1. A\n" in said


def test_a_pin_typed_the_moment_it_is_asked_for_is_not_shown() -> None:
    happened: list[str] = []

    @contextmanager
    def unseen() -> Iterator[None]:
        happened.append("hidden")
        yield
        happened.append("shown again")

    def read() -> str:
        happened.append("read")
        return "300100\n"

    talk = Talk(Words("en", "console"), happened.append, read, unseen)

    assert talk.ask_secret("PIN") == "300100"
    assert happened == ["hidden", "PIN: ", "read", "shown again", "\n"]
