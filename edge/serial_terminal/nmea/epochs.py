"""The sentences of one moment, put together to one fix.

Rules kept here:
* Sentences that state the same time make an epoch, with those between them that state none. It closes when the time
  changes, or when SILENCE_MS pass without a sentence.
* One word counts for each kind of sentence: GN's, else the first heard; receivers may say the same of each system.
* A fix is usable when RMC says A (or, without RMC, the others do) and neither GGA nor GSA says otherwise.
* The century is the one nearest to the node's clock. A date that lies 1024 weeks, or a multiple, behind that clock is
  told by a receiver whose week number rolled over: the weeks are added, and `rolled_weeks` says so.
* Coordinates that are not stated are not made up: such an epoch has no position.
Source: NMEA 0183; week number roll-over of GPS (1024 weeks).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

from edge.serial_terminal.nmea.said import Date, Gga, Gll, Gns, Gsa, Rmc, Said, Txt, Vtg, Zda
from fleet.rules.position import Position

T = TypeVar("T")
SILENCE_MS = 300
DAY_MS, WEEK_MS = 86_400_000, 7 * 86_400_000
YEAR_3000_MS = 32_503_680_000_000
ROLLOVER_WEEKS = 1024
ROLLED_WITHIN_WEEKS = 26  # how near to the node's clock a rolled date must come to be believed
ANTENNA_OPEN, ANTENNA_SHORT = 1 << 5, 1 << 6  # as in the alarm word of JT/T 808
_ANTENNA_BITS = {"open": ANTENNA_OPEN, "short": ANTENNA_SHORT}


class Fix(NamedTuple):
    """One epoch. `time_ms` is UTC, None while the date is unknown; `antenna` what the receiver last said of it."""

    time_ms: int | None
    lat: float | None
    lon: float | None
    alt_m: float | None
    speed_kmh: float | None
    course: float | None
    fix: bool
    satellites: int | None
    hdop: float | None
    antenna: str
    rolled_weeks: int

    @property
    def position(self) -> Position | None:
        """The fix in the terms the rules use; None without coordinates."""
        if self.lat is None or self.lon is None:
            return None
        return Position(
            device_time_ms=self.time_ms,
            lat=self.lat,
            lon=self.lon,
            alt_m=round(self.alt_m or 0),
            speed_kmh=self.speed_kmh or 0.0,
            course=round(self.course or 0) % 360,
            fix=self.fix,
            alarm_bits=_ANTENNA_BITS.get(self.antenna, 0),
            satellites=self.satellites,
        )


@dataclass(slots=True)
class _Epoch:
    time_ms: int | None = None
    heard_ms: int = 0
    rmc: Rmc | None = None
    gga: Gga | None = None
    gns: Gns | None = None
    gll: Gll | None = None
    vtg: Vtg | None = None
    zda: Zda | None = None
    gsa: list[Gsa] = field(default_factory=list)


_SLOTS = {Rmc: "rmc", Gga: "gga", Gns: "gns", Gll: "gll", Vtg: "vtg", Zda: "zda"}


class Epochs:
    """The epochs of one receiver."""

    def __init__(self) -> None:
        self._epoch: _Epoch | None = None
        self._antenna = ""
        self._known: tuple[int, int] | None = None  # the last day known, UTC ms, and the time of day then
        self._rolled = 0

    def add(self, said: Said, at_ms: int) -> Fix | None:
        """Take one sentence; return the epoch before it, if this one begins another."""
        if isinstance(said, Txt):
            self._antenna = said.antenna or self._antenna
            return None
        closed, time_ms = None, getattr(said, "time_ms", None)
        if self._epoch and time_ms is not None and self._epoch.time_ms not in (None, time_ms):
            closed = self._close(at_ms)
        epoch = self._epoch = self._epoch or _Epoch()
        epoch.heard_ms = at_ms
        if time_ms is not None:
            epoch.time_ms = time_ms
        if isinstance(said, Gsa):
            epoch.gsa.append(said)
            del epoch.gsa[:-8]  # one for each system; a receiver that never tells the time must not pile them up
        elif slot := _SLOTS.get(type(said)):
            held = getattr(epoch, slot)
            if held is None or (said.talker == "GN" and held.talker != "GN"):
                setattr(epoch, slot, said)
        return closed

    def due(self, at_ms: int) -> Fix | None:
        """The epoch that silence has closed, if any. Call a few times a second."""
        return self._close(at_ms) if self._epoch and at_ms - self._epoch.heard_ms >= SILENCE_MS else None

    def _close(self, at_ms: int) -> Fix | None:
        epoch, self._epoch = self._epoch, None
        where = epoch and (epoch.rmc or epoch.gga or epoch.gns or epoch.gll)
        if not epoch or not where:
            return None
        if where.lat is None:
            where = next((said for said in (epoch.gga, epoch.gns, epoch.gll) if said and said.lat is not None), where)
        rmc, vtg, solved = epoch.rmc, epoch.vtg, epoch.gga or epoch.gns
        used = sum(len(said.used) for said in epoch.gsa) or None
        return Fix(
            time_ms=self._time(epoch, at_ms),
            lat=where.lat if where.lat is None else round(where.lat, 7),
            lon=where.lon if where.lon is None else round(where.lon, 7),
            alt_m=solved and solved.alt_m,
            speed_kmh=_first(rmc and rmc.speed_kmh, vtg and vtg.speed_kmh),
            course=_first(rmc and rmc.course, vtg and vtg.course),
            fix=_usable(epoch) and where.lat is not None and where.lon is not None,
            satellites=_first(solved and solved.satellites, used),
            hdop=_first(solved and solved.hdop, epoch.gsa[0].hdop if epoch.gsa else None),
            antenna=self._antenna,
            rolled_weeks=self._rolled,
        )

    def _time(self, epoch: _Epoch, at_ms: int) -> int | None:
        if epoch.time_ms is None:
            return None
        date = (epoch.zda and epoch.zda.date) or (epoch.rmc and epoch.rmc.date)
        day = date and day_ms(date, at_ms)
        if day:
            day_start_ms, self._rolled = day
        elif self._known:  # the sentence with the date was lost: the day runs on, over midnight too
            day_start_ms, before_ms = self._known
            day_start_ms += DAY_MS if epoch.time_ms < before_ms - DAY_MS // 2 else 0
        else:
            return None
        self._known = day_start_ms, epoch.time_ms
        return day_start_ms + epoch.time_ms


def day_ms(date: Date, at_ms: int) -> tuple[int, int] | None:
    """Midnight UTC of a date, and the weeks of roll-over added to it; None if it is not a date.

    Args:
        date: a year of two digits or four, a month, a day.
        at_ms: the node's clock; a roll-over is recognised while it is right within ROLLED_WITHIN_WEEKS.
    """
    year, month, day = date
    if year < 100:
        year += 100 * round((datetime.fromtimestamp(at_ms / 1000, UTC).year - year) / 100)
    try:
        told_ms = round(datetime(year, month, day, tzinfo=UTC).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
    if not 0 <= told_ms < YEAR_3000_MS:
        return None
    behind_weeks = (at_ms - told_ms) // WEEK_MS
    rolled_weeks = max(0, (behind_weeks + ROLLOVER_WEEKS // 2) // ROLLOVER_WEEKS * ROLLOVER_WEEKS)
    if abs(behind_weeks - rolled_weeks) > ROLLED_WITHIN_WEEKS:
        rolled_weeks = 0
    return told_ms + rolled_weeks * WEEK_MS, rolled_weeks


def _usable(epoch: _Epoch) -> bool:
    if epoch.rmc:
        valid = epoch.rmc.valid
    elif epoch.gll:
        valid = epoch.gll.valid
    elif epoch.gns:
        valid = bool(epoch.gns.modes.strip("N"))
    else:
        valid = True
    words = [(epoch.gga.quality or 0) >= 1] if epoch.gga else []
    words += [max((said.dimensions or 1) for said in epoch.gsa) >= 2] if epoch.gsa else []
    return valid and (any(words) or not words)


def _first(*values: T | None) -> T | None:
    return next((value for value in values if value is not None), None)
