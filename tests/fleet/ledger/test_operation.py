"""An operation is its bytes: one encoding, one name, and a person's signature over the meaning wherever it stands."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.errors import NotTrusted
from fleet.ledger.canonical import Value, decode, encode
from fleet.ledger.operation import (
    DEPS_MAX,
    NAME_LENGTH_MAX,
    SIZE_MAX,
    Author,
    Head,
    Operation,
    meaning_signed_by,
    name,
    read,
    sign_meaning,
)
from fleet.ledger.suite import SHIPPED

KEY = SHIPPED.key(bytes(32))
PLAIN = Operation(
    suite=1,
    unit="u1",
    author=Author(1, 1),
    seq=2,
    prev=b"p" * 32,
    deps=(Head(Author(2, 1), 5, b"d" * 32),),
    hlc=1_790_000_000_000 << 16,
    receipt=0,
    kind="order.approve",
    target="order/1-00001",
    body={"content": "aa"},
    person="approver-1",
    person_sig=b"s" * 64,
)


def fields_of(operation: Operation) -> list[Value]:
    value = decode(operation.encoded())
    assert isinstance(value, list)
    return value


operations = st.builds(
    replace,
    st.just(PLAIN),
    unit=st.text(max_size=NAME_LENGTH_MAX),
    author=st.builds(Author, st.integers(0, (1 << 31) - 1), st.integers(1, 1023)),
    seq=st.integers(2, (1 << 48) - 1),
    hlc=st.integers(0, (1 << 63) - 1),
    deps=st.lists(
        st.builds(
            Head,
            st.builds(Author, st.integers(0, 9), st.integers(1, 9)),
            st.integers(1, 99),
            st.binary(min_size=32, max_size=32),
        ),
        max_size=3,
    ).map(tuple),
    body=st.none() | st.binary() | st.dictionaries(st.text(), st.integers(0, 99) | st.text(), max_size=3),
).filter(lambda made: all(dep.author != made.author for dep in made.deps))


@given(operations)
def test_an_operation_reads_back_from_its_bytes_under_the_same_name(operation: Operation) -> None:
    made = name(operation)

    assert read(made.data) == made


def test_the_name_of_an_operation_changes_with_every_field() -> None:
    changes: list[dict[str, object]] = [
        {"unit": "u2"}, {"author": Author(1, 2)}, {"seq": 3}, {"prev": b"q" * 32}, {"deps": ()}, {"hlc": 1},
        {"receipt": 2}, {"kind": "order.cancel"}, {"target": "order/1-00002"}, {"body": {}}, {"person": "x"},
        {"person_sig": b"t" * 64},
    ]  # fmt: skip

    names = {name(replace(PLAIN, **change)).hash for change in changes}  # type: ignore[arg-type]

    assert len(names | {name(PLAIN).hash}) == len(changes) + 1


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (0, 2), (0, "1"), (0, True), (1, None), (1, "u" * (NAME_LENGTH_MAX + 1)), (2, -1), (2, 1 << 31), (2, False),
        (3, 0), (3, 1 << 10), (3, True), (4, 0), (4, 1 << 48), (4, True), (5, b""), (5, b"p" * 31), (6, [[2, 1, 5]]),
        (6, [[2, 1, 0, b"d" * 32]]), (6, [[2, 1, 5, b"d"]]), (6, [[2, 0, 5, b"d" * 32]]),
        (6, [[2, 1, 5, b"d" * 32]] * (DEPS_MAX + 1)), (7, -1), (7, 1 << 63), (7, True),
        (8, "1"), (8, False), (8, -1), (8, 2), (9, None),

        (9, "k" * (NAME_LENGTH_MAX + 1)), (10, b"order/1"), (10, "t" * (NAME_LENGTH_MAX + 1)), (12, None),
        (12, "p" * (NAME_LENGTH_MAX + 1)), (13, None), (13, "s"),
    ],
)  # fmt: skip
def test_a_field_out_of_its_shape_or_range_is_refused(place: int, value: Value) -> None:
    fields = fields_of(PLAIN)
    fields[place] = value

    with pytest.raises(NotTrusted) as refused:
        read(encode(fields))

    assert refused.value.code in {"operation_form", "unknown_suite"}


@pytest.mark.parametrize("count", [0, 13, 15])
def test_fields_too_few_or_too_many_are_refused(count: int) -> None:
    fields = (fields_of(PLAIN) + [None])[:count]

    with pytest.raises(NotTrusted, match="operation_form"):
        read(encode(fields))


def test_only_the_first_operation_of_a_log_has_none_before_it() -> None:
    first = replace(PLAIN, seq=1, prev=b"")

    assert read(name(first).data).operation == first
    with pytest.raises(NotTrusted, match="operation_form"):
        read(name(replace(PLAIN, seq=1)).data)


def test_an_operation_says_what_its_author_saw_of_others_and_not_of_itself() -> None:
    own = Head(PLAIN.author, PLAIN.seq + 5, b"d" * 32)

    with pytest.raises(NotTrusted, match="operation_form"):
        read(name(replace(PLAIN, deps=(own,))).data)


def test_an_operation_is_bounded_in_size() -> None:
    with pytest.raises(NotTrusted, match="too_large"):
        read(name(replace(PLAIN, body=bytes(SIZE_MAX))).data)


def test_every_cut_of_an_operation_is_refused() -> None:
    data = name(PLAIN).data

    for end in range(len(data)):
        with pytest.raises(NotTrusted):
            read(data[:end])


def test_a_person_signs_the_meaning_wherever_it_stands_in_a_log() -> None:
    signed = replace(PLAIN, person_sig=sign_meaning(KEY, PLAIN))

    assert meaning_signed_by(KEY.public, signed)
    assert meaning_signed_by(
        KEY.public, replace(signed, seq=9, prev=b"x" * 32, deps=(), receipt=0, author=Author(7, 3))
    )


@pytest.mark.parametrize(
    "change",
    [
        {"unit": "u2"}, {"kind": "order.cancel"}, {"target": "order/1-00002"}, {"body": {"content": "bb"}},
        {"person": "approver-2"}, {"hlc": PLAIN.hlc + 1}, {"person_sig": None}, {"person_sig": b""},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_a_signature_does_not_carry_over_to_another_meaning(change: dict[str, object]) -> None:
    signed = replace(PLAIN, person_sig=sign_meaning(KEY, PLAIN))

    assert not meaning_signed_by(KEY.public, replace(signed, **change))  # type: ignore[arg-type]


def test_the_client_ids_of_authors_never_meet() -> None:
    authors = [Author(node, incarnation) for node in (0, 1, 2, (1 << 31) - 1) for incarnation in (1, 2, 1023)]

    assert len({author.client_id for author in authors}) == len(authors)
    assert all(0 < author.client_id < 1 << 53 for author in authors)
