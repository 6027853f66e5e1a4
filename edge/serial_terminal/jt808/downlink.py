"""What the platform says on one line: each terminal in its own edition, with its own serial numbers.

Rules kept here:
* A terminal is answered with the phone bytes and in the header layout it speaks, whatever it announces.
* A body too long for one packet goes in several, each with a serial of its own.
* What may not be said to any terminal cannot be framed here, and nothing else frames.
* What was said last is remembered: half-duplex lines and some modems give every byte back to its sender.
* Bounded: SESSIONS_MAX phones, the one silent longest gives way.
Source: JT/T 808-2013 and -2019, message header and serial numbers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from edge.serial_terminal.jt808 import header as headers
from edge.serial_terminal.jt808 import messages
from edge.serial_terminal.jt808.frame import encode
from edge.serial_terminal.jt808.header import BODY_SIZE_MAX, Header
from edge.serial_terminal.jt808.permits import require_allowed

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
    frames: int = 0  # good ones heard of it here
    bytes: int = 0
    bad: int = 0  # damaged frames that still showed its phone: a guess, never more


class Sent(NamedTuple):
    """A message as it goes on the line: its packets, and the serial of each."""

    serials: tuple[int, ...]
    frames: tuple[bytes, ...]


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

    def expect(self, phone: str) -> None:
        """Make a session for a terminal that speaks only when spoken to; 20 digits mean the 2019 edition."""
        self.session_of(phone.zfill(20 if len(phone) > 12 else 12))

    def session_of(self, phone: str) -> Session:
        """The session of a phone; a new one if it gave way to others since something was asked of it."""
        return self.sessions.setdefault(phone, Session(phone, 2019 if len(phone) > 12 else 2013))

    def check(self, session: Session, msg_id: int, facts: Mapping[str, Any]) -> None:
        """Raise now what `message` would raise later."""
        require_allowed(msg_id, facts)
        messages.write_body(msg_id, session.version, facts)

    def frame(self, session: Session, msg_id: int, facts: Mapping[str, Any]) -> bytes:
        """A message to one terminal, ready to write; see `message`."""
        return b"".join(self.message(session, msg_id, facts).frames)

    def message(self, session: Session, msg_id: int, facts: Mapping[str, Any]) -> Sent:
        """A message to one terminal, escaped and delimited, in as many packets as it needs.

        Raises:
            KeyError: the message has no table, or a fact its table needs is missing.
            RuleBroken: `terminal_forbidden`: it may not be sent at all.
        """
        require_allowed(msg_id, facts)
        body = messages.write_body(msg_id, session.version, facts)
        parts = [body[at : at + BODY_SIZE_MAX] for at in range(0, len(body), BODY_SIZE_MAX)] or [b""]
        sent = [self._packet(session, msg_id, part, len(parts), index) for index, part in enumerate(parts, 1)]
        return Sent(tuple(serial for serial, _ in sent), tuple(frame for _, frame in sent))

    def _packet(self, session: Session, msg_id: int, body: bytes, total: int, index: int) -> tuple[int, bytes]:
        serial = session.serial
        header = Header(
            msg_id,
            session.phone,
            serial,
            session.version,
            packets=total > 1,
            packet_total=total,
            packet_index=index,
        )
        payload = headers.build(header, body)
        session.serial = (serial + 1) & 0xFFFF
        self._said.append(payload)
        return serial, encode(payload)

    def is_echo(self, payload: bytes) -> bool:
        """Whether this is one of the last frames said here."""
        return payload in self._said


def downwards(payload: bytes) -> bool:
    """Whether a payload's message id is one that platforms send: 0x8000 up, except the vendors' 0xE000–0xEFFF."""
    return payload[0] >= 0x80 and payload[0] >> 4 != 0xE
