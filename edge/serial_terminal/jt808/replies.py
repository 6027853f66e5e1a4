"""What a whole message is, and what the platform says to it.

    0x0100 register        allow-list asked   →  0x8100 with the code, or why not
    0x0102 authenticate    code checked       →  0x8001 result 0, or 1
    0x0004 ask the time    (2019)             →  0x8004
    0x0109 ask the time    (vendors)          →  0x8109
    0x0801 media           each packet        →  0x8001 result 0: terminals stop sending without it
                           whole              →  0x8800, without the list some terminals refuse when it is empty
    0x0001 general answer                     →  nothing
    0x1nnn video           no table here      →  0x8001 result 0, kept raw: acknowledged to get it over with
    0x5501, 0x5502         padlocks           →  nothing, kept raw: their header is not the standard's
    an id without a table                     →  0x8001 result 3, kept raw
    all others                                →  0x8001 result 0, also when the body is cut short or too long

Rules kept here:
* Nobody is trusted for being on the line. Phones on the list are heard before they authenticate, because terminals in
  the field do that; all others are refused (result 1) and shown.
* The answer only says what will be true once the caller has stored what was heard. A picture's packets are the
  exception: a node that stops in the middle of one has lost it, and asks for it again by 0x8802 and 0x8805.
Source: JT/T 808-2013 and -2019, general answers and terminal management; field behaviour of 0x0200 and 0x8800.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from edge.serial_terminal.jt808 import messages, positions
from edge.serial_terminal.jt808.allowlist import Allowlist, AuthCode
from edge.serial_terminal.jt808.downlink import Downlink
from edge.serial_terminal.jt808.fields import Facts
from edge.serial_terminal.jt808.header import Header
from edge.serial_terminal.jt808.heard import Heard, Kind
from edge.serial_terminal.jt808.packages import Whole
from edge.serial_terminal.jt808.positions import POSITION_MESSAGES
from fleet.rules.position import Position

OK, FAILURE, NOT_SUPPORTED = 0, 1, 3  # results of a general answer
MEDIA = 0x0801

KINDS: dict[int, Kind] = {
    0x0001: "answer",
    0x0002: "heartbeat",
    0x0003: "unregistered",
    0x0005: "answer",
    0x0104: "answer",
    0x0107: "answer",
    0x0702: "driver",
    0x0200: "position",
    0x0201: "position",
    0x0500: "position",
    0x0704: "batch",
}


class Replies:
    """The verdict on every message of one line."""

    def __init__(self, allowlist: Allowlist, downlink: Downlink) -> None:
        self._allowlist, self._downlink = allowlist, downlink

    def knows(self, phone: str) -> bool:
        """Whether the phone is on the unit's list."""
        return self._allowlist.knows(phone)

    def to(self, whole: Whole, at_ms: int) -> Heard:
        """Read a whole message and make its answer."""
        msg_id = whole.header.msg_id
        if msg_id in _DOORS:
            return _DOORS[msg_id](self, whole, at_ms)
        if not self.knows(whole.header.phone):
            return self._refused(whole, at_ms)
        if msg_id not in messages.TABLES or whole.header.fault:
            video = msg_id >> 12 == 1 and not whole.header.fault
            answer = self._acknowledge(whole, at_ms, OK if video else NOT_SUPPORTED)
            return self._heard(whole, "unknown", at_ms, {}, answer=answer)
        return self._accepted(whole, at_ms)

    def to_packet(self, header: Header, body: bytes, at_ms: int) -> Heard:
        """A packet of a message that is not whole yet: shown, and answered only if it is a picture's."""
        packet = Whole(header, body, (header.serial,))
        if not self.knows(header.phone):
            return self._refused(packet, at_ms)
        answer = self._acknowledge(packet, at_ms, OK) if header.msg_id == MEDIA else None
        place = {"pkg_total": header.packet_total, "pkg_index": header.packet_index}
        return self._heard(packet, "packet", at_ms, place, answer=answer)

    def to_padlock(self, header: Header, payload: bytes, at_ms: int) -> Heard:
        """A padlock's frame, whole."""
        kind: Kind = "unknown" if self.knows(header.phone) else "refused"
        return self._heard(Whole(header, payload, ()), kind, at_ms, {})

    def _register(self, whole: Whole, at_ms: int) -> Heard:
        facts, cut = messages.read_body(0x0100, whole.header.version, whole.body)
        plate, terminal_id = (str(facts.get(name, "")).strip() for name in ("plate", "terminal_id"))
        verdict = self._allowlist.admit(whole.header.phone, plate, terminal_id, whole.header.version)
        admitted = isinstance(verdict, AuthCode)
        reply: Facts = {"ack_serial": whole.header.serial, "result": OK if admitted else verdict}
        if isinstance(verdict, AuthCode):
            reply["auth_code"] = verdict.code
        answer = self._say(whole, at_ms, 0x8100, reply)
        return self._heard(whole, "registered" if admitted else "refused", at_ms, facts, bool(cut), answer)

    def _authenticate(self, whole: Whole, at_ms: int) -> Heard:
        facts, cut = messages.read_body(0x0102, whole.header.version, whole.body)
        good = self._allowlist.check(whole.header.phone, str(facts.get("auth_code", "")))
        self._downlink.session(whole.header, at_ms).authenticated = good
        answer = self._acknowledge(whole, at_ms, OK if good else FAILURE)
        return self._heard(whole, "authenticated" if good else "refused", at_ms, facts, bool(cut), answer)

    def _refused(self, whole: Whole, at_ms: int) -> Heard:
        answer = None if whole.header.msg_id == 0x0001 else self._acknowledge(whole, at_ms, FAILURE)
        return self._heard(whole, "refused", at_ms, {}, answer=answer)

    def _accepted(self, whole: Whole, at_ms: int) -> Heard:
        msg_id = whole.header.msg_id
        session = self._downlink.session(whole.header, at_ms)
        if msg_id in POSITION_MESSAGES:
            facts, found, partial = positions.read(msg_id, whole.body)
            told_ms = found[-1].device_time_ms if found and msg_id != 0x0704 else None  # a batch tells old times
            session.clock_offset_ms = session.clock_offset_ms if told_ms is None else told_ms - at_ms
            acknowledged = self._acknowledge(whole, at_ms, OK)
            return self._heard(whole, KINDS[msg_id], at_ms, facts, partial, acknowledged, found)
        facts, cut = messages.read_body(msg_id, whole.header.version, whole.body)
        if msg_id == 0x0003:
            session.authenticated = False
        answer: bytes | None = None
        if msg_id in _ANSWERS:
            answer = self._say(whole, at_ms, *_ANSWERS[msg_id](facts, at_ms))
        elif msg_id != 0x0001:
            answer = self._acknowledge(whole, at_ms, OK)
        return self._heard(whole, KINDS.get(msg_id, "other"), at_ms, facts, bool(cut), answer)

    def _acknowledge(self, whole: Whole, at_ms: int, result: int) -> bytes:
        ack_id = f"0x{whole.header.msg_id:04x}"
        return b"".join(
            self._say(whole, at_ms, 0x8001, {"ack_serial": serial, "ack_id": ack_id, "result": result})
            for serial in whole.serials
        )

    def _say(self, whole: Whole, at_ms: int, msg_id: int, facts: Facts) -> bytes:
        return self._downlink.frame(self._downlink.session(whole.header, at_ms), msg_id, facts)

    def _heard(
        self,
        whole: Whole,
        kind: Kind,
        at_ms: int,
        facts: Facts,
        partial: bool = False,
        answer: bytes | None = None,
        found: tuple[Position, ...] = (),
    ) -> Heard:
        header = whole.header
        session = self._downlink.sessions.get(header.phone)
        return Heard(
            phone=header.phone,
            msg_id=header.msg_id,
            serial=header.serial,
            version=header.version,
            kind=kind,
            at_ms=at_ms,
            positions=found,
            body=facts,
            answer=answer,
            raw=whole.body,
            partial=partial,
            authenticated=session is not None and session.authenticated,
        )


def _utc_parts(at_ms: int) -> Facts:
    now = datetime.fromtimestamp(at_ms / 1000, UTC)
    return {name: getattr(now, name) for name in ("year", "month", "day", "hour", "minute", "second")}


def _utc_bcd(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%y%m%d%H%M%S")


# What an unknown phone may send too: it is how one becomes known.
_DOORS: dict[int, Callable[[Replies, Whole, int], Heard]] = {
    0x0100: Replies._register,
    0x0102: Replies._authenticate,
}
# Messages with an answer of their own: from their facts and the time to the answer's id and facts.
_ANSWERS: dict[int, Callable[[Facts, int], tuple[int, Facts]]] = {
    0x0004: lambda facts, at_ms: (0x8004, {"utc_bcd": _utc_bcd(at_ms)}),
    0x0109: lambda facts, at_ms: (0x8109, _utc_parts(at_ms)),
    MEDIA: lambda facts, at_ms: (0x8800, {"media_id": facts.get("media_id", 0)}),
}
