"""What a dispatcher may ask of a terminal, by name: from a few plain facts to a message of its edition.

    text       text=… [urgent=1]               on the driver's screen, and spoken
    call       [urgent=1] text=…               the same, flagged as urgent: call dispatch
    position                                   where it is now
    track      interval=S validity=S           report every S seconds for a while; interval=0 ends it
    parameters [names=a,b]                     read all, or some
    set        NAME=VALUE …                    parameters, by name or number
    attributes                                 model, edition, SIM card
    driver                                     whose card is in the reader
    link                                       is anybody there (2019)
    circle, rectangle, polygon, route          a fence: id=…, its shape, [max_speed=] [duration=] [name=]
    delete-circle … delete-route  [ids=1,2]    take fences back; without ids all of the kind
    photo      [channel=1]                     one picture
    restart                                    restart the terminal itself
    0xNNNN     the table's own facts           any other message that has a table

Rules kept here:
* What is not asked for is filled in with what the standard calls neutral; a fact nobody knows is refused by name.
* Nothing here decides whether it may be sent: `permits` does, for every frame.
Source: JT/T 808-2013 and -2019, downward messages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from edge.serial_terminal.jt808 import parameters
from edge.serial_terminal.jt808.fields import Facts
from edge.serial_terminal.jt808.messages import TABLES, write_body
from fleet.errors import BadInput, NotFound

URGENT_2013, DISPLAY, SPEAK = 1 << 0, 1 << 2, 1 << 3
SERVICE_2019, URGENT_2019, NOTICE_2019 = 1, 2, 3
TEXT_SIZE_MAX = 1000  # bytes of GBK
UPDATE = 0
SPEED_BIT, SOUTH_BIT, WEST_BIT = 1 << 1, 1 << 6, 1 << 7
TELL_PLATFORM = 1 << 3 | 1 << 5  # on entering and on leaving


class Request(NamedTuple):
    """A message ready for the outbox."""

    msg_id: int
    facts: Facts


Builder = Callable[["Given", int], Request]


def build(name: str, version: int, given: Mapping[str, Any]) -> Request:
    """Turn a name and its facts into a message for a terminal of this edition.

    Raises:
        NotFound: `terminal_no_message`.
        BadInput: `terminal_fact_missing`, `terminal_fact_wrong`, `terminal_no_parameter`.
    """
    if name in REQUESTS:
        return _checked(REQUESTS[name](Given(given), version), version)
    try:
        msg_id = int(name, 16)
    except ValueError:
        msg_id = 0
    if msg_id not in TABLES or msg_id < 0x8000:
        raise NotFound("terminal_no_message", message=name, known=", ".join(REQUESTS))
    return _checked(Request(msg_id, dict(given)), version)


def _checked(request: Request, version: int) -> Request:
    """The request, if its body can be written."""
    try:
        write_body(request.msg_id, version, request.facts)
    except KeyError as missing:
        raise BadInput("terminal_fact_missing", fact=str(missing.args[0])) from None
    except (ValueError, OverflowError, TypeError, AttributeError) as wrong:
        raise BadInput("terminal_fact_wrong", fact=f"0x{request.msg_id:04x}", value=str(wrong)) from None
    return request


class Given:
    """Facts as a person typed them: numbers may be text, lists may be comma separated."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self.facts = facts

    def number(self, name: str, otherwise: int | None = None) -> int:
        value = self._get(name, otherwise)
        try:
            return int(value, 0) if isinstance(value, str) else int(value)
        except (ValueError, TypeError):
            raise BadInput("terminal_fact_wrong", fact=name, value=value) from None

    def degrees(self, name: str) -> float:
        value = self._get(name, None)
        try:
            degrees = float(value)
        except (ValueError, TypeError):
            degrees = 1000.0
        if not -180 <= degrees <= 180:
            raise BadInput("terminal_fact_wrong", fact=name, value=value)
        return degrees

    def text(self, name: str, otherwise: str | None = None) -> str:
        value = str(self._get(name, otherwise))
        try:
            size = len(value.encode("gbk"))
        except UnicodeEncodeError:
            size = TEXT_SIZE_MAX + 1
        if not value or size > TEXT_SIZE_MAX:
            raise BadInput("terminal_fact_wrong", fact=name, value=value[:20])
        return value

    def listed(self, name: str) -> list[Any]:
        value = self.facts.get(name, [])
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else list(value)

    def numbers(self, name: str) -> list[int]:
        try:
            return [int(str(part), 0) for part in self.listed(name)]
        except ValueError:
            raise BadInput("terminal_fact_wrong", fact=name, value=self.facts.get(name)) from None

    def points(self) -> list[tuple[float, float]]:
        """`points` as LAT LON pairs: "39.1 101.2, 39.2 101.3", or a list of two-number lists."""
        pairs = [part.split() if isinstance(part, str) else part for part in self.listed("points")]
        try:
            return [(float(lat), float(lon)) for lat, lon in pairs]
        except (ValueError, TypeError):
            raise BadInput("terminal_fact_wrong", fact="points", value=str(self.facts.get("points"))[:40]) from None

    def _get(self, name: str, otherwise: Any) -> Any:
        value = self.facts.get(name, otherwise)
        if value in (None, ""):
            raise BadInput("terminal_fact_missing", fact=name)
        return value


def _text(given: Given, version: int, urgent: bool = False) -> Request:
    urgent = urgent or bool(given.number("urgent", 0))
    kind = (URGENT_2019 if urgent else NOTICE_2019) if version == 2019 else (URGENT_2013 if urgent else 0)
    facts: Facts = {"flag": kind | DISPLAY | SPEAK, "text": given.text("text")}
    return Request(0x8300, facts | ({"text_type": 1} if version == 2019 else {}))


def _track(given: Given, version: int) -> Request:
    interval = given.number("interval")
    return Request(0x8202, {"interval": interval} | ({"validity": given.number("validity")} if interval else {}))


def _parameters(given: Given, version: int) -> Request:
    names = given.listed("names")
    if not names:
        return Request(0x8104, {})
    return Request(0x8106, {"ids": [f"0x{parameters.number(name):04x}" for name in names]})


def _set(given: Given, version: int) -> Request:
    params = parameters.write(given.facts)
    if not params:
        raise BadInput("terminal_fact_missing", fact="NAME=VALUE")
    return Request(0x8103, {"count": len(params), "params": params})


def _head(given: Given, lat: float, lon: float) -> Facts:
    limit = "max_speed" in given.facts
    attr = TELL_PLATFORM | SPEED_BIT * limit | SOUTH_BIT * (lat < 0) | WEST_BIT * (lon < 0)
    facts: Facts = {"id": given.number("id"), "attr": attr}
    if limit:
        speed = given.number("max_speed")
        facts |= {"max_speed": speed, "duration": given.number("duration", 10), "night_max_speed": speed}
    return facts | {"name": str(given.facts.get("name", ""))}


def _only_known(facts: Facts, version: int) -> Facts:
    """Leave out what only 2019 has."""
    return facts if version == 2019 else {k: v for k, v in facts.items() if k not in ("night_max_speed", "name")}


def _circle(given: Given, version: int) -> Request:
    lat, lon = given.degrees("lat"), given.degrees("lon")
    shape = {"lat": abs(lat), "lon": abs(lon), "radius_m": given.number("radius_m")}
    item = _only_known(_head(given, lat, lon), version) | shape
    return Request(0x8600, {"action": UPDATE, "items": [item]})


def _rectangle(given: Given, version: int) -> Request:
    corners = {name: given.degrees(name) for name in ("lat1", "lon1", "lat2", "lon2")}
    head = _only_known(_head(given, corners["lat1"], corners["lon1"]), version)
    item = head | {name: abs(value) for name, value in corners.items()}
    return Request(0x8602, {"action": UPDATE, "items": [item]})


def _polygon(given: Given, version: int) -> Request:
    points = given.points()
    if len(points) < 3:
        raise BadInput("terminal_fact_missing", fact="points")
    vertices = [{"lat": abs(lat), "lon": abs(lon)} for lat, lon in points]
    return Request(0x8604, _only_known(_head(given, *points[0]), version) | {"points": vertices})


def _route(given: Given, version: int) -> Request:
    points = given.points()
    if len(points) < 2:
        raise BadInput("terminal_fact_missing", fact="points")
    head = _head(given, *points[0])
    speed: Facts = {name: head.pop(name) for name in ("max_speed", "duration", "night_max_speed") if name in head}
    width_m = min(255, given.number("width_m", 100))
    hemispheres = (1 << 2) * (points[0][0] < 0) | (1 << 3) * (points[0][1] < 0)
    turns = [
        {
            "id": number,
            "segment": number,
            "lat": abs(lat),
            "lon": abs(lon),
            "width_m": width_m,
            "attr": hemispheres | SPEED_BIT * bool(speed),
            **_only_known(speed, version),
        }
        for number, (lat, lon) in enumerate(points, 1)
    ]
    head["attr"] &= ~SPEED_BIT  # a route's limits stand in its segments
    return Request(0x8606, _only_known(head, version) | {"points": turns})


def _delete(msg_id: int) -> Builder:
    return lambda given, version: Request(msg_id, {"ids": given.numbers("ids")})


def _plain(msg_id: int, **facts: Any) -> Builder:
    return lambda given, version: Request(msg_id, dict(facts))


def _photo(given: Given, version: int) -> Request:
    neutral = {"brightness": 127, "contrast": 64, "saturation": 64, "chroma": 127}
    shot = {"command": 1, "interval_s": 0, "save": 0, "resolution": 1, "quality": 5}
    return Request(0x8801, {"channel": given.number("channel", 1), **shot, **neutral})


REQUESTS: dict[str, Builder] = {
    "text": _text,
    "call": lambda given, version: _text(given, version, urgent=True),
    "position": _plain(0x8201),
    "track": _track,
    "parameters": _parameters,
    "set": _set,
    "attributes": _plain(0x8107),
    "driver": _plain(0x8702),
    "link": _plain(0x8204),
    "circle": _circle,
    "rectangle": _rectangle,
    "polygon": _polygon,
    "route": _route,
    "delete-circle": _delete(0x8601),
    "delete-rectangle": _delete(0x8603),
    "delete-polygon": _delete(0x8605),
    "delete-route": _delete(0x8607),
    "photo": _photo,
    "restart": _plain(0x8105, command=4, args=""),
}
