"""What the platform says on one line: each terminal in its own edition, with its own serial numbers.

Rules kept here:
* A terminal is answered with the phone bytes and in the header layout it speaks, whatever it announces.
* What was said last is remembered: half-duplex lines and some modems give every byte back to its sender.
* Bounded: SESSIONS_MAX phones, the one silent longest gives way.
Source: JT/T 808-2013 and -2019, message header and serial numbers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edge.serial_terminal.jt808 import header as headers
from edge.serial_terminal.jt808 import messages
from edge.serial_terminal.jt808.frame import encode
from edge.serial_terminal.jt808.header import Header

SESSIONS_MAX = 256
ECHOES_KEPT = 32  # payloads


@dataclass(slots=True)
class Session:
    """One terminal on this line, as the conversation knows it."""

    phone: str
    version: int = 2013
    liar: bool = False  # announces one header layout and sends the other
    authenticated: bool = False
    serial: int = 0  # of our next frame to it
    heard_ms: int = 0
    clock_offset_ms: int | None = None  # its clock minus ours, when it last told the time


class Downlink:
    """The sessions of one line, and the frames made for them."""

    def __init__(self) -> None:
        self.sessions: dict[str, Session] = {}
        self._said: deque[bytes] = deque(maxlen=ECHOES_KEPT)

    def session(self, header: Header, at_ms: int) -> Session:
        """The session of the terminal that sent this header, brought up to date."""
        session = self.sessions.pop(header.phone, None) or Session(header.phone)
        session.version, session.liar, session.heard_ms = header.version, header.liar, at_ms
        self.sessions[header.phone] = session  # at the young end
        if len(self.sessions) > SESSIONS_MAX:
            del self.sessions[next(iter(self.sessions))]
        return session

    def frame(self, session: Session, msg_id: int, facts: Mapping[str, Any]) -> bytes:
        """A message to one terminal, escaped and delimited.

        Raises:
            KeyError: the message has no table, or a fact its table needs is missing.
            ValueError: the body does not fit one packet.
        """
        body = messages.write_body(msg_id, session.version, facts)
        payload = headers.build(Header(msg_id, session.phone, session.serial, session.version), body)
        session.serial = (session.serial + 1) & 0xFFFF
        self._said.append(payload)
        return encode(payload)

    def is_echo(self, payload: bytes) -> bool:
        """Whether this is one of the last frames said here."""
        return payload in self._said


def downwards(payload: bytes) -> bool:
    """Whether a payload's message id is one that platforms send: 0x8000 up, except the vendors' 0xE000–0xEFFF."""
    return payload[0] >= 0x80 and payload[0] >> 4 != 0xE
