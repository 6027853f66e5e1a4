"""What is sent to a terminal when: whole or thin by its first answer, and on a thin line one piece at a time."""

from __future__ import annotations

import pytest

from tui.thin.output import ASK, PATIENCE_MUTE_S, PATIENCE_S, PIECE, PIECE_S, PROBE, SLOW_S, Mode, Output
from tui.thin.screen import Screen

FRAME = "\x1b[?2026h\x1b[1;1H\x1b[1mone\x1b[0m\x1b[?2026l"


class Line:
    """A terminal as the output sees it: what was sent, and a clock moved by hand."""

    def __init__(self, thin: bool | None = None) -> None:
        self.sent: list[str] = []
        self.now_s = 0.0
        self.output = Output(self.sent.append, (20, 4), lambda: self.now_s, thin=thin)
        self.output.start()
        assert self.sent.pop() == PROBE

    def draw(self, text: str) -> None:
        self.output.write(f"\x1b[1;1H{text}")
        self.output.flush()

    @property
    def text(self) -> str:
        return "".join(self.sent)

    @property
    def picture(self) -> str:
        screen = Screen(20, 4)
        screen.feed(self.text)
        return screen.text[0]


def test_a_near_terminal_gets_every_frame_at_once_and_is_asked_nothing() -> None:
    line = Line()
    line.draw("one")
    assert line.sent == []
    line.now_s = SLOW_S / 2
    line.output.answer(1)

    assert line.output.mode is Mode.WHOLE
    assert line.picture == "one"
    for text in ("two", "six", "ten"):
        line.draw(text)
        assert line.picture == text
    assert ASK not in line.text
    assert line.output.wait_s is None


def test_an_answer_counts_from_when_it_came_not_from_when_the_console_had_time_for_it() -> None:
    line = Line()
    line.now_s = SLOW_S * 3
    line.output.answer(1, SLOW_S / 2)

    assert line.output.mode is Mode.WHOLE


@pytest.mark.parametrize("answers", [True, False])
def test_a_far_terminal_gets_differences_and_does_not_keep_the_first_frame_waiting(answers: bool) -> None:
    line = Line()
    line.draw("one")
    line.now_s = SLOW_S * 1.1
    if answers:
        line.output.answer(1)
    else:
        assert line.output.wait_s == 0
        line.output.tick()

    assert line.output.mode is Mode.THIN
    assert line.picture == "one"
    assert line.sent[-1].endswith(ASK)


def draw_large(line: Line, sign: str = "é") -> None:
    for row in range(1, 5):
        line.output.write(f"\x1b[{row};1H" + "".join(f"\x1b[38;2;{i};{row};1;48;2;9;9;{i}m{sign}" for i in range(20)))
    line.output.flush()


def busy_at_the_start(line: Line) -> None:
    """The first answer is seen late, and a piece is under way that is larger than a thin line carries at once."""
    draw_large(line)
    line.now_s = SLOW_S * 2
    line.output.answer(1)
    assert line.output.mode is Mode.THIN
    assert len(line.sent[-1]) >= PIECE


def test_a_full_piece_answered_at_once_shows_that_only_the_start_was_slow() -> None:
    line = Line()
    busy_at_the_start(line)
    line.draw("two")
    line.now_s += SLOW_S / 2
    line.output.answer(0)

    assert line.output.mode is Mode.WHOLE
    assert line.picture.startswith("two")
    line.output.write("\x1b[1;1Hsix")
    line.output.flush()
    assert line.picture.startswith("six")
    assert line.output.wait_s is None


@pytest.mark.parametrize("answer_s", [SLOW_S * 1.1, PATIENCE_S + 1])
def test_a_full_piece_answered_later_leaves_a_thin_line_thin(answer_s: float) -> None:
    line = Line()
    busy_at_the_start(line)
    line.draw("two")
    for text in ("six", "ten", "one"):
        line.now_s += answer_s
        line.output.tick()
        line.output.answer(0)
        line.draw(text)

    assert line.output.mode is Mode.THIN


def test_the_late_answer_to_the_first_question_is_not_taken_for_the_frame_s() -> None:
    line = Line()
    draw_large(line)
    line.now_s = SLOW_S
    line.output.tick()
    assert len(line.sent[-1]) >= PIECE
    line.now_s += SLOW_S / 10
    line.output.answer(1)

    assert line.output.mode is Mode.THIN


def test_a_line_that_was_said_to_be_thin_stays_so() -> None:
    line = Line(thin=True)
    line.output.answer(1)
    draw_large(line)
    assert len(line.sent[-1]) >= PIECE
    line.output.answer(0)

    assert line.output.mode is Mode.THIN


def test_a_large_frame_goes_in_pieces_and_each_is_cut_from_what_is_wanted_by_then() -> None:
    line = Line(thin=True)
    line.output.answer(1)
    draw_large(line, "a")
    assert line.sent[-1].endswith(ASK)
    draw_large(line, "b")
    draw_large(line, "c")
    assert len(line.sent) == 1
    settle(line, PIECE_S)

    assert len(line.sent) == 5
    assert "b" not in line.text
    screen = Screen(20, 4)
    screen.feed(line.text)
    assert screen.text == ["c" * 20] * 4


def test_every_line_has_its_turn_however_fast_all_of_them_change() -> None:
    line, written = Line(thin=True), set()
    line.output.answer(1)
    for sign in "abcd":
        draw_large(line, sign)
        line.now_s += PIECE_S
        line.output.answer(0)
        screen = Screen(20, 4)
        screen.feed(line.text)
        written |= {y for y, text in enumerate(screen.text) if sign in text}

    assert written == {0, 1, 2, 3}


def settle(line: Line, took_s: float) -> None:
    """Each piece is answered after so long, until there are no more."""
    sent = 0
    while sent != len(line.sent):
        sent = len(line.sent)
        line.now_s += took_s
        line.output.answer(0)


def test_a_line_that_is_far_away_and_not_slow_gets_larger_pieces_and_a_slow_one_small_ones_again() -> None:
    line, far_s, pieces = Line(thin=True), 0.6, []
    line.now_s = far_s
    line.output.answer(1)
    for number, took_s in enumerate([far_s, far_s, far_s + PIECE_S, far_s]):
        draw_large(line, "ab"[number % 2])
        before = len(line.sent)
        settle(line, took_s)
        pieces.append(1 + len(line.sent) - before)

    assert pieces == [3, 1, 1, 3]


def test_what_something_else_wrote_over_the_screen_is_painted_over_when_asked_for() -> None:
    line = Line(thin=False)
    line.draw("one")
    line.sent.append("\x1b[1;1Hmessage from root")
    line.output.redraw()

    assert line.picture == "one"


@pytest.mark.parametrize(("column", "wide"), [(0, False), (1, False), (2, True)])
def test_the_first_answer_tells_how_wide_doubtful_signs_are(column: int, wide: bool) -> None:
    line = Line(thin=True)
    assert line.output.wide_signs is None
    line.output.answer(column)

    assert line.output.wide_signs is wide


def test_while_a_piece_is_under_way_the_next_frames_become_one() -> None:
    line = Line(thin=True)
    line.output.answer(1)
    line.draw("one")
    for text in ("two", "six", "ten"):
        line.draw(text)
    assert line.picture == "one"
    line.output.answer(0)

    assert line.picture == "ten"
    assert len(line.sent) == 2


def test_nothing_is_asked_when_nothing_differs() -> None:
    line = Line(thin=True)
    line.output.answer(1)
    line.draw("one")
    line.output.answer(0)
    sent = len(line.sent)
    line.draw("one")

    assert len(line.sent) == sent
    assert line.output.wait_s is None


def test_an_answer_that_never_comes_is_waited_for_so_long_and_no_longer() -> None:
    line = Line(thin=True)
    line.output.answer(1)
    line.draw("one")
    line.draw("two")
    line.now_s += PATIENCE_S - 1
    assert line.output.wait_s == pytest.approx(1)
    line.now_s += 1
    line.output.tick()

    assert line.picture == "two"


def test_a_terminal_that_answers_nothing_is_soon_not_asked_any_more() -> None:
    line = Line(thin=True)
    line.draw("one")
    line.draw("two")
    line.now_s += PATIENCE_MUTE_S
    line.output.tick()
    assert line.picture == "two"
    line.draw("six")

    assert line.picture == "six"
    assert not line.sent[-1].endswith(ASK)


def test_what_sets_something_passes_at_once_and_updates_in_one_piece_need_no_telling() -> None:
    line = Line(thin=True)
    line.output.write("\x1b[?2026h\x07\x1b[?2004h\x1b[?2026l")

    assert line.sent == ["\x07\x1b[?2004h"]


def test_after_a_change_of_size_everything_is_painted_on_a_cleared_screen() -> None:
    line = Line(thin=True)
    line.output.answer(1)
    line.draw("one")
    line.output.answer(0)
    line.output.resize(30, 5)
    line.draw("one")

    assert "\x1b[2J" in line.sent[-1]
    assert "one" in line.sent[-1]
