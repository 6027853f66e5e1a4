"""What a receiver's sentences state, as types.

Rules kept here:
* What a sentence leaves empty is None, never zero.
* Units: degrees (south and west negative), km/h, m; time of day in ms UTC; a date as (year as written, month, day).
Source: NMEA 0183 4.11 and BD 410004, sentence contents.
"""

from __future__ import annotations

from typing import NamedTuple

Date = tuple[int, int, int]


class Rmc(NamedTuple):
    """The recommended minimum: when, where, how fast. `valid` is status A; the year has two digits."""

    talker: str
    time_ms: int | None
    valid: bool
    lat: float | None
    lon: float | None
    speed_kmh: float | None
    course: float | None
    date: Date | None
    mode: str


class Gga(NamedTuple):
    """The fix: `quality` 0 none, 1 GNSS, 2 differential, 4 RTK fixed, 5 RTK float, 6 dead reckoning."""

    talker: str
    time_ms: int | None
    lat: float | None
    lon: float | None
    quality: int | None
    satellites: int | None
    hdop: float | None
    alt_m: float | None


class Gns(NamedTuple):
    """The fix of several systems: `modes` one letter a system, N where it has none."""

    talker: str
    time_ms: int | None
    lat: float | None
    lon: float | None
    modes: str
    satellites: int | None
    hdop: float | None
    alt_m: float | None


class Gll(NamedTuple):
    """Where and when."""

    talker: str
    lat: float | None
    lon: float | None
    time_ms: int | None
    valid: bool


class Gsa(NamedTuple):
    """Satellites in use: `dimensions` of the fix, 1 for none.

    `system` is 1 GPS, 2 GLONASS, 3 Galileo, 4 BeiDou, 5 QZSS.
    """

    talker: str
    dimensions: int | None
    used: tuple[int, ...]
    pdop: float | None
    hdop: float | None
    vdop: float | None
    system: int | None


class Satellite(NamedTuple):
    """One satellite in view: elevation and azimuth in degrees, `snr` in dB-Hz, None when not tracked."""

    number: int | None
    elevation: int | None
    azimuth: int | None
    snr: int | None


class Gsv(NamedTuple):
    """Part `number` of `total` of the satellites in view."""

    talker: str
    total: int | None
    number: int | None
    in_view: int | None
    sky: tuple[Satellite, ...]


class Vtg(NamedTuple):
    """Course over ground, speed."""

    talker: str
    course: float | None
    speed_kmh: float | None


class Zda(NamedTuple):
    """Time and date, the year with four digits."""

    talker: str
    time_ms: int | None
    date: Date | None


class Txt(NamedTuple):
    """Words from the receiver; `antenna` is ok, open or short where they say so, else ""."""

    talker: str
    text: str
    antenna: str


class Other(NamedTuple):
    """A sentence without a reader here, or with fields that cannot be."""

    talker: str
    type: str
    fields: tuple[str, ...]


Said = Rmc | Gga | Gns | Gll | Gsa | Gsv | Vtg | Zda | Txt | Other
