"""Fences and routes pushed down to a terminal, and vehicle control.

Area attribute: bit 0 a time window follows, bit 1 a speed limit follows, 6 south, 7 west. Segment attribute: bit 0
times, 1 speed limit, 2 south, 3 west. Coordinates are kept as they travel, unsigned, beside their attribute.
Source: JT/T 808-2013 and -2019, area and route messages. 2019 adds a night speed and a name; in a polygon the night
speed stands after the vertices. About 0x8500 terminals disagree, so its 2019 list stays hex.
"""

from __future__ import annotations

from collections.abc import Callable

from edge.serial_terminal.jt808.fields import (
    BYTE,
    DWORD,
    WORD,
    Degrees,
    Digits,
    Facts,
    Field,
    Kind,
    Raw,
    Row,
    Several,
    Text,
)
from edge.serial_terminal.jt808.layout import Layout, Layouts

_DELETE: Layouts = (Layout(Row((Field("ids", Several(DWORD, BYTE)),))),)


def _attribute(bit: int) -> Callable[[Facts, int], bool]:
    return lambda facts, left: bool(facts["attr"] >> bit & 1)


def _when(bit: int, **kinds: Kind) -> tuple[Field, ...]:
    return tuple(Field(name, kind, _attribute(bit)) for name, kind in kinds.items())


_HEAD = (Field("id", DWORD), Field("attr", WORD))
_WINDOW = _when(0, start=Digits(6), end=Digits(6))
_LIMIT = _when(1, max_speed=WORD, duration=BYTE)
_NIGHT = _when(1, night_max_speed=WORD)
_NAME = (Field("name", Text(counted=WORD)),)
_CENTRE = (Field("lat", Degrees()), Field("lon", Degrees()), Field("radius_m", DWORD))
_CORNERS = tuple(Field(name, Degrees()) for name in ("lat1", "lon1", "lat2", "lon2"))
_VERTICES = (Field("points", Several(Row((Field("lat", Degrees()), Field("lon", Degrees()))), WORD)),)
_TURN = (
    Field("id", DWORD),
    Field("segment", DWORD),
    Field("lat", Degrees()),
    Field("lon", Degrees()),
    Field("width_m", BYTE),
    Field("attr", BYTE),
    *_when(0, too_long_s=WORD, too_short_s=WORD),
    *_LIMIT,
)


def _areas(*shape: Field) -> Layouts:
    item_2013 = Row((*_HEAD, *shape, *_WINDOW, *_LIMIT))
    item_2019 = Row((*item_2013, *_NIGHT, *_NAME))
    return tuple(
        Layout(Row((Field("action", BYTE), Field("items", Several(item, BYTE)))), version)
        for item, version in ((item_2013, 2013), (item_2019, 2019))
    )


AREAS: dict[int, Layouts] = {
    0x8500: (
        Layout(Row((Field("count_or_type", WORD), Field("items_hex", Raw()))), 2019),
        Layout(Row((Field("flag", BYTE),)), 2013),
    ),
    0x8600: _areas(*_CENTRE),
    0x8601: _DELETE,
    0x8602: _areas(*_CORNERS),
    0x8603: _DELETE,
    0x8604: (
        Layout(Row((*_HEAD, *_WINDOW, *_LIMIT, *_VERTICES, *_NIGHT, *_NAME)), 2019),
        Layout(Row((*_HEAD, *_WINDOW, *_LIMIT, *_VERTICES)), 2013),
    ),
    0x8605: _DELETE,
    0x8606: (
        Layout(Row((*_HEAD, *_WINDOW, Field("points", Several(Row((*_TURN, *_NIGHT)), WORD)), *_NAME)), 2019),
        Layout(Row((*_HEAD, *_WINDOW, Field("points", Several(Row(_TURN), WORD)))), 2013),
    ),
    0x8607: _DELETE,
    0x8608: (Layout(Row((Field("type", BYTE), Field("ids", Several(DWORD, DWORD))))),),
}


def _stored(version: int) -> Layout:
    """0x0608: as many bodies as its count says, each as it was set, of the kind its type names; ids for any other."""
    kinds = dict(enumerate(("circles", "rectangles", "polygons", "routes"), 1))
    fields = [
        Field(name, Several(_row(0x8600 + 2 * (kind - 1), version), DWORD), _is_type(kind))
        for kind, name in kinds.items()
    ]
    ids = Field("ids", Several(DWORD, DWORD), lambda facts, left: facts["type"] not in kinds)
    return Layout(Row((Field("type", BYTE), *fields, ids)), version)


def _is_type(kind: int) -> Callable[[Facts, int], bool]:
    return lambda facts, left: bool(facts["type"] == kind)


def _row(msg_id: int, version: int) -> Row:
    return next(layout.row for layout in AREAS[msg_id] if layout.version == version)


AREAS[0x0608] = (_stored(2019), _stored(2013))
