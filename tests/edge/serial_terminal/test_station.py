"""The platform's side of a line: what is heard, what is answered, and to whom nothing is promised."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.serial_terminal.jt808 import downlink
from edge.serial_terminal.jt808.header import Header
from edge.serial_terminal.jt808.heard import Heard
from edge.serial_terminal.jt808.packages import ASK_AFTER_MS, GAP_MAX_MS
from edge.serial_terminal.jt808.station import Station
from tests.edge.serial_terminal.doubles import (
    CODE,
    KNOWN,
    NOON_MS,
    STRANGER,
    FixedList,
    batch,
    frame,
    packet,
    read,
    report,
    said,
)

REGISTRATION = {
    "province": 15,
    "city": 2922,
    "maker": "MAKER",
    "model": "MODEL",
    "terminal_id": "0000007",
    "plate_color": 1,
    "plate": "蒙M10001",
}
AUTHENTICATION = {"auth_code": CODE, "imei": "860000000000001", "software": "1.0"}
OK, FAILURE, UNSUPPORTED = 0, 1, 3


def heard(stream: bytes, *, station: Station | None = None, at_ms: int = NOON_MS) -> list[Heard]:
    return (station or Station(FixedList())).receive(stream, at_ms)


# Input × who sends it → kind, and the general answer's result (None: another answer, or none at all)
BOARD = [
    (0x0002, b"", KNOWN, "heartbeat", OK),
    (0x0002, b"\x64", KNOWN, "heartbeat", OK),  # a vendor's body changes nothing
    (0x0002, b"", STRANGER, "refused", FAILURE),
    (0x0003, b"", KNOWN, "unregistered", OK),
    (0x0200, report(), KNOWN, "position", OK),  # before authentication, as terminals in the field do
    (0x0200, report(), STRANGER, "refused", FAILURE),
    (0x0200, report()[:20], KNOWN, "position", OK),  # too short for a position, still answered
    (0x0201, b"\x00\x07" + report(), KNOWN, "position", OK),
    (0x0704, batch(report(), report()), KNOWN, "batch", OK),
    (0x0702, b"\x02\x26\x09\x24\x12\x00\x00", KNOWN, "driver", OK),
    (0x0900, b"\xf0\x01", KNOWN, "other", OK),
    (0x0104, b"\x00\x01\x00", KNOWN, "answer", OK),
    (0x0001, b"\x00\x01\x83\x00\x00", KNOWN, "answer", None),
    (0x0001, b"\x00\x01\x83\x00\x00", STRANGER, "refused", None),
    (0x0F01, b"\x01\x02\x03", KNOWN, "unknown", UNSUPPORTED),
    (0xE123, b"\x01", KNOWN, "unknown", UNSUPPORTED),  # vendors' own, upwards
    (0x0102, b"wrong", KNOWN, "refused", FAILURE),
    (0x0102, CODE.encode(), KNOWN, "authenticated", OK),
    (0x0102, CODE.encode(), STRANGER, "refused", FAILURE),
]


@pytest.mark.parametrize("version", [2013, 2019])
@pytest.mark.parametrize(("msg_id", "body", "phone", "kind", "result"), BOARD)
def test_each_message_is_heard_as_what_it_is_and_answered_as_the_standard_says(
    msg_id: int, body: bytes, phone: str, kind: str, result: int | None, version: int
) -> None:
    (message,) = heard(frame(msg_id, body, phone=phone, version=version, serial=513))
    assert (message.kind, message.msg_id, message.serial, message.version) == (kind, msg_id, 513, version)
    expected = {"ack_serial": 513, "ack_id": f"0x{msg_id:04x}", "result": result}
    assert said(message.answer) == ([] if result is None else [(0x8001, expected)])
    assert message.raw == body


def test_a_stranger_has_no_positions_and_is_counted() -> None:
    station = Station(FixedList())
    (message,) = heard(frame(0x0200, report(), phone=STRANGER), station=station)
    assert message.positions == ()
    assert station.counters.refused == 1


@pytest.mark.parametrize(
    ("phone", "plate", "answer", "kind"),
    [
        (KNOWN, "蒙M10001", {"ack_serial": 1, "result": 0, "auth_code": CODE}, "registered"),
        (KNOWN, "蒙M1000X", {"ack_serial": 1, "result": 1}, "refused"),
        (STRANGER, "蒙M10001", {"ack_serial": 1, "result": 4}, "refused"),
    ],
)
@pytest.mark.parametrize("version", [2013, 2019])
def test_registration_gets_the_code_or_the_lists_reason(
    phone: str, plate: str, answer: dict[str, object], kind: str, version: int
) -> None:
    allowlist = FixedList()
    (message,) = heard(
        frame(0x0100, REGISTRATION | {"plate": plate}, phone=phone, version=version), station=Station(allowlist)
    )
    assert said(message.answer) == [(0x8100, answer)]
    assert (message.kind, message.body["plate"]) == (kind, plate)
    assert allowlist.asked == [(message.phone, plate, "0000007", version)]


@pytest.mark.parametrize("version", [2013, 2019])
def test_a_terminal_counts_as_authenticated_from_its_right_code_until_it_unregisters(version: int) -> None:
    station = Station(FixedList())
    first, last = frame(0x0002, version=version), frame(0x0003, version=version)
    seen = heard(first + frame(0x0102, AUTHENTICATION, version=version) + first + last + first, station=station)
    assert [message.authenticated for message in seen] == [False, True, True, False, False]


def test_answers_go_to_the_same_phone_in_the_same_edition_with_serials_of_our_own() -> None:
    station = Station(FixedList())
    seen = heard(
        frame(0x0002, serial=7) + frame(0x0002, version=2019, serial=9) + frame(0x0002, serial=8), station=station
    )
    headers = [answer.header for message in seen for answer in read(message.answer)]
    assert [(header.phone, header.version, header.serial) for header in headers] == [
        (KNOWN, 2013, 0),
        (KNOWN.zfill(20), 2019, 0),
        (KNOWN, 2013, 1),
    ]


def test_a_terminal_that_lies_about_its_header_is_answered_in_the_one_it_uses() -> None:
    lying = frame(0x0002)[1:-2]
    lying = lying[:2] + b"\x40" + lying[3:]
    (message,) = heard(b"\x7e" + lying + bytes((0xA9 ^ 0x40,)) + b"\x7e")
    assert message.version == 2013
    assert read(message.answer)[0].header.phone == KNOWN


def test_our_serials_wrap_round() -> None:
    station = Station(FixedList())
    heard(frame(0x0002), station=station)
    station.sessions[KNOWN].serial = 65535
    seen = heard(frame(0x0002) + frame(0x0002), station=station)
    assert [read(message.answer)[0].header.serial for message in seen] == [65535, 0]


def test_positions_carry_the_alarms_and_items_of_their_reports() -> None:
    (message,) = heard(frame(0x0200, report(alarm=1 << 8)))
    (position,) = message.positions
    assert (position.lat, position.lon, position.alarm_bits, position.odometer_km) == (39.2165, 101.6666, 256, 48210.0)
    assert position.device_time_ms == NOON_MS


def test_a_batch_keeps_the_sound_items_whatever_its_count_says() -> None:
    body = b"\x00\x09\x01" + batch(report(NOON_MS - 60_000), report()[:9], report())[3:] + b"\x00\xff\x01"
    (message,) = heard(frame(0x0704, body))
    assert [position.device_time_ms for position in message.positions] == [NOON_MS - 60_000, NOON_MS]
    assert message.partial
    assert dict(message.body) == {"count": 9, "type": 1}


def test_the_clock_of_a_terminal_is_compared_with_ours_but_not_by_a_batch_of_old_reports() -> None:
    station = Station(FixedList())
    heard(frame(0x0200, report(NOON_MS - 90_000)) + frame(0x0704, batch(report(NOON_MS - 9_000_000))), station=station)
    assert station.sessions[KNOWN].clock_offset_ms == -90_000


def test_a_terminal_that_asks_the_time_is_told_utc() -> None:
    (message,) = heard(frame(0x0004, version=2019))
    assert said(message.answer) == [(0x8004, {"utc_bcd": "260924040000"})]


def test_an_encrypted_body_is_kept_and_answered_as_not_supported() -> None:
    plain = bytearray(frame(0x0200, report())[1:-2])
    plain[2] |= 0x04
    (message,) = heard(b"\x7e" + _checked(bytes(plain)) + b"\x7e")
    assert (message.kind, said(message.answer)[0][1]["result"]) == ("unknown", UNSUPPORTED)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda line: line[:9] + bytes((line[9] ^ 4,)) + line[10:], "checksum"),
        (lambda line: line[:9] + b"\x7d\x09" + line[9:], "escape"),
        (lambda line: line[:6] + b"\x7e", "short"),
        (lambda line: b"\x7e" + bytes(13) + b"\x7e", "no_id"),
        (lambda line: b"\x7e" + _checked(line[1:-2] + b"\x01") + b"\x7e", "length"),
    ],
)
def test_a_damaged_frame_is_counted_by_reason_and_never_answered(damage: object, reason: str) -> None:
    station = Station(FixedList())
    assert callable(damage)
    assert heard(damage(frame(0x0002)), station=station) == []
    assert dict(station.counters.bad) == {reason: 1}
    assert (station.counters.received, station.counters.good) == (1, 0)


def test_our_own_frames_come_back_as_echoes_and_other_platforms_as_foreign() -> None:
    station = Station(FixedList())
    (message,) = heard(frame(0x0002), station=station)
    assert heard(message.answer or b"", station=station) == []
    assert heard(frame(0x8001, b"\x00\x01\x00\x02\x00", serial=999), station=station) == []
    assert (station.counters.echoes, station.counters.foreign, station.counters.received) == (1, 1, 2)


class TestMessagesInPackets:
    BODY = batch(*(report(NOON_MS - 1000 * n) for n in range(4)))
    PARTS = (BODY[:50], BODY[50:90], BODY[90:])

    def packets(self) -> list[bytes]:
        return [packet(0x0704, part, 3, index, serial=20 + 2 * index) for index, part in enumerate(self.PARTS, 1)]

    def test_it_is_answered_once_whole_for_every_packet_because_parts_could_be_lost_with_us(self) -> None:
        station = Station(FixedList())
        first, second, third = self.packets()
        early = heard(third + first + third, station=station)
        assert [(message.kind, message.answer) for message in early] == [("packet", None)] * 3
        (whole,) = heard(second, station=station)
        assert (whole.kind, len(whole.positions)) == ("batch", 4)
        assert [facts["ack_serial"] for _, facts in said(whole.answer)] == [22, 24, 26]

    def test_missing_packets_are_asked_for(self) -> None:
        station = Station(FixedList())
        heard(frame(0x0002) + self.packets()[0] + self.packets()[2], station=station)
        assert station.due(NOON_MS) == []
        (request,) = station.due(NOON_MS + ASK_AFTER_MS)
        assert said(request) == [(0x8003, {"serial": 22, "ids": [2]})]

    def test_what_never_becomes_whole_is_counted(self) -> None:
        station = Station(FixedList())
        heard(self.packets()[0], station=station)
        station.due(NOON_MS + GAP_MAX_MS + 1)
        assert station.counters.given_up == 1

    def test_strangers_begin_no_message(self) -> None:
        (message,) = heard(packet(0x0704, self.PARTS[0], 3, 1, serial=5, phone=STRANGER))
        assert message.kind == "refused"

    def test_a_broken_line_forgets_half_a_message(self) -> None:
        station = Station(FixedList())
        first, second, third = self.packets()
        heard(first + second + third[:20], station=station)
        station.reset()
        assert [message.kind for message in heard(third, station=station)] == ["packet"]

    def test_a_picture_is_answered_with_its_id_and_no_empty_list(self) -> None:
        media = (77).to_bytes(4, "big") + bytes(4) + bytes(40)
        (_, whole) = heard(packet(0x0801, media[:20], 2, 1, serial=1) + packet(0x0801, media[20:], 2, 2, serial=2))
        assert said(whole.answer) == [(0x8800, {"media_id": 77})]


def test_a_question_goes_down_to_a_terminal_that_was_heard_and_to_no_other() -> None:
    station = Station(FixedList())
    heard(frame(0x0002, version=2019), station=station)
    (message,) = read(station.send(KNOWN.zfill(20), 0x8300, {"flag": 4, "text_type": 1, "text": "请回电调度室"}))
    assert (message.header.version, message.facts["text"]) == (2019, "请回电调度室")
    with pytest.raises(KeyError):
        station.send(STRANGER, 0x8201, {})


def test_sessions_are_bounded_and_the_one_silent_longest_gives_way() -> None:
    line = downlink.Downlink()
    for number in range(downlink.SESSIONS_MAX + 1):
        line.session(Header(2, f"{number:012}", 1), NOON_MS)
    assert len(line.sessions) == downlink.SESSIONS_MAX
    assert f"{0:012}" not in line.sessions


@given(st.lists(st.one_of(st.binary(max_size=80), st.just(frame(0x0200, report())), st.just(b"\x7e")), max_size=12))
def test_no_bytes_make_a_station_raise_and_every_sound_report_between_delimiters_is_heard(parts: list[bytes]) -> None:
    station = Station(FixedList())
    seen = [message for part in parts for message in station.receive(part, NOON_MS)]
    assert sum(message.kind == "position" for message in seen) >= parts.count(frame(0x0200, report()))


@given(st.data())
def test_bytes_cut_anywhere_are_heard_the_same(data: st.DataObject) -> None:
    stream = frame(0x0002) + b"noise" + frame(0x0200, report()) + frame(0x0704, batch(report(), report()))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    station = Station(FixedList())
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert [message for piece in pieces for message in station.receive(piece, NOON_MS)] == heard(stream)


def _checked(payload: bytes) -> bytes:
    code = 0
    for byte in payload:
        code ^= byte
    return payload + bytes((code,))
