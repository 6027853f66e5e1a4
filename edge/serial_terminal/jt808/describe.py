"""One captured frame, told as facts: what `ortoo terminal decode` prints.

Rules kept here:
* One line in, one object out. A damaged or unreadable frame is told too: `error` says why, with whatever its header
  still shows; a line holding several frames gives them in order under `frames`.
* A position report's facts stand beside the header's; every other message has its own under `body`.
"""

from __future__ import annotations

from edge.serial_terminal.facts import Facts, from_hex
from edge.serial_terminal.jt808 import header as headers
from edge.serial_terminal.jt808 import messages
from edge.serial_terminal.jt808.frame import FLAG, PAYLOAD_SIZE_MIN, BadFrame, Frame, FrameDecoder
from edge.serial_terminal.jt808.header import Header

POSITION = 0x0200


class Telling:
    """The frames of a stream as facts."""

    def __init__(self) -> None:
        self._decoder = FrameDecoder()

    def receive(self, data: bytes, at_ms: int) -> list[Facts]:
        return [_tell(event) for event in self._decoder.receive(data)]

    def finish(self, at_ms: int) -> list[Facts]:
        left = self._decoder.receive(FLAG)
        return [{"error": "truncated"} for event in left if isinstance(event, BadFrame)] + [
            _tell(event) for event in left if isinstance(event, Frame)
        ]


def describe(line: str) -> Facts:
    """Tell what one line of hex holds; spaces, commas, colons and 0x between the digits do not matter."""
    raw = from_hex(line)
    if raw is None:
        return {"error": "not hex"}
    start = raw.find(FLAG)
    if start < 0:
        return {"error": "no 7e delimiter"}
    decoder = FrameDecoder()
    events = decoder.receive(raw[start:])
    if not raw.endswith(FLAG):
        events += decoder.receive(FLAG)
        if events and isinstance(events[-1], BadFrame):
            events[-1] = events[-1]._replace(reason="truncated")
    told = [_tell(event) for event in events]
    if not told:
        return {"error": "empty frame"}
    return told[0] if len(told) == 1 else {"frames": told}


def _tell(event: Frame | BadFrame) -> Facts:
    if isinstance(event, Frame):
        return tell(messages.read(event.payload))
    payload = event.raw.replace(b"\x7d\x02", b"\x7e").replace(b"\x7d\x01", b"\x7d")[:-1]
    if len(payload) < PAYLOAD_SIZE_MIN:
        return {"error": event.reason}
    return _head(headers.parse(payload), len(payload)) | {"checksum_ok": False, "error": event.reason}


def tell(message: messages.Message) -> Facts:
    """The facts of one message: header, then position or body."""
    header, size = message.header, message.header.body_at + len(message.raw)
    told = _head(header, size) | {"checksum_ok": True}
    if header.fault:
        told |= {"error": _fault(header, size - header.body_at), "body": message.facts}
    elif header.packets:
        told["fragment_len"] = len(message.raw)
    elif header.msg_id == POSITION:
        told |= message.facts
    else:
        told["body"] = message.facts
    if message.partial:
        told |= {"partial": True, "error": f"body too short: {message.partial}"}
    return told


def _head(header: Header, size: int) -> Facts:
    told: Facts = {
        "msg_id": f"0x{header.msg_id:04x}",
        "phone": header.phone,
        "serial": header.serial,
        "version": header.version,
    }
    if header.version == 2019:
        told["protocol_version"] = header.protocol_version
    if header.packets:
        told |= {"subpackaged": True, "pkg_total": header.packet_total, "pkg_index": header.packet_index}
    if header.encryption:
        told["encryption"] = header.encryption
    if header.liar:
        told["layout_flag_wrong"] = True
    return told | {
        "checksum_ok": True,
        "length_ok": header.body_len == size - header.body_at,
        "body_len": header.body_len,
    }


def _fault(header: Header, held: int) -> str:
    """The header's fault in words, with the figures behind it."""
    return {
        "length": f"length mismatch: attribute says {header.body_len}, frame holds {held}",
        "encrypted": f"encrypted body ({header.encryption})",
        "packet": f"packet {header.packet_index} of {header.packet_total}",
        "short": "header cut short",
    }[header.fault]
