"""What terminals say, made up for the measurements: seeded, so that every run measures the same bytes.

Rule kept here: frames look like a vehicle's: it drives on, its phone is its own, escapes occur as often as they do, and
the items are those nearly every terminal sends (odometer, fuel, recorder speed, signal, satellites).
"""

from __future__ import annotations

from random import Random

from edge.serial_terminal.jt808 import header as headers
from edge.serial_terminal.jt808 import location
from edge.serial_terminal.jt808.frame import encode
from edge.serial_terminal.jt808.header import Header
from edge.serial_terminal.jt808.location import Location
from edge.serial_terminal.nmea import frame as nmea

FIRST_MS = 1_790_222_400_000  # 2026-09-24, noon in China
FIRST_PHONE = 13_800_138_001
BATCH_SIZE = 20  # records in one 0x0704


class Vehicle:
    """One vehicle with its terminal; the odd ones have a terminal of the 2019 edition."""

    def __init__(self, number: int, seed: int) -> None:
        self.phone = str(FIRST_PHONE + number).zfill(20 if number % 2 else 12)
        self._version = 2019 if number % 2 else 2013
        self._chance = Random(seed * 1000 + number)  # noqa: S311 - the same bytes in every run
        self._lat, self._lon = 39.2 + self._chance.random(), 101.6 + self._chance.random()
        self._odometer, self._serial = self._chance.randrange(4_000_000), 0

    def report(self, at_ms: int, items: bool = True) -> bytes:
        """The body of a 0x0200 at that time, a little further on; with four items or with the odometer alone."""
        chance = self._chance
        self._lat += chance.uniform(-2e-4, 3e-4)
        self._lon += chance.uniform(-2e-4, 3e-4)
        self._odometer += chance.randrange(3)
        speed, odometer = chance.randrange(1200), (0x01, self._odometer.to_bytes(4, "big"))
        others = (
            (0x02, chance.randrange(300, 700).to_bytes(2, "big")),
            (0x30, bytes((chance.randrange(10, 32),))),
            (0x31, bytes((chance.randrange(6, 25),))),
        )
        return location.write(
            Location(
                alarm=0,
                status=location.ACC | location.FIX,
                lat=self._lat,
                lon=self._lon,
                alt_m=chance.randrange(900, 1600),
                speed_tenths=speed,
                course=chance.randrange(360),
                time=location.bcd_time(at_ms),
                items=(odometer, *others) if items else (odometer,),
            )
        )

    def frame(self, msg_id: int, body: bytes) -> bytes:
        """One message of this vehicle's terminal, as it goes on the line."""
        header = Header(msg_id, self.phone, self._serial, self._version)
        self._serial = (self._serial + 1) & 0xFFFF
        return encode(headers.build(header, body))


def location_frames(count: int, vehicles: int = 20, seed: int = 1) -> list[bytes]:
    """Frames of 0x0200, each with four items, the vehicles in turn, a second apart."""
    fleet = [Vehicle(number, seed) for number in range(vehicles)]
    return [
        fleet[number % vehicles].frame(0x0200, fleet[number % vehicles].report(FIRST_MS + number // vehicles * 1000))
        for number in range(count)
    ]


def batch_frames(count: int, seed: int = 1) -> list[bytes]:
    """Frames of 0x0704, BATCH_SIZE records each, stored in a radio hole every ten seconds."""
    vehicle, frames = Vehicle(0, seed), []
    for number in range(count):
        start_ms = FIRST_MS + number * BATCH_SIZE * 10_000
        records = [vehicle.report(start_ms + 10_000 * record, items=False) for record in range(BATCH_SIZE)]
        body = b"".join(len(record).to_bytes(2, "big") + record for record in records)
        frames.append(vehicle.frame(0x0704, BATCH_SIZE.to_bytes(2, "big") + b"\x01" + body))
    return frames


def nmea_sentences(epochs: int, seed: int = 1) -> tuple[bytes, int]:
    """A receiver's stream at 1 Hz and its count: RMC, GGA, VTG, two GSA and four GSV an epoch."""
    chance, texts = Random(seed), []  # noqa: S311 - the same bytes in every run
    for epoch in range(epochs):
        time = f"{epoch // 3600 % 24:02d}{epoch // 60 % 60:02d}{epoch % 60:02d}.00"
        where = f"39{chance.uniform(10, 59):08.5f},N,101{chance.uniform(10, 59):08.5f},E"
        knots, course = f"{chance.uniform(0, 60):.3f}", f"{chance.uniform(0, 359):.2f}"
        texts += [
            f"GNRMC,{time},A,{where},{knots},{course},240926,,,A,V",
            f"GNGGA,{time},{where},1,{chance.randrange(6, 25):02d},0.{chance.randrange(50, 99)},1204.1,M,-38.2,M,,",
            f"GNVTG,{course},T,,M,{knots},N,{chance.uniform(0, 110):.3f},K,A",
            "GNGSA,A,3,03,05,07,13,15,27,30,,,,,,1.07,0.57,0.91,1",
            "GNGSA,A,3,01,03,06,09,14,21,22,,,,,,1.07,0.57,0.91,4",
        ]
        for talker in ("GP", "GB"):
            for part in (1, 2):
                sky = ",".join(
                    f"{chance.randrange(1, 40):02d},{chance.randrange(90):02d},{chance.randrange(360):03d},"
                    f"{chance.randrange(18, 50):02d}"
                    for _ in range(4)
                )
                texts.append(f"{talker}GSV,2,{part},08,{sky},1")
    return b"".join(map(nmea.encode, texts)), len(texts)
