"""What a terminal reports: positions, driver, recorder, CAN, pass-through data; and what asks for it.

Source: JT/T 808-2013 and -2019, location, driver identity, recorder and data messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edge.serial_terminal.jt808.fields import (
    BYTE,
    DWORD,
    WORD,
    Cursor,
    Digits,
    Facts,
    Field,
    Moment,
    Number,
    Raw,
    Row,
    Several,
    Text,
)
from edge.serial_terminal.jt808.layout import Layout, Layouts
from edge.serial_terminal.jt808.location_facts import Report
from edge.serial_terminal.jt808.tables.session import EMPTY

_ASKED_REPORT: Layouts = (Layout(Row((Field("ack_serial", WORD), Report()))),)
_DRIVER = (Field("name", Text(counted=BYTE)), Field("licence", Text(20)), Field("issuer", Text(counted=BYTE)))
_CARD = (
    Field("status", BYTE),
    Field("time", Moment()),
    Field("result", BYTE, lambda facts, left: left > 0),
    *(Field(name, kind, lambda facts, left: facts.get("result") == 0) for name, kind, _ in _DRIVER),
    Field("valid_until", Digits(4), lambda facts, left: facts.get("result") == 0),
)
_PASSED: Layouts = (Layout(Row((Field("type", Number(1, "0x{:02x}")), Field("data", Raw())))),)
_CAN_ITEM = Row((Field("can_id", Number(4, "0x{:08x}")), Field("data", Raw(8))))


class CanUpload:
    """0x0705, whose count stands before the time and not before the items it counts."""

    _ITEMS = Several(_CAN_ITEM)
    _TIME = Digits(5)

    def read_into(self, facts: Facts, cursor: Cursor) -> None:
        WORD.read(cursor)
        facts["time_hhmmssfff"] = self._TIME.read(cursor)
        facts["items"] = self._ITEMS.read(cursor)

    def read(self, cursor: Cursor) -> Facts:
        facts: Facts = {}
        self.read_into(facts, cursor)
        return facts

    def write(self, value: Mapping[str, Any]) -> bytes:
        items = value["items"]
        return WORD.write(len(items)) + self._TIME.write(value["time_hhmmssfff"]) + self._ITEMS.write(items)


REPORTS: dict[int, Layouts] = {
    0x0200: (Layout(Row((Report(),))),),
    0x0201: _ASKED_REPORT,
    0x0500: _ASKED_REPORT,
    0x0700: (Layout(Row((Field("ack_serial", WORD), Field("command", BYTE), Field("data", Raw())))),),
    0x0701: (Layout(Row((Field("waybill", Raw(counted=DWORD)),))),),
    0x0702: (
        Layout(
            Row((*_CARD, Field("id_card", Text(20), lambda facts, left: facts.get("result") == 0 and left > 0))),
            2019,
        ),
        Layout(
            Row(
                (Field("name", Text(counted=BYTE)), Field("id_card", Text(20)), Field("licence", Text(40)), _DRIVER[2])
            ),
            2013,
            lambda body: body[:1] > b"\x02",  # 2011: the name's length comes first, and no name is two bytes long
            bygone=True,
        ),
        Layout(Row(_CARD), 2013),
    ),
    0x0704: (Layout(Row((Field("count", WORD), Field("type", BYTE), Field("items", Several(Report(counted=WORD)))))),),
    0x0705: (Layout(Row((CanUpload(),))),),
    0x0901: (Layout(Row((Field("gzip", Raw(counted=DWORD)),))),),
    0x0900: _PASSED,
    0x8201: EMPTY,
    0x8202: (
        Layout(Row((Field("interval", WORD), Field("validity", DWORD, lambda facts, left: facts["interval"] > 0)))),
    ),
    0x8203: (Layout(Row((Field("serial", WORD), Field("alarm_type", DWORD)))),),
    0x8700: (Layout(Row((Field("command", BYTE), Field("data", Raw())))),),
    0x8701: (Layout(Row((Field("command", BYTE), Field("data", Raw())))),),
    0x8702: EMPTY,
    0x8900: _PASSED,
}
