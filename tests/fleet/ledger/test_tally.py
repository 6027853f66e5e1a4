"""A table's tally notices what is done to its rows, and does not mind their order."""

from hypothesis import assume, given
from hypothesis import strategies as st

from fleet.ledger import tally
from fleet.ledger.tally import Column, row_digest

values = st.one_of(st.text(), st.integers(-(1 << 62), 1 << 62), st.binary(), st.none())
rows = st.lists(values, max_size=5)
tables = st.lists(rows, max_size=8)


def total(table: list[list[Column]]) -> int:
    result = 0
    for row in table:
        result = tally.add(result, row_digest("orders", row))
    return result


@given(tables.flatmap(lambda table: st.tuples(st.just(table), st.permutations(table))))
def test_the_order_in_which_rows_come_does_not_matter(both: tuple[list[list[Column]], list[list[Column]]]) -> None:
    assert total(both[0]) == total(both[1])


@given(tables, rows)
def test_a_row_that_came_in_and_went_out_leaves_nothing(table: list[list[Column]], row: list[Column]) -> None:
    digest = row_digest("orders", row)
    assert tally.remove(tally.add(total(table), digest), digest) == total(table)
    assert tally.add(total(table), digest) != total(table)


@given(rows, rows)
def test_rows_that_differ_in_anything_have_digests_that_differ(one: list[Column], other: list[Column]) -> None:
    assume(list(map(repr, one)) != list(map(repr, other)))
    assert row_digest("orders", one) != row_digest("orders", other)


def test_where_a_value_ends_and_the_next_begins_is_part_of_the_digest() -> None:
    assert row_digest("orders", ["ab", "c"]) != row_digest("orders", ["a", "bc"])
    assert row_digest("orders", ["1"]) != row_digest("orders", [1]) != row_digest("orders", [b"1"])
    assert row_digest("orders", ["a"]) != row_digest("people", ["a"])


@given(rows)
def test_a_digest_survives_being_stored(row: list[Column]) -> None:
    digest = row_digest("orders", row)
    assert tally.unpack(tally.pack(digest)) == digest
    assert len(tally.pack(0)) == len(tally.pack(digest)) == 64
