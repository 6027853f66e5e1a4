"""What may reach yrs: only updates our own documents make. Known bombs and forgeries stop before it, process alive."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from pycrdt import Array, Doc, Map, Text

from fleet.errors import NotTrusted
from fleet.ledger import documents
from fleet.ledger.documents import EMPTY, Document
from fleet.ledger.update import BLOCKS_MAX, KEY_SIZE_MAX, SIZE_MAX, TEXT_SIZE_MAX, first_values, inspect
from tests.fleet.updates import BOMBS, Bomb, block, silencing, varint
from tests.fleet.updates import an_update as by_hand

ME, OTHER = 1025, 2049
NOTHING: dict[int, int] = {}


def an_update(*blocks: bytes, client: int = ME, **rest: Any) -> bytes:
    return by_hand(*blocks, client=client, **rest)


GOOD = an_update(block())


def code_of(update: bytes, held: dict[int, int] = NOTHING) -> str:
    """Why an update is not let through; "" if it is."""
    try:
        inspect(update, client_id=ME, held=held)
    except NotTrusted as refused:
        return refused.code
    return ""


def test_what_is_written_here_by_hand_is_what_a_document_writes() -> None:
    assert documents.change(EMPTY, {"rider": "Bayar"}, client_id=ME) == GOOD
    assert documents.apply(EMPTY, GOOD, client_id=ME).fields == {"rider": "Bayar"}


@pytest.mark.parametrize(
    ("update", "code"),
    [
        (an_update(block(), client=OTHER), "update_client"),
        (an_update(block(), clock=1), "update_clock"),
        (an_update(block(), authors=2), "update_authors"),
        (an_update(block(), authors=0), "update_authors"),
        (an_update(count=0), "update_count"),
        (an_update(block(), count=1 << 40), "update_count"),
        (an_update(*[block()] * (BLOCKS_MAX + 1)), "update_count"),
        (an_update(block(), count=2), "update_content"),
        (an_update(b"\x00\x05"), "update_content"),
        (an_update(b"\x0a\x05"), "update_content"),
        (an_update(b"\x04\x01\x04text\x05abcde"), "update_content"),
        (an_update(b"\x27\x01\x06fields\x01k\x01"), "update_content"),
        (an_update(b"\x08\x01\x06fields\x01w\x01a"), "update_content"),
        (an_update(b"\x68" + varint(OTHER) + b"\x00\x01w\x01a"), "update_content"),
        (an_update(b"\xa8" + varint(OTHER) + b"\x00\x01w\x01a"), "update_origin"),
        (an_update(b"\xa8" + varint(ME) + b"\x00\x01w\x01a"), "update_origin"),
        (an_update(block(root="field")), "update_place"),
        (an_update(block(key="")), "update_place"),
        (an_update(b"\x28\x00\x81\x08\x00\x01k\x01w\x01a"), "update_place"),
        (an_update(block(key="k" * (KEY_SIZE_MAX + 1))), "update_cut"),
        (an_update(block(value="v" * (TEXT_SIZE_MAX + 1))), "update_cut"),
        (an_update(b"\x28\x01\x06fields\x01k\x02w\x01aw\x01b"), "update_content"),
        (an_update(b"\x28\x01\x06fields\x01k\x01\x7d\x01"), "update_content"),
        (an_update(b"\x28\x01\x06fields\x01k\x01w\x01\xff"), "update_text"),
        (an_update(block(), deletions=b"\x01" + varint(ME) + b"\x01\x00\x05"), "update_deletion"),
        (an_update(block(), deletions=b"\x01" + varint(OTHER) + b"\x01\x00\x01"), "update_deletion"),
        (an_update(block(), deletions=b"\x01" + varint(ME) + b"\x01\x00\x00"), "update_deletion"),
        (an_update(block(), deletions=b"\x05"), "update_deletion"),
        (an_update(block(), deletions=b"\x01" + varint(ME) + varint(1 << 40)), "update_deletion"),
        (an_update(block(), deletions=b"\x00\x00"), "update_trailing"),
        (GOOD + GOOD, "update_trailing"),
        (an_update(block(), block()), "update_twice"),
        (b"\xff" * 12, "update_number"),
        (bytes(SIZE_MAX + 1), "too_large"),
        (b"", "update_cut"),
        (b"\x00\x00", "update_authors"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[:12].hex(),
)
def test_a_structure_our_documents_never_make_is_refused_by_name(update: bytes, code: str) -> None:
    assert code_of(update) == code


def test_a_value_nested_26_000_deep_in_52_kilobytes_is_refused_before_anything_follows_its_depth() -> None:
    deep = b"\x28\x01\x06fields\x01k\x01" + b"\x75\x01" * 26_000 + b"\x7e"

    assert code_of(an_update(deep)) == "too_large"
    assert code_of(an_update(b"\x28\x01\x06fields\x01k\x01" + b"\x75\x01" * 9_000 + b"\x7e")) == "update_content"
    assert code_of(an_update(b"\x28\x01\x06fields\x01k\x01" + b"\x76\x01\x01a" * 5_000 + b"\x7e")) == "update_content"


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_known_bomb_is_refused(bomb: Bomb) -> None:
    assert code_of(bomb(ME))


def test_the_eleven_byte_block_that_would_silence_another_author_for_ever_is_refused() -> None:
    assert len(silencing(OTHER)) == 11
    assert code_of(silencing(OTHER)) == "update_client"
    assert code_of(silencing(ME)) == "update_content"
    assert code_of(an_update(b"\x0a" + varint(1 << 30))) == "update_content"


def test_an_update_cut_after_any_byte_is_refused() -> None:
    document = documents.apply(EMPTY, GOOD, client_id=ME)
    later = documents.change(document, {"rider": "Sarnai", "phone": "110"}, client_id=OTHER)

    for end in range(len(GOOD)):
        assert code_of(GOOD[:end]).startswith("update_")
    for end in range(len(later)):
        with pytest.raises(NotTrusted):
            inspect(later[:end], client_id=OTHER, held={ME: 1})


@given(st.binary(max_size=80))
def test_any_bytes_are_let_through_or_refused_and_what_is_let_through_applies(tail: bytes) -> None:
    update = varint(1) + varint(1) + varint(ME) + varint(0) + tail
    if code_of(update):
        return
    event("let through")
    assert documents.apply(EMPTY, update, client_id=ME)


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_an_update_with_one_byte_changed_is_another_good_one_or_refused(at: int, byte: int) -> None:
    changed = GOOD[:at] + bytes([byte]) + GOOD[at + 1 :]
    try:
        after = documents.apply(EMPTY, changed, client_id=ME)
    except NotTrusted as refused:
        event(refused.code)
    else:
        assert len(after.fields) == 1


def foreign(kind: type[Any], make: Callable[[Any], None], root: str = "fields") -> bytes:
    doc: Doc[Any] = Doc(client_id=ME)
    make(doc.get(root, type=kind))
    return doc.get_update()


@pytest.mark.parametrize(
    "update",
    [
        foreign(Map, lambda root: root.update({"a": 1.5})),
        foreign(Map, lambda root: root.update({"a": True})),
        foreign(Map, lambda root: root.update({"a": ["b"]})),
        foreign(Map, lambda root: root.update({"a": Map({"b": "c"})})),
        foreign(Map, lambda root: root.update({"a": Text("b")})),
        foreign(Array, lambda root: root.extend(["a"])),
        foreign(Map, lambda root: root.update({"a": "b"}), root="other"),
        foreign(Text, lambda root: root.insert(0, "hello")),
    ],
    ids=["float", "bool", "list", "nested map", "text", "array", "other root", "root text"],
)
def test_values_of_other_types_made_by_the_real_library_are_refused(update: bytes) -> None:
    with pytest.raises(NotTrusted):
        documents.apply(EMPTY, update, client_id=ME)


# -- what our own documents make ------------------------------------------------------------------------------------

keys = st.sampled_from(["rider", "phone", "车/蒙M1/座", "remark"])
edits = st.tuples(st.sampled_from([ME, OTHER]), st.dictionaries(keys, st.text(max_size=20), max_size=3), st.booleans())


def apply(document: Document, made: list[tuple[int, bytes]]) -> Document:
    for client_id, update in made:
        document = documents.apply(document, update, client_id=client_id)
    return document


@given(st.lists(edits, max_size=14))
def test_every_update_two_authors_really_make_passes_and_both_end_with_the_same_fields(
    done: list[tuple[int, dict[str, str], bool]],
) -> None:
    here = {ME: EMPTY, OTHER: EMPTY}
    unseen: dict[int, list[tuple[int, bytes]]] = {ME: [], OTHER: []}
    for author, fields, listens_first in done:
        if listens_first:
            here[author] = apply(here[author], unseen[author])
            unseen[author] = []
        if update := documents.change(here[author], fields, client_id=author):
            here[author] = apply(here[author], [(author, update)])
            unseen[OTHER if author == ME else ME].append((author, update))
            assert here[author].fields.items() >= fields.items()
    for author, missed in unseen.items():
        here[author] = apply(here[author], missed)

    assert here[ME].fields == here[OTHER].fields
    assert documents.read(here[ME].snapshot).fields == here[ME].fields


def test_an_update_says_what_changed_and_not_what_was_ever_deleted() -> None:
    document = EMPTY
    for number in range(BLOCKS_MAX + 5):
        fields = {f"vehicle/{number:04d}/{field}": "1" for field in ("cls", "seats", "usual_driver")}
        document = apply(document, [(ME, documents.change(document, fields, client_id=ME))])
    for number in range(BLOCKS_MAX + 5):
        update = documents.change(document, {f"vehicle/{number:04d}/seats": "7"}, client_id=ME)
        document = apply(document, [(ME, update)])
        assert len(update) < 40


def test_an_update_builds_on_what_its_author_had_seen_whatever_else_is_here() -> None:
    first = documents.apply(EMPTY, GOOD, client_id=ME, number=1)
    second = documents.change(first, {"rider": "Sarnai"}, client_id=ME)
    here = documents.read(documents.apply(first, second, client_id=ME, number=2).snapshot)
    on_the_second = documents.change(here, {"rider": "Dorj"}, client_id=OTHER)

    after = documents.apply(
        here, on_the_second, client_id=OTHER, seen=lambda client, number: (client, number) <= (ME, 2)
    )
    assert after.fields == {"rider": "Dorj"}
    with pytest.raises(NotTrusted, match="update_origin"):
        documents.apply(here, on_the_second, client_id=OTHER, seen=lambda client, number: (client, number) <= (ME, 1))


def test_setting_what_is_set_already_makes_no_update() -> None:
    document = documents.apply(EMPTY, GOOD, client_id=ME)

    assert documents.change(document, {"rider": "Bayar"}, client_id=OTHER) == b""


def test_a_refused_update_leaves_the_document_as_it_was() -> None:
    document = documents.apply(EMPTY, GOOD, client_id=ME)

    with pytest.raises(NotTrusted):
        documents.apply(document, GOOD, client_id=ME)

    assert documents.read(document.snapshot) == document


def test_the_order_of_an_authors_own_updates_is_kept_by_their_clock() -> None:
    first = documents.change(EMPTY, {"a": "1"}, client_id=ME)
    document = documents.apply(EMPTY, first, client_id=ME)
    second = documents.change(document, {"b": "2"}, client_id=ME)

    with pytest.raises(NotTrusted, match="update_clock"):
        documents.apply(EMPTY, second, client_id=ME)


def test_a_document_that_was_changed_is_let_go() -> None:
    """What is made anew for every step must not stay in memory: a desk would grow with each application."""

    def alive() -> int:
        gc.collect()
        return sum(type(one).__name__ == "Doc" for one in gc.get_objects())

    before = alive()

    for _ in range(5):
        documents.change(EMPTY, {"rider": "Bayar"}, client_id=1)

    assert alive() == before


@given(
    fields=st.dictionaries(st.text(min_size=1, max_size=30), st.text(max_size=90), min_size=1, max_size=20),
    client=st.integers(1, 1 << 40),
)
def test_what_the_quick_look_reads_of_a_first_update_is_what_yrs_makes_of_it(
    fields: dict[str, str], client: int
) -> None:
    made = documents.change(EMPTY, fields, client_id=client)
    quick = first_values(made, client_id=client)

    small = all(0 < len(text.encode()) < 128 for text in fields) and all(
        len(text.encode()) < 128 for text in fields.values()
    )
    assert quick == (fields if small else None)
    assert documents.apply(EMPTY, made, client_id=client).fields == fields


@given(data=st.data())
def test_what_the_quick_look_lets_through_the_whole_inspection_lets_through_too(data: st.DataObject) -> None:
    made = bytearray(documents.change(EMPTY, {"rider": "Bayar", "reason": "x" * 40}, client_id=ME))
    for _ in range(data.draw(st.integers(1, 3))):
        made[data.draw(st.integers(0, len(made) - 1))] = data.draw(st.integers(0, 255))
    spoilt = bytes(made)

    quick = first_values(spoilt, client_id=ME)

    if quick is not None:
        inspect(spoilt, client_id=ME, held=NOTHING)
        assert documents.apply(EMPTY, spoilt, client_id=ME).fields == quick
