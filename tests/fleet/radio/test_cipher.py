"""The seal over packets: only the other end's, each once, and no nonce twice under one key."""

from __future__ import annotations

from collections import Counter

import pytest

from fleet.radio.cipher import COUNTER_MAX, REPLAY_WINDOW, Cipher, Opening
from fleet.radio.packet import Kind, Packet

SECRET, CHANCE, OTHER_CHANCE = bytes(range(32)), b"node 567", b"base 567"


def pair(counts: Counter[str] | None = None) -> tuple[Cipher, Cipher]:
    opening, counts = Opening(SECRET, 7, 1, CHANCE), Counter() if counts is None else counts
    node, base = (opening.cipher(OTHER_CHANCE, counts, at_base=at_base) for at_base in (False, True))
    return node, base


def said(part: bytes, *, from_base: bool = False, left: int = 0) -> Packet:
    return Packet(Kind.SEALED, from_base, 7, part, left)


def test_what_one_end_seals_the_other_opens() -> None:
    node, base = pair()

    assert base.open(node.seal(said(b"up"))) == b"up"
    assert node.open(base.seal(said(b"down", from_base=True))) == b"down"


@pytest.mark.parametrize("what", ["node", "left", "from_base", "counter", "part", "tag", "short", "own"])
def test_anything_changed_is_forged(what: str) -> None:
    counts = Counter[str]()
    node, base = pair(counts)
    sealed = node.seal(said(b"a part", left=3))
    flipped = {"counter": 1, "part": 4, "tag": -1}
    if what in flipped:
        body = bytearray(sealed.body)
        body[flipped[what]] ^= 1
        sealed = sealed._replace(body=bytes(body))
    changed = {
        "node": sealed._replace(node=8),
        "left": sealed._replace(left=2),
        "from_base": sealed._replace(from_base=True),
        "short": sealed._replace(body=sealed.body[:5]),
        "own": sealed,
    }.get(what, sealed)
    hears = node if what == "own" else base  # what was said up is nothing when it comes down

    assert hears.open(changed) is None
    assert counts == {"forged": 1}


def test_what_was_heard_is_not_heard_again_and_late_ones_are_heard_once() -> None:
    counts = Counter[str]()
    node, base = pair(counts)
    packets = [node.seal(said(bytes([place]))) for place in range(REPLAY_WINDOW + 20)]
    late, too_late = packets[30], packets[5]

    heard = [base.open(packet) for packet in packets if packet not in (late, too_late)]
    assert None not in heard
    assert base.open(late) == bytes([30])
    assert [base.open(packet) for packet in packets] == [None] * len(packets)
    assert counts["replayed"] == len(packets)
    assert counts["forged"] == 0


def test_counters_go_on_over_the_end_of_their_two_bytes_and_over_gaps() -> None:
    node, base = pair()
    for gap in (65_000, 1_000, 20_000, 32_000, 1, 30_000):
        node._count += gap
        assert base.open(node.seal(said(b"x"))) == b"x"


def test_a_key_that_is_used_up_says_so() -> None:
    node, _ = pair()
    node._count = COUNTER_MAX

    assert node.spent


def test_no_counter_is_used_twice() -> None:
    node, _ = pair()

    assert len({node.seal(said(b"same")).body for _ in range(300)}) == 300


@pytest.mark.parametrize("differs", ["secret", "node", "number", "chance", "other chance"])
def test_a_talk_that_differs_in_anything_has_another_key(differs: str) -> None:
    values = (b"s" * 32 if differs == "secret" else SECRET, 8 if differs == "node" else 7)
    number, chance = 2 if differs == "number" else 1, b"another1" if differs == "chance" else CHANCE
    other = Opening(*values, number, chance)
    theirs = b"another2" if differs == "other chance" else OTHER_CHANCE
    stranger = other.cipher(theirs, Counter(), at_base=False)

    assert pair()[1].open(stranger.seal(said(b"x"))) is None


def test_an_opening_is_believed_of_who_holds_the_secret_and_of_nobody_else() -> None:
    mine, theirs = Opening(SECRET, 7, 1, CHANCE), Opening(bytes(32), 7, 1, CHANCE)

    assert mine.is_said_in(Opening(SECRET, 7, 1, CHANCE).body)
    assert not mine.is_said_in(theirs.body)
    assert Opening.read(mine.body) == (1, CHANCE)
    assert Opening.read(mine.body[1:]) is None
    assert mine.accepted(mine.accept(OTHER_CHANCE)) == OTHER_CHANCE
    assert mine.accepted(theirs.accept(OTHER_CHANCE)) is None
    assert mine.accepted(mine.body) is None
