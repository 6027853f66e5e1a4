"""Secret fields: the unit's nodes read them, two custodians together do, and nobody else does."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.errors import NotTrusted
from fleet.ledger import secrecy
from fleet.ledger.secrecy import BLOCK_SIZE, Custodians, open_fields, open_inner, open_outer, readers, seal
from fleet.ledger.suite import SHIPPED, SigningKey
from tests.simulation.clock import SimulatedRandomness

NODES = [SHIPPED.key(bytes([number]) * 32) for number in (1, 2)]
DISCIPLINE, AUTHORITY, STRANGER = (SHIPPED.key(bytes([number]) * 32) for number in (11, 12, 99))
BOTH = Custodians(inner=DISCIPLINE.public, outer=AUTHORITY.public)
FIELDS = {
    "rider": "\u82cf\u65e5\u5a1c",
    "reason": "\u673a\u8981\u4ef6\u4f20\u9012",
    "destination": "\u547c\u548c\u6d69\u7279\0",
}
BOUND = "alyq-lcj/1-00042"


def sealed(fields: dict[str, str] = FIELDS, bound: str = BOUND) -> bytes:
    return seal(SHIPPED, fields, bound, [node.public for node in NODES], BOTH, SimulatedRandomness(random.Random(7)))


@pytest.mark.parametrize("node", NODES)
def test_every_node_of_the_unit_reads_what_any_of_them_sealed(node: SigningKey) -> None:
    assert open_fields(SHIPPED, sealed(), BOUND, node) == FIELDS
    assert readers(sealed()) == {each.public for each in NODES}


def test_two_custodians_together_read_it() -> None:
    first_turn = open_outer(SHIPPED, sealed(), BOUND, AUTHORITY)
    assert open_inner(SHIPPED, sealed(), BOUND, first_turn, DISCIPLINE) == FIELDS


@pytest.mark.parametrize(("outer", "inner"), [(DISCIPLINE, AUTHORITY), (STRANGER, DISCIPLINE), (AUTHORITY, STRANGER)])
def test_one_of_them_or_a_stranger_in_place_of_one_reads_nothing(outer: SigningKey, inner: SigningKey) -> None:
    with pytest.raises(NotTrusted, match="secret_not_ours"):
        open_inner(SHIPPED, sealed(), BOUND, open_outer(SHIPPED, sealed(), BOUND, outer), inner)


@pytest.mark.parametrize("key", [STRANGER, DISCIPLINE, AUTHORITY])
def test_who_is_not_a_node_of_the_unit_reads_nothing(key: SigningKey) -> None:
    with pytest.raises(NotTrusted, match="secret_not_ours"):
        open_fields(SHIPPED, sealed(), BOUND, key)


def test_a_secret_put_into_another_order_does_not_open_there() -> None:
    with pytest.raises(NotTrusted, match="secret_damaged"):
        open_fields(SHIPPED, sealed(), "alyq-lcj/1-00043", NODES[0])
    with pytest.raises(NotTrusted, match="secret_damaged"):
        open_outer(SHIPPED, sealed(), "alyq-lcj/1-00043", AUTHORITY)


def test_the_length_does_not_tell_a_short_place_from_a_long_one() -> None:
    short, long = sealed({"destination": "A"}), sealed({"destination": "A" * (BLOCK_SIZE // 2)})
    assert len(short) == len(long)


def test_two_contents_for_two_readers_are_found_by_the_commitment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(SHIPPED), "hash", lambda _suite, _context, _data: bytes(32))
    forged = sealed()  # sealed by someone who commits to nothing
    monkeypatch.undo()
    with pytest.raises(NotTrusted, match="secret_damaged"):
        open_fields(SHIPPED, forged, BOUND, NODES[0])


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_byte_is_never_read(place: int, flip: int) -> None:
    data = sealed()
    at = place % len(data)
    changed = data[:at] + bytes([data[at] ^ flip]) + data[at + 1 :]
    if changed != data:
        outcome = _read_or_code(changed)
        # the envelope's escrow is not looked at by a node; whatever it does look at, it finds
        assert outcome in (FIELDS, "secret_damaged", "secret_not_ours")


@given(st.binary(max_size=80))
def test_any_bytes_that_are_no_secret_are_one_known_error(data: bytes) -> None:
    assert _read_or_code(data) == "secret_damaged"


def test_what_is_beyond_the_bound_is_refused_unread() -> None:
    assert _read_or_code(bytes(secrecy.SIZE_MAX + 1)) == "secret_damaged"


def _read_or_code(data: bytes) -> dict[str, str] | str:
    try:
        return open_fields(SHIPPED, data, BOUND, NODES[0])
    except NotTrusted as refused:
        return refused.code
