"""A JT/T 808 terminal from the vehicle's side, sans-IO: time and downlink bytes go in, frames to send come out.

    unregistered ──0x0100──▶ registering ──0x8100 code──▶ coded ──0x0102──▶ authenticating ──0x8001 ok──▶ online

Rules kept here:
* Before authentication succeeds a terminal sends nothing but registration and authentication.
* What is not answered is sent again with the same serial, after T, 2T, 6T, 24T …; when the resends are used up, reports
  go back to the store and anything else starts the conversation over.
* What is asked of it is done and answered by its `Duties`. A message too long for one packet goes in several.
* A batch that is never answered comes back half as large: on a noisy line only short frames arrive whole.
* Reports made without a platform (radio hole, not online) are stored and sent later in 0x0704 batches of type 1.
Source: JT/T 808-2013 and -2019, communication management: T(N+1) = T(N) × (N + 1), parameters 0x0002 and 0x0003.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from edge.serial_terminal.facts import iso
from edge.serial_terminal.jt808 import header as headers
from edge.serial_terminal.jt808 import location, messages
from edge.serial_terminal.jt808.frame import Frame, FrameDecoder, encode
from edge.serial_terminal.jt808.header import BODY_SIZE_MAX, Header
from edge.serial_terminal.simulator.duties import HEARTBEAT, SPEED_LIMIT, Answer, Duties
from edge.serial_terminal.simulator.outbox import Outbox, Pending
from edge.serial_terminal.simulator.vehicle import SPEED_MAX_KMH, Vehicle

RETRY_MS = 30_000
STORED_MAX = 20_000  # reports; about two weeks at one a minute
BATCH_ITEMS_MAX = 20
PART_SIZE = 900  # bytes of a long message in one packet
REGION = {"province": 15, "city": 2922}  # GB/T 2260: Inner Mongolia, Alxa Right Banner

Phase = Literal["unregistered", "registering", "coded", "authenticating", "online"]


@dataclass(slots=True)
class Tally:
    """What a terminal did: frames include resends; positions count once each, however often they were sent."""

    frames_sent: int = 0
    resent: int = 0
    acknowledged: int = 0
    refused: int = 0
    positions_sent: int = 0
    positions_acknowledged: int = 0


class Terminal:
    """One terminal. `hole` is True while it has no radio; `duties` is its memory of what it was told."""

    def __init__(
        self, phone: str, vehicle: Vehicle, version: int, *, interval_ms: int = 10_000, answer_timeout_ms: int = 10_000
    ) -> None:
        self.phone = phone.zfill(20 if version == 2019 else 12)
        self.vehicle, self.version, self.interval_ms = vehicle, version, interval_ms
        self.hole, self.code, self.tally, self.duties = False, "", Tally(), Duties()
        self.phase: Phase = "unregistered"
        self.stored: deque[bytes] = deque(maxlen=STORED_MAX)
        self._outbox = Outbox(answer_timeout_ms)
        self._decoder, self._serial = FrameDecoder(), 0
        self._report_ms = self._heartbeat_ms = self._retry_ms = 0
        self._answers: list[bytes] = []
        self._batch_items, self._card_moved = BATCH_ITEMS_MAX, False
        self._stopped = False

    @property
    def texts(self) -> list[str]:
        """What the platform put on its screen."""
        return self.duties.texts

    def use_card(self, driver: tuple[str, str] | None) -> None:
        """A driver puts a card in (name and licence), or takes it out; reported like everything else."""
        self.duties.driver = driver
        self._card_moved = True

    def receive(self, data: bytes, at_ms: int) -> None:
        """Hear what the platform sends on the line; frames for others and damaged ones are passed over."""
        for event in self._decoder.receive(data):
            if self.hole or not isinstance(event, Frame):
                continue
            message = messages.read(event.payload)
            if message.header.phone == self.phone and not message.header.fault:
                self._obey(message, at_ms)

    def due(self, at_ms: int) -> list[bytes]:
        """Frames to put on the line now."""
        self.vehicle.limit_kmh = self.duties.number(SPEED_LIMIT) or SPEED_MAX_KMH
        self.vehicle.advance(at_ms)
        self._observe(at_ms)
        if self.hole:
            return []
        frames = self._answers + self._converse(at_ms)
        self._answers = []
        again, given_up = self._outbox.due(at_ms)
        for pending in given_up:
            self._give_up(pending, at_ms)
        self.tally.resent += len(again)
        frames += [pending.frame for pending in again]
        self.tally.frames_sent += len(frames)
        return frames

    def stop_reporting(self) -> None:
        """Make no more reports and heartbeats; what is stored or unanswered is still sent."""
        self._stopped = True

    @property
    def settled(self) -> bool:
        """Whether there is nothing left to send or to be answered."""
        return not self.stored and self._outbox.is_empty

    def _observe(self, at_ms: int) -> None:
        """Make a report when it is time; where it goes is decided by whether there is anyone to hear it."""
        if at_ms < self._report_ms or self._stopped:
            return
        self._report_ms = at_ms + self.duties.interval_ms(self.interval_ms, at_ms)
        self.stored.append(location.write(self.duties.watch(self.vehicle.report())))

    def _converse(self, at_ms: int) -> list[bytes]:
        if self.phase == "unregistered" and at_ms >= self._retry_ms:
            self.phase = "registering"
            return [self._say(0x0100, self._registration(), at_ms)]
        if self.phase == "coded" and at_ms >= self._retry_ms:
            self.phase = "authenticating"
            return [self._say(0x0102, self._credentials(), at_ms)]
        if self.phase != "online":
            return []
        frames = []
        if at_ms >= self._heartbeat_ms and not self._stopped:
            self._heartbeat_ms = at_ms + self.duties.number(HEARTBEAT) * 1000
            frames.append(self._say(0x0002, {}, at_ms))
        if self._card_moved and not self._outbox.holds(0x0702):
            self._card_moved = False
            frames.append(self._say(0x0702, self.duties.card(at_ms, iso), at_ms))
        return frames + self._reports(at_ms)

    def _reports(self, at_ms: int) -> list[bytes]:
        """A single fresh report goes as 0x0200; what has piled up goes as batches, one at a time."""
        if len(self.stored) == 1 and not self._outbox.holds(0x0704):
            report = self.stored.popleft()
            self.tally.positions_sent += 1
            return [self._send(0x0200, report, at_ms, (report,))]
        if not self.stored or self._outbox.holds(0x0704):
            return []
        batch: list[bytes] = []
        size = 3
        while self.stored and len(batch) < self._batch_items and size + 2 + len(self.stored[0]) <= BODY_SIZE_MAX:
            batch.append(self.stored.popleft())
            size += 2 + len(batch[-1])
        self.tally.positions_sent += len(batch)
        items = b"".join(len(report).to_bytes(2, "big") + report for report in batch)
        return [self._send(0x0704, len(batch).to_bytes(2, "big") + b"\x01" + items, at_ms, tuple(batch))]

    def _obey(self, message: messages.Message, at_ms: int) -> None:
        facts, msg_id = message.facts, message.header.msg_id
        if message.partial:
            return  # damaged in a way the check code cannot see
        if msg_id == 0x8100:
            self._registered(facts, at_ms)
        elif msg_id == 0x8001:
            self._acknowledged(facts, at_ms)
        else:
            self._answers += self._answer(message, at_ms)

    def _answer(self, message: messages.Message, at_ms: int) -> list[bytes]:
        header = message.header
        if header.msg_id == 0x8003:
            packets = self.duties.packets.get(message.facts["serial"], ())
            return [packets[index - 1] for index in message.facts["ids"] if 1 <= index <= len(packets)]
        answer = self._special(header.msg_id, header.serial, at_ms) or self.duties.obey(message, at_ms)
        facts = answer.facts
        if answer.msg_id == 0x0001:
            facts = {"ack_serial": header.serial, "ack_id": f"0x{header.msg_id:04x}", "result": answer.result}
        return self._packets(answer.msg_id, messages.write_body(answer.msg_id, self.version, facts))

    def _special(self, msg_id: int, serial: int, at_ms: int) -> Answer | None:
        """Answers that tell of the terminal itself."""
        if msg_id == 0x8201:
            report = messages.read_body(0x0200, self.version, location.write(self.vehicle.report())).facts
            return Answer(0x0201, {"ack_serial": serial, **report})
        if msg_id == 0x8702:
            return Answer(0x0702, self.duties.card(at_ms, iso))
        if msg_id == 0x8107:
            who = {"terminal_type": 1, "maker": "ORTOO", "model": "SIMULATOR", "terminal_id": self.phone[-7:]}
            made = {"iccid": self.phone.zfill(20)[-20:], "hardware": "1", "firmware": "1.0", "gnss": 3, "comm": 5}
            return Answer(0x0107, who | made)
        return None

    def _packets(self, msg_id: int, body: bytes) -> list[bytes]:
        """A message in as many packets as it needs, kept for whoever misses one."""
        if len(body) <= BODY_SIZE_MAX:
            return [self._frame(msg_id, body)]
        parts = [body[at : at + PART_SIZE] for at in range(0, len(body), PART_SIZE)]
        first = self._serial
        frames = tuple(self._frame(msg_id, part, len(parts), index) for index, part in enumerate(parts, 1))
        self.duties.packets = {first: frames}
        return list(frames)

    def _registered(self, facts: Mapping[str, Any], at_ms: int) -> None:
        if self._outbox.answered(facts["ack_serial"]) is None:
            return
        self.tally.acknowledged += 1
        if facts["result"]:
            self.tally.refused += 1
            self.phase, self._retry_ms = "unregistered", at_ms + RETRY_MS
        else:
            self.code, self.phase, self._retry_ms = facts["auth_code"], "coded", at_ms

    def _acknowledged(self, facts: Mapping[str, Any], at_ms: int) -> None:
        pending = self._outbox.answered(facts["ack_serial"])
        if pending is None:
            return
        self.tally.acknowledged += 1
        if facts["result"] not in (0, 4):
            self.tally.refused += 1
            self.code = ""
            self._keep(pending)
            self._start_over(at_ms)
        elif pending.msg_id == 0x0102:
            self.phase = "online"
        else:
            self.tally.positions_acknowledged += len(pending.reports)
            if pending.msg_id == 0x0704:
                self._batch_items = min(BATCH_ITEMS_MAX, self._batch_items + 1)

    def _give_up(self, pending: Pending, at_ms: int) -> None:
        self._keep(pending)
        if pending.msg_id == 0x0704:
            self._batch_items = max(1, self._batch_items // 2)
        if pending.msg_id == 0x0702:
            self._card_moved = True
        elif not pending.reports:  # registration, authentication, heartbeat: nobody is there
            self._start_over(at_ms)

    def _start_over(self, at_ms: int) -> None:
        for pending in self._outbox.empty():
            self._keep(pending)
        self.phase, self._retry_ms = "coded" if self.code else "unregistered", at_ms + RETRY_MS

    def _keep(self, pending: Pending) -> None:
        """Reports that were not taken go back to the store, in front."""
        self.stored.extendleft(reversed(pending.reports))
        self.tally.positions_sent -= len(pending.reports)

    def _registration(self) -> dict[str, Any]:
        vehicle = {"plate_color": 1, "plate": self.vehicle.plate}
        return {**REGION, "maker": "ORTOO", "model": "SIMULATOR", "terminal_id": self.phone[-7:], **vehicle}

    def _credentials(self) -> dict[str, Any]:
        return {"auth_code": self.code, "imei": self.phone[-15:], "software": "simulator"}

    def _say(self, msg_id: int, facts: Mapping[str, Any], at_ms: int) -> bytes:
        return self._send(msg_id, messages.write_body(msg_id, self.version, facts), at_ms)

    def _send(self, msg_id: int, body: bytes, at_ms: int, reports: tuple[bytes, ...] = ()) -> bytes:
        serial = self._serial
        frame = self._frame(msg_id, body)
        self._outbox.sent(msg_id, serial, frame, at_ms, reports)
        return frame

    def _frame(self, msg_id: int, body: bytes, total: int = 1, index: int = 1) -> bytes:
        header = Header(msg_id, self.phone, self._serial, self.version)
        header = header._replace(packets=total > 1, packet_total=total, packet_index=index)
        self._serial = (self._serial + 1) & 0xFFFF
        return encode(headers.build(header, body))
