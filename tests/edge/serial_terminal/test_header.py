"""Headers of both editions, the terminals that lie about which one they use, and what makes a header useless."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.serial_terminal.jt808.header import BODY_SIZE_MAX, Header, build, parse

HEX = "0123456789abcdef"


@st.composite
def headers(draw: st.DrawFn) -> Header:
    version = draw(st.sampled_from([2013, 2019]))
    total = draw(st.integers(1, 0xFFFF))
    packets = draw(st.booleans())
    return Header(
        msg_id=draw(st.integers(0, 0xFFFF)),
        phone=draw(st.text(HEX, min_size=20, max_size=20))[: 12 if version == 2013 else 20],
        serial=draw(st.integers(0, 0xFFFF)),
        version=version,
        packets=packets,
        packet_total=total if packets else 1,
        packet_index=draw(st.integers(1, total)) if packets else 1,
        protocol_version=1 if version == 2019 else 0,
    )


@given(headers(), st.binary(max_size=BODY_SIZE_MAX))
def test_a_header_that_was_built_is_read_as_it_was_meant(header: Header, body: bytes) -> None:
    payload = build(header, body)
    read = parse(payload)
    assert payload[read.body_at :] == body
    assert read == header._replace(body_len=len(body), body_at=read.body_at)


@given(st.binary(min_size=12, max_size=60))
def test_any_twelve_bytes_are_some_header_and_never_an_exception(payload: bytes) -> None:
    header = parse(payload)
    assert header.fault in ("", "encrypted", "length", "short", "packet")
    assert header.fault or len(payload) - header.body_at == header.body_len


def test_the_phone_is_kept_as_raw_hex_because_real_ones_hold_no_digits_only() -> None:
    header = parse(bytes.fromhex("0002 0000 4f07788ef676 0001"))
    assert header.phone == "4f07788ef676"


def test_people_read_the_phone_without_its_leading_zeros() -> None:
    assert parse(bytes.fromhex("0002 4000 01 00000000013800138000 0001")).alias == "13800138000"


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("0002 4000 013800138000 0001", {"version": 2013, "liar": True}),  # bit 14 set on a 2013 header
        ("0002 0000 01 00000000013800138000 0001", {"version": 2019, "liar": True}),  # a 2019 header without it
        ("0002 0005 013800138000 0001 aa", {"version": 2013, "fault": "length", "liar": False}),
        ("0002 0402 013800138000 0001 aabb", {"encryption": 1, "fault": "encrypted"}),
        ("0801 2001 013800138000 0001 0003 0004 aa", {"packet_index": 4, "fault": "packet"}),
        ("0801 2001 013800138000 0001 0003 0000 aa", {"packet_index": 0, "fault": "packet"}),
        ("0801 2001 013800138000 0001 00", {"fault": "short"}),
    ],
)
def test_what_is_wrong_with_a_header_is_named(payload: str, expected: dict[str, Any]) -> None:
    header = parse(bytes.fromhex(payload))
    assert {name: getattr(header, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("header", "body"),
    [(Header(2, "013800138000", 1), bytes(1024)), (Header(2, "013800138000", 1, version=2019), b"")],
)
def test_what_does_not_fit_one_packet_or_one_layout_is_not_sent(header: Header, body: bytes) -> None:
    with pytest.raises(ValueError, match="1023 bytes"):
        build(header, body)
