"""What `ortoo terminal decode` tells of one line: facts under one name, or why there are none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.serial_terminal.jt808.describe import describe
from tests.edge.serial_terminal.doubles import KNOWN, batch, frame, packet, report

HEARTBEAT = "7e000200000138001380000001a97e"


def test_a_heartbeat_is_told_by_its_header() -> None:
    assert describe(HEARTBEAT) == {
        "msg_id": "0x0002",
        "phone": "013800138000",
        "serial": 1,
        "version": 2013,
        "checksum_ok": True,
        "length_ok": True,
        "body_len": 0,
        "body": {},
    }


def test_a_positions_facts_stand_beside_the_headers() -> None:
    told = describe(frame(0x0200, report(alarm=1 << 5, status=0x0C0003), version=2019).hex())
    assert (told["version"], told["protocol_version"], told["phone"]) == (2019, 1, KNOWN.zfill(20))
    assert (told["lat"], told["lon"], told["alt"], told["speed_kmh"], told["course"]) == (
        39.2165,
        101.6666,
        1500,
        36.5,
        90,
    )
    assert (told["time"], told["time_raw"]) == ("2026-09-24T04:00:00Z", "260924120000")
    assert (told["alarm_bits"], told["status_bits"]) == ([5], [0, 1, 18, 19])
    assert (told["extras"], told["mileage_km"], told["satellites"]) == ({"0x01": "00075b34", "0x31": "0d"}, 48210.0, 13)
    assert "body" not in told


def test_a_batch_is_told_item_by_item() -> None:
    told = describe(frame(0x0704, batch(report(), report())).hex())
    assert (told["body"]["count"], told["body"]["type"]) == (2, 1)
    assert [item["lat"] for item in told["body"]["items"]] == [39.2165, 39.2165]


def test_a_packet_tells_which_of_how_many_it_is() -> None:
    told = describe(packet(0x0801, b"\x01\x02", 3, 2, serial=9).hex())
    assert (told["subpackaged"], told["pkg_total"], told["pkg_index"], told["fragment_len"]) == (True, 3, 2, 2)
    assert "body" not in told


@pytest.mark.parametrize(
    "line",
    [
        "7E 00 02 00 00 01 38 00 13 80 00 00 01 A9 7E",
        "0x7e,0x00,0x02,0x0000,0x013800138000,0x0001,0xa9,0x7e\n",
        HEARTBEAT[:-2],
        "2424" + HEARTBEAT,
    ],
)
def test_spaces_0x_capitals_and_noise_before_the_frame_do_not_matter(line: str) -> None:
    assert describe(line)["msg_id"] == "0x0002"


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("hello", "not hex"),
        ("7e0", "not hex"),
        ("", "no 7e delimiter"),
        ("283739", "no 7e delimiter"),
        ("7e7e", "empty frame"),
        ("7e00027e", "short"),
        ("7e7d037e", "escape"),
        (HEARTBEAT[:-4], "truncated"),
        (HEARTBEAT.replace("a97e", "a87e"), "checksum"),
        (
            "7e" + "0002000501380013800000 01 aa 06".replace(" ", "") + "7e",
            "length mismatch: attribute says 5, frame holds 1",
        ),
        (frame(0x8001, b"\x00\x01").hex(), "body too short: wanted 2 at 2 of 2"),
    ],
)
def test_a_line_that_is_no_good_frame_says_why(line: str, error: str) -> None:
    assert describe(line)["error"] == error


def test_a_frame_with_a_wrong_check_still_shows_what_its_header_says() -> None:
    told = describe(HEARTBEAT.replace("a97e", "a87e"))
    assert (told["msg_id"], told["phone"], told["checksum_ok"], told["length_ok"]) == ("0x0002", KNOWN, False, True)


def test_several_frames_on_one_line_are_told_in_order() -> None:
    told = describe(HEARTBEAT + HEARTBEAT[2:] + "55" * 21 + HEARTBEAT)
    assert [one.get("msg_id") if "error" not in one else one["error"] for one in told["frames"]] == [
        "0x0002",
        "0x0002",
        "checksum",
        "0x0002",
    ]


@given(st.one_of(st.text(max_size=80), st.binary(max_size=120).map(lambda raw: f"7e{raw.hex()}7e")))
def test_any_line_has_an_answer_that_is_json(line: str) -> None:
    assert json.loads(json.dumps(describe(line)))
