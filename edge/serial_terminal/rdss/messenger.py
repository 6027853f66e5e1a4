"""The host's side of an RDSS module on a line: find out how it speaks, read its card, send one message a period.

    ask the card in 2.1 ─no answer for ASK_MS─▶ ask in 4.0 ─no answer─▶ ask in 2.1 …  ──card──▶ ready

Rules kept here:
* Sans-IO: bytes and the time go in, facts and bytes to write come out.
* One message a service period, which the card says: a module asked sooner refuses. What waits is kept in order and
  bounded; a message refused for the time or the signal is sent again, TRIES in all.
* The satellite gives no receipt from the other end: a caller that needs one numbers its messages and asks back.
Source: RDSS 2.1 and 4.0 as public guides show them: card, service period, results.
"""

from __future__ import annotations

from collections import Counter, deque

from edge.serial_terminal.facts import Facts
from edge.serial_terminal.rdss import binary, sentences, text
from edge.serial_terminal.rdss.frame import BadFrame, Binary, FrameDecoder, encode_binary, encode_sentence

ASK_MS = 3_000
SIZE_MAX = 78  # bytes of one message of a civil card of level 3, the mark before a text included
WAITING_MAX, TRIES = 64, 3
AGAIN = frozenset({"no_signal", "power_low", "too_soon", "failed"})
BINARY_CARD_MAX = (1 << 24) - 1  # a 4.0 frame has three bytes for a card


class Messenger:
    """The conversation with one module. `card` is None until it was read; `given_up` counts messages not sent."""

    def __init__(self, size_max: int = SIZE_MAX) -> None:
        self.card: int | None = None
        self.period_s, self.given_up = 60, 0
        self.bad: Counter[str] = Counter()
        self._size_max, self._decoder = size_max, FrameDecoder()
        self._speaks_binary: bool | None = None
        self._ask_binary, self._asked_ms = False, -ASK_MS
        self._waiting: deque[tuple[int, bytes, int]] = deque()  # to, bytes, tries so far
        self._sent: tuple[int, bytes, int] | None = None
        self._sent_ms: int | None = None

    @property
    def speaks_binary(self) -> bool:
        """Whether the module was heard to speak 4.0."""
        return bool(self._speaks_binary)

    def send(self, to: int, message: str) -> bool:
        """Take a text for a card; False if too many wait already.

        Raises:
            ValueError: it does not fit one message, or has a character that cannot be written.
        """
        raw = text.written(message, self._size_max)
        if len(self._waiting) >= WAITING_MAX:
            return False
        self._waiting.append((to, raw, 0))
        return True

    def receive(self, data: bytes, at_ms: int) -> list[Facts]:
        """Take any slice of the line's bytes; return what the module said, in order. Never raises."""
        heard = []
        for event in self._decoder.receive(data):
            if isinstance(event, BadFrame):
                self.bad[event.reason] += 1
                continue
            told = binary.read(event) if isinstance(event, Binary) else sentences.read(event.raw)
            self._hear_edition(isinstance(event, Binary))
            if "period_s" in told and told.get("card"):
                self.card, self.period_s = told["card"], max(1, told["period_s"])
            elif "result" in told:
                self._note(told["result"])
            heard.append(told)
        return heard

    def due(self, at_ms: int) -> bytes | None:
        """What to write now, if anything. Call every second."""
        if self.card is None:
            return self._ask(at_ms)
        period_over = self._sent_ms is None or at_ms - self._sent_ms >= self.period_s * 1000
        if not self._waiting or not period_over:
            return None
        to, raw, tries = self._waiting.popleft()
        if self._speaks_binary and to > BINARY_CARD_MAX:
            self.given_up += 1
            return None
        self._sent, self._sent_ms = (to, raw, tries + 1), at_ms
        if self._speaks_binary:
            return encode_binary(binary.send(self.card, to, raw))
        return encode_sentence(sentences.send(to, raw))

    def reset(self) -> None:
        """The line broke: the card may be another one now."""
        self._decoder, self.card, self._speaks_binary, self._asked_ms = FrameDecoder(), None, None, -ASK_MS

    def _hear_edition(self, speaks_binary: bool) -> None:
        """A module that changes its edition is another one, or was damaged on the way: its card is asked for again."""
        if self._speaks_binary not in (None, speaks_binary):
            self.card = None
        self._speaks_binary = speaks_binary

    def _ask(self, at_ms: int) -> bytes | None:
        if at_ms - self._asked_ms < ASK_MS:
            return None
        ask_binary = self._ask_binary if self._speaks_binary is None else self._speaks_binary
        self._asked_ms, self._ask_binary = at_ms, not self._ask_binary
        return encode_binary(binary.read_card()) if ask_binary else encode_sentence(sentences.READ_CARD)

    def _note(self, result: object) -> None:
        """What became of the message sent last."""
        sent, self._sent = self._sent, None
        if sent is None or result not in AGAIN:
            return
        if sent[2] < TRIES:
            self._waiting.appendleft(sent)
        else:
            self.given_up += 1
