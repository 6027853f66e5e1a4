"""The NMEA sentences a vehicle's receiver sends, read into typed facts.

Rules kept here:
* The type is the last three letters; the talker before them says only which satellites were used: RMC comes as GN, GP,
  BD and GB alike.
* An empty field is None, never zero. A sentence with fields that cannot be is `Other`, like one without a reader: kept
  as it came, counted, never an error.
Source: NMEA 0183 4.11 and BD 410004, sentence contents. TXT's antenna wording is the receiver makers' own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from edge.serial_terminal.nmea.said import (
    Date,
    Gga,
    Gll,
    Gns,
    Gsa,
    Gsv,
    Other,
    Rmc,
    Said,
    Satellite,
    Txt,
    Vtg,
    Zda,
)

KMH_PER_KNOT = 1.852
_new = tuple.__new__  # what a NamedTuple's own constructor calls, without its argument handling


class _Numbers(dict[str, Any]):
    """Small numbers as receivers write them, looked up instead of converted; any other text is converted."""

    def __missing__(self, text: str) -> int:
        return int(text)


_number = _Numbers({f"{n:0{width}d}": n for width in (1, 2, 3) for n in range(1000)} | {"": None}).__getitem__


def _real(text: str) -> float | None:
    if not text:
        return None
    value = float(text)
    if value - value != 0:
        raise ValueError(text)  # float() reads "nan" and "inf"
    return value


@lru_cache(maxsize=64)  # several sentences of one moment say the same
def _degrees(text: str, hemisphere: str) -> float | None:
    if not text:
        return None
    value = float(text)
    whole = int(value) // 100
    degrees = whole + (value - 100 * whole) / 60
    return -degrees if hemisphere == "S" or hemisphere == "W" else degrees


@lru_cache(maxsize=64)
def _time_ms(text: str) -> int | None:
    if not text:
        return None
    hour, minute, second = int(text[:2]), int(text[2:4]), float(text[4:])
    if not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second < 61):
        raise ValueError(text)
    return (hour * 60 + minute) * 60_000 + round(second * 1000)


@lru_cache(maxsize=64)
def _ddmmyy(text: str) -> Date | None:
    return (int(text[4:]), int(text[2:4]), int(text[:2])) if text else None


def _kmh(knots: str) -> float | None:
    speed = _real(knots)
    return None if speed is None else round(speed * KMH_PER_KNOT, 3)


def _rmc(talker: str, fields: list[str]) -> Rmc:
    return _new(
        Rmc,
        (
            talker,
            _time_ms(fields[1]),
            fields[2] == "A",
            _degrees(fields[3], fields[4]),
            _degrees(fields[5], fields[6]),
            _kmh(fields[7]),
            _real(fields[8]),
            _ddmmyy(fields[9]),
            fields[12] if len(fields) > 12 else "",
        ),
    )


def _gga(talker: str, fields: list[str]) -> Gga:
    return _new(
        Gga,
        (
            talker,
            _time_ms(fields[1]),
            _degrees(fields[2], fields[3]),
            _degrees(fields[4], fields[5]),
            _number(fields[6]),
            _number(fields[7]),
            _real(fields[8]),
            _real(fields[9]),
        ),
    )


def _gns(talker: str, fields: list[str]) -> Gns:
    return Gns(
        talker,
        _time_ms(fields[1]),
        _degrees(fields[2], fields[3]),
        _degrees(fields[4], fields[5]),
        fields[6],
        _number(fields[7]),
        _real(fields[8]),
        _real(fields[9]),
    )


def _gll(talker: str, fields: list[str]) -> Gll:
    valid = len(fields) > 6 and fields[6] == "A"
    time = fields[5] if len(fields) > 5 else ""
    return Gll(talker, _degrees(fields[1], fields[2]), _degrees(fields[3], fields[4]), _time_ms(time), valid)


def _gsa(talker: str, fields: list[str]) -> Gsa:
    system = fields[18] if len(fields) > 18 else ""
    return _new(
        Gsa,
        (
            talker,
            _number(fields[2]),
            tuple([_number(number) for number in fields[3:15] if number]),
            _real(fields[15]),
            _real(fields[16]),
            _real(fields[17]),
            int(system, 16) if len(system) == 1 else None,  # some receivers put a fraction there
        ),
    )


def _gsv(talker: str, fields: list[str]) -> Gsv:
    last = len(fields) - len(fields) % 4  # what is over is the signal's number, in newer receivers
    numbers = map(_number, fields[1:last])
    total, number, in_view = next(numbers), next(numbers), next(numbers)
    fours = zip(numbers, numbers, numbers, numbers, strict=False)  # whole ones by `last`; strict would cost a tenth
    return _new(Gsv, (talker, total, number, in_view, tuple([_new(Satellite, four) for four in fours])))


def _vtg(talker: str, fields: list[str]) -> Vtg:
    speed = _real(fields[7]) if len(fields) > 7 and fields[7] else _kmh(fields[5])
    return Vtg(talker, _real(fields[1]), speed)


def _zda(talker: str, fields: list[str]) -> Zda:
    date = (int(fields[4]), int(fields[3]), int(fields[2])) if fields[4] else None
    return Zda(talker, _time_ms(fields[1]), date)


_ANTENNA = {"OPEN": "open", "SHORT": "short", "OK": "ok"}


def _txt(talker: str, fields: list[str]) -> Txt:
    text = ",".join(fields[4:])
    words = text.upper().replace("=", " ").split()
    about = bool(words) and (words[0] == "ANTENNA" or words[0] == "ANTSTATUS")
    return Txt(talker, text, next((_ANTENNA[word] for word in words[1:] if word in _ANTENNA), "") if about else "")


_READERS: dict[str, Callable[[str, list[str]], Said]] = {
    "RMC": _rmc,
    "GGA": _gga,
    "GNS": _gns,
    "GLL": _gll,
    "GSA": _gsa,
    "GSV": _gsv,
    "VTG": _vtg,
    "ZDA": _zda,
    "TXT": _txt,
}


def read(text: str) -> Said:
    """Read what stood between `$` and `*`; never raises."""
    fields = text.split(",")
    address = fields[0]
    proprietary = address[:1] == "P" and address[:2] != "PQ"  # PQ is QZSS
    if not proprietary and (reader := _READERS.get(address[-3:])):
        try:
            return reader(address[:-3], fields)
        except (ValueError, IndexError, OverflowError, StopIteration):
            pass
    split = 1 if proprietary else -3
    return Other(address[:split], address[split:], tuple(fields[1:]))
