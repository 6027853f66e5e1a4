"""What was said down to terminals and waits for its answer: sans-IO, one conversation per terminal.

    queued ──next of its terminal──▶ waiting ──the right answer──▶ done
                                      │ T, 2T, 6T … after each resend; none left ──▶ no_answer

Rules kept here:
* One question at a time to a terminal, the others wait in order; what one terminal does not answer delays no other.
* An answer is matched by the serial it names, which may be that of any packet of a long message, or, for the few
  answers that name none, by who sends it and its id. A general answer "done" to a question with an answer of its own
  only stops the resends: the answer proper is still awaited.
* After the Nth resend the next wait is N + 1 times the last one, with jitter, so that many do not speak at once.
* Bounded: QUEUED_MAX questions wait for one terminal; more are refused where they are asked.
Source: JT/T 808-2013 and -2019, answer time-out T(N+1) = T(N) × (N + 1); general answers and special ones.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from edge.serial_terminal.facts import iso
from edge.serial_terminal.jt808.downlink import Sent
from edge.serial_terminal.jt808.heard import Heard
from fleet.errors import Unavailable
from fleet.ports import Randomness

QUEUED_MAX = 16
TIMEOUT_MS, RESENDS_MAX = 10_000, 2
JITTER_PERCENT = 20
GENERAL, RESEND_REQUEST = 0x0001, 0x0005

# The answer a question has of its own; everything else is answered by the general answer 0x0001.
SPECIAL: Mapping[int, int] = {
    0x8104: 0x0104,
    0x8106: 0x0104,
    0x8107: 0x0107,
    0x8201: 0x0201,
    0x8500: 0x0500,
    0x8608: 0x0608,
    0x8700: 0x0700,
    0x8702: 0x0702,
    0x8801: 0x0805,
    0x8802: 0x0802,
}
NAMELESS = frozenset({0x0107, 0x0608, 0x0702})  # answers that do not name the serial they answer

Verdict = Literal["done", "failed", "misread", "unsupported", "no_answer"]
_RESULTS: Mapping[int, Verdict] = {0: "done", 1: "failed", 2: "misread", 3: "unsupported", 4: "done"}

Build = Callable[[str, int, Mapping[str, Any]], Sent]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a question ended: the answer's facts, and how often it was sent."""

    ticket: int
    phone: str
    msg_id: int
    verdict: Verdict
    facts: Mapping[str, Any] = field(default_factory=dict)
    sends: int = 0


class Patience(NamedTuple):
    """How long to wait for an answer, and how often to ask again."""

    timeout_ms: int = TIMEOUT_MS
    resends: int = RESENDS_MAX


PATIENT, NOTHING_SENT = Patience(), Sent((), ())


@dataclass(slots=True)
class _Question:
    ticket: int
    msg_id: int
    facts: Mapping[str, Any]
    sent: Sent = NOTHING_SENT
    sends: int = 0
    wait_ms: int = 0
    due_ms: int = 0
    acknowledged: bool = False  # by a general answer: no resends any more

    @property
    def answer_id(self) -> int:
        return SPECIAL.get(self.msg_id, GENERAL)


class Outbox:
    """The questions of one line."""

    def __init__(self, randomness: Randomness | None = None, patience: Patience = PATIENT) -> None:
        """Without randomness there is no jitter."""
        self._randomness, self._patience = randomness, patience
        self._questions: dict[str, deque[_Question]] = {}
        self._tickets = 0

    def put(self, phone: str, msg_id: int, facts: Mapping[str, Any]) -> int:
        """Queue a question; the ticket its outcome will carry.

        Raises:
            Unavailable: `terminal_busy`: too much waits for this terminal already.
        """
        queue = self._questions.setdefault(phone, deque())
        if len(queue) >= QUEUED_MAX:
            raise Unavailable("terminal_busy", phone=phone.lstrip("0"), waiting=len(queue))
        self._tickets += 1
        queue.append(_Question(self._tickets, msg_id, facts))
        return self._tickets

    def is_waiting(self, phone: str) -> bool:
        """Whether anything is queued for, or unanswered by, this terminal."""
        return phone in self._questions

    @property
    def is_idle(self) -> bool:
        return not self._questions

    def due(self, at_ms: int, build: Build) -> tuple[list[bytes], list[Outcome]]:
        """Frames to write now, at most one message a terminal, and the questions given up."""
        frames, outcomes = list[bytes](), list[Outcome]()
        for phone in list(self._questions):
            question = self._questions[phone][0]
            if question.sends and at_ms < question.due_ms:
                continue
            if question.sends > self._patience.resends or (question.acknowledged and question.sends):
                outcomes.append(self._end(phone, "no_answer", {}))
                continue
            if not question.sends:
                question.sent = build(phone, question.msg_id, question.facts)
                question.wait_ms = self._patience.timeout_ms
            else:
                question.wait_ms *= question.sends + 1
            question.sends += 1
            question.due_ms = at_ms + self._jittered(question.wait_ms)
            frames += question.sent.frames
        return frames, outcomes

    def heard(self, heard: Heard) -> tuple[list[bytes], list[Outcome]]:
        """What a message answers: packets to repeat, and the question that ended."""
        queue = self._questions.get(heard.phone)
        if not queue or not queue[0].sends:
            return [], []
        question = queue[0]
        if heard.msg_id == RESEND_REQUEST and heard.body.get("serial") in question.sent.serials:
            wanted = [index for index in heard.body.get("ids", []) if 1 <= index <= len(question.sent.frames)]
            return [question.sent.frames[index - 1] for index in dict.fromkeys(wanted)], []
        if heard.msg_id not in (GENERAL, question.answer_id) or not self._names(question, heard):
            return [], []
        if heard.msg_id == question.answer_id != GENERAL:
            return [], [self._end(heard.phone, "done", _told(heard))]
        verdict = _RESULTS.get(int(heard.body.get("result", 1)), "failed")
        if verdict == "done" and question.answer_id != GENERAL:
            question.acknowledged = True
            return [], []
        return [], [self._end(heard.phone, verdict, heard.body)]

    def _names(self, question: _Question, heard: Heard) -> bool:
        if heard.msg_id in NAMELESS:
            return True
        if heard.msg_id == GENERAL and int(str(heard.body.get("ack_id", "0")), 16) != question.msg_id:
            return False
        return heard.body.get("ack_serial") in question.sent.serials

    def _end(self, phone: str, verdict: Verdict, facts: Mapping[str, Any]) -> Outcome:
        queue = self._questions[phone]
        question = queue.popleft()
        if not queue:
            del self._questions[phone]
        return Outcome(
            ticket=question.ticket,
            phone=phone,
            msg_id=question.msg_id,
            verdict=verdict,
            facts=facts,
            sends=question.sends,
        )

    def _jittered(self, wait_ms: int) -> int:
        most = wait_ms * JITTER_PERCENT // 100
        return wait_ms + (self._randomness.below(most) if self._randomness and most else 0)


def _told(heard: Heard) -> Mapping[str, Any]:
    """The facts of an answer; a position it carries under the names every protocol shares."""
    if not heard.positions:
        return heard.body
    last = heard.positions[-1]
    shared = ("lat", "lon", "speed_kmh", "course", "fix")
    return {
        **heard.body,
        **{name: getattr(last, name) for name in shared},
        "alt": last.alt_m,
        "time": iso(last.device_time_ms),
    }
