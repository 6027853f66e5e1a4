"""The message tables: every one of them writes what it reads, and none minds a body that is not its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from edge.serial_terminal.facts import iso
from edge.serial_terminal.jt808 import fields, messages
from edge.serial_terminal.jt808.fields import Degrees, Digits, Field, Moment, Number, Raw, Row, Several, Text
from edge.serial_terminal.jt808.layout import Layout, read
from edge.serial_terminal.jt808.location_facts import Report, facts
from edge.serial_terminal.jt808.messages import TABLES, read_body, write_body
from edge.serial_terminal.jt808.tables.media import SizeOfRest
from edge.serial_terminal.jt808.tables.reports import CanUpload
from edge.serial_terminal.jt808.tables.settings import Parameter
from tests.edge.serial_terminal.doubles import report
from tests.edge.serial_terminal.test_location import FIXED, locations

PLENTY = 10_000  # bytes left, for fields that are there when the body goes on
LAYOUTS = [
    pytest.param(msg_id, layout, version, id=f"{msg_id:04x}-{number}-{version}")
    for msg_id, layouts in TABLES.items()
    for number, layout in enumerate(layouts)
    for version in ((layout.version,) if layout.version else (2013, 2019))
]


def characters(size: int) -> st.SearchStrategy[str]:
    """Text whose GBK form has at most `size` bytes."""
    return st.text("ABCxyz019 -蒙驾驶员", max_size=size).filter(lambda text: len(text.encode("gbk")) <= size)


def hexes(size: int, least: int = 0) -> st.SearchStrategy[str]:
    return st.binary(min_size=least, max_size=size).map(bytes.hex)


def instants() -> st.SearchStrategy[str | None]:
    return st.integers(946_656_000, 4_102_415_999).map(lambda s: iso(s * 1000))


# How to make a value for each kind of field: the tests' own statement of what a kind may hold.
VALUES: dict[type, Callable[[Any], st.SearchStrategy[Any]]] = {
    Number: lambda kind: st.integers(0, 256**kind.size - 1).map(
        lambda value: kind.shown.format(value) if kind.shown else value
    ),
    Digits: lambda kind: hexes(kind.size, kind.size),
    Moment: lambda kind: instants(),
    Degrees: lambda kind: st.integers(0, 180_000_000).map(lambda value: value / 1e6),
    Text: lambda kind: characters(kind.size or 30),
    Raw: lambda kind: hexes(kind.size or 40, kind.size),
    Report: lambda kind: locations().map(
        lambda made: facts(made._replace(items=made.items[:2] if not kind.size else ()))
    ),
    Parameter: lambda kind: st.tuples(st.integers(0, 0xFFFFFFFF), hexes(20)).map(
        lambda made: {"id": f"0x{made[0]:04x}", "len": len(made[1]) // 2, "hex": made[1]}
    ),
    SizeOfRest: lambda kind: st.integers(0, 27),
    Several: lambda kind: st.lists(value_of(kind.of), min_size=0 if kind.counted else 1, max_size=4),
    Row: lambda kind: row_facts(kind),
    CanUpload: lambda kind: row_facts(
        Row(
            (
                Field("time_hhmmssfff", Digits(5)),
                Field("items", Several(Row((Field("can_id", Number(4, "0x{:08x}")), Field("data", Raw(8)))))),
            )
        )
    ),
}


# Fields whose values are a short list, and tell editions apart by it: 0x0702 starts with card in or card out.
CODES = {"status": st.sampled_from([1, 2])}


def value_of(kind: Any) -> st.SearchStrategy[Any]:
    return VALUES[type(kind)](kind)


def row_facts(row: Row) -> st.SearchStrategy[dict[str, Any]]:
    return drawn_row(row)


@st.composite
def drawn_row(draw: st.DrawFn, row: Row) -> dict[str, Any]:
    """Facts as a row would state them, each field's own condition kept."""
    stated: dict[str, Any] = {}
    for field in row:
        if not isinstance(field, Field):
            stated |= draw(value_of(field))
        elif field.when is None or field.when(stated, PLENTY):
            stated[field.name] = draw(CODES[field.name] if field.name in CODES else value_of(field.kind))
    return stated


@settings(max_examples=25)
@pytest.mark.parametrize(("msg_id", "layout", "version"), LAYOUTS)
@given(data=st.data())
def test_every_message_is_read_as_it_was_written(
    msg_id: int, layout: Layout, version: int, data: st.DataObject
) -> None:
    meant = {**data.draw(row_facts(layout.row)), **layout.also}
    body = layout.row.write(meant)
    fitting = next(each for each in TABLES[msg_id] if each.version in (0, version) and each.fits(body))
    assume(fitting is layout)  # some editions can only be told apart by their length
    assert read_body(msg_id, version, body) == (meant, "")


@pytest.mark.parametrize(("msg_id", "layout", "version"), LAYOUTS)
@given(body=st.binary(max_size=80))
def test_no_table_minds_any_bytes(msg_id: int, layout: Layout, version: int, body: bytes) -> None:
    assert read_body(msg_id, version, body).facts is not None


def test_a_message_that_fits_its_edition_is_written_for_that_edition() -> None:
    note = {"flag": 1, "text_type": 2, "text": "调度室"}
    assert write_body(0x8300, 2019, note) == b"\x01\x02" + "调度室".encode("gbk")
    assert write_body(0x8300, 2013, note) == b"\x01" + "调度室".encode("gbk")


def test_a_shorter_body_is_read_as_far_as_it_goes() -> None:
    assert read_body(0x8001, 2013, b"\x00\x05\x02") == ({"ack_serial": 5}, "wanted 2 at 2 of 3")


def test_a_longer_body_keeps_its_tail() -> None:
    assert read_body(0x0108, 2013, bytes.fromhex("3400ffee")).facts == {"type": 52, "result": 0, "body_tail": "ffee"}


def test_an_unknown_message_is_kept_as_hex() -> None:
    assert read_body(0x0F01, 2013, b"\x01\x02") == ({"undecoded_body": "0102"}, "")


def test_a_heartbeat_may_carry_a_body_its_vendor_put_there() -> None:
    assert read_body(0x0002, 2013, b"\x64").facts == {"body_tail": "64"}


def test_a_2011_registration_is_known_by_its_length() -> None:
    facts = dict.fromkeys(("province", "city", "plate_color"), 1) | {"maker": "M", "model": "V1", "plate": "蒙M10001"}
    old = messages.TABLES[0x0100][1].row.write(facts | {"terminal_id": "0000007"})
    new = messages.TABLES[0x0100][2].row.write(facts | {"terminal_id": "0000007"})
    assert len(old) == 33
    assert len(new) == 45
    assert read_body(0x0100, 2013, old).facts["model"] == read_body(0x0100, 2013, new).facts["model"] == "V1"


def test_a_2019_header_may_carry_a_2013_authentication() -> None:
    assert read_body(0x0102, 2019, b"whole-body-is-code").facts == {"auth_code": "whole-body-is-code"}


def test_a_plate_cut_inside_a_character_keeps_the_characters_before() -> None:
    assert fields.text("蒙M123蒙".encode("gbk")[:-1]) == "蒙M123"


def test_bytes_that_are_no_text_are_kept_as_hex_and_written_back() -> None:
    shown = fields.text(b"\x01\xea\x3b\x00\x3c")
    assert shown == "hex:01ea3b003c"
    assert Text().write(shown) == b"\x01\xea\x3b\x00\x3c"


def test_a_parameter_count_is_wrong_more_often_than_the_bytes() -> None:
    items = bytes.fromhex("00000001 04 0000003c 00000029 04 0000001e")
    facts = read_body(0x0104, 2013, b"\x00\x07\x01" + items).facts
    assert [parameter["id"] for parameter in facts["params"]] == ["0x0001", "0x0029"]


def test_a_batch_item_too_short_to_be_a_report_spoils_only_itself() -> None:
    body = b"\x00\x03\x00" + b"\x00\x1c" + FIXED + b"\x00\x02\xab\xcd" + b"\x00\x1c" + FIXED
    items = read_body(0x0704, 2013, body).facts["items"]
    assert [item.get("lat") for item in items] == [39.2165, None, 39.2165]
    assert items[1] == {"undecoded_body": "abcd"}


def test_a_report_cut_inside_its_fixed_part_tells_what_it_still_can() -> None:
    body = read_body(0x0200, 2013, report()[:10])
    assert body == ({"alarm": 0, "status": 3}, "wanted 4 at 8 of 10")


def test_attributes_are_read_with_the_makers_length_that_uses_up_the_body() -> None:
    tail = bytes(30) + bytes(30) + bytes(10) + b"\x02H1" + b"\x03F12" + b"\x03\x20"
    for size in (5, 11):
        facts = read(TABLES[0x0107], 2019, b"\x00\x01" + b"MAKER".ljust(size, b"\0") + tail).facts
        assert (facts["maker_len"], facts["maker"], facts["firmware"]) == (size, "MAKER", "F12")
