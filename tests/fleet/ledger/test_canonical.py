"""One value, one encoding: whatever else comes in is refused before it can do harm."""

from __future__ import annotations

import cbor2
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from fleet.errors import NotTrusted
from fleet.ledger.canonical import DEPTH_MAX, SIZE_MAX, Value, decode, encode

signable = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 64) - 1) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(signable)
def test_a_value_comes_back_from_its_bytes_and_the_bytes_from_the_value(value: Value) -> None:
    try:
        data = encode(value)
        again = decode(data)
    except NotTrusted as refused:
        assert refused.code == "not_cbor", "only what is nested too deeply has no way back"  # noqa: PT017
        return
    assert again == value
    assert encode(again) == data


@given(st.lists(st.text("abé", max_size=3), unique=True, max_size=6), st.booleans())
def test_the_keys_of_a_map_are_encoded_in_one_order_however_they_were_put_in(keys: list[str], inside: bool) -> None:
    value: Value = dict.fromkeys(keys, 1)
    value = [value, {"a": value}] if inside else value

    assert encode(value) == cbor2.dumps(value, canonical=True)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_with_that_one_encoding_or_are_refused(data: bytes) -> None:
    try:
        value = decode(data)
    except NotTrusted as refused:
        event(refused.code)
        return
    assert encode(value) == data


@pytest.mark.parametrize(
    ("data", "what"),
    [
        ("1801", "an integer with a longer head than it needs"),
        ("f90000", "a float"),
        ("fb3ff0000000000000", "a long float"),
        ("9f01ff", "a list without a length"),
        ("5f4101ff", "bytes without a length"),
        ("a201010101", "a key twice"),
        ("a2616201616101", "keys out of order"),
        ("a10101", "a key that is no text"),
        ("c11a5f5e1000", "a tag: a time"),
        ("c249ffffffffffffffffff", "a tag: a number beyond 64 bits"),
        ("d81c81d81d00", "a tag: a list that contains itself"),
        ("d9010082d9010161610", "a tag: text by reference"),
        ("d81e820100", "a tag: a fraction over zero"),
        ("c4821b7fffffffffffffff01", "a tag: a decimal of any size"),
        ("d8236128", "a tag: a pattern"),
        ("f7", "undefined"),
        ("e0", "a simple value"),
        ("0101", "more after the end"),
        ("", "nothing"),
        ("18", "half a head"),
        ("62c328", "text that is not UTF-8"),
        ("9bffffffffffffffff", "a list of more than there is"),
        ("5b7fffffffffffffff", "bytes of more than there are"),
    ],
    ids=lambda value: value.replace(" ", "_") if " " in value else None,
)
def test_what_is_not_the_one_encoding_is_refused(data: str, what: str) -> None:
    with pytest.raises(NotTrusted) as refused:
        decode(bytes.fromhex(data + "0" * (len(data) % 2)))

    assert refused.value.code in {"not_cbor", "not_canonical"}, what


def test_depth_is_bounded_while_decoding() -> None:
    deep = b"\x81" * DEPTH_MAX + b"\x00"

    with pytest.raises(NotTrusted, match="not_cbor"):
        decode(b"\x81" + deep)
    with pytest.raises(NotTrusted, match="not_cbor"):
        decode(b"\x81" * 100_000 + b"\x00")


def test_size_is_bounded_before_decoding() -> None:
    with pytest.raises(NotTrusted, match="too_large"):
        decode(encode(bytes(SIZE_MAX)))
    with pytest.raises(NotTrusted, match="too_large"):
        decode(encode([1, 2, 3]), size_max=3)


@pytest.mark.parametrize("value", [1.0, 1 << 64, -(1 << 63) - 1, {1: "a"}, {"a": {1, 2}}, [object()], cbor2.undefined])
def test_what_may_not_be_signed_is_a_local_fault(value: object) -> None:
    with pytest.raises(TypeError):
        encode(value)
