"""The command line: verbs by any beginning that is their own, orders and plates by tails, names by first letters."""

from __future__ import annotations

from inspect import signature

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.pinyin import found_by, initials
from fleet.words import LANGUAGES, Words
from tests.tui.a_day import some_offers, some_orders
from tui.screens.board import BoardScreen
from tui.screens.frame import Frame
from tui.screens.line import VERBS
from tui.screens.rooms import ROOMS, Room
from tui.verbs import NotUnderstood, fitting, offer_of, order_of, understand

ZH, EN = Words("zh_CN", "console"), Words("en", "console")


@pytest.mark.parametrize(
    ("line", "verb", "order", "rest"),
    [
        ("派 0230 312 孟克", "dispatch", "0230", ("312", "孟克")),
        (":pai 0230 312", "dispatch", "0230", ("312",)),
        ("：派车 230", "dispatch", "230", ()),
        ("派0230 312", "dispatch", "0230", ("312",)),
        ("pc 0230", "dispatch", "0230", ()),
        ("disp 0230", "dispatch", "0230", ()),
        ("0230 bj", "close", "0230", ()),
        ("0230 pc 312", "dispatch", "0230", ("312",)),
        ("0230", "open", "0230", ()),
        ("tb", "sync", "", ()),
        ("同步", "sync", "", ()),
        ("BD", "supplements", "", ()),
    ],
)
def test_a_line_says_a_verb_and_what_it_is_about(line: str, verb: str, order: str, rest: tuple[str, ...]) -> None:
    said = understand(line, VERBS, ZH)

    assert (said.verb.name, said.order, said.rest) == (verb, order, rest)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("", "nothing"),
        (" : ", "nothing"),
        ("xyzzy", "no_verb"),
        ("派", "no_order"),
        ("c 0230", "several"),
        ("d", "several"),
    ],
)
def test_what_is_not_clear_is_said_and_not_guessed(line: str, code: str) -> None:
    with pytest.raises(NotUnderstood) as error:
        understand(line, VERBS, ZH)

    assert error.value.code == code
    for words in (ZH, EN):
        assert "{" not in words(f"line.{code}", **error.value.facts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verb_is_named_in_full_by_its_own_name_and_does_something(language: str) -> None:
    words = Words(language, "console")  # type: ignore[arg-type]
    for verb in VERBS:
        assert fitting(verb.name, VERBS, words)[0].name == verb.name
        assert verb.words in words
        if verb.kind == "screen":
            assert hasattr(BoardScreen, f"action_{verb.name}")
    assert {verb.name for verb in VERBS if verb.kind == "room"} == {room.name for room in ROOMS}


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_every_room_is_there_to_go_to_and_takes_what_it_is_made_with(room: Room) -> None:
    assert issubclass(room.screen, Frame)
    signature(room.screen).bind(*room.given)


@given(st.text(max_size=40))
def test_whatever_is_typed_is_understood_or_told(line: str) -> None:
    code = "nothing"
    try:
        understand(line, VERBS, ZH)
    except NotUnderstood as error:
        code = error.code

    assert f"line.{code}" in ZH


def test_an_order_is_meant_by_the_end_of_its_number() -> None:
    rows = list(some_orders().values())

    assert order_of("0230", rows)["id"] == "N7-0230"  # type: ignore[arg-type]
    assert order_of("30", rows)["id"] == "N7-0230"  # type: ignore[arg-type]
    with pytest.raises(NotUnderstood, match="several_orders"):
        order_of("30", [rows[1], {**rows[1], "id": "N7-1230", "tail": "1230"}])  # type: ignore[list-item, typeddict-item]
    with pytest.raises(NotUnderstood, match="no_such_order"):
        order_of("9999", rows)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sought", "plate"),
    [
        (("312",), "蒙M-0B312"),
        (("b312", "mk"), "蒙M-0B312"),
        (("011", "道尔吉"), "蒙M-0A011"),
        (("011", "p5"), "蒙M-0A011"),
    ],
)
def test_an_offer_is_meant_by_the_tail_of_its_plate_and_a_part_of_its_drivers_name(
    sought: tuple[str, ...], plate: str
) -> None:
    assert offer_of(sought, some_offers()["offers"])["vehicle"] == plate


@pytest.mark.parametrize("sought", [("999",), ("312", "道尔吉")])
def test_a_vehicle_that_is_not_offered_is_not_replaced_by_another(sought: tuple[str, ...]) -> None:
    with pytest.raises(NotUnderstood, match="no_such_offer"):
        offer_of(sought, some_offers()["offers"])


def test_first_letters_are_those_of_an_input_method() -> None:
    assert initials("阿拉善右旗") == "alsyq"
    assert initials("巴丹吉林 A3") == "bdjl a3"
    assert found_by("ejn", "额济纳旗")
    assert not found_by("xyz", "额济纳旗")
    assert initials("Ө℃") == "ө℃"
