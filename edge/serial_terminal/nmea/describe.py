"""NMEA as `ortoo terminal decode` tells it: a sentence a line; of a capture, also each epoch's fix.

Rule kept here: the names are those of every protocol (`facts`); what a sentence leaves empty is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edge.serial_terminal.facts import Facts, from_hex, iso, one_line, stated
from edge.serial_terminal.nmea.epochs import Epochs, Fix, day_ms
from edge.serial_terminal.nmea.frame import BadSentence, Sentence, SentenceDecoder
from edge.serial_terminal.nmea.said import Other, Said
from edge.serial_terminal.nmea.sentences import read

_NAMES = {"alt_m": "alt", "valid": "fix", "number": "part", "total": "parts"}


class Telling:
    """The sentences of a stream as facts; with `epochs`, each closed epoch's fix between them."""

    def __init__(self, epochs: bool = True) -> None:
        self._decoder, self._epochs = SentenceDecoder(), Epochs() if epochs else None

    def receive(self, data: bytes, at_ms: int) -> list[Facts]:
        told = []
        for event in self._decoder.receive(data):
            said = read(event.text) if isinstance(event, Sentence) else None
            if said and self._epochs and (fix := self._epochs.add(said, at_ms)):
                told.append(tell_fix(fix))
            told.append(_tell(event, said, at_ms))
        return told

    def finish(self, at_ms: int) -> list[Facts]:
        told = self.receive(b"\n", at_ms)
        last = self._epochs.due(at_ms + 1000) if self._epochs else None
        return told + ([tell_fix(last)] if last else [])


def describe(line: str, at_ms: int) -> Facts:
    """Tell what one line holds: sentences as text, or their bytes in hex. `at_ms` settles the century."""
    raw = line.encode("latin-1", "replace") if "$" in line else from_hex(line)
    return one_line(Telling(epochs=False), raw, at_ms)


def tell_fix(fix: Fix) -> Facts:
    """One epoch under the names of every protocol."""
    told = _renamed(fix._asdict()) | {"sentence": "epoch", "time": iso(fix.time_ms)}
    return stated(told | {"antenna": fix.antenna or None, "rolled_weeks": fix.rolled_weeks or None, "time_ms": None})


def _tell(event: Sentence | BadSentence, said: Said | None, at_ms: int) -> Facts:
    if isinstance(event, BadSentence):
        return {"checksum_ok": False, "error": event.reason, "text": event.raw.decode("latin-1").rstrip("\r")}
    if isinstance(said, Other):
        return {"talker": said.talker, "sentence": said.type, "checksum_ok": True, "fields": list(said.fields)}
    assert said is not None  # noqa: S101 - a sound sentence was read
    facts = said._asdict()
    told = {"talker": facts.pop("talker"), "sentence": type(said).__name__.upper(), "checksum_ok": True}
    return told | stated(_renamed(facts) | _moment(facts, at_ms))


def _renamed(facts: Mapping[str, Any]) -> Facts:
    return {_NAMES.get(name, name): _plain(name, value) for name, value in facts.items()}


def _plain(name: str, value: Any) -> Any:
    if name == "sky":
        return [stated(satellite._asdict()) for satellite in value]
    if name in ("lat", "lon") and value is not None:
        return round(value, 7)
    if name in ("mode", "antenna"):
        return value or None
    return list(value) if isinstance(value, tuple) else value


def _moment(facts: Mapping[str, Any], at_ms: int) -> Facts:
    """The time instead of its parts: whole where the sentence has a date, else the time of day."""
    told: Facts = {"time_ms": None, "date": None}
    time_ms, date = facts.get("time_ms"), facts.get("date")
    if time_ms is None:
        return told
    day = day_ms(date, at_ms) if date else None
    if day:
        return told | {"time": iso(day[0] + time_ms)}
    return told | {"time_of_day": (iso(time_ms) or "")[11:-1]}
