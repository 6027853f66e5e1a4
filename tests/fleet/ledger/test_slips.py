"""A small file on slips: whatever the order, it comes out as it went in, or it is said what is wrong."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.errors import BadInput
from fleet.ledger.slips import SIZE_MAX, SLIPS_MAX, Reading, slips

FILE = random.Random(1).randbytes(1500)


@given(data=st.binary(max_size=3000), order=st.randoms())
def test_slips_are_read_in_any_order_and_as_often_as_one_likes(data: bytes, order: random.Random) -> None:
    made = slips(data)
    shuffled = [*made, *made[:-1]]
    order.shuffle(shuffled)
    reading, read = Reading(), list[bytes]()
    for slip in shuffled:
        if (whole := reading.take(f" {slip.lower()}\n")) is not None:
            read.append(whole)

    assert set(read) == {data}
    assert all(re.fullmatch("[A-Z0-9-]{1,483}", slip) for slip in made)


def test_what_lacks_is_named() -> None:
    made, reading = slips(FILE), Reading()
    assert reading.lacking == []
    reading.take(made[2])

    assert reading.lacking == [number for number in range(1, len(made) + 1) if number != 3]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("", "slip_unreadable"),
        ("https://example.org", "slip_unreadable"),
        (slips(FILE)[1][:-7], "slip_unreadable"),
        (slips(FILE)[1].replace("ORTOO", "0RTOO"), "slip_unreadable"),
        (slips(FILE)[1] + "1", "slip_unreadable"),
        (slips(b"another file")[0], "slip_of_another"),
        ("ORTOO-00000000-0-1-AA", "slip_of_another"),
        (f"ORTOO-{'F' * 8}-1-2-{'A' * 5000}", "slip_unreadable"),
    ],
)
def test_what_is_no_slip_of_this_file_costs_nothing_that_was_read(line: str, code: str) -> None:
    made, reading = slips(FILE), Reading()
    reading.take(made[0])
    with pytest.raises(BadInput, match=code):
        reading.take(line)

    assert [whole for slip in made[1:] if (whole := reading.take(slip))] == [FILE]


def test_a_slip_read_short_is_noticed_when_all_are_there_and_all_are_read_again() -> None:
    made, reading = slips(FILE), Reading()
    for slip in [made[0], made[1][:-8], *made[2:-1]]:
        reading.take(slip)
    with pytest.raises(BadInput, match="slip_unreadable"):
        reading.take(made[-1])

    assert [whole for slip in made if (whole := reading.take(slip))] == [FILE]


def test_a_number_out_of_its_count_is_no_slip() -> None:
    for head in ("ORTOO-00000000-0-1", "ORTOO-00000000-2-1", "ORTOO-00000000-0-0"):
        with pytest.raises(BadInput, match="slip_unreadable"):
            Reading().take(f"{head}-AA")


def test_what_unpacks_to_more_than_may_be_is_refused() -> None:
    with pytest.raises(BadInput, match="slips_too_large"):
        slips(bytes(SIZE_MAX + 1))
    with pytest.raises(BadInput, match="slips_too_large"):
        slips(random.Random(1).randbytes(300 * SLIPS_MAX))
