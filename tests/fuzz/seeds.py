"""Where fuzzing starts: sound frames of each protocol, written from the standards."""

from __future__ import annotations

from edge.serial_terminal.gbt19056 import block
from edge.serial_terminal.gbt19056.block import Block
from edge.serial_terminal.gbt19056.records import RANGES, record_size
from edge.serial_terminal.jt808.location import bcd_time
from edge.serial_terminal.jt808.messages import TABLES
from edge.serial_terminal.meshtastic.protobuf import fixed32, nested, single, varint
from edge.serial_terminal.nmea.frame import encode as sentence
from edge.serial_terminal.rdss import binary
from edge.serial_terminal.rdss.frame import Binary, encode_binary
from tests.edge.serial_terminal.doubles import NOON_MS, batch, frame, packet, report
from tests.edge.serial_terminal.meshtastic.radios import from_radio, position
from tests.edge.serial_terminal.meshtastic.radios import packet as said

NMEA = (
    "GNRMC,040000.00,A,3912.9900,N,10139.9960,E,19.708,90.0,240926,,,A",
    "BDGGA,040000.00,3912.9900,N,10139.9960,E,1,13,0.8,1500.4,M,,M,,",
    "GNGSA,A,3,03,05,30,,,,,,,,,,1.07,0.57,0.91,4",
    "GBGSV,1,1,02,401,27,090,,13,19,016,41,1",
    "GNGNS,040000.00,3912.9900,N,10139.9960,E,AANN,13,0.8,1500.4,,,",
    "GNGLL,3912.9900,N,10139.9960,E,040000.00,A",
    "GNVTG,90.0,T,,M,19.708,N,36.5,K,A",
    "GNZDA,040000,24,09,2026,,",
    "GNTXT,01,01,01,ANTENNA OPEN",
)
RDSS = (
    "BDICI,0242286,00242286,0000011,6,60,3,N,0",
    "BDBSI,02,03,0,0,3,0,2,0,4,0,0,1",
    "BDTXR,1,0242286,2,,A4C4E3BAC3",
    "BDDWR,1,0242286,040000.00,3912.9900,N,10139.9960,E,1500,M",
)

SEEDS: dict[str, list[bytes]] = {
    "jt808": [
        frame(0x0200, report()),
        frame(0x0200, report(), version=2019),
        frame(0x0704, batch(report(), report())),
        packet(0x0801, b"\x01\x02", 2, 1, serial=9) + packet(0x0801, b"\x03", 2, 2, serial=10),
        *(msg_id.to_bytes(2, "big") + bytes(40) for msg_id in TABLES),
        b"\x02\x00" + report(),
        *(
            frame(msg_id, size * b"\x01", version=version)
            for msg_id in TABLES
            for version in (2013, 2019)
            for size in (0, 40)
        ),
    ],
    "nmea": [*(text.encode() for text in NMEA), b"".join(map(sentence, NMEA)), b"$" + sentence(NMEA[0])],
    "meshtastic": [
        position(),
        said(67, nested(2, varint(1, 87), single(2, 4.05)), nested(3, single(1, -4.5))),
        said(1, b"text"),
        from_radio(4, varint(1, 7), nested(2, nested(2, b"name")), nested(3, fixed32(1, 1), fixed32(2, 2))),
        from_radio(3, varint(1, 7)),
    ],
    "gbt19056": [
        block.encode(Block(command, bcd_time(NOON_MS) + bytes(record_size(command) - 6))) for command in sorted(RANGES)
    ]
    + [block.encode(Block(command, bytes(42))) for command in range(8)]
    + [bytes((command,)) + bcd_time(NOON_MS) + bytes(record_size(command) - 6) for command in sorted(RANGES)]
    + [block.encode(Block(0xFA, b"")), block.encode(Block(8, bcd_time(NOON_MS) * 2 + b"\0\1", question=True))],
    "rdss": [
        *map(sentence, RDSS),
        *(text.encode() for text in RDSS),
        *(encode_binary(Binary(name, 242_286, bytes(20))) for name in binary.TABLES),
    ],
}
