"""Text to the driver's screen, questions and their answers, phone calls.

Source: JT/T 808-2013 and -2019, information messages; 0x8301–0x8304 and their answers are gone from the 2019 edition
but still spoken under its header.
"""

from __future__ import annotations

from edge.serial_terminal.jt808.fields import BYTE, WORD, Field, Row, Several, Text
from edge.serial_terminal.jt808.layout import Layout, Layouts

_EVENT = Row((Field("id", BYTE), Field("text", Text(counted=BYTE))))
_CHOICE = Row((Field("id", BYTE), Field("text", Text(counted=WORD))))
_CONTACT = Row((Field("flag", BYTE), Field("phone", Text(counted=BYTE)), Field("name", Text(counted=BYTE))))

TEXT: dict[int, Layouts] = {
    0x0301: (Layout(Row((Field("event_id", BYTE),))),),
    0x0302: (Layout(Row((Field("ack_serial", WORD), Field("answer_id", BYTE)))),),
    0x0303: (Layout(Row((Field("type", BYTE), Field("flag", BYTE)))),),
    0x8300: (
        Layout(Row((Field("flag", BYTE), Field("text_type", BYTE), Field("text", Text()))), 2019),
        Layout(Row((Field("flag", BYTE), Field("text", Text()))), 2013),
    ),
    0x8301: (
        Layout(
            Row(
                (Field("type", BYTE), Field("events", Several(_EVENT, BYTE), lambda facts, left: left > 0)),
            )
        ),
    ),
    0x8302: (
        Layout(
            Row((Field("flag", BYTE), Field("question", Text(counted=BYTE)), Field("answers", Several(_CHOICE)))),
        ),
    ),
    0x8303: (
        Layout(
            Row((Field("type", BYTE), Field("items", Several(_CHOICE, BYTE), lambda facts, left: left > 0))),
        ),
    ),
    0x8304: (Layout(Row((Field("type", BYTE), Field("text", Text(counted=WORD))))),),
    0x8400: (Layout(Row((Field("flag", BYTE), Field("phone", Text())))),),
    0x8401: (
        Layout(
            Row((Field("type", BYTE), Field("contacts", Several(_CONTACT, BYTE), lambda facts, left: left > 0))),
        ),
    ),
}
