"""NMEA 0183 framing: bytes in, sentences out. No port, no clock, no logging.

    $ talker(2) type(3) , fields * hh CR LF          hh = XOR of what stands between $ and *, in hex digits of any case

Rules kept here:
* `$` starts a sentence, whatever stood before it: a lost line end costs nothing, a cut sentence costs itself, and of
  several `$` in a row the last one counts. What follows `*hh` up to the next `$` is weather, like `!` (AIS) lines.
* A sentence is whole as soon as its second check digit is there; how the stream is cut into reads changes nothing.
* What waits for its check digits is bounded by SENTENCE_SIZE_MAX: the standard says 82, receivers send more.
Source: NMEA 0183, sentence structure; BD 410004 for the talkers BD and GB.
"""

from __future__ import annotations

from typing import NamedTuple

from edge.serial_terminal.xor import checksum, checksums

START, CHECK = b"$", b"*"
SENTENCE_SIZE_MAX = 1024  # bytes between $ and *; a wired receiver keeps to 82, a message by satellite may need more
_DIGITS = frozenset(b"0123456789ABCDEFabcdef")
_HEX = {f"{byte:02X}".encode(): byte for byte in range(256)} | {f"{byte:02x}".encode(): byte for byte in range(256)}
_new = tuple.__new__  # what a NamedTuple's own constructor calls, without its argument handling


class Sentence(NamedTuple):
    """One sound sentence: what stood between `$` and `*`."""

    text: str


class BadSentence(NamedTuple):
    """What began as a sentence and is none; `reason` is one of checksum, no_check (line ended before it), cut
    (the next sentence began), garbage (control characters in it), overlong."""

    raw: bytes
    reason: str


def encode(text: str) -> bytes:
    """Return the sentence as it goes on the line."""
    raw = text.encode("latin-1")
    return START + raw + b"*%02X\r\n" % checksum(raw)


class SentenceDecoder:
    """Cuts one line's bytes into sentences. Feed it any slices; it never raises."""

    def __init__(self) -> None:
        self._pending: bytes | None = None  # from a `$` on; None while what comes is weather

    def receive(self, data: bytes) -> list[Sentence | BadSentence]:
        """Take any slice of the stream; return what it completed, in order."""
        head, *starts = data.split(START)
        if self._pending is not None:
            starts = [self._pending + head, *starts]
        if not starts:
            return []
        last = starts.pop()
        events = _open([piece for piece in starts if piece])
        if _waits(last):
            self._pending = last
        else:
            self._pending = None
            events += _open([last])
        return events


def _waits(piece: bytes) -> bool:
    """Whether more bytes could still make a sentence of this."""
    check_at = piece.find(CHECK, 0, SENTENCE_SIZE_MAX + 1)
    if check_at < 0:
        return len(piece) <= SENTENCE_SIZE_MAX and b"\n" not in piece
    return len(piece) < check_at + 3 and b"\n" not in piece


def _open(pieces: list[bytes]) -> list[Sentence | BadSentence]:
    """What began with a `$` each: checked together, then told apart."""
    parts = [piece.partition(CHECK) for piece in pieces]
    bodies = [body for body, _, _ in parts]
    texts = [body.decode("latin-1") for body in bodies]
    clean = "".join(texts).isprintable()  # nearly always; else each is looked at by itself
    return [
        _new(Sentence, (text,))
        if _HEX.get(after[:2], -1) == code and len(text) <= SENTENCE_SIZE_MAX and (clean or text.isprintable())
        else _refuse(body, star, after)
        for (body, star, after), text, code in zip(parts, texts, checksums(bodies), strict=False)
    ]


def _refuse(body: bytes, star: bytes, after: bytes) -> BadSentence:
    line, ended, _ = body.partition(b"\n")
    raw = line[:SENTENCE_SIZE_MAX]
    if len(line) > SENTENCE_SIZE_MAX:
        return BadSentence(raw, "overlong")
    if ended or not star:
        return BadSentence(raw, "no_check" if ended else "cut")
    if not _DIGITS.issuperset(after[:2]) or len(after) < 2:
        return BadSentence(raw, "no_check" if after[:1] in (b"\r", b"\n") else "cut" if not after else "checksum")
    return BadSentence(raw, "checksum" if _HEX.get(after[:2]) != checksum(line) else "garbage")
