"""Payload in, message out, and back: the header plus the body read by its table.

Rules kept here:
* An id without a table is a message all the same: its body is kept as hex under `undecoded_body`.
* A packet of a longer message is not read by itself; `packages` joins them first, and `read_body` reads the whole.
Source: JT/T 808-2011, -2013 and -2019.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from edge.serial_terminal.jt808 import header as headers
from edge.serial_terminal.jt808 import layout as layouts
from edge.serial_terminal.jt808.header import Header
from edge.serial_terminal.jt808.layout import Body, Layouts
from edge.serial_terminal.jt808.tables.areas import AREAS
from edge.serial_terminal.jt808.tables.media import MEDIA
from edge.serial_terminal.jt808.tables.reports import REPORTS
from edge.serial_terminal.jt808.tables.session import SESSION
from edge.serial_terminal.jt808.tables.settings import SETTINGS
from edge.serial_terminal.jt808.tables.text import TEXT

TABLES: dict[int, Layouts] = SESSION | SETTINGS | REPORTS | TEXT | AREAS | MEDIA


class Message(NamedTuple):
    """One message: `facts` are its body's fields by name, `partial` says where a short body ended."""

    header: Header
    raw: bytes
    facts: dict[str, Any]
    partial: str = ""


def read(payload: bytes) -> Message:
    """Read one unescaped payload of 12 bytes or more; never raises. A packet's or a faulty header's body stays raw."""
    header = headers.parse(payload)
    raw = payload[header.body_at :]
    if header.packets or header.fault:
        return Message(header, raw, {"undecoded_body": raw.hex()})
    return Message(header, raw, *read_body(header.msg_id, header.version, raw))


def read_body(msg_id: int, version: int, body: bytes) -> Body:
    """Read a whole body, of one packet or of several joined, by its table."""
    return layouts.read(TABLES.get(msg_id, ()), version, body)


def write_body(msg_id: int, version: int, facts: Mapping[str, Any]) -> bytes:
    """Encode a body from its facts.

    Raises:
        KeyError: the id has no table, or a fact its table needs is missing.
    """
    return layouts.write(TABLES[msg_id], version, facts)
