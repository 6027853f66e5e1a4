"""Conversations held open over requests: a turn is taken once, and one that cannot be followed is said to be over."""

from __future__ import annotations

import pytest

from fleet.errors import NotTrusted, Unavailable
from fleet.ledger.talks import ANSWER_KEPT_MAX, Talks


class Heard:
    """A conversation that remembers what it was told, and answers with how much that was."""

    def __init__(self) -> None:
        self.said: list[bytes] = []

    def take(self, said: bytes) -> bytes:
        if said == b"nonsense":
            raise NotTrusted("frame_form")
        if said == b"much":
            return bytes(ANSWER_KEPT_MAX + 1)
        self.said.append(said)
        return str(len(self.said)).encode()


def told(talks: Talks[Heard], name: bytes, turn: int, said: bytes) -> bytes:
    return talks.answer(name, turn, Heard, lambda heard: heard.take(said))


def over(talks: Talks[Heard], name: bytes, turn: int, said: bytes = b"x") -> bool:
    with pytest.raises(Unavailable, match="talk_over"):
        told(talks, name, turn, said)
    return True


def test_turns_follow_one_another_in_one_conversation() -> None:
    talks = Talks[Heard](2)

    assert [told(talks, b"a", turn, b"x") for turn in range(3)] == [b"1", b"2", b"3"]


def test_a_turn_that_comes_again_is_answered_as_before_and_not_taken_twice() -> None:
    talks = Talks[Heard](2)
    told(talks, b"a", 0, b"x")

    assert told(talks, b"a", 1, b"y") == told(talks, b"a", 1, b"y") == b"2"
    assert told(talks, b"a", 2, b"z") == b"3"


@pytest.mark.parametrize(("name", "turn"), [(b"a", 3), (b"a", 0), (b"b", 1), (b"", 7)])
def test_a_turn_out_of_place_is_over(name: bytes, turn: int) -> None:
    talks = Talks[Heard](2)
    told(talks, b"a", 0, b"x")
    told(talks, b"a", 1, b"x")

    assert over(talks, name, turn)


def test_a_conversation_that_cannot_be_followed_is_over_but_who_is_not_believed_at_all_is_told_so() -> None:
    talks = Talks[Heard](2)
    with pytest.raises(NotTrusted, match="frame_form"):
        told(talks, b"a", 0, b"nonsense")
    told(talks, b"b", 0, b"x")

    assert over(talks, b"b", 1, b"nonsense")
    assert over(talks, b"b", 1)
    assert len(talks) == 0


def test_the_one_silent_longest_makes_room() -> None:
    talks = Talks[Heard](2)
    for name in (b"a", b"b", b"c"):
        told(talks, name, 0, b"x")
        if name == b"b":
            told(talks, b"a", 1, b"x")

    assert len(talks) == 2
    assert over(talks, b"b", 1)
    assert told(talks, b"c", 1, b"x") == b"2"


def test_a_long_answer_is_not_kept() -> None:
    talks = Talks[Heard](2)
    told(talks, b"a", 0, b"much")

    assert over(talks, b"a", 0, b"much")


def test_talks_are_ended_by_whoever_they_are_with() -> None:
    talks = Talks[Heard](2)
    told(talks, b"a", 0, b"x")
    talks.forget(lambda heard: heard.said == [b"x"])

    assert over(talks, b"a", 1)
