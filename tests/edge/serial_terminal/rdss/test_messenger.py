"""The host's side of a module: it finds out how the module speaks, and never asks for more than the card allows."""

from __future__ import annotations

import pytest

from edge.serial_terminal.rdss import sentences
from edge.serial_terminal.rdss.frame import Binary, encode_binary, encode_sentence
from edge.serial_terminal.rdss.messenger import ASK_MS, TRIES, WAITING_MAX, Messenger

CARD_2_1 = encode_sentence("BDICI,0242286,00242286,0000011,6,60,3,N,0")
CARD_4_0 = encode_binary(Binary("ICXX", 242_286, bytes.fromhex("00 00000b 06 003c 03 00 0000")))
ASK_2_1 = encode_sentence(sentences.READ_CARD)
TO = 242_300


def ready(card: bytes = CARD_2_1) -> Messenger:
    messenger = Messenger()
    messenger.receive(card, 0)
    return messenger


def result(code: int) -> bytes:
    return encode_binary(Binary("FKXX", 242_286, bytes((code, 0, 0, 0, 0))))


def test_the_card_is_asked_for_in_one_protocol_and_then_in_the_other() -> None:
    messenger = Messenger()
    assert messenger.due(0) == ASK_2_1
    assert messenger.due(ASK_MS - 1) is None
    asked = messenger.due(ASK_MS)
    assert asked is not None
    assert asked[:5] == b"$ICJC"
    assert messenger.due(2 * ASK_MS) == ASK_2_1


def test_a_module_is_asked_in_the_protocol_it_was_heard_in() -> None:
    messenger = Messenger()
    messenger.due(0)
    messenger.receive(result(0), 1)
    for ask in (1, 2, 3):
        asked = messenger.due(ask * ASK_MS)
        assert asked is not None
        assert asked[:5] == b"$ICJC"


@pytest.mark.parametrize(("card", "start"), [(CARD_2_1, b"$CCTXA,0242300,1,2,A4"), (CARD_4_0, b"$TXSQ")])
def test_a_message_goes_out_in_the_modules_protocol(card: bytes, start: bytes) -> None:
    messenger = ready(card)
    assert (messenger.card, messenger.period_s) == (242_286, 60)
    assert messenger.send(TO, "已到达")
    sent = messenger.due(0)
    assert sent is not None
    assert sent.startswith(start)


def test_one_message_a_period_in_the_order_they_came() -> None:
    messenger = ready()
    for text in ("1", "2"):
        assert messenger.send(TO, text)
    first = messenger.due(0)
    assert first == encode_sentence("CCTXA,0242300,1,2,A431")
    assert messenger.due(59_999) is None
    assert messenger.due(60_000) == encode_sentence("CCTXA,0242300,1,2,A432")
    assert messenger.due(200_000) is None


def test_a_message_the_module_could_not_send_is_sent_again_and_in_the_end_given_up() -> None:
    messenger = ready(CARD_4_0)
    messenger.send(TO, "1")
    for time in range(TRIES):
        assert messenger.due(time * 60_000) is not None
        messenger.receive(result(2), time * 60_000 + 1)
    assert messenger.due(TRIES * 60_000) is None
    assert messenger.given_up == 1


def test_an_accepted_message_is_not_sent_again() -> None:
    messenger = ready(CARD_4_0)
    messenger.send(TO, "1")
    messenger.due(0)
    messenger.receive(result(0) + result(2), 1)
    assert messenger.due(60_000) is None


def test_what_does_not_fit_is_refused_before_it_waits() -> None:
    messenger = ready()
    with pytest.raises(ValueError, match="78"):
        messenger.send(TO, "字" * 39)
    assert messenger.send(TO, "字" * 38)
    assert [messenger.send(TO, "x") for _ in range(WAITING_MAX)].count(False) == 1


def test_a_line_that_broke_may_come_back_with_another_card() -> None:
    messenger = ready()
    messenger.receive(b"$BDICI,00", 1)
    messenger.reset()
    assert messenger.card is None
    assert messenger.due(1) is not None
    assert messenger.receive(b"12345*00\r\n", 2) == []
    messenger.receive(b"$BDICI,1*00\r\n", 3)
    assert messenger.bad == {"checksum": 1}


def test_a_module_that_changes_its_edition_is_asked_for_its_card_again() -> None:
    messenger = ready(encode_sentence("BDICI,0280624012,242286,0000011,6,60,3,N,0"))
    messenger.send(242286, "OK")

    messenger.receive(encode_binary(Binary("FKXX", 242286, bytes(5))), ASK_MS)

    assert messenger.card is None, "a card of 2.1 has no place in a frame of 4.0"
    asked = messenger.due(2 * ASK_MS)
    assert asked is not None
    assert asked.startswith(b"$ICJC")
