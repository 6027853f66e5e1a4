"""The messages that carry position reports, read straight into positions.

    0x0200  report                          0x0201, 0x0500  serial of the question 2 | report
    0x0704  count 2 | type 1 | (length 2 | report) …        type 0 normal, 1 stored in a radio hole

Rules kept here:
* Counts are sometimes wrong: a batch is walked by its items' own lengths, to the first that overruns the body.
* An item too short to be a report is left out and marks the message partial; the others stand.
Source: JT/T 808-2013 and -2019, 0x0200, 0x0201, 0x0500, 0x0704.
"""

from __future__ import annotations

from typing import NamedTuple

from edge.serial_terminal.jt808 import location
from edge.serial_terminal.jt808.fields import BYTE, WORD, Cursor, Facts, Field, Row, ShortBodyError
from edge.serial_terminal.jt808.location import FIXED_SIZE
from fleet.rules.position import Position

_ASKED, _BATCH = Row((Field("ack_serial", WORD),)), Row((Field("count", WORD), Field("type", BYTE)))
_HEADS = {0x0200: Row(), 0x0201: _ASKED, 0x0500: _ASKED, 0x0704: _BATCH}
POSITION_MESSAGES = frozenset(_HEADS)


class Positions(NamedTuple):
    """The positions of one message, the facts beside them, and whether all of it could be read."""

    facts: Facts
    positions: tuple[Position, ...]
    partial: bool


def read(msg_id: int, body: bytes) -> Positions:
    """Read the body of one of POSITION_MESSAGES; never raises."""
    cursor, facts = Cursor(body), Facts()
    try:
        _HEADS[msg_id].read_into(facts, cursor)
    except ShortBodyError:
        return Positions(facts, (), True)
    reports, whole = batch(cursor.rest()) if msg_id == 0x0704 else ([cursor.rest()], True)
    sound = [location.read(report) for report in reports if len(report) >= FIXED_SIZE]
    return Positions(facts, tuple(map(location.position, sound)), len(sound) < len(reports) or not whole)


def batch(items: bytes) -> tuple[list[bytes], bool]:
    """Cut the items of a 0x0704 by their lengths; the flag says whether they used up the body exactly."""
    reports, at, end = [], 0, len(items)
    while at + 2 <= end:
        stop = at + 2 + (items[at] << 8 | items[at + 1])
        if stop > end:
            break
        reports.append(items[at + 2 : stop])
        at = stop
    return reports, at == end
