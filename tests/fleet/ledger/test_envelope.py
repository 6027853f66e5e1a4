"""What only named readers open, in chunks that stay where they were put."""

from __future__ import annotations

import random

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from fleet.errors import NotTrusted
from fleet.ledger import envelope
from fleet.ledger.envelope import CHUNK_SIZE, Opening
from fleet.ledger.suite import SHIPPED
from tests.simulation.clock import SimulatedRandomness

ANNA, BATU, CARL = (SHIPPED.key(bytes([number]) * 32) for number in (1, 2, 3))
BOUND = b"the statement they belong to"
SIZES = st.sampled_from([0, 1, 100, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, 2 * CHUNK_SIZE, 2 * CHUNK_SIZE + 9])


def randomness() -> SimulatedRandomness:
    return SimulatedRandomness(random.Random(1))


def closed(content: bytes, key: bytes, bound: bytes = BOUND) -> list[bytes]:
    return list(envelope.close(SHIPPED, key, bound, [content]))


def opened(chunks: bytes, key: bytes, size: int, bound: bytes = BOUND) -> bytes:
    opening = Opening(SHIPPED, key, bound, size)
    content = b"".join(opening.feed(chunks))
    if not opening.finished:
        raise NotTrusted("envelope_damaged", reason="cut")
    return content


def test_every_reader_named_finds_the_content_key_and_nobody_else_does() -> None:
    outside, key = envelope.address(SHIPPED, [ANNA.public, BATU.public], randomness())

    assert envelope.content_key(SHIPPED, outside, ANNA) == key
    assert envelope.content_key(SHIPPED, outside, BATU) == key
    with pytest.raises(NotTrusted, match="envelope_not_ours"):
        envelope.content_key(SHIPPED, outside, CARL)


def test_a_slot_that_was_moved_to_another_reader_does_not_open() -> None:
    outside, _ = envelope.address(SHIPPED, [ANNA.public, BATU.public], randomness())
    swapped = outside._replace(slots=(outside.slots[0]._replace(wrapped=outside.slots[1].wrapped),))

    with pytest.raises(NotTrusted, match="envelope_damaged"):
        envelope.content_key(SHIPPED, swapped, ANNA)


def test_the_reading_key_of_a_public_key_is_the_one_its_private_key_agrees_with() -> None:
    other = X25519PrivateKey.from_private_bytes(b"s" * 32)
    for key in (ANNA, BATU, CARL):
        reading = X25519PublicKey.from_public_bytes(SHIPPED.reading_key(key.public))
        assert key.agree(other.public_key().public_bytes_raw()) == other.exchange(reading)


@pytest.mark.parametrize("public", [b"", b"\1" + bytes(31), b"\xff" * 32, bytes(31)])
def test_what_is_no_key_has_no_reading_key(public: bytes) -> None:
    with pytest.raises(ValueError, match="no key"):
        SHIPPED.reading_key(public)


def test_a_share_of_small_order_is_refused() -> None:
    outside, _ = envelope.address(SHIPPED, [ANNA.public], randomness())

    with pytest.raises(NotTrusted, match="envelope_damaged"):
        envelope.content_key(SHIPPED, outside._replace(share=bytes(32)), ANNA)


@given(SIZES, st.lists(st.integers(1, CHUNK_SIZE * 2), max_size=5))
def test_content_comes_out_as_it_went_in_however_it_is_sliced(size: int, cuts: list[int]) -> None:
    content, key = random.Random(size).randbytes(size), b"k" * 32
    slices, at = [], 0
    for cut in [*cuts, size]:
        slices.append(content[at : at + cut])
        at += cut
    slices.append(content[at:])
    chunks = b"".join(envelope.close(SHIPPED, key, BOUND, slices))

    assert len(chunks) == envelope.length(size)
    opening, said = Opening(SHIPPED, key, BOUND, size), bytearray()
    for begin in range(0, len(chunks), 50_001):
        said += b"".join(opening.feed(chunks[begin : begin + 50_001]))
    assert (bytes(said), opening.finished) == (content, True)


@given(SIZES, st.data())
def test_a_byte_changed_anywhere_is_found(size: int, data: st.DataObject) -> None:
    chunks = bytearray(b"".join(closed(bytes(size), b"k" * 32)))
    chunks[data.draw(st.integers(0, len(chunks) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(NotTrusted, match="envelope_damaged"):
        opened(bytes(chunks), b"k" * 32, size)


@pytest.mark.parametrize(
    "change",
    [
        lambda chunks: chunks[:-1],
        lambda chunks: [chunks[1], chunks[0], chunks[2]],
        lambda chunks: [chunks[0], chunks[2]],
        lambda chunks: [chunks[0], chunks[0], chunks[2]],
        lambda chunks: [*chunks, chunks[2]],
        lambda chunks: [chunks[2]],
        lambda chunks: [],
    ],
    ids=["cut", "swapped", "left out", "repeated", "longer", "the last alone", "nothing"],
)  # fmt: skip
def test_chunks_open_only_in_their_places(change: object) -> None:
    chunks = closed(random.Random(1).randbytes(2 * CHUNK_SIZE + 9), b"k" * 32)

    with pytest.raises(NotTrusted, match="envelope_damaged"):
        opened(b"".join(change(chunks)), b"k" * 32, 2 * CHUNK_SIZE + 9)  # type: ignore[operator]


def test_chunks_open_only_under_their_own_statement_and_key() -> None:
    chunks = b"".join(closed(b"content", b"k" * 32))

    for key, bound in ((b"k" * 32, b"another statement"), (b"l" * 32, BOUND)):
        with pytest.raises(NotTrusted, match="envelope_damaged"):
            opened(chunks, key, 7, bound)
