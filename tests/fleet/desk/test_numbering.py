"""Numbers of an author run on, and years of them need not be counted for one more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.desk.numbering import next_number
from fleet.ledger.operation import Author
from fleet.ledger.replica import Statement
from tests.fleet.desk.asking import applied
from tests.fleet.units import a_node, signer, write
from tests.simulation.host import Host

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


def test_numbers_are_minted_by_node_and_life_so_that_no_two_can_meet() -> None:
    first, second, reborn = a_node(1, "applicant-1"), a_node(2, "applicant-1"), a_node(1, "applicant-1", incarnation=2)

    assert [applied(host) for host in (first, first, second, reborn)] == ["1-00001", "1-00002", "2-00001", "1.2-00001"]


@pytest.mark.parametrize("odd", ["1-odd", "1-", "1-00001", "1-00002", "1-" + "9" * 60])
def test_names_that_others_gave_to_orders_never_stop_a_desk_from_minting_its_own(node: Host, odd: str) -> None:
    write(node, Statement("order.submit", f"order/{odd}", {"content": "aa"}, signer("applicant-1")))

    orders = {applied(node), applied(node)}

    assert len(orders | {odd}) == 3
    assert all(len(order) == len("1-00001") for order in orders)
