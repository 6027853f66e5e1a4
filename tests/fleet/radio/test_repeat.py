"""Selective repeat: whatever is lost, repeated or late, the stream comes out once and in order."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from fleet.radio.repeat import NUMBERS, WINDOW, Receiving, Sending


def ends(size: int = 10) -> tuple[Sending, Receiving, Counter[str]]:
    counts = Counter[str]()
    return Sending(size, counts), Receiving(counts), counts


@pytest.mark.parametrize("seed", range(40))
def test_everything_arrives_once_and_in_order(seed: int) -> None:
    chance = random.Random(seed)
    sending, receiving, _ = ends(size=chance.randrange(1, 30))
    loss, stream = chance.random() * 0.9, chance.randbytes(3000)
    sending.push(stream)
    old: list[tuple[int, bytes]] = []
    heard = b""
    while sending.waiting:
        flying = [segment for segment in sending.next(chance.randrange(1, 17)) if chance.random() > loss]
        chance.shuffle(flying)
        for number, data in [*flying, *chance.sample(flying, len(flying) // 3)]:
            heard += receiving.take(number, data)
        assert len(receiving._early) < WINDOW
        assert len(sending._flying) <= WINDOW
        old.append(receiving.acknowledgement())
        if chance.random() > loss:
            sending.acknowledge(*old[-1])
        sending.acknowledge(*chance.choice(old[-8:]))  # one that was late

    assert heard == stream


def test_what_did_not_arrive_goes_before_what_is_new() -> None:
    sending, receiving, counts = ends(size=1)
    sending.push(b"abcdefgh")
    for number, data in sending.next(4):
        if data != b"b":
            receiving.take(number, data)
    sending.acknowledge(*receiving.acknowledgement())

    assert sending.next(3) == [(1, b"b"), (4, b"e"), (5, b"f")]
    assert counts["resent"] == 1


def test_no_more_than_a_window_is_under_way() -> None:
    sending, _, _ = ends(size=1)
    sending.push(bytes(1000))

    assert len({number for _ in range(10) for number, _ in sending.next(40)}) == WINDOW


def test_an_old_acknowledgement_takes_nothing_back() -> None:
    sending, receiving, _ = ends(size=1)
    sending.push(b"abc")
    old = receiving.acknowledgement()
    for number, data in sending.next(3):
        receiving.take(number, data)
    sending.acknowledge(*receiving.acknowledgement())

    assert not sending.acknowledge(*old)
    assert sending.waiting == 0


@pytest.mark.parametrize(
    ("ahead", "counted"), [(WINDOW, "outside"), (NUMBERS - WINDOW - 1, "outside"), (NUMBERS - 1, "repeated")]
)
def test_a_number_outside_the_window_is_counted_and_dropped(ahead: int, counted: str) -> None:
    _, receiving, counts = ends()

    assert receiving.take(ahead, b"x") == b""
    assert counts == {counted: 1}
    assert receiving.acknowledgement() == (0, b"")
