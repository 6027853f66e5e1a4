"""A range of a recorder's records, downloaded question by question until it is complete.

    ask [start, end] ──answer──▶ keep its records, ask [start, before the oldest] … ──empty answer──▶ done
         │ no answer in time, or a damaged one, or "could not collect": ask again, TRIES in all ──▶ stopped ──resume──▶

Rules kept here:
* Sans-IO: bytes and the time go in, bytes to write and records come out. One question at a time: the link is half
  duplex by protocol.
* What came is kept: after a stop or a broken line, `resume` goes on before the oldest record held.
* Answers are taken newest first, as recorders send them; one that brings nothing older than before ends the download as
  `no_progress` rather than for ever.
* What the range does not hold is stated (`gaps`): a parked vehicle records nothing, so a gap is no fault by itself.
Source: GB/T 19056-2012, collecting by range, as implementations show it.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from edge.serial_terminal.gbt19056 import records
from edge.serial_terminal.gbt19056.block import (
    COLLECT_FAILED,
    DATA_SIZE_MAX,
    HEAD_SIZE,
    Block,
    BlockDecoder,
    encode,
)
from edge.serial_terminal.jt808.location import bcd_time

PATIENCE_MS, TRIES = 1_000, 3
BITS_PER_BYTE = 10  # 8N1
COVERS_MS = {0x08: 60_000, 0x09: 3_600_000}  # how much time one record of a gapless kind covers

State = Literal["going", "done", "stopped"]


class Record(NamedTuple):
    """One record as it came; `time_ms` is its own time, UTC."""

    time_ms: int
    raw: bytes


class Download:
    """One range of one kind of record. `why` says why it stopped: no_answer, refused, no_progress.

    `undated` counts records whose time is no date, which can be placed nowhere.
    """

    def __init__(self, command: int, start_ms: int, end_ms: int, baud: int = 115_200) -> None:
        """Ask for records of `command` (one of records.RANGES) between two times, UTC ms.

        Raises:
            ValueError: the command has no records by time, or the range is none.
        """
        if command not in records.RANGES or start_ms > end_ms:
            raise ValueError(f"{command:#04x} from {start_ms} to {end_ms}")
        self.state: State = "going"
        self.why, self.undated = "", 0
        self.held: dict[tuple[int, bytes], Record] = {}
        self._command, self._start_ms, self._end_ms, self._first_end_ms = command, start_ms, end_ms, end_ms
        self._blocks = DATA_SIZE_MAX // records.record_size(command)
        answer_size = HEAD_SIZE + 1 + self._blocks * records.record_size(command)
        self._patience_ms = PATIENCE_MS + answer_size * BITS_PER_BYTE * 1000 // baud
        self._decoder, self._tries = BlockDecoder(), 0
        self._asked_ms: int | None = None

    def due(self, at_ms: int) -> bytes | None:
        """The question to write now, if any. Call several times a second."""
        if self.state != "going" or (self._asked_ms is not None and at_ms - self._asked_ms < self._patience_ms):
            return None
        if self._tries == TRIES:
            self._stop("no_answer")
            return None
        self._tries += 1
        self._asked_ms, self._decoder = at_ms, BlockDecoder()  # a late answer to the question before is none to this
        span = bcd_time(self._start_ms) + bcd_time(self._end_ms) + self._blocks.to_bytes(2, "big")
        return encode(Block(self._command, span, question=True))

    def receive(self, data: bytes, at_ms: int) -> list[Record]:
        """Take any slice of the line's bytes; return the records that are new. Never raises."""
        new: list[Record] = []
        for event in self._decoder.receive(data):
            if not isinstance(event, Block) or event.question or self._asked_ms is None or self.state != "going":
                continue
            if event.command == COLLECT_FAILED:
                self._refused()
            elif event.command == self._command:
                new += self._take(event.data)
        return new

    def resume(self) -> None:
        """Go on after a stop or a broken line, from the oldest record held."""
        if self.state != "done":
            self.state, self.why, self._tries, self._asked_ms = "going", "", 0, None

    def gaps(self) -> list[tuple[int, int]]:
        """The spans of the range, UTC ms, of which nothing is held, for kinds that record all the time; oldest first.

        While the download is going, what is still to come is a gap too.
        """
        covers_ms = COVERS_MS.get(self._command)
        if covers_ms is None:
            return []
        gaps, at_ms = [], self._start_ms
        for time_ms in sorted({record.time_ms for record in self.held.values()}):
            if time_ms > at_ms:
                gaps.append((at_ms, time_ms))
            at_ms = max(at_ms, time_ms + covers_ms)
        return gaps + ([(at_ms, self._first_end_ms)] if at_ms < self._first_end_ms else [])

    def _take(self, data: bytes) -> list[Record]:
        self._asked_ms, self._tries = None, 0
        if not data:
            self.state = "done"
            return []
        came = records.split(self._command, data)
        read = [Record(time_ms, raw) for time_ms, raw in came if time_ms is not None]
        self.undated += len(came) - len(read)
        new = [record for record in read if (record.time_ms, record.raw) not in self.held]
        self.held |= {(record.time_ms, record.raw): record for record in new}
        oldest_ms = min((record.time_ms for record in read), default=self._end_ms)
        if oldest_ms <= self._start_ms:
            self.state = "done"
        elif oldest_ms - 1000 >= self._end_ms or not new:
            self._stop("no_progress")
        else:
            self._end_ms = oldest_ms - 1000
        return new

    def _refused(self) -> None:
        if self._tries == TRIES:
            self._stop("refused")
        else:
            self._asked_ms = None

    def _stop(self, why: str) -> None:
        self.state, self.why, self._asked_ms = "stopped", why, None
