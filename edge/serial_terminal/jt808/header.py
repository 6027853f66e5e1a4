"""JT/T 808 message header, both layouts, built and parsed.

    2013   id 2 | attributes 2 | phone BCD[6] | serial 2 | [total 2 | index 2]                       12 or 16 bytes
    2019   id 2 | attributes 2 | version 1 | phone BCD[10] | serial 2 | [total 2 | index 2]          17 or 21 bytes

    attributes: bits 0-9 body length, 10-12 encryption, 13 packet words follow, 14 the 2019 layout

Rules kept here:
* The phone is a key, not a number: real terminals pack hex digits into it. It is kept as raw hex and answered with
  the same bytes; `alias` is for people.
* Known liars: terminals that set bit 14 on a 2013 header, or leave it clear on a 2019 one. If the length fits only
  the layout that was not announced, that layout is used and `liar` says so.
* A header that fits neither is still returned as announced, with its `fault`, so that it can be counted and shown.
Source: JT/T 808-2013 and -2019, message header and body attributes.
"""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

BODY_SIZE_MAX = 0x3FF  # bytes in one packet: ten bits of length
LENGTH_BITS, ENCRYPTION_BITS, PACKET_BIT, LAYOUT_BIT = 0x03FF, 0x1C00, 0x2000, 0x4000
UNUSUAL_BITS = ENCRYPTION_BITS | PACKET_BIT
_HEAD_2013, _HEAD_2019 = Struct(">HH6sH"), Struct(">HHB10sH")
_PACKET = Struct(">HH")
_new = tuple.__new__  # what a NamedTuple's own constructor calls, without its argument handling


class Header(NamedTuple):
    """One header. The packet words are 1 and 1 for a message that came in one packet; the body starts at `body_at`.

    `fault` is "" or one of: encrypted, length, short (no room for the announced header), packet (an index of 0 or
    beyond the total).
    """

    msg_id: int
    phone: str
    serial: int
    version: int = 2013
    body_len: int = 0
    body_at: int = 12
    packet_total: int = 1
    packet_index: int = 1
    packets: bool = False
    protocol_version: int = 0
    encryption: int = 0
    liar: bool = False
    fault: str = ""

    @property
    def alias(self) -> str:
        """The phone as people write it: without its leading zeros."""
        return self.phone.lstrip("0")


def parse(payload: bytes, layout: int = 0) -> Header:
    """Read the header of an unescaped payload of 12 bytes or more; never raises.

    `layout` 0 is the one announced, and the other if only that fits; 2013 or 2019 is that one, whatever is announced.
    """
    version, held = layout or (2019 if payload[2] & 0x40 else 2013), len(payload)
    if version == 2013:
        size, protocol_version = 12, 0
        msg_id, attributes, phone, serial = _HEAD_2013.unpack_from(payload)
    elif held >= 17:
        size = 17
        msg_id, attributes, protocol_version, phone, serial = _HEAD_2019.unpack_from(payload)
    else:
        header = Header(int.from_bytes(payload[:2], "big"), payload[4:].hex(), 0, version, fault="short")
        return header if layout else _fitting(payload, header)
    body_len = attributes & LENGTH_BITS
    if held - size == body_len and not attributes & UNUSUAL_BITS:  # nearly every frame there is
        return _new(
            Header, (msg_id, phone.hex(), serial, version, body_len, size, 1, 1, False, protocol_version, 0, False, "")
        )
    header = Header(msg_id, phone.hex(), serial, version, body_len, size)
    header = _read_rare(payload, header, attributes, protocol_version)
    return header if layout else _fitting(payload, header)


def _fitting(payload: bytes, announced: Header) -> Header:
    """The header as announced, or in the other layout if its length fits only that."""
    if announced.fault not in ("length", "short"):
        return announced
    other = parse(payload, 2013 if announced.version == 2019 else 2019)
    return announced if other.fault else other._replace(liar=True)


def _read_rare(payload: bytes, header: Header, attributes: int, protocol_version: int) -> Header:
    """Packet words and encryption: the long way round."""
    encryption, packets = (attributes & ENCRYPTION_BITS) >> 10, bool(attributes & PACKET_BIT)
    total = index = 1
    size, fault = header.body_at, ""
    if packets and len(payload) < size + 4:
        fault = "short"
    elif packets:
        total, index = _PACKET.unpack_from(payload, size)
        size += 4
        fault = "" if 1 <= index <= total else "packet"
    if len(payload) - size != header.body_len:
        fault = fault or "length"
    return header._replace(
        body_at=size,
        packet_total=total,
        packet_index=index,
        packets=packets,
        protocol_version=protocol_version,
        encryption=encryption,
        fault=fault or ("encrypted" if encryption else ""),
    )


def build(header: Header, body: bytes) -> bytes:
    """Return header + body, ready for `frame.encode`; the length is taken from `body`, the rest from `header`.

    Raises:
        ValueError: the body is longer than one packet carries, or the phone has not the layout's number of digits.
    """
    digits = 20 if header.version == 2019 else 12
    if len(body) > BODY_SIZE_MAX or len(header.phone) != digits:
        raise ValueError(f"one packet carries {BODY_SIZE_MAX} bytes and a phone of {digits} digits")
    attributes = len(body) | (PACKET_BIT if header.packets else 0)
    phone = bytes.fromhex(header.phone)
    if header.version == 2019:
        head = _HEAD_2019.pack(
            header.msg_id, attributes | LAYOUT_BIT, header.protocol_version or 1, phone, header.serial & 0xFFFF
        )
    else:
        head = _HEAD_2013.pack(header.msg_id, attributes, phone, header.serial & 0xFFFF)
    return head + (_PACKET.pack(header.packet_total, header.packet_index) if header.packets else b"") + body
