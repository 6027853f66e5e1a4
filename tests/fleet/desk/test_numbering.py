"""Numbers of an author run on, and years of them need not be counted for one more."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fleet.desk.numbering import next_number
from fleet.ledger.operation import Author

NODE = Author(7, 1)


@given(held=st.integers(0, 100_000))
def test_the_next_number_is_the_one_after_the_last_and_few_are_tried(held: int) -> None:
    tried = []

    def exists(number: str) -> bool:
        tried.append(number)
        return int(number.removeprefix("7-")) <= held

    assert next_number(NODE, exists) == f"7-{held + 1:05d}"
    assert len(tried) <= 2 * held.bit_length() + 1


@given(held=st.sets(st.integers(1, 40)))
def test_a_number_that_exists_is_given_to_nobody(held: set[int]) -> None:
    assert next_number(NODE, {f"7-{number:05d}" for number in held}.__contains__) not in {
        f"7-{number:05d}" for number in held
    }


def test_a_second_life_and_another_node_have_numbers_of_their_own() -> None:
    held = {"7-00001", "7.2-00001", "8-00001"}

    assert [next_number(author, held.__contains__) for author in (NODE, Author(7, 2), Author(9, 1))] == [
        "7-00002",
        "7.2-00002",
        "9-00001",
    ]
