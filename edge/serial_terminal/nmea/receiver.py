"""One receiver on one line: bytes and the time go in, fixes come out, everything heard is counted.

Rule kept here: a damaged sentence costs itself; what is no sentence is counted as bytes and nothing else.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from edge.serial_terminal.nmea.epochs import Epochs, Fix
from edge.serial_terminal.nmea.frame import BadSentence, SentenceDecoder
from edge.serial_terminal.nmea.said import Other
from edge.serial_terminal.nmea.sentences import read


@dataclass(slots=True)
class Counters:
    """What the line has carried; `bad` is by reason, `by_type` by the sentence's last three letters."""

    bytes: int = 0
    good: int = 0
    bad: Counter[str] = field(default_factory=Counter)
    by_type: Counter[str] = field(default_factory=Counter)


class Receiver:
    """The conversation with a receiver, which only speaks."""

    def __init__(self) -> None:
        self.counters = Counters()
        self._decoder, self._epochs = SentenceDecoder(), Epochs()

    def receive(self, data: bytes, at_ms: int) -> list[Fix]:
        """Take any slice of the line's bytes; return the epochs it closed, in order. Never raises."""
        self.counters.bytes += len(data)
        fixes = []
        for event in self._decoder.receive(data):
            if isinstance(event, BadSentence):
                self.counters.bad[event.reason] += 1
                continue
            said = read(event.text)
            self.counters.good += 1
            self.counters.by_type[said.type if isinstance(said, Other) else type(said).__name__.upper()] += 1
            if fix := self._epochs.add(said, at_ms):
                fixes.append(fix)
        return fixes

    def due(self, at_ms: int) -> Fix | None:
        """The epoch that silence has closed, if any. Call a few times a second."""
        return self._epochs.due(at_ms)

    def reset(self) -> None:
        """The line broke: half a sentence and half an epoch are worth nothing any more."""
        self._decoder, self._epochs = SentenceDecoder(), Epochs()
