"""What is on a line nobody knows yet: bytes in, a verdict for a person out. For `ortoo terminal ports --listen`.

Rules kept here:
* A verdict rests on check codes: a frame or a sentence counts only if its own check is right.
* "speed" means bytes and nothing else: another speed, A and B swapped, or a protocol not known here.
"""

from __future__ import annotations

import re
from functools import reduce
from operator import xor
from typing import Literal

from edge.serial_terminal.jt808 import header as headers
from edge.serial_terminal.jt808.frame import Frame, FrameDecoder

KEPT_SIZE_MAX = 1024  # bytes kept to look for sentences that come in two reads
_SENTENCE = re.compile(rb"\$([^$*\r\n]{5,120})\*([0-9A-Fa-f]{2})")
_MESHTASTIC = re.compile(rb"\x94\xc3[\x00-\x02].[\x08-\xfa]", re.DOTALL)
RADIO_MIN = 3  # framings of a protocol without check codes: fewer may be chance

Verdict = Literal["jt808", "nmea", "meshtastic", "speed", "silent"]


class Sniffer:
    """What was heard on one line so far."""

    def __init__(self) -> None:
        self.bytes, self.frames, self.sentences, self.radio = 0, 0, 0, 0
        self.phones: set[str] = set()
        self._decoder, self._kept = FrameDecoder(), b""

    def took(self, data: bytes) -> None:
        """Some bytes came."""
        self.bytes += len(data)
        for event in self._decoder.receive(data):
            if isinstance(event, Frame):
                header = headers.parse(event.payload)
                if header.msg_id and not header.fault:
                    self.frames += 1
                    self.phones.add(header.alias)
        text = self._kept + data
        end = 0
        for sentence in _SENTENCE.finditer(text):
            end = sentence.end()
            self.sentences += reduce(xor, sentence[1]) == int(sentence[2], 16)
        self.radio += len(_MESHTASTIC.findall(data))
        self._kept = text[end:][-KEPT_SIZE_MAX:]

    @property
    def verdict(self) -> Verdict:
        """What it is, or why it is nothing."""
        if self.frames:
            return "jt808"
        if self.sentences:
            return "nmea"
        if self.radio >= RADIO_MIN:
            return "meshtastic"
        return "speed" if self.bytes else "silent"
