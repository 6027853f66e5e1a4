"""What is typed into a line of a form, and what is sent for it."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.tui.a_day import NOW_MS, at
from tui.rows.fields import Field, Kind, Option, Wrong, chosen, matching, read, shown, sure

PLATES = (Option("蒙M-0B312", "蒙M-0B312 待命"), Option("蒙M-0A007", "蒙M-0A007 在途"))
PEOPLE = (Option("p4", "孟克", "p4"), Option("p5", "道尔吉", "p5"))


@pytest.mark.parametrize(("field", "typed", "sent"), [
    (Field(name="x", words="x"), " words ", "words"),
    (Field(name="x", words="x", required=False), "  ", None),
    (Field(name="x", words="x", kind="whole"), "１２", 12),
    (Field(name="x", words="x", kind="money", most=100_000), "350.5", 35_050),
    (Field(name="x", words="x", kind="litres", most=100_000), "45.25", 45_250),
    (Field(name="x", words="x", kind="time"), "1430", at(14, 30)),
    (Field(name="x", words="x", kind="time"), "9:05", at(9, 5)),
    (Field(name="x", words="x", kind="time"), "11-26 09：05", at(9, 5, day=26)),
    (Field(name="x", words="x", kind="day"), "26", "2026-11-26"),
    (Field(name="x", words="x", kind="day"), "1126", "2026-11-26"),
    (Field(name="x", words="x", kind="day"), "2027-1-2", "2027-01-02"),
    (Field(name="x", words="x", kind="list", options=PEOPLE), "2 孟克", ["p5", "p4"]),
    (Field(name="x", words="x", kind="pairs", options=(Option("reason", "事由"),)), "事由=改线", {"reason": "改线"}),
    (Field(name="x", words="x", kind="tick", options=(Option("yes", "是"),)), "yes", True),
])  # fmt: skip
def test_what_is_typed_is_sent_as_the_interface_takes_it(field: Field, typed: str, sent: object) -> None:
    assert read(field, typed, NOW_MS) == sent


NEW_YEAR, YEARS_LAST, MIDYEAR = "2027-01-01 00:07", "2026-12-31 23:50", "2026-07-15 08:00"


@pytest.mark.parametrize(("now", "kind", "typed", "meant"), [
    (NEW_YEAR, "time", "12-31 21:05", "2026-12-31 21:05"),
    (NEW_YEAR, "time", "01-01 07:00", "2027-01-01 07:00"),
    (NEW_YEAR, "day", "31", "2026-12-31"),
    (NEW_YEAR, "day", "1231", "2026-12-31"),
    (YEARS_LAST, "time", "01-01 06:00", "2027-01-01 06:00"),
    (YEARS_LAST, "day", "2", "2027-01-02"),
    (YEARS_LAST, "day", "2026-01-02", "2026-01-02"),
    (MIDYEAR, "day", "0101", "2027-01-01"),
    (MIDYEAR, "day", "0131", "2026-01-31"),
    ("2027-02-20 08:00", "day", "31", "2027-01-31"),
    ("2027-03-01 00:10", "time", "02-28 23:40", "2027-02-28 23:40"),
    ("2028-02-29 12:00", "day", "02-29", "2028-02-29"),
])  # fmt: skip
def test_a_day_without_its_year_or_month_is_the_nearest(now: str, kind: Kind, typed: str, meant: str) -> None:
    now_ms = round(datetime.fromisoformat(f"{now}+08:00").timestamp() * 1000)

    sent = read(Field(name="x", words="x", kind=kind), typed, now_ms)

    assert sent == (meant if kind == "day" else round(datetime.fromisoformat(f"{meant}+08:00").timestamp() * 1000))


@pytest.mark.parametrize(("field", "typed", "code"), [
    (Field(name="x", words="x"), "", "missing"),
    (Field(name="x", words="x", most=3), "four", "long"),
    (Field(name="x", words="x", kind="whole"), "a", "number"),
    (Field(name="x", words="x", kind="whole"), "1.5", "number"),
    (Field(name="x", words="x", kind="whole", least=1, most=9), "10", "range"),
    (Field(name="x", words="x", kind="money"), "NaN", "number"),
    (Field(name="x", words="x", kind="money"), "0.001", "number"),
    (Field(name="x", words="x", kind="time"), "25:00", "time"),
    (Field(name="x", words="x", kind="time"), "soon", "time"),
    (Field(name="x", words="x", kind="day"), "2026-13-01", "day"),
    (Field(name="x", words="x", kind="day"), "tomorrow", "day"),
    (Field(name="x", words="x", kind="day"), "13-01", "day"),
    (Field(name="x", words="x", kind="day"), "02-30", "day"),
    (Field(name="x", words="x", kind="day"), "0", "day"),
    (Field(name="x", words="x", kind="time"), "00-01 10:00", "time"),
    (Field(name="x", words="x", kind="choice", options=PLATES), "京A", "not_listed"),
    (Field(name="x", words="x", kind="list", options=PEOPLE), "2 nobody", "not_listed"),
    (Field(name="x", words="x", kind="pairs", options=(Option("reason", "事由"),)), "other=1", "pairs"),
])  # fmt: skip
def test_what_cannot_be_sent_says_why(field: Field, typed: str, code: str) -> None:
    with pytest.raises(Wrong) as wrong:
        read(field, typed, NOW_MS)

    assert wrong.value.code == code
    assert wrong.value.facts["field"] == "x"


@pytest.mark.parametrize(("typed", "value"), [
    ("312", "蒙M-0B312"), ("2", "蒙M-0A007"), ("007", "蒙M-0A007"), ("在途", "蒙M-0A007"), ("京A", "京A"), ("", ""),
])  # fmt: skip
def test_a_number_a_tail_or_a_word_picks_an_option(typed: str, value: str) -> None:
    assert chosen(Field(name="x", words="x", options=PLATES), typed) == value


def test_where_options_only_suggest_a_number_picks_one_and_words_stay_as_they_are() -> None:
    field = Field(name="x", words="x", options=PEOPLE, free=True)

    assert (chosen(field, "1"), chosen(field, "孟")) == ("p4", "孟")


def test_a_secret_is_shown_as_stars_and_options_narrow_by_what_is_typed() -> None:
    assert shown(Field(name="x", words="x", kind="secret"), "1234") == "****"
    assert matching(PLATES, "0b") == [PLATES[0]]


def test_people_vehicles_and_places_are_picked_by_the_first_letters_of_their_names() -> None:
    assert matching(PEOPLE, "mk") == [PEOPLE[0]]
    assert matching(PLATES, "zt") == [PLATES[1]]
    assert chosen(Field(name="x", words="x", options=(Option("额肯呼都格", "额肯呼都格"),)), "ekh") == "额肯呼都格"


@pytest.mark.parametrize(("field", "typed", "goes_on"), [
    (Field(name="sure", words="x", tail="N7-0231"), "0231", True),
    (Field(name="sure", words="x", tail="N7-0231"), "０２３１", True),
    (Field(name="sure", words="x", tail="N7-0231"), "0230", False),
    (Field(name="sure", words="x", tail="N7-0231"), "", False),
    (Field(name="sure", words="x", tail_of="plate"), "b312", True),
    (Field(name="sure", words="x", tail_of="plate"), "0312", False),
    (Field(name="sure", words="x", tail_of="empty"), "", False),
])  # fmt: skip
def test_what_cannot_be_undone_asks_for_the_last_four_signs_of_what_is_meant(
    field: Field, typed: str, goes_on: bool
) -> None:
    texts = {"sure": typed, "plate": "蒙M-0B312", "empty": ""}

    if goes_on:
        sure(field, texts)
    else:
        with pytest.raises(Wrong) as caught:
            sure(field, texts)
        assert caught.value.code == "tail"
