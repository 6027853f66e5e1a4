"""A radio on a line: woken, asked, and heard for the nodes of the unit's list only."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.serial_terminal.meshtastic import messages
from edge.serial_terminal.meshtastic.describe import Telling
from edge.serial_terminal.meshtastic.protobuf import fixed32, nested, single, varint
from edge.serial_terminal.meshtastic.radio import HEARTBEAT_MS, READY_MS, WAKE_MS, Radio
from edge.serial_terminal.meshtastic.stream import WAKE, encode
from tests.edge.serial_terminal.doubles import NOON_MS
from tests.edge.serial_terminal.meshtastic.radios import NODE, NODE_ID, STRANGER, from_radio, packet, position

READY = encode(varint(7, 1))
ASK = encode(varint(3, 1))


def vehicle_of(node: str) -> str:
    return "MA0001" if node == NODE_ID else ""


def a_radio() -> Radio:
    return Radio(vehicle_of)


def test_a_known_nodes_position_is_heard_as_one() -> None:
    (heard,) = a_radio().receive(position(), NOON_MS)
    assert (heard.vehicle, heard.kind, heard.at_ms) == ("MA0001", "position", NOON_MS)
    place = heard.position
    assert place is not None
    assert (place.lat, place.lon, place.alt_m, place.speed_kmh, place.course) == (39.2165, 101.6666, 1500, 36.0, 90)
    assert (place.device_time_ms, place.satellites, place.rssi, place.fix) == (NOON_MS, 13, -97, True)


def test_a_stranger_is_counted_and_not_heard() -> None:
    radio = a_radio()
    assert radio.receive(position(STRANGER), NOON_MS) == []
    assert (radio.counters.strangers, radio.counters.by_kind["position"]) == (1, 1)


def test_a_position_by_hand_or_blurred_on_purpose_is_told_and_is_no_fix() -> None:
    for more in (varint(5, 1), varint(23, 13)):
        (heard,) = a_radio().receive(position(NODE, more), NOON_MS)
        assert heard.position is not None
        assert heard.position.fix is False
    (exact,) = a_radio().receive(position(NODE, varint(23, 32)), NOON_MS)
    assert exact.position is not None
    assert exact.position.fix


def test_a_position_without_coordinates_is_none() -> None:
    (heard,) = a_radio().receive(packet(3, varint(3, 1500)), NOON_MS)
    assert heard.position is None


def test_firmware_that_tells_other_units_is_understood_or_can_be_told() -> None:
    (heard,) = Radio(vehicle_of, speed_in_m_s=True).receive(position(NODE, varint(16, 9_000_000)), NOON_MS)
    assert heard.position is not None
    assert (heard.position.speed_kmh, heard.position.course) == (129.6, 90)


def test_telemetry_and_text_of_known_nodes_are_facts() -> None:
    radio = a_radio()
    (telemetry,) = radio.receive(packet(67, nested(2, varint(1, 87), single(2, 4.05)), fixed32(1, 0)), NOON_MS)
    assert telemetry.facts["battery_percent"] == 87
    assert telemetry.facts["voltage"] == 4.05
    (text,) = radio.receive(packet(1, "已到达".encode()), NOON_MS)
    assert text.facts["text"] == "已到达"


def test_a_radio_is_woken_asked_and_kept_awake() -> None:
    radio = a_radio()
    assert radio.due(0) == [WAKE]
    assert radio.due(WAKE_MS - 1) == []
    assert radio.due(WAKE_MS) == [ASK]
    radio.receive(READY, 500)
    assert radio.ready
    assert radio.due(500 + HEARTBEAT_MS - 1) == []
    assert radio.due(500 + HEARTBEAT_MS) == [encode(nested(7))]
    assert radio.due(501 + HEARTBEAT_MS) == []


def test_a_radio_that_does_not_answer_is_woken_again() -> None:
    radio = a_radio()
    radio.due(0)
    radio.due(WAKE_MS)
    radio.receive(encode(varint(7, 9)), 200)  # the end of someone else's question
    assert radio.due(WAKE_MS + READY_MS) == []
    assert radio.due(WAKE_MS + READY_MS + 1) == [WAKE]


def test_a_radio_that_starts_anew_is_asked_anew_and_what_it_said_after_is_kept() -> None:
    radio = a_radio()
    radio.receive(READY, 0)
    heard = radio.receive(encode(varint(8, 1)) + position() + position()[:9], NOON_MS)
    assert [one.kind for one in heard] == ["position"]
    assert not radio.ready
    assert radio.due(NOON_MS) == [WAKE]
    assert len(radio.receive(position()[9:], NOON_MS)) == 1


def test_a_stream_is_told_under_the_names_of_every_protocol() -> None:
    telling = Telling()
    told = telling.receive(position() + from_radio(3, varint(1, NODE)) + READY, NOON_MS)
    assert told == [
        {
            "node": NODE_ID,
            "to": "!ffffffff",
            "packet": 77,
            "received": "2026-09-24T04:00:01Z",
            "snr": 6.25,
            "rssi": -97,
            "kind": "position",
            "lat": 39.2165,
            "lon": 101.6666,
            "alt": 1500,
            "time": "2026-09-24T04:00:00Z",
            "speed_kmh": 36.0,
            "course": 90.0,
            "satellites": 13,
            "fix": True,
        },
        {"kind": "me", "node": NODE_ID},
        {"kind": "ready", "config": 1},
    ]
    assert telling.receive(position()[:9], NOON_MS) + telling.finish(NOON_MS) == [{"error": "truncated"}]


def test_what_the_radio_remembers_of_a_node_is_told_and_is_no_report() -> None:
    remembered = from_radio(
        4, varint(1, NODE), nested(2, nested(2, b"Unit 7")), nested(3, fixed32(1, 1), fixed32(2, 2))
    )
    assert a_radio().receive(remembered, NOON_MS) == []
    (told,) = Telling().receive(remembered, NOON_MS)
    assert (told["kind"], told["node"], told["name"]) == ("node", NODE_ID, "Unit 7")


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (nested(2, nested(5, b"\x01")), "other"),  # encrypted for others
        (nested(2, nested(4, varint(1, 256), nested(2, b"\x01\x02"))), "other"),
        (nested(13, b""), "other"),
    ],
)
def test_what_is_not_needed_is_passed_over_and_counted(message: bytes, kind: str) -> None:
    radio = a_radio()
    assert radio.receive(encode(message), NOON_MS) == []
    assert radio.counters.by_kind == {kind: 1}


fields = st.recursive(
    st.one_of(
        st.builds(varint, st.integers(1, 25), st.integers(0, (1 << 64) - 1)),
        st.builds(fixed32, st.integers(1, 25), st.integers(0, 0xFFFFFFFF)),
        st.builds(nested, st.integers(1, 25), st.binary(max_size=12)),
    ),
    lambda inner: st.builds(lambda number, parts: nested(number, *parts), st.integers(1, 25), st.lists(inner)),
    max_leaves=12,
)


@given(st.one_of(fields, st.binary(max_size=80)))
def test_any_message_is_told_and_any_position_in_it_is_one(payload: bytes) -> None:
    told = messages.read(payload)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert messages.position(told, None) is None or told["kind"] in ("position", "node")
