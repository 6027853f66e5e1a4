"""What a dispatcher may ask by name: every name is a message that can be written for both editions, and wrong facts are
refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from edge.serial_terminal.jt808 import answers, parameters, permits, vendors
from edge.serial_terminal.jt808.messages import read_body, write_body
from edge.serial_terminal.jt808.outbox import Outcome
from edge.serial_terminal.jt808.requests import REQUESTS, build
from fleet.errors import BadInput, FleetError, NotFound, RuleBroken, Unavailable

GIVEN: dict[str, dict[str, Any]] = {
    "text": {"text": "新任务"},
    "call": {"text": "请回电"},
    "track": {"interval": "10", "validity": "600"},
    "parameters": {"names": "heartbeat_s,0x0029"},
    "set": {"interval_s": "30", "plate": "蒙M10001", "0xf123": "0102"},
    "circle": {"id": 1, "lat": 39.2, "lon": "101.6", "radius_m": 200, "max_speed": 40, "name": "院"},
    "rectangle": {"id": 2, "lat1": 39.3, "lon1": 101.6, "lat2": 39.2, "lon2": 101.7},
    "polygon": {"id": 3, "points": "39.1 101.1, 39.2 101.2, 39.3 101.1", "max_speed": 30},
    "route": {"id": 4, "points": [[-39.1, -101.1], [-39.2, -101.2]], "max_speed": 60},
    "delete-circle": {"ids": "1, 2"},
}


@pytest.mark.parametrize("version", [2013, 2019])
@pytest.mark.parametrize("name", REQUESTS)
def test_every_name_makes_a_message_that_reads_back_as_it_was_meant(name: str, version: int) -> None:
    request = build(name, version, GIVEN.get(name, {}))
    permits.require_allowed(request.msg_id, request.facts)
    facts, partial = read_body(request.msg_id, version, write_body(request.msg_id, version, request.facts))
    assert not partial
    assert {fact: facts.get(fact) for fact in request.facts} == request.facts


def test_a_number_with_a_table_may_be_asked_with_the_facts_of_its_table() -> None:
    assert build("0x8300", 2013, {"flag": 1, "text": "x"}) == (0x8300, {"flag": 1, "text": "x"})


@pytest.mark.parametrize(
    ("name", "facts", "error", "code"),
    [
        ("nothing", {}, NotFound, "terminal_no_message"),
        ("0x0200", {}, NotFound, "terminal_no_message"),
        ("0x8fff", {}, NotFound, "terminal_no_message"),
        ("text", {}, BadInput, "terminal_fact_missing"),
        ("text", {"text": "字" * 501}, BadInput, "terminal_fact_wrong"),
        ("text", {"text": "☃️"}, BadInput, "terminal_fact_wrong"),
        ("track", {"interval": "soon"}, BadInput, "terminal_fact_wrong"),
        ("track", {"interval": 70_000, "validity": 1}, BadInput, "terminal_fact_wrong"),
        ("set", {}, BadInput, "terminal_fact_missing"),
        ("set", {"no_such": 1}, BadInput, "terminal_no_parameter"),
        ("set", {"interval_s": -1}, BadInput, "terminal_fact_wrong"),
        ("circle", {"id": 1, "lat": "north", "lon": 1, "radius_m": 1}, BadInput, "terminal_fact_wrong"),
        ("polygon", {"id": 1, "points": "39 101, 39 102"}, BadInput, "terminal_fact_missing"),
        ("polygon", {"id": 1, "points": "39, 101, 7"}, BadInput, "terminal_fact_wrong"),
        ("delete-route", {"ids": "all"}, BadInput, "terminal_fact_wrong"),
        ("0x8300", {"flag": 1}, BadInput, "terminal_fact_missing"),
        ("0x8300", {"flag": 999, "text": ""}, BadInput, "terminal_fact_wrong"),
    ],
)
def test_what_is_wrong_is_refused_by_name(name: str, facts: dict[str, Any], error: type[FleetError], code: str) -> None:
    with pytest.raises(error) as refusal:
        build(name, 2013, facts)
    assert refusal.value.code == code


def test_south_and_west_travel_in_the_attribute_and_the_coordinates_unsigned() -> None:
    item = build("circle", 2013, {"id": 1, "lat": -39.2, "lon": -101.6, "radius_m": 5}).facts["items"][0]
    assert (item["lat"], item["lon"], item["attr"] >> 6 & 3) == (39.2, 101.6, 3)


def test_parameters_are_told_by_name_and_odd_ones_as_they_came() -> None:
    items = [
        {"id": "0x0029", "hex": "0000001e"},
        {"id": "0x0029", "hex": "001e"},
        {"id": "0x0083", "hex": "蒙M1".encode("gbk").hex()},
        {"id": "0xf123", "hex": "0102"},
    ]
    told = [(each["name"], each["value"]) for each in parameters.read(items)]
    assert told == [("interval_s", 30), ("interval_s", "001e"), ("plate", "蒙M1"), ("", "0102")]


def test_a_vendors_items_and_bits_mean_something_only_for_its_models() -> None:
    items = [(0x61, b"\x04\xd2"), (0x56, b"\x07\x00"), (0x61, b"\x01"), (0xF1, b"89860000000000000000")]
    told = vendors.extras("G10LS", items, 1 << 17 | 1 << 16 | 1)
    assert told == {
        "supply_v": 12.34,
        "battery_percent": 70,
        "iccid": "89860000000000000000",
        "vendor_alarms": ["vibration", "removed"],
    }
    assert vendors.extras("", items, 1 << 17) == vendors.extras("SIMULATOR", items) == {}


@pytest.mark.parametrize(
    ("msg_id", "version", "model", "unsupported", "able"),
    [
        (0x8300, 2013, "", [], True),
        (0x8300, 2013, "", [0x8300], False),
        (0x8204, 2013, "", [], False),
        (0x8204, 2019, "", [], True),
        (0x8600, 2013, "G10LS", [], False),
    ],
)
def test_what_a_terminal_cannot_do_is_refused_before_it_is_troubled(
    msg_id: int, version: int, model: str, unsupported: list[int], able: bool
) -> None:
    if able:
        permits.require_able(msg_id, version, model, unsupported)
    else:
        with pytest.raises(RuleBroken, match="terminal_cannot"):
            permits.require_able(msg_id, version, model, unsupported)


@pytest.mark.parametrize(
    ("verdict", "error", "code"),
    [
        ("unsupported", RuleBroken, "terminal_cannot"),
        ("no_answer", Unavailable, "terminal_no_answer"),
        ("failed", RuleBroken, "terminal_refused"),
        ("misread", RuleBroken, "terminal_refused"),
    ],
)
def test_an_answer_that_is_none_is_a_refusal_with_its_reason(verdict: Any, error: type[FleetError], code: str) -> None:
    with pytest.raises(error, match=code):
        answers.tell(Outcome(ticket=1, phone="1", msg_id=0x8300, verdict=verdict), "蒙M10001")
