"""Scenarios: a TOML page says what a vehicle and its people did; seeded code makes the reports and facts of it.

    say      what happened, in words                    start   the local time at which it begins
    do       what the vehicle did, step by step         order, sealed, repair, notice, ...   what the records say
    expect   every alarm that a careful inspector would write down, with the reason; nothing else may be raised

A step is one of

    stand = MINUTES      with ignition = true or false (an engine that idles)
    drive = "SPOT" or [KM_NORTH, KM_EAST] from where it is, at kmh

and may have every = SECONDS (reports), kmh, fix = false (no view of the sky), bits = [...] (alarm bits), silent = true
(no report is ever heard), late = MINUTES (reports wait and arrive together), jump_m (the places are off by so much),
claims_kmh (what a parked receiver says), fuel_l (what the tank loses), odometer = false (it stands still) or ahead_s
(the terminal's clock). Places are real ones of Inner Mongolia; receivers wander by some metres.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import cos, hypot, radians
from pathlib import Path
from typing import Any

from fleet.rules.alarm.coverage import AT_ONCE_MS, Coverage
from fleet.rules.alarm.facts import Card, Facts, Fill, Outing, Temperature, Unauthorised, Unsealed
from fleet.rules.alarm.spans import FOR_EVER, Span
from fleet.rules.calendar import LOCAL
from fleet.rules.place import Place, read
from fleet.rules.places import Places
from fleet.rules.settings import SETTINGS, Changed, Chosen
from fleet.tracks.point import Point
from fleet.tracks.track import judged

HERE = Path(__file__).parent / "scenarios"
SPOTS = {
    "巴彦浩特": (38.8330, 105.6660),
    "额肯呼都格": (39.2165, 101.6801),
    "雅布赖": (39.4180, 102.7810),
    "达来呼布": (41.9580, 101.0680),
    "呼和浩特": (40.8420, 111.7490),
    "包头": (40.6570, 109.8400),
    "锡林浩特": (43.9440, 116.0860),
    "海拉尔": (49.2120, 119.7370),
}
BASE = "额肯呼都格"
DEGREE_M = 111_195.0
WANDER_M = 4.0
ODOMETER_KM = 45_000.0


@dataclass
class Vehicle:
    """What the reports are made from, as it is now."""

    at: tuple[float, float]
    now_ms: int
    rng: random.Random
    odometer_km: float = ODOMETER_KM
    fuel_l: float = 60.0
    course: int = 0
    points: list[Point] = field(default_factory=list)

    def stand(self, minutes: float, step: Mapping[str, Any]) -> None:
        """Stand for so long."""
        lit = bool(step.get("ignition", False))
        every_s = step.get("every", 10 if lit else 60)
        begin_ms, count = self.now_ms, max(1, round(minutes * 60 / every_s))
        for number in range(1, count + 1):
            self.now_ms = begin_ms + round(number * minutes * 60_000 / count)
            self.fuel_l -= step.get("fuel_l", 0) / count
            self.report(step, speed_kmh=step.get("claims_kmh", 0.0), lit=lit)

    def drive(self, to: tuple[float, float], step: Mapping[str, Any]) -> None:
        """Drive to a place in a straight line."""
        begin, kmh, every_s = self.at, float(step.get("kmh", 60)), step.get("every", 10)
        north_km = (to[0] - begin[0]) * DEGREE_M / 1000
        east_km = (to[1] - begin[1]) * DEGREE_M * cos(radians((to[0] + begin[0]) / 2)) / 1000
        way_km = hypot(north_km, east_km)
        count = max(1, round(way_km / kmh * 3600 / every_s))
        begin_ms = self.now_ms
        for number in range(1, count + 1):
            part = number / count
            self.at = (begin[0] + (to[0] - begin[0]) * part, begin[1] + (to[1] - begin[1]) * part)
            self.now_ms = begin_ms + round(way_km / kmh * 3_600_000 * part)
            if step.get("odometer", True):
                self.odometer_km += way_km / count
            self.fuel_l -= 0.1 * way_km / count
            self.report(step, speed_kmh=kmh, lit=True)

    def report(self, step: Mapping[str, Any], *, speed_kmh: float, lit: bool) -> None:
        """What the terminal says of this moment, if it is heard."""
        if step.get("silent"):
            return
        north, east = (self.rng.gauss(0, WANDER_M) for _ in "ne")
        off = step.get("jump_m", 0)
        lat = self.at[0] + (north + off) / DEGREE_M
        lon = self.at[1] + east / DEGREE_M / cos(radians(self.at[0]))
        fix = step.get("fix", True)
        if not fix and self.points:
            lat, lon = self.points[-1].lat_e6 / 1e6, self.points[-1].lon_e6 / 1e6
        device_ms = self.now_ms // 1000 * 1000 + step.get("ahead_s", 0) * 1000
        self.points.append(
            Point(
                device_ms=device_ms,
                arrival_ms=self.now_ms // 1000 * 1000 + 1000 + round(step.get("late", 0) * 60_000),
                lat_e6=round(lat * 1e6),
                lon_e6=round(lon * 1e6),
                alt_m=1200,
                speed_kmh_e1=round(speed_kmh * 10),
                course=self.course,
                fix=int(fix),
                acc=int(lit),
                odometer_km_e1=round(self.odometer_km * 10),
                fuel_l_e1=round(self.fuel_l * 10) if step.get("gauge", True) else None,
                satellites=11 if fix else 0,
                rssi=20,
                alarm_bits=sum(1 << bit for bit in step.get("bits", [])),
            )
        )


@dataclass(frozen=True)
class Scenario:
    """One page: its name, what it says, the facts, the settings, and the alarms expected, in words."""

    name: str
    say: str
    points: list[Point]
    facts: Facts
    changed: Changed
    expect: list[dict[str, Any]]

    def judged_from(self, points: list[Point]) -> Facts:
        """The facts with these reports as they arrived."""
        return replace(self.facts, track=judged(points))


def all_of(path: Path) -> Iterator[Scenario]:
    """The scenarios of a file."""
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    for number, page in enumerate(told["scenario"], 1):
        yield _scenario(f"{path.stem}-{number}", page)


def every() -> list[Scenario]:
    """All of them."""
    return [one for path in sorted(HERE.glob("*.toml")) for one in all_of(path)]


def moment(start: datetime, text: str) -> int:
    """UTC ms of "HH:MM", "HH:MM+N" (N days on) or "YYYY-MM-DD HH:MM", local."""
    if len(text) > 8:
        return int(datetime.fromisoformat(text).replace(tzinfo=LOCAL).timestamp()) * 1000
    clock, _, later = text.partition("+")
    hour, minute = map(int, clock.split(":"))
    at = start.replace(hour=hour, minute=minute)
    return int(at.timestamp()) * 1000 + int(later or 0) * 86_400_000


def _scenario(name: str, page: Mapping[str, Any]) -> Scenario:
    start = datetime.fromisoformat(page["start"]).replace(tzinfo=LOCAL)
    at = SPOTS[page.get("base", BASE)]
    vehicle = Vehicle(at, int(start.timestamp()) * 1000, random.Random(f"{name}/1"))
    for step in page["do"]:
        if "stand" in step:
            vehicle.stand(step["stand"], step)
        else:
            vehicle.drive(_to(vehicle.at, step["drive"]), step)

    def ms(text: str | None) -> int | None:
        return None if text is None else moment(start, text)

    def spans(key: str) -> tuple[Span, ...]:
        return tuple(Span(ms(a) or 0, FOR_EVER if b is None else ms(b) or 0) for a, b in page.get(key, []))

    now_ms = ms(page.get("now")) or vehicle.now_ms
    facts = Facts(
        plate="蒙M-0B312",
        now_ms=now_ms,
        track=judged(vehicle.points),
        outings=tuple(_outing(each, ms) for each in page.get("order", [])),
        places=Places(_places(page, at)),
        sealed=spans("sealed"),
        repairs=spans("repair"),
        tows=spans("tow"),
        duty=spans("duty"),
        notices=spans("notice"),
        unauthorised=tuple(Unauthorised(ms(a) or 0, ms(b) or 0, of) for a, b, of in page.get("unauthorised", [])),
        unsealed=tuple(Unsealed(ms(a) or 0, ms(b) or 0, km, "7-00001") for a, b, km in page.get("unsealed", [])),
        node_deaf=spans("node_deaf"),
        cards=tuple(Card(ms(at_) or 0, name) for at_, name in page.get("cards", [])),
        fills=tuple(
            Fill(ms(each["at"]) or 0, each["ml"], f"7-{number:05d}", each.get("km"), each.get("unmatched", False))
            for number, each in enumerate(page.get("fill", []), 1)
        ),
        tank_ml=page.get("tank_ml"),
        terminal_changed=tuple(ms(each) or 0 for each in page.get("terminal_changed", [])),
        temperatures=tuple(Temperature(ms(at_) or 0, celsius) for at_, celsius in page.get("celsius", [])),
        coverage=_coverage(page, at),
    )
    changed = {key: Chosen(value, "local", "t") for key, value in page.get("settings", {}).items()}
    assert set(changed) <= set(SETTINGS)
    expect = [each | {"from_ms": ms(each["from"]), "until_ms": ms(each.get("until"))} for each in page["expect"]]
    return Scenario(name, page["say"], vehicle.points, facts, changed, expect)


def _to(at: tuple[float, float], to: str | list[float]) -> tuple[float, float]:
    if isinstance(to, str):
        return SPOTS[to]
    north_km, east_km = to
    return at[0] + north_km * 1000 / DEGREE_M, at[1] + east_km * 1000 / DEGREE_M / cos(radians(at[0]))


def _outing(told: Mapping[str, Any], ms: Any) -> Outing:
    return Outing(
        order=told["id"],
        dispatched_ms=ms(told.get("dispatched", told.get("departed", told["start"]))),
        start_ms=ms(told["start"]),
        end_ms=ms(told["end"]),
        driver=told.get("driver", "孟克"),
        departed_ms=ms(told.get("departed")),
        back_ms=ms(told.get("back")),
        origin=told.get("origin", "车库"),
        destination=told.get("destination", ""),
        urgency=told.get("urgency", 2),
        confidential=told.get("confidential", False),
        urgent=told.get("urgent", False),
        extended_ms=ms(told.get("extended")),
        movement_ms=ms(told.get("movement")),
        done_ms=ms(told.get("done")),
        waiting=tuple(Span(ms(a), ms(b)) for a, b in told.get("waiting", [])),
        odometer_out_km=told.get("odometer_out"),
        odometer_in_km=told.get("odometer_in"),
    )


def _places(page: Mapping[str, Any], base: tuple[float, float]) -> Iterator[Place]:
    """The yard about where the vehicle begins, unless the page says none, and those of the page, by km from there."""
    if page.get("yard", True):
        yield _circle("车库", "designated", base, page.get("yard_m", 150))
    for each in page.get("place", []):
        points = [_to(base, point) for point in each["at"]]
        if len(points) == 1:
            yield _circle(each["name"], each["kind"], points[0], each.get("radius_m", 300))
            continue
        outline = " ".join(f"{lat:.5f},{lon:.5f}" for lat, lon in points)
        shape = each.get("shape", "polygon")
        radius = {"radius_m": each["radius_m"]} if shape == "corridor" else {}
        yield read({"name": each["name"], "kind": each["kind"], "shape": shape, "outline": outline} | radius)


def _circle(name: str, kind: str, at: tuple[float, float], radius_m: int) -> Place:
    return read(
        {
            "name": name,
            "kind": kind,
            "lat_e6": round(at[0] * 1e6),
            "lon_e6": round(at[1] * 1e6),
            "radius_m": radius_m,
        }
    )


def _coverage(page: Mapping[str, Any], base: tuple[float, float]) -> Coverage:
    """Learnt from vehicles that passed before: `heard` and `deaf` are ways, by km from the base."""
    coverage = Coverage()
    for key, late_ms in (("heard", 0), ("deaf", page.get("deaf_min", 40) * 60_000)):
        for way in page.get(key, []):
            vehicle = Vehicle(_to(base, way[0]), 1_790_000_000_000, random.Random(f"{key}"))
            for to in way[1:] or way:
                for _ in range(8):
                    vehicle.report({}, speed_kmh=0, lit=True)
                vehicle.drive(_to(base, to), {"kmh": 30})
            coverage = coverage.learn(
                point._replace(arrival_ms=point.device_ms + 1000 + (late_ms and late_ms + AT_ONCE_MS))
                for point in vehicle.points
            )
    return coverage
