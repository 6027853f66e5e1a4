"""What happened in the inspector's week: what seven vehicles did, minute by minute, and what people put on record.

`ROADS` tells the drives and stops of each vehicle, which the scenarios' generator turns into reports (`tests.fleet.
rules.alarm.scenario`): seeded, with receivers that wander. `RECORDS` tells the orders, the seals, a fire, a supplement,
fuel and a repair. What of it deserves an alarm is on the page beside this one, `inspector.md`, and nowhere here.

Moments are written "Wed 14:05". Between what is told a vehicle stands where it is and reports every four minutes.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from fleet.rules.calendar import LOCAL
from fleet.tracks.point import Point
from tests.fleet.rules.alarm.scenario import DEGREE_M, SPOTS, Vehicle, _to

MONDAY = datetime(2026, 9, 28, tzinfo=LOCAL)
DAYS = ("Sun-", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Mon+")
QUIET_S, ROAD_S, STOP_S = 240, 20, 60
"""Seconds between reports: parked for long, under way, and where something happens."""
SETTLING_MIN = 5
"""So long after a drive a parked vehicle is heard every minute."""
BASE = SPOTS["额肯呼都格"]
Spot = tuple[float, float]


def at(text: str) -> int:
    """UTC ms of "Wed 14:05"."""
    day, clock = text.split()
    hour, minute = map(int, clock.split(":"))
    moment = MONDAY + timedelta(days=DAYS.index(day) - 1, hours=hour, minutes=minute)
    return int(moment.timestamp()) * 1000


def spot(north_km: float, east_km: float) -> Spot:
    """A place by kilometres from the yard."""
    return _to(BASE, [north_km, east_km])


PLATES = {number: f"蒙M-0B31{number}" for number in range(1, 8)}
PHONES = {number: f"1380013800{number}" for number in range(1, 8)}
DRIVERS = {number: f"400{number}" for number in range(1, 8)}
NAMES = dict(zip(DRIVERS.values(), ("孟克", "王强", "布和", "斯琴", "苏和", "哈斯", "那日苏"), strict=True))
APPLICANT, APPROVER, DISPATCHER, ADMIN, HEAD, FINANCE = "1001", "2001", "3001", "5001", "6001", "7001"
STAFF = {
    APPLICANT: ("办公室", "applicant"),
    APPROVER: ("李志强", "approver"),
    DISPATCHER: ("巴图", "dispatcher"),
    ADMIN: ("萨仁", "admin"),
    HEAD: ("乌兰", "unit_head"),
    FINANCE: ("其其格", "finance"),
} | {person: (name, "driver") for person, name in NAMES.items()}

PLOT = spot(0, 45)
"""The bureau's sand-control plot, 45 km east."""
NORTH = spot(60, 0)
YABULAI, BAYANHOT = SPOTS["雅布赖"], SPOTS["巴彦浩特"]
PLACES: dict[str, dict[str, str]] = {}


def _circle(name: str, kind: str, place: Spot, radius_m: int) -> None:
    lat_e6, lon_e6 = (str(round(each * 1e6)) for each in place)
    PLACES[name] = {"kind": kind, "shape": "circle", "lat_e6": lat_e6, "lon_e6": lon_e6, "radius_m": str(radius_m)}


def _outline(*places: Spot) -> str:
    return " ".join(f"{lat:.5f},{lon:.5f}" for lat, lon in places)


_circle("车库", "designated", BASE, 150)
_circle("治沙站", "destination", PLOT, 500)
_circle("雅布赖", "destination", YABULAI, 1_000)
_circle("巴彦浩特", "destination", BAYANHOT, 3_000)
_circle("北山嘎查", "destination", NORTH, 500)
_circle("疗养院", "sensitive", spot(0, 20), 300)
_circle("加油站", "filling_station", spot(4, 0), 100)
_circle("修理厂", "repairer", spot(-2, 0), 100)
_circle("隧道", "tunnel", spot(0, 35), 500)
PLACES["北山盲区"] = {
    "kind": "radio_hole",
    "shape": "polygon",
    "outline": _outline(spot(20, -10), spot(20, 10), spot(50, 10), spot(50, -10)),
}
PLACES["车库-雅布赖"] = {"kind": "route", "shape": "corridor", "outline": _outline(BASE, YABULAI), "radius_m": "500"}


@dataclass
class Road:
    """One vehicle through the week."""

    number: int
    gauge: bool = False
    vehicle: Vehicle = field(init=False)

    def __post_init__(self) -> None:
        self.vehicle = Vehicle(BASE, at("Mon 00:00"), random.Random(f"week {self.number}"))
        self.vehicle.at = (BASE[0] + (self.number - 4) * 12 / DEGREE_M, BASE[1])  # side by side in the yard
        self.home = self.vehicle.at

    @property
    def reports(self) -> list[Point]:
        """What its terminal said, and when it was heard."""
        return self.vehicle.points

    def until(self, moment: str, **step: Any) -> None:
        """Stand until a moment."""
        minutes = (at(moment) - self.vehicle.now_ms) / 60_000
        assert minutes > 0, (self.number, moment, minutes)
        if minutes > 2 * SETTLING_MIN:
            self.rest(SETTLING_MIN, **step)
            minutes -= SETTLING_MIN
        self.vehicle.stand(minutes, {"every": QUIET_S, "gauge": self.gauge, **step})

    def rest(self, minutes: float, **step: Any) -> None:
        """Stand for so long, heard every minute."""
        self.vehicle.stand(minutes, {"every": STOP_S, "gauge": self.gauge, **step})

    def go(self, to: Spot, kmh: float, **step: Any) -> None:
        """Drive to a place."""
        self.vehicle.drive(to, {"every": ROAD_S, "kmh": kmh, "gauge": self.gauge, **step})

    def east(self, km: float, kmh: float, **step: Any) -> None:
        """Drive on the road between the yard and the plot, east or (negative) back."""
        self.go(_to(self.vehicle.at, [0, km]), kmh, **step)

    def plot(self, day: str, leave: str, back: str, kmh: float = 90) -> None:
        """To the plot and back, as it should be."""
        self.until(f"{day} {leave}")
        self.go(PLOT, kmh)
        self.until(f"{day} {back}")
        self.go(self.home, kmh)

    def park(self) -> None:
        """Stand for the rest of the week."""
        self.until("Mon+ 00:00")


def _first() -> Road:
    road = Road(1)
    road.until("Mon 09:00")
    road.go(YABULAI, 75)
    road.until("Mon 11:00")
    road.go(road.home, 75)
    road.plot("Mon", "16:00", "18:45")
    road.until("Tue 09:00")
    road.east(20, 90)
    road.east(12, 140)
    road.go(PLOT, 90)
    road.until("Tue 10:30")
    road.east(-20, 128)
    road.go(road.home, 90)
    road.plot("Wed", "09:00", "10:30")
    road.until("Fri 10:00")
    road.go(spot(2.5, 0), 50)
    road.go(road.home, 50)
    road.until("Sun 12:00")
    road.vehicle.stand(3, {"every": ROAD_S, "ignition": True, "gauge": False})
    road.park()
    return road


def _second() -> Road:
    road = Road(2)
    road.until("Mon 09:10")
    half = ((BASE[0] + YABULAI[0]) / 2, (BASE[1] + YABULAI[1]) / 2)
    road.go(half, 75)
    road.go(_to(half, [6, 0]), 60)
    road.rest(12)
    road.go(half, 60)
    road.go(YABULAI, 75)
    road.until("Mon 12:30")
    road.go(road.home, 75)
    road.until("Tue 08:30")
    road.go(YABULAI, 75)
    road.rest(15)
    road.go(road.home, 75)
    road.plot("Wed", "09:00", "10:30")
    road.until("Sat 09:00")
    road.vehicle.stand(8, {"every": ROAD_S, "ignition": True, "gauge": False})
    road.rest(10)
    road.park()
    return road


def _third() -> Road:
    road = Road(3)
    road.until("Mon 07:30")
    road.go(BAYANHOT, 80)
    road.until("Tue 08:00")
    half = ((BASE[0] + BAYANHOT[0]) / 2, (BASE[1] + BAYANHOT[1]) / 2)
    road.go(half, 80)
    road.rest(25)
    road.go(road.home, 80)
    road.until("Wed 14:00")
    road.east(10, 90)
    road.east(6, 140)
    road.east(14, 90)
    road.until("Wed 14:50")
    road.go(road.home, 90)
    road.until("Thu 10:00")
    road.go(spot(12, 0), 60)
    road.go(road.home, 60)
    road.plot("Fri", "14:00", "16:00")
    road.park()
    return road


def _fourth() -> Road:
    road = Road(4)
    road.plot("Mon", "14:00", "16:00")
    road.until("Mon 19:30")
    road.go(spot(2, -2.2), 30)
    road.until("Mon 21:40")
    road.go(road.home, 30)
    road.until("Tue 09:00")
    road.go(spot(0, 20), 80)
    road.rest(25)
    road.go(PLOT, 80)
    road.until("Tue 10:40")
    road.go(road.home, 90)
    road.until("Tue 22:20")
    road.go(spot(-2, 2.2), 30)
    road.until("Wed 06:30")
    road.go(road.home, 30)
    road.until("Wed 14:00")
    road.go(spot(0, 20), 80)
    road.rest(12)
    road.go(PLOT, 80)
    road.until("Wed 15:40")
    road.go(road.home, 90)
    road.park()
    return road


def _fifth() -> Road:
    road = Road(5)
    road.until("Mon 09:00")
    road.go(spot(20, 0), 60)
    _in_the_hole(road, spot(50, 0))
    road.go(NORTH, 60)
    road.until("Mon 11:00")
    road.go(spot(50, 0), 60)
    _in_the_hole(road, spot(20, 0))
    road.go(road.home, 60)
    road.until("Tue 10:00")
    road.go(_part(0.41), 75)
    road.go(_part(0.72), 75, silent=True)
    road.go(YABULAI, 75)
    road.until("Tue 12:30")
    road.go(road.home, 75)
    road.until("Wed 09:00")
    road.east(30, 90)
    road.rest(80)
    road.go(PLOT, 90)
    road.until("Wed 16:00")
    road.go(road.home, 90)
    road.plot("Sat", "09:00", "10:30")
    road.park()
    return road


def _part(part: float) -> Spot:
    """So far along the road to Yabulai."""
    return (BASE[0] + (YABULAI[0] - BASE[0]) * part, BASE[1] + (YABULAI[1] - BASE[1]) * part)


def _in_the_hole(road: Road, to: Spot) -> None:
    """Through the hole of the radio: what the terminal kept comes shuffled, a minute after it is heard again."""
    first = len(road.vehicle.points)
    road.go(to, 60)
    kept, out_ms = road.vehicle.points[first:], road.vehicle.now_ms
    road.vehicle.points[first:] = [
        point._replace(arrival_ms=out_ms + 60_000 + (37 * number) % 1_000) for number, point in enumerate(kept)
    ]


def _sixth() -> Road:
    road = Road(6)
    road.until("Mon 09:00")
    road.east(20, 90)
    road.east(6, 90, bits=[5])
    road.go(PLOT, 90)
    road.until("Mon 10:30")
    road.go(road.home, 90)
    road.until("Mon 20:00")
    road.rest(12, bits=[8])
    road.rest(8)
    road.until("Tue 09:00")
    road.east(10, 80)
    road.east(18, 80, fix=False)
    road.go(PLOT, 80)
    road.until("Tue 10:30")
    road.go(spot(0, 35), 80)
    road.east(-16, 80, fix=False)
    road.go(road.home, 80)
    road.until("Wed 14:00")
    road.east(20, 90)
    road.vehicle.stand(3, {"every": ROAD_S, "bits": [0], "gauge": False})
    road.go(PLOT, 90)
    road.until("Wed 15:30")
    road.go(road.home, 90)
    road.until("Thu 11:00")
    road.rest(5, ahead_s=180)
    road.until("Sat 03:00")
    road.rest(2, bits=[28])
    road.rest(8)
    road.until("Sun 14:00")
    road.rest(12, jump_m=300, claims_kmh=3)
    road.park()
    return road


def _seventh() -> Road:
    road = Road(7, gauge=True)
    road.vehicle.fuel_l = 40.0
    road.plot("Mon", "09:00", "10:30")
    road.until("Tue 09:45")
    road.go(spot(4, 0), 40)
    road.until("Tue 10:00")
    road.rest(5, fuel_l=-25)
    road.until("Tue 11:05")
    road.go(road.home, 40)
    road.until("Wed 02:00")
    road.rest(20, fuel_l=15)
    road.until("Wed 10:00")
    road.go(spot(12, 0), 60)
    road.rest(20)
    road.go(road.home, 60)
    road.until("Wed 16:30")
    road.rest(5, fuel_l=-20)
    road.until("Wed 17:05")
    road.go(spot(-2, 0), 40)
    road.park()
    return road


def roads() -> dict[int, Road]:
    """The week of every vehicle, by its number; the same each time."""
    made = (_first, _second, _third, _fourth, _fifth, _sixth, _seventh)
    return {number: make() for number, make in enumerate(made, 1)}


CARDS: dict[int, list[tuple[str, bool, str]]] = {
    1: [
        ("Mon 08:00", True, "孟克"), ("Wed 08:50", False, "孟克"), ("Wed 08:51", True, "王强"),
        ("Wed 11:10", False, "王强"), ("Wed 11:12", True, "孟克"),
    ],
    2: [
        ("Mon 08:00", True, "王强"), ("Wed 08:50", False, "王强"), ("Wed 08:51", True, "孟克"),
        ("Wed 11:10", False, "孟克"), ("Wed 11:12", True, "王强"),
    ],
    6: [("Tue 18:00", True, "哈斯")],
}  # fmt: skip
"""Whose card was put into the terminals that read cards, or taken out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """An order as it is lived: planned, left, and back; when somebody said that it arrived and headed back, if anybody
    did; `extra_km` what the driver typed too much; when it was `approved`, if not at once; `unchecked` if nobody
    looked at the vehicle afterwards; `second` if it is the vehicle's second of the day."""

    number: int
    day: str
    start: str
    end: str
    leave: str
    back: str
    to: str
    said: tuple[str, str] | None = None
    extra_km: int = 0
    before_km: int = 0
    last_day: str = ""
    confidential: bool = False
    approved: str = ""
    unchecked: bool = False
    second: bool = False

    @property
    def label(self) -> str:
        """As the inspector calls it."""
        return f"{self.number}-{self.day}" + ("-b" if self.second else "")


def _trip(number: int, day: str, start: str, end: str, leave: str, back: str, to: str, **more: Any) -> Trip:
    return Trip(number=number, day=day, start=start, end=end, leave=leave, back=back, to=to, **more)


TRIPS = (
    _trip(1, "Mon", "09:00", "13:00", "08:58", "12:25", "雅布赖", said=("10:20", "10:58")),
    _trip(1, "Mon", "16:00", "17:30", "15:58", "19:20", "治沙站", said=("16:32", "18:43"), second=True),
    _trip(1, "Tue", "09:00", "12:00", "08:58", "11:00", "治沙站", said=("09:30", "10:28")),
    _trip(1, "Wed", "09:00", "12:00", "08:58", "11:05", "治沙站", said=("09:32", "10:28")),
    _trip(2, "Mon", "09:10", "15:00", "09:08", "13:55", "雅布赖", said=("10:55", "12:28")),
    _trip(2, "Tue", "08:30", "16:00", "08:28", "11:25", "雅布赖", unchecked=True),
    _trip(2, "Wed", "09:00", "12:00", "08:58", "11:05", "治沙站", said=("09:32", "10:28")),
    _trip(3, "Mon", "07:30", "18:00", "07:28", "12:55", "巴彦浩特", said=("11:55", "07:58"), last_day="Tue"),
    _trip(3, "Wed", "14:00", "17:00", "13:58", "15:20", "曼德拉苏木", confidential=True),
    _trip(3, "Fri", "14:00", "17:00", "13:58", "16:35", "治沙站", said=("14:32", "15:58")),
    _trip(4, "Mon", "14:00", "17:00", "13:58", "16:35", "治沙站", said=("14:32", "15:58")),
    _trip(4, "Tue", "09:00", "12:00", "08:58", "11:15", "治沙站", said=("10:00", "10:38")),
    _trip(4, "Wed", "14:00", "17:00", "13:58", "16:15", "治沙站", said=("14:48", "15:38")),
    _trip(5, "Mon", "09:00", "14:00", "08:58", "12:05", "北山嘎查", said=("10:02", "10:58")),
    _trip(5, "Tue", "10:00", "14:30", "09:58", "13:55", "雅布赖", said=("11:20", "12:28")),
    _trip(5, "Wed", "09:00", "15:00", "08:58", "16:40", "治沙站", said=("10:52", "15:58")),
    _trip(5, "Sat", "09:00", "12:00", "08:58", "11:05", "治沙站", said=("09:32", "10:28")),
    _trip(6, "Mon", "09:00", "12:00", "08:58", "11:05", "治沙站", said=("09:32", "10:28")),
    _trip(6, "Tue", "09:00", "12:00", "08:58", "11:10", "治沙站", said=("09:36", "10:28")),
    _trip(6, "Wed", "14:00", "17:00", "13:58", "16:05", "治沙站", said=("14:35", "15:28"), approved="13:40"),
    _trip(7, "Mon", "09:00", "12:00", "08:58", "11:05", "治沙站", said=("09:32", "10:28"), extra_km=60),
    _trip(7, "Tue", "09:40", "12:00", "09:38", "11:15", "加油站", said=("09:55", "11:02"), before_km=60),
)
SEALED = (1, 2, 4, 5, 6)
EXCEPTED = "5-Sat"
FIRE, FIRE_NOTED, FIRE_PLANNED = "Wed 10:00", "Wed 10:05", "Wed 11:00"
INSURED = {4: "2026-10-10"}
"""Whose insurance ends soon."""
FAULT, FAULT_REPORTED, FAULT_REPAIRED = "Mon 09:17", "Wed 10:00", "Thu 15:00"
DUTY_OUT, DUTY_BACK = "Thu 09:58", "Thu 10:30"
FILLS = (("Tue 10:00", 70_000, "加油站"), ("Tue 11:00", 30_000, "加油站"), ("Wed 16:30", 20_000, "车库"))
"""When, how much, and where finance finds the vehicle by its track."""
LEDGER_MORE_FEN = 1_000
"""So much more stands in finance's ledger."""
CORRECTED = ("1-Mon", "2-Mon", "4-Mon")
"""Orders in whose forms the passengers were counted wrong."""
LAPTOP, STICK, AGAIN = ("Fri 12:35", "Fri 13:00", "Fri 13:05"), "Fri 15:00", "Fri 15:30"
"""What was written on the laptop at the north station, whose program somebody had changed: an approval, a change of the
register, a departure; and when a stick brought it, and brought it again."""
