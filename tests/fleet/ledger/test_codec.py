"""The wire codec: whatever it packs it gives back to the byte; whatever it is handed, it stays within its bounds."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.errors import NotTrusted
from fleet.ledger import blocks, codec, documents, packings, shapes
from fleet.ledger.bodies import BY_TYPE
from fleet.ledger.canonical import encode
from fleet.ledger.codec import FEW, Place, pack, unpack
from fleet.ledger.columns import NAMES_MAX, Reader, RowWriter, Unfit, Writer
from fleet.ledger.memory import NEWEST, PLAIN, Memory, dictionary
from fleet.ledger.operation import ORIGIN, Author, Head, Operation, name
from fleet.ledger.suite import COMMON
from fleet.rules.form import FIELDS

OURS, THEIRS = Author(1, 1), Author(0, 1)
PLACE = Place("u1", OURS, 0, ORIGIN)
THEIR_HASH = bytes(range(32))
FORM = dict.fromkeys(FIELDS, "文") | {"start_ms": "1793520000000", "end_ms": "1793527200000", "phone": "13800138000"}


def a_memory(version: int = NEWEST) -> Memory:
    begins = dictionary(version)
    assert begins
    return Memory(begins)


def hash_at(author: Author, seq: int) -> bytes | None:
    return THEIR_HASH if (author, seq) == (THEIRS, 3) else None


def an_operation(**changes: object) -> Operation:
    plain = Operation(
        suite=1, unit="u1", author=OURS, seq=1, prev=ORIGIN, deps=(), hlc=1_793_516_523_000 << 16, receipt=0,
        kind="order.arrive", target="order/1-00042", body={}, person="D01", person_sig=bytes(64),
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def chained(operations: list[Operation]) -> list[bytes]:
    """The same operations as a log."""
    out, before = [], ORIGIN
    for seq, operation in enumerate(operations, 1):
        named = name(replace(operation, seq=seq, prev=before, receipt=min(operation.receipt, seq - 1)))
        before = named.hash
        out.append(named.data)
    return out


def there_and_back(log: list[bytes], version: int = NEWEST) -> list[bytes]:
    packed = pack(log, PLACE, a_memory(version), hash_at)
    return [named.data for named in unpack(packed, len(log), PLACE, a_memory(version), hash_at)]


def form_update(fields: dict[str, str], before: bytes = b"", author: Author = OURS) -> bytes:
    document = documents.read(before) if before else documents.EMPTY
    return documents.change(document, fields, client_id=author.client_id)


# -- the same bytes -------------------------------------------------------------------------------------------------

texts = st.text(max_size=40) | st.sampled_from(
    ["青山镇水文站", "00", "0123456789", "\x00", "\x01 5", "\ue000", "\ud7ff"]
)
values = (
    texts
    | st.integers(-(1 << 63), (1 << 64) - 1)
    | st.binary(max_size=40)
    | st.booleans()
    | st.none()
    | st.lists(st.integers(0, 9), max_size=3)
    | st.dictionaries(st.text(max_size=4), texts, max_size=2)
)
bodies = (
    st.dictionaries(texts | st.sampled_from(["odometer_km", "content", "form", "place"]), values, max_size=6)
    | st.binary(max_size=60)
    | st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=30), max_size=4).map(form_update)
    | values
)
operations = st.builds(
    an_operation,
    hlc=st.integers(0, (1 << 63) - 1) | st.integers(0, 100).map(lambda step: (1_793_516_523_000 + step * 500) << 16),
    receipt=st.integers(0, 1 << 40),
    deps=st.lists(st.sampled_from([Head(THEIRS, 3, THEIR_HASH), Head(THEIRS, 4, bytes(32))]), max_size=2).map(tuple),
    kind=st.sampled_from(["order.arrive", "order.submit", "vehicle.seen", "x y", ""]),
    target=st.sampled_from(["order/1-00042", "order/1-00043", "order/2-7", "vehicle/蒙A1", "9" * 30, "a1b22"]) | texts,
    body=bodies,
    person=st.none(),
    person_sig=st.none(),
) | st.builds(an_operation, body=bodies, person=texts, person_sig=st.binary(min_size=64, max_size=64) | st.binary())


@settings(max_examples=300)
@given(st.lists(operations, min_size=1, max_size=FEW + 8), st.sampled_from([PLAIN, NEWEST]))
def test_any_log_comes_back_to_the_byte_in_rows_and_in_columns(log: list[Operation], version: int) -> None:
    data = chained(log)

    assert there_and_back(data, version) == data


def test_a_memory_that_has_seen_more_still_gives_the_same_bytes() -> None:
    sender, receiver, place = a_memory(), a_memory(), PLACE
    chance, sizes = random.Random(5), []
    for turn in range(60):
        step = an_operation(
            seq=place.seq + 1, prev=place.hash, target=f"order/1-{chance.randrange(9):05}",
            hlc=(1_793_516_523_000 + turn * 60_000) << 16,
            body={"place": f"{chance.randrange(5)}号路", "odometer_km": turn},
        )  # fmt: skip
        named = name(step)
        packed = pack([named.data], place, sender, hash_at)
        assert unpack(packed, 1, place, receiver, hash_at) == [named]
        sizes.append(len(packed))
        place = place._replace(seq=step.seq, hash=named.hash)

    assert max(sizes[-10:]) < min(sizes[:2])


def test_a_submission_costs_its_words_and_its_signature_but_no_hash_of_its_content() -> None:
    content = COMMON.hash("content", encode(FORM)).hex()
    body = {"form": form_update(FORM), "content": content}
    log = chained([an_operation(kind="order.submit", body=body)])
    stranger = chained([an_operation(kind="order.submit", body=body | {"content": "ab" * 32})])

    assert there_and_back(log) == log
    assert len(pack(log, PLACE, a_memory(), hash_at)) <= len(pack(stranger, PLACE, a_memory(), hash_at)) - 32


# -- updates as values ----------------------------------------------------------------------------------------------


@given(
    st.lists(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=20), min_size=1), min_size=1, max_size=4)
)
def test_every_update_our_documents_make_is_read_as_values_and_written_the_same(steps: list[dict[str, str]]) -> None:
    document = documents.EMPTY
    for turn, fields in enumerate(steps):
        author = (OURS, THEIRS)[turn % 2]
        update = documents.change(document, fields, client_id=author.client_id)
        if not update:
            continue
        read = blocks.read(update)
        assert read is None or blocks.write(read) == update
        assert read is not None or len(update) > 200  # runs of blocks yrs has merged differently are left alone
        document = documents.apply(document, update, client_id=author.client_id)


@settings(max_examples=400)
@given(st.data(), st.sampled_from([1, 127, 128, 1025, 1 << 20]))
def test_an_update_read_as_values_is_written_the_same_however_it_was_damaged(data: st.DataObject, client: int) -> None:
    fields = data.draw(st.dictionaries(st.sampled_from("abc文"), st.sampled_from(["", "x", "文" * 50]), min_size=1))
    update = bytearray(documents.change(documents.EMPTY, fields, client_id=client))
    for _ in range(data.draw(st.integers(0, 2))):
        at, byte = data.draw(st.integers(0, len(update) - 1)), data.draw(st.integers(0, 255))
        update[at : at + data.draw(st.integers(0, 1))] = data.draw(st.sampled_from([b"", bytes([byte])]))
        update = update or bytearray(1)

    read = blocks.read(bytes(update))

    assert read is None or blocks.write(read) == update


# -- hostile bytes --------------------------------------------------------------------------------------------------


def tried(packed: bytes, count: int) -> list[bytes]:
    try:
        return [named.data for named in unpack(packed, count, PLACE, a_memory(), hash_at)]
    except NotTrusted:
        return []


def a_month(length: int) -> list[bytes]:
    return chained(
        [
            an_operation(
                target=f"order/1-{turn % 7:05}",
                hlc=(1_793_516_523_000 + turn * 1000) << 16,
                body={"place": f"{turn % 5}号", "odometer_km": turn},
            )
            for turn in range(length)
        ]
    )


@settings(max_examples=300)
@given(st.data(), st.sampled_from([3, FEW + 4]))
def test_a_damaged_run_is_refused_or_gives_other_operations_but_never_fails_otherwise(
    data: st.DataObject, length: int
) -> None:
    log = a_month(length)
    packed = bytearray(pack(log, PLACE, a_memory(), hash_at))
    for _ in range(data.draw(st.integers(1, 4))):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(packed)))

    for out in (tried(bytes(packed), length), tried(bytes(packed[:cut]), length)):
        assert len(out) in {0, length}
        assert sum(map(len, out)) <= codec.UNPACKED_SIZE_MAX


@settings(max_examples=200)
@given(st.binary(max_size=300), st.integers(-1, 20_000))
def test_arbitrary_bytes_are_refused(junk: bytes, count: int) -> None:
    for first in (b"", b"\x00", b"\x01"):
        tried(first + junk, count)


@pytest.mark.parametrize("packing", [1, 2, 3, 4])
def test_a_bomb_is_refused_before_it_unfolds(packing: int) -> None:
    bomb = packings._PACKINGS[packing][0](bytes(64 << 20), b"")
    packed = b"\x01$x\0" + bytes([packing]) + len(bomb).to_bytes(3) + bomb

    with pytest.raises(NotTrusted, match="packed_size"):
        unpack(packed, 1, PLACE, a_memory(), hash_at)


@pytest.mark.parametrize("packing", [1, 2, 3, 4])
def test_what_is_packed_ends_where_it_says_and_nothing_follows(packing: int) -> None:
    data = b"a month of orders" * 20
    packed = packings._PACKINGS[packing][0](data, b"")

    assert packings.unpacked(packing, packed, b"", 1 << 10) == data
    for wrong in (packed[:-1], packed + b"x"):
        with pytest.raises(NotTrusted, match="packed_form"):
            packings.unpacked(packing, wrong, b"", 1 << 10)


def test_many_columns_share_one_bound() -> None:
    half = packings._PACKINGS[1][0](bytes(3 << 20), b"")
    packed = b"\x01" + b"".join(b"$%d\0\x01" % at + len(half).to_bytes(3) + half for at in range(2))

    with pytest.raises(NotTrusted, match="packed_size"):
        Reader(packed, b"", codec.UNPACKED_SIZE_MAX)


def test_what_builds_on_something_not_held_here_is_said_to_be_unknown() -> None:
    log = chained([an_operation(deps=(Head(THEIRS, 3, THEIR_HASH),))])
    packed = pack(log, PLACE, a_memory(), hash_at)

    with pytest.raises(NotTrusted, match="packed_unknown"):
        unpack(packed, 1, PLACE, a_memory(), lambda _author, _seq: None)


def test_trailing_columns_are_refused() -> None:
    packed = pack(a_month(1), PLACE, a_memory(), hash_at)

    with pytest.raises(NotTrusted):
        unpack(packed + b"!", 1, PLACE, a_memory(), hash_at)


@pytest.mark.parametrize("writer", [Writer, RowWriter])
def test_what_no_column_can_carry_is_left_to_the_caller(writer: type[Writer]) -> None:
    out = writer()
    for call in (lambda: out.number("a", -1), lambda: out.text("a", "\0"), lambda: out.raw("a", b"12", 3)):
        with pytest.raises(Unfit):
            call()


def test_no_dictionary_is_larger_than_its_bound_and_an_unknown_one_is_none() -> None:
    for version in range(1, NEWEST + 1):
        begins = dictionary(version)
        assert begins
        assert len(begins.text) + sum(map(len, begins.shapes)) <= 16 * 1024
    assert dictionary(NEWEST + 1) is None


def a_column(name: str) -> bytes:
    """One byte under a name, as it is, as a packed run of many holds it."""
    return name.encode() + b"\0" + bytes([packings.RAW_PACKING]) + (1).to_bytes(3) + b"x"


@pytest.mark.parametrize(
    "columns", [["#a", "#b", "#a"], [f"#{number}" for number in range(NAMES_MAX + 1)]], ids=["twice", "one too many"]
)
def test_a_column_that_comes_twice_or_is_one_too_many_is_refused(columns: list[str]) -> None:
    with pytest.raises(NotTrusted, match="packed_form"):
        Reader(b"\x01" + b"".join(map(a_column, columns)), b"", 1 << 20)
    Reader(b"\x01" + b"".join(map(a_column, columns[:-1])), b"", 1 << 20)


# -- shapes ---------------------------------------------------------------------------------------------------------


def test_every_type_of_field_a_shape_can_name_has_its_way_through_the_columns() -> None:
    assert BY_TYPE.keys() == shapes.TYPES


@pytest.mark.parametrize(
    "text",
    ["order.submit p reason", "order.submit p reason:", "order.submit p reason:x", "order.submit p form:u;rider=i"],
)
def test_a_shape_with_a_field_of_no_known_type_is_none(text: str) -> None:
    with pytest.raises(Unfit):
        shapes.parse(text)
