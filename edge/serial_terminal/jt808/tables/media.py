"""Pictures, sound and video, and keys.

Source: JT/T 808-2013 and -2019, multimedia messages; 0x0801 of the 2011 edition carries no position.
"""

from __future__ import annotations

from edge.serial_terminal.jt808.fields import BYTE, DWORD, WORD, Cursor, Field, Moment, Raw, Row, Several
from edge.serial_terminal.jt808.layout import Layout, Layouts
from edge.serial_terminal.jt808.location import FIXED_SIZE
from edge.serial_terminal.jt808.location_facts import Report


class SizeOfRest:
    """A picture's bytes, stated by their number: the data itself is in the message, not among its facts."""

    def read(self, cursor: Cursor) -> int:
        return len(cursor.rest())

    def write(self, value: int) -> bytes:
        return bytes(value)


_MEDIA = (
    Field("media_id", DWORD),
    Field("type", BYTE),
    Field("format", BYTE),
    Field("event", BYTE),
    Field("channel", BYTE),
)
_STORED = Row((_MEDIA[0], _MEDIA[1], _MEDIA[4], _MEDIA[3], Field("location", Report(FIXED_SIZE))))
_SEARCH = (_MEDIA[1], _MEDIA[4], _MEDIA[3], Field("start", Moment()), Field("end", Moment()))
_SHOT = ("save", "resolution", "quality", "brightness", "contrast", "saturation", "chroma")
_KEY: Layouts = (Layout(Row((Field("e", DWORD), Field("n", Raw(128))))),)

MEDIA: dict[int, Layouts] = {
    0x0800: (Layout(Row(_MEDIA)),),
    0x0801: (
        Layout(
            Row(
                (
                    *_MEDIA,
                    Field("location", Report(FIXED_SIZE), lambda facts, left: left >= FIXED_SIZE),
                    Field("data_len", SizeOfRest()),
                )
            )
        ),
    ),
    0x0802: (Layout(Row((Field("ack_serial", WORD), Field("items", Several(_STORED, WORD))))),),
    0x0805: (Layout(Row((Field("ack_serial", WORD), Field("result", BYTE), Field("ids", Several(DWORD, WORD))))),),
    0x0A00: _KEY,
    0x8800: (
        Layout(
            Row((Field("media_id", DWORD), Field("ids", Several(WORD, BYTE), lambda facts, left: left > 0))),
        ),
    ),
    0x8801: (
        Layout(
            Row(
                (
                    Field("channel", BYTE),
                    Field("command", WORD),
                    Field("interval_s", WORD),
                    *(Field(name, BYTE) for name in _SHOT),
                )
            )
        ),
    ),
    0x8802: (Layout(Row(_SEARCH)),),
    0x8803: (Layout(Row((*_SEARCH, Field("delete", BYTE)))),),
    0x8804: (
        Layout(Row((Field("command", BYTE), Field("seconds", WORD), Field("save", BYTE), Field("sampling", BYTE)))),
    ),
    0x8805: (Layout(Row((_MEDIA[0], Field("delete", BYTE)))),),
    0x8A00: _KEY,
}
