"""Receivers and radios on a line: heard, counted and stored like terminals, and never asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec
import pytest

from cable.line import Line
from edge.serial_terminal.jt808.heard import Heard
from edge.serial_terminal.listen import Conversation, Listener
from edge.serial_terminal.meshtastic.protobuf import nested, single, varint
from edge.serial_terminal.meshtastic.stream import WAKE
from edge.serial_terminal.nmea.frame import encode
from edge.serial_terminal.receivers import KEEP_EVERY_MS, MeshtasticStation, NmeaStation
from edge.serial_terminal.simulator.pseudo import PseudoPort
from edge.settings import Line as LineSettings
from tests.edge.serial_terminal.doubles import KNOWN, NOON_MS, HandClock
from tests.edge.serial_terminal.meshtastic.radios import NODE_ID, STRANGER, packet, position

pytestmark = pytest.mark.anyio
PLATE = "MA0001"


def phone_of(plate: str) -> str:
    return KNOWN.lstrip("0") if plate == PLATE else ""


def plate_of(phone: str) -> str:
    return PLATE if phone == NODE_ID else ""


def rmc(second: int, status: str = "A") -> bytes:
    return encode(f"GNRMC,0400{second:02d}.00,{status},3912.9900,N,10139.9960,E,19.708,90.0,240926,,,A")


def drive(station: NmeaStation, seconds: Sequence[int], status: str = "A") -> list[Heard]:
    return [heard for second in seconds for heard in station.receive(rmc(second, status), NOON_MS + second * 1000)]


def test_a_receivers_place_is_reported_under_its_vehicles_terminal() -> None:
    (heard,) = drive(NmeaStation(PLATE, phone_of), [0, 1])
    assert (heard.phone, heard.kind, heard.answer) == (KNOWN.lstrip("0"), "position", None)
    assert [(place.lat, place.device_time_ms) for place in heard.positions] == [(39.2165, NOON_MS)]
    assert heard.body["lat"] == 39.2165


def test_a_vehicle_that_is_not_on_the_register_is_refused_and_shown() -> None:
    station = NmeaStation("MA9999", phone_of)
    (heard,) = drive(station, [0, 1])
    assert (heard.phone, heard.kind, heard.body["plate"]) == ("MA9999", "refused", "MA9999")
    assert station.counters.refused == 1


def test_one_report_in_a_while_is_kept_and_every_change_of_the_fix() -> None:
    station = NmeaStation(PLATE, phone_of)
    kept = drive(station, range(KEEP_EVERY_MS // 1000 + 2))
    assert [place.device_time_ms for heard in kept for place in heard.positions] == [NOON_MS, NOON_MS + KEEP_EVERY_MS]
    (lost,) = drive(station, [12, 13], status="V")
    assert (lost.positions[0].fix, lost.positions[0].device_time_ms) == (False, NOON_MS + 12_000)


def test_the_last_place_before_a_silence_is_not_lost() -> None:
    station = NmeaStation(PLATE, phone_of)
    assert station.receive(rmc(0), NOON_MS) == []
    (heard,) = station.receive(b"", NOON_MS + 5_000)
    assert heard.positions[0].device_time_ms == NOON_MS


def test_what_was_damaged_is_counted_as_on_any_line() -> None:
    station = NmeaStation(PLATE, phone_of)
    station.receive(b"$GNRMC,1*00\r\n" + rmc(0), NOON_MS)
    assert (station.counters.good, dict(station.counters.bad)) == (1, {"checksum": 1})
    station.reset()
    assert station.receive(rmc(1), NOON_MS) == []


def test_a_nodes_place_text_and_battery_come_under_its_id() -> None:
    station = MeshtasticStation(plate_of)
    battery = packet(67, nested(2, varint(1, 87), single(2, 4.05)))
    heard = station.receive(position() + packet(1, b"here") + battery, NOON_MS)
    assert [(one.phone, one.kind, one.raw) for one in heard] == [
        (NODE_ID, "position", b""),
        (NODE_ID, "other", b"here"),
        (NODE_ID, "heartbeat", b""),
    ]
    assert heard[0].positions[0].lat == 39.2165


def test_strangers_of_the_mesh_are_only_counted() -> None:
    station = MeshtasticStation(plate_of)
    assert station.receive(position(STRANGER), NOON_MS) == []
    assert (station.counters.refused, station.counters.good) == (1, 1)


def test_nobody_can_be_asked_on_such_a_line() -> None:
    station = NmeaStation(PLATE, phone_of)
    assert (station.due(0), station.is_idle, station.knows(KNOWN), dict(station.sessions)) == ([], True, False, {})
    with pytest.raises(KeyError):
        station.ask(KNOWN, 0x8201, {})


async def test_a_receiver_and_a_radio_are_heard_on_real_lines_and_the_radio_is_woken() -> None:
    cables, clock, stored, enough = [PseudoPort(), PseudoPort()], HandClock(), list[Heard](), asyncio.Event()

    async def commit(heard: Sequence[Heard]) -> None:
        stored.extend(heard)
        if len(stored) == 2:
            enough.set()

    stations: list[Conversation] = [NmeaStation(PLATE, phone_of), MeshtasticStation(plate_of)]
    listeners = [
        Listener(Line(cable.name, clock), station, commit, clock)
        for cable, station in zip(cables, stations, strict=True)
    ]
    tasks = [asyncio.create_task(listener.run()) for listener in listeners]
    for listener in listeners:
        await listener.line.until("open")
    cables[0].write(rmc(0) + rmc(1))
    cables[1].write(position())
    await enough.wait()
    said = b""
    while not said:
        await asyncio.sleep(0.01)
        said = cables[1].read()
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    for cable in cables:
        cable.close()
    assert {heard.phone for heard in stored} == {NODE_ID, KNOWN.lstrip("0")}
    assert said == WAKE


@pytest.mark.parametrize(
    "wrong",
    [
        {"port": "/dev/ttyS0", "protocol": "nmea"},
        {"port": "/dev/ttyS0", "vehicle": PLATE},
        {"port": "/dev/ttyS0", "protocol": "gbt19056"},
        {"port": "tcp://0.0.0.0:8808", "protocol": "nmea", "vehicle": PLATE},
    ],
)
def test_a_line_that_cannot_be_is_refused_by_its_settings(wrong: dict[str, str]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, LineSettings)


def test_a_line_names_its_protocol() -> None:
    line = msgspec.convert({"port": "/dev/ttyS0", "protocol": "nmea", "vehicle": PLATE}, LineSettings)
    assert (line.protocol, line.vehicle) == ("nmea", PLATE)
    assert msgspec.convert({"port": "/dev/ttyS0"}, LineSettings).protocol == "jt808"
