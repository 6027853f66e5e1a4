"""The platform's side of JT/T 808 on one line: several terminals by phone, each with its own conversation.

Rules kept here:
* Sans-IO: bytes and the time go in, `Heard` comes out. The caller stores it, then writes its `answer`, in that order.
* A frame with a bad check, escape or length is counted and never answered: its terminal will repeat it.
* A message in packets is answered once it is whole, for all its packets: one acknowledged alone could be lost with us.
* Nothing heard of our own or of another platform's frames is taken for a terminal's.
* What is asked of a terminal goes through the outbox, which waits for its answer; `outcomes` says how each ended.
* Padlocks (0x5501, 0x5502) bend the header: their frames are kept whole and raw, and nothing else is made of them.
Source: JT/T 808-2013 and -2019, communication management. What is answered with what: `replies`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edge.serial_terminal.jt808 import header as headers
from edge.serial_terminal.jt808.allowlist import Allowlist
from edge.serial_terminal.jt808.downlink import Downlink, Sent, Session, downwards
from edge.serial_terminal.jt808.frame import BadFrame, FrameDecoder
from edge.serial_terminal.jt808.header import Header
from edge.serial_terminal.jt808.heard import Counters, Heard
from edge.serial_terminal.jt808.outbox import PATIENT, Outbox, Outcome, Patience
from edge.serial_terminal.jt808.packages import Missing, Packages, Whole
from edge.serial_terminal.jt808.replies import MEDIA, Replies
from fleet.ports import Randomness

PADLOCKS = frozenset({0x5501, 0x5502})
PHONE = slice(4, 10)  # where the phone stands in a 2013 header


class Station:
    """The conversation on one line."""

    def __init__(
        self,
        allowlist: Allowlist,
        randomness: Randomness | None = None,
        patience: Patience = PATIENT,
        counters: Counters | None = None,
    ) -> None:
        self.counters = counters or Counters()
        self.outcomes: list[Outcome] = []
        self._downlink = Downlink()
        self._outbox = Outbox(randomness, patience)
        self._to_repeat: list[bytes] = []
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
                self._suspect(event.raw)
            elif downwards(event.payload) and self._downlink.is_echo(event.payload):
                self.counters.echoes += 1
            elif (message := self._hear(event.payload, at_ms)) is not None:
                heard.append(message)
        return heard

    def reset(self) -> None:
        """The line broke: half a frame and half a message are worth nothing any more."""
        self._decoder, self._packages = FrameDecoder(), Packages()

    def due(self, at_ms: int) -> list[bytes]:
        """Frames to write now although nothing was heard: questions, resends, requests for packets that are missing.

        Call it every second, and after `ask`.
        """
        self.counters.given_up += len(self._packages.expire(at_ms))
        wanted = [
            self._ask_again(lacking)
            for lacking in self._packages.missing(at_ms)
            if lacking.header.phone in self.sessions
        ]
        questions, given_up = self._outbox.due(at_ms, self._build)
        self.outcomes += given_up
        repeats, self._to_repeat = self._to_repeat, []
        return wanted + repeats + questions

    def ask(self, phone: str, msg_id: int, facts: Mapping[str, Any]) -> int:
        """Queue a message to a terminal that was heard or is expected here; the ticket of its outcome.

        Raises:
            KeyError: the phone was not heard here, the message has no table, or a fact its table needs is missing.
            RuleBroken: `terminal_forbidden`. Unavailable: `terminal_busy`.
        """
        session = self.sessions[phone]
        self._downlink.check(session, msg_id, facts)
        return self._outbox.put(phone, msg_id, facts)

    def expect(self, phone: str) -> None:
        """Let a terminal be asked before it was ever heard: on a polled line it speaks only then."""
        self._downlink.expect(phone)

    def knows(self, phone: str) -> bool:
        """Whether the phone is on the unit's list."""
        return self._replies.knows(phone)

    def is_waiting(self, phone: str) -> bool:
        """Whether something asked of this terminal is not answered yet."""
        return self._outbox.is_waiting(phone)

    @property
    def is_idle(self) -> bool:
        """Whether everything asked here has been answered or given up."""
        return self._outbox.is_idle

    def send(self, phone: str, msg_id: int, facts: Mapping[str, Any]) -> bytes:
        """A message to a terminal that was heard on this line, ready to write, whose answer nobody awaits.

        Raises:
            KeyError: the phone was not heard here, the message has no table, or a fact its table needs is missing.
            RuleBroken: `terminal_forbidden`.
        """
        return self._downlink.frame(self.sessions[phone], msg_id, facts)

    def _build(self, phone: str, msg_id: int, facts: Mapping[str, Any]) -> Sent:
        return self._downlink.message(self._downlink.session_of(phone), msg_id, facts)

    def _ask_again(self, lacking: Missing) -> bytes:
        """A picture whose first packet is held is asked for by its own answer, everything else by 0x8003."""
        phone = lacking.header.phone
        if lacking.header.msg_id == MEDIA and lacking.header.packet_index == 1:
            facts = {"media_id": int.from_bytes(lacking.head[:4], "big"), "ids": lacking.indexes}
            return self.send(phone, 0x8800, facts)
        return self.send(phone, 0x8003, {"serial": lacking.serial, "ids": lacking.indexes})

    def _hear(self, payload: bytes, at_ms: int) -> Heard | None:
        header = headers.parse(payload)
        if header.msg_id in PADLOCKS:
            header = Header(header.msg_id, payload[PHONE].hex(), 0, fault="padlock")
        fault = header.fault if header.msg_id else "no_id"  # a run of zeros has a right check code and length
        if fault and fault not in ("encrypted", "padlock"):
            self.counters.bad[fault] += 1
            self._suspect(payload)
            return None
        self.counters.good += 1
        self.counters.by_id[header.msg_id] += 1
        if downwards(payload):
            self.counters.foreign += 1
            return None
        heard = self._read(header, payload, at_ms)
        self.counters.refused += heard.kind == "refused"
        if (session := self.sessions.get(header.phone)) is not None:
            session.frames += 1
            session.bytes += len(payload)
        if heard.kind not in ("refused", "packet"):
            repeats, outcomes = self._outbox.heard(heard)
            self._to_repeat += repeats
            self.outcomes += outcomes
        return heard

    def _read(self, header: Header, payload: bytes, at_ms: int) -> Heard:
        body = payload[header.body_at :]
        if header.fault == "padlock":
            return self._replies.to_padlock(header, payload, at_ms)
        whole: Whole | None = Whole(header, body, (header.serial,))
        if header.packets and self._replies.knows(header.phone):
            whole = self._packages.add(header, body, at_ms)
        return self._replies.to(whole, at_ms) if whole else self._replies.to_packet(header, body, at_ms)

    def _suspect(self, raw: bytes) -> None:
        """Count a damaged frame against the terminal whose phone still stands in it, if it is one of ours."""
        for phone in (raw[PHONE].hex(), raw[5:15].hex()):
            if (session := self.sessions.get(phone)) is not None:
                session.bad += 1
                return
