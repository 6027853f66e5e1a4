"""Parameters, attributes and control of a terminal.

Source: JT/T 808-2013 and -2019, terminal parameters and attributes. In 0x0107 and 0x8108 the maker's id has 5 bytes
in most 2019 terminals and 11 in some, even of one vendor: the length that uses up the body exactly is the right one.
"""

from __future__ import annotations

from edge.serial_terminal.jt808.fields import (
    BYTE,
    DWORD,
    PARAMETER_ID,
    WORD,
    Cursor,
    Digits,
    Facts,
    Field,
    Raw,
    Row,
    Several,
    Text,
)
from edge.serial_terminal.jt808.layout import Layout, Layouts, consumed_exactly
from edge.serial_terminal.jt808.tables.session import EMPTY


class Parameter:
    """`DWORD id · BYTE length · value`: unknown ids are skipped by their length, values kept as hex."""

    def read(self, cursor: Cursor) -> Facts:
        parameter, size = PARAMETER_ID.read(cursor), int(BYTE.read(cursor))
        return {"id": parameter, "len": size, "hex": cursor.take(size).hex()}

    def write(self, value: Facts) -> bytes:
        raw = bytes.fromhex(value["hex"])
        return PARAMETER_ID.write(value["id"]) + BYTE.write(len(raw)) + raw


_PARAMETERS = (Field("count", BYTE), Field("params", Several(Parameter())))


def _attributes(maker: int, model: int, terminal_id: int) -> Row:
    return Row(
        (
            Field("terminal_type", WORD),
            Field("maker", Text(maker)),
            Field("model", Text(model)),
            Field("terminal_id", Text(terminal_id)),
            Field("iccid", Digits(10)),
            Field("hardware", Text(counted=BYTE)),
            Field("firmware", Text(counted=BYTE)),
            Field("gnss", BYTE),
            Field("comm", BYTE),
        )
    )


def _upgrade(maker: int) -> Row:
    return Row(
        (
            Field("type", BYTE),
            Field("maker", Text(maker)),
            Field("version", Text(counted=BYTE)),
            Field("data", Raw(counted=DWORD)),
        )
    )


def _by_maker(*rows: tuple[int, Row, int]) -> Layouts:
    return tuple(Layout(row, version, consumed_exactly(row), {"maker_len": maker}) for maker, row, version in rows)


SETTINGS: dict[int, Layouts] = {
    0x0104: (Layout(Row((Field("ack_serial", WORD), *_PARAMETERS))),),
    0x0107: _by_maker(
        (5, _attributes(5, 30, 30), 2019),
        (11, _attributes(11, 30, 30), 2019),
        (5, _attributes(5, 20, 7), 2013),
    ),
    0x0108: (Layout(Row((Field("type", BYTE), Field("result", BYTE)))),),
    0x8103: (Layout(Row(_PARAMETERS)),),
    0x8104: EMPTY,
    0x8105: (Layout(Row((Field("command", BYTE), Field("args", Text())))),),
    0x8106: (Layout(Row((Field("ids", Several(PARAMETER_ID, BYTE)),))),),
    0x8107: EMPTY,
    0x8108: _by_maker((5, _upgrade(5), 0), (11, _upgrade(11), 2019)),
}
