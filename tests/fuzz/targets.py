"""One target for each parser: bytes from the line in, and what must hold whatever they are.

Rules kept here:
* A parser never raises, and what it says is JSON without NaN.
* How the stream is cut into reads never changes what is said.
* Each is also given the bytes as the content of sound frames: a check code is not guessed by mutation.
* What waits for more is bounded, so an hour of garbage holds no more memory than a second of it.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterator

from edge.serial_terminal.facts import Facts, Telling
from edge.serial_terminal.gbt19056 import describe as gbt19056
from edge.serial_terminal.gbt19056.block import Block
from edge.serial_terminal.gbt19056.block import encode as gbt19056_block
from edge.serial_terminal.gbt19056.records import RANGES, positions
from edge.serial_terminal.jt808 import describe as jt808
from edge.serial_terminal.jt808 import header as headers
from edge.serial_terminal.jt808.frame import encode as jt808_frame
from edge.serial_terminal.jt808.header import Header
from edge.serial_terminal.jt808.station import Station
from edge.serial_terminal.meshtastic import describe as meshtastic
from edge.serial_terminal.meshtastic.radio import Radio
from edge.serial_terminal.meshtastic.stream import encode as meshtastic_frame
from edge.serial_terminal.nmea import describe as nmea
from edge.serial_terminal.nmea.frame import encode as nmea_sentence
from edge.serial_terminal.nmea.receiver import Receiver
from edge.serial_terminal.rdss import describe as rdss
from edge.serial_terminal.rdss.binary import TABLES
from edge.serial_terminal.rdss.frame import Binary, encode_binary
from edge.serial_terminal.rdss.messenger import Messenger
from edge.serial_terminal.xor import checksum
from tests.edge.serial_terminal.doubles import NOON_MS, FixedList
from tests.edge.serial_terminal.meshtastic.radios import packet as said

WAITING_MAX = 16_384  # bytes of a decoder's whole state, pickled
HEADER_2019 = Header(0, "00000000013800138000", 1, 2019)
CUTS = (1, 2, 3, 5, 7, 11, 64, 250)


def slices(data: bytes) -> Iterator[bytes]:
    """The data cut up; its own first byte says how."""
    size = CUTS[data[0] % len(CUTS)] if data else 1
    return (data[at : at + size] for at in range(0, len(data), size))


def told(telling: Telling, reads: Iterator[bytes]) -> list[Facts]:
    """What is told of some reads, whole."""
    said = [facts for read in reads for facts in telling.receive(read, NOON_MS)]
    assert len(pickle.dumps(telling)) < WAITING_MAX
    said += telling.finish(NOON_MS)
    json.dumps(said, allow_nan=False)
    return said


def telling(make: Callable[[], Telling]) -> Callable[[bytes], None]:
    """A target: the protocol's own telling, whole and in slices."""

    def run(data: bytes) -> None:
        assert told(make(), iter((data,))) == told(make(), slices(data))

    return run


def jt808_station(data: bytes) -> None:
    """A station answers whatever it hears, and its answers are frames."""
    station = Station(FixedList())
    for read in slices(data):
        for heard in station.receive(read, NOON_MS):
            assert heard.answer is None or heard.answer.startswith(b"\x7e")
        station.due(NOON_MS)


def jt808_line(data: bytes) -> None:
    """A line of a captured file, of any text."""
    json.dumps(jt808.describe(data.decode("latin-1")), allow_nan=False)
    json.dumps(jt808.describe(f"7e{data.hex()}7e"), allow_nan=False)


def nmea_receiver(data: bytes) -> None:
    """The fixes of a receiver are positions or none."""
    receiver = Receiver()
    fixes = [fix for read in slices(data) for fix in receiver.receive(read, NOON_MS)]
    for fix in [*fixes, receiver.due(NOON_MS + 1000)]:
        assert fix is None or fix.position is None or fix.position.lat is not None


def meshtastic_radio(data: bytes) -> None:
    """A radio is asked and heard, whatever it says."""
    radio = Radio(lambda node: "" if node == "!00000000" else "MA0001")
    for number, read in enumerate(slices(data)):
        radio.receive(read, number)
        radio.due(number * 1000)


def rdss_messenger(data: bytes) -> None:
    """A module is asked, sent to and heard, whatever it says."""
    messenger = Messenger()
    messenger.send(1, "x")
    for number, read in enumerate(slices(data)):
        for facts in messenger.receive(read, number):
            rdss.position(facts, NOON_MS)
        messenger.due(number * 60_000)


def jt808_sound(data: bytes) -> None:
    """The bytes as a header and body, or as a body of the message their first two bytes name."""
    run, body = telling(jt808.Telling), data[2:1025]
    header = Header(int.from_bytes(data[:2], "big"), "013800138000", 1)
    for payload in (
        data[:1040],
        headers.build(header, body),
        headers.build(HEADER_2019._replace(msg_id=header.msg_id), body),
    ):
        run(jt808_frame(payload))
        jt808_station(b"\x07" + jt808_frame(payload))


def nmea_sound(data: bytes) -> None:
    """The bytes as a sentence."""
    stream = nmea_sentence(data.decode("latin-1").replace("*", "").replace("$", ""))
    telling(nmea.Telling)(stream)
    nmea_receiver(b"\x07" + stream)


def meshtastic_sound(data: bytes) -> None:
    """The bytes as a message, and as what a known node says on the port their first byte names."""
    port, payload = data[:1] or b"\1", data[1:400]
    for frame in (meshtastic_frame(data[:512]), said(port[0], payload)):
        telling(meshtastic.Telling)(frame)
        meshtastic_radio(b"\x07" + frame)


def gbt19056_sound(data: bytes) -> None:
    """The bytes as the data of the block their first byte names, a question or an answer."""
    command, content = data[0] if data else 0, data[1:4000]
    for question in (False, True):
        telling(gbt19056.Telling)(gbt19056_block(Block(command, content, question)))
    if command in RANGES:
        positions(command, content)


def rdss_sound(data: bytes) -> None:
    """The bytes as the content of the frame their first byte names, and as a sentence."""
    name = sorted(TABLES)[(data[0] if data else 0) % len(TABLES)]
    for stream in (encode_binary(Binary(name, 1, data[1:1000])), b"$" + data + b"*%02X" % checksum(data[:1000])):
        telling(rdss.Telling)(stream)
        rdss_messenger(b"\x07" + stream)


def both(*targets: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """Several targets on the same bytes."""

    def run(data: bytes) -> None:
        for target in targets:
            target(data)

    return run


TARGETS: dict[str, Callable[[bytes], None]] = {
    "jt808": both(telling(jt808.Telling), jt808_station, jt808_line, jt808_sound),
    "nmea": both(telling(nmea.Telling), nmea_receiver, nmea_sound),
    "meshtastic": both(telling(meshtastic.Telling), meshtastic_radio, meshtastic_sound),
    "gbt19056": both(telling(gbt19056.Telling), gbt19056_sound),
    "rdss": both(telling(rdss.Telling), rdss_messenger, rdss_sound),
}
