"""Session messages: general answers, registration, authentication, heartbeat, missing packets, time.

Source: JT/T 808-2013 and -2019, terminal management; 0x0100 of the 2011 edition is known by its shorter body. 0x0109
and 0x8109 are a vendor's time request and its answer, from before 2019 had its own.
"""

from __future__ import annotations

from edge.serial_terminal.jt808.fields import BYTE, MESSAGE_ID, WORD, Digits, Field, Row, Several, Text
from edge.serial_terminal.jt808.layout import Layout, Layouts

EMPTY: Layouts = (Layout(Row()),)
ANSWER: Layouts = (Layout(Row((Field("ack_serial", WORD), Field("ack_id", MESSAGE_ID), Field("result", BYTE)))),)
IMEI_SIZE = 15
REGISTER_2013_SIZE_MIN = 37  # bytes; a shorter registration is of the 2011 edition


def _register(maker: int, model: int, terminal_id: int) -> Row:
    return Row(
        (
            Field("province", WORD),
            Field("city", WORD),
            Field("maker", Text(maker)),
            Field("model", Text(model)),
            Field("terminal_id", Text(terminal_id)),
            Field("plate_color", BYTE),
            Field("plate", Text()),
        )
    )


_CODE_2019 = Row(
    (
        Field("auth_code", Text(counted=BYTE)),
        Field("imei", Text(IMEI_SIZE), lambda facts, left: left > 0),
        Field("software", Text(20), lambda facts, left: left > 0),
    )
)


def _counts_its_code(body: bytes) -> bool:
    """Whether byte 0 can be the code's length: 2019 headers are seen with a 2013 body, which is all code."""
    after = len(body) - 1 - (body[0] if body else 0)
    return after == 0 or after >= IMEI_SIZE


_UTC = ("month", "day", "hour", "minute", "second")
_MISSING = Field("serial", WORD)

SESSION: dict[int, Layouts] = {
    0x0001: ANSWER,
    0x0002: EMPTY,
    0x0003: EMPTY,
    0x0004: EMPTY,
    0x0005: (Layout(Row((_MISSING, Field("ids", Several(WORD, WORD))))),),
    0x0100: (
        Layout(_register(11, 30, 30), 2019),
        Layout(_register(5, 8, 7), 2013, lambda body: len(body) < REGISTER_2013_SIZE_MIN, bygone=True),
        Layout(_register(5, 20, 7), 2013),
    ),
    0x0102: (
        Layout(_CODE_2019, 2019, _counts_its_code),
        Layout(Row((Field("auth_code", Text()),))),
    ),
    0x0109: EMPTY,
    0x8001: ANSWER,
    0x8003: (
        Layout(Row((_MISSING, Field("ids", Several(WORD, WORD)))), 2019),
        Layout(Row((_MISSING, Field("ids", Several(WORD, BYTE)))), 2013),
    ),
    0x8004: (Layout(Row((Field("utc_bcd", Digits(6)),))),),
    0x8100: (
        Layout(
            Row(
                (
                    Field("ack_serial", WORD),
                    Field("result", BYTE),
                    Field("auth_code", Text(), lambda facts, left: facts["result"] == 0),
                )
            )
        ),
    ),
    0x8109: (Layout(Row((Field("year", WORD), *(Field(name, BYTE) for name in _UTC)))),),
    0x8204: EMPTY,
}
