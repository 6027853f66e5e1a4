"""The platform's side of JT/T 808 on one line: several terminals by phone, each with its own conversation.

Rules kept here:
* Sans-IO: bytes and the time go in, `Heard` comes out. The caller stores it, then writes its `answer`, in that order.
* A frame with a bad check, escape or length is counted and never answered: its terminal will repeat it.
* A message in packets is answered once it is whole, for all its packets: one acknowledged alone could be lost with us.
* Nothing heard of our own or of another platform's frames is taken for a terminal's.
Source: JT/T 808-2013 and -2019, communication management. What is answered with what: `replies`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edge.serial_terminal.jt808 import header as headers
from edge.serial_terminal.jt808.allowlist import Allowlist
from edge.serial_terminal.jt808.downlink import Downlink, Session, downwards
from edge.serial_terminal.jt808.frame import BadFrame, FrameDecoder
from edge.serial_terminal.jt808.heard import Counters, Heard
from edge.serial_terminal.jt808.packages import Packages, Whole
from edge.serial_terminal.jt808.replies import Replies


class Station:
    """The conversation on one line."""

    def __init__(self, allowlist: Allowlist) -> None:
        self.counters = Counters()
        self._downlink = Downlink()
        self._replies = Replies(allowlist, self._downlink)
        self._decoder, self._packages = FrameDecoder(), Packages()

    @property
    def sessions(self) -> Mapping[str, Session]:
        """The terminals heard on this line, by phone."""
        return self._downlink.sessions

    def receive(self, data: bytes, at_ms: int) -> list[Heard]:
        """Take any slice of the line's bytes; return the messages it completed, in order. Never raises."""
        self.counters.bytes += len(data)
        heard = []
        for event in self._decoder.receive(data):
            if isinstance(event, BadFrame):
                self.counters.bad[event.reason] += 1
            elif downwards(event.payload) and self._downlink.is_echo(event.payload):
                self.counters.echoes += 1
            elif (message := self._hear(event.payload, at_ms)) is not None:
                heard.append(message)
        return heard

    def reset(self) -> None:
        """The line broke: half a frame and half a message are worth nothing any more."""
        self._decoder, self._packages = FrameDecoder(), Packages()

    def due(self, at_ms: int) -> list[bytes]:
        """Frames to write now although nothing was heard: requests for packets that are missing. Call every second."""
        self.counters.given_up += len(self._packages.expire(at_ms))
        return [
            self.send(lacking.header.phone, 0x8003, {"serial": lacking.serial, "ids": lacking.indexes})
            for lacking in self._packages.missing(at_ms)
            if lacking.header.phone in self.sessions
        ]

    def send(self, phone: str, msg_id: int, facts: Mapping[str, Any]) -> bytes:
        """A message to a terminal that was heard on this line, ready to write.

        Raises:
            KeyError: the phone was not heard here, the message has no table, or a fact its table needs is missing.
            ValueError: the body does not fit one packet.
        """
        return self._downlink.frame(self.sessions[phone], msg_id, facts)

    def _hear(self, payload: bytes, at_ms: int) -> Heard | None:
        header = headers.parse(payload)
        fault = header.fault if header.msg_id else "no_id"  # a run of zeros has a right check code and length
        if fault and fault != "encrypted":
            self.counters.bad[fault] += 1
            return None
        self.counters.good += 1
        self.counters.by_id[header.msg_id] += 1
        if downwards(payload):
            self.counters.foreign += 1
            return None
        body = payload[header.body_at :]
        whole: Whole | None = Whole(header, body, (header.serial,))
        if header.packets and self._replies.knows(header.phone):
            whole = self._packages.add(header, body, at_ms)
        heard = self._replies.to(whole, at_ms) if whole else self._replies.to_packet(header, body, at_ms)
        self.counters.refused += heard.kind == "refused"
        return heard
