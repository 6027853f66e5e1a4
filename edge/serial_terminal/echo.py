"""Our own frames given back by a half-duplex line, taken out byte by byte before anything reads them.

Rules kept here:
* Only an exact copy of a frame just written is dropped, and only within ECHO_MS and twice its time on the wire: what a
  terminal says is never touched. A copy damaged on the way comes through, and is counted as a bad frame.
* A lone 7E is passed on at once even where an echo may begin with it: it may close a terminal's frame, and an empty
  frame costs nothing. No terminal's message begins as ours do, so nothing a terminal says waits here.
* Bounded: the last FRAMES_MAX frames are expected back.
"""

from __future__ import annotations

from collections import deque

FLAG = b"\x7e"
ECHO_MS = 50
FRAMES_MAX = 32


class Echo:
    """One line's echo. `dropped` counts the bytes taken out."""

    def __init__(self, bits_per_s: int) -> None:
        self.dropped = 0
        self._ms_per_byte = 10_000 / max(1, bits_per_s)
        self._expected: deque[tuple[bytes, float]] = deque(maxlen=FRAMES_MAX)  # a frame, and until when
        self._quiet_ms = 0.0  # when the last frame will have left
        self._held = b""  # how the frame under way begins, all of it as one of ours does

    def wrote(self, frame: bytes, at_ms: int) -> None:
        """This frame goes out now, after those before it, and may come back."""
        wire_ms = len(frame) * self._ms_per_byte
        self._quiet_ms = max(at_ms, self._quiet_ms) + wire_ms
        self._expected.append((frame, self._quiet_ms + ECHO_MS + wire_ms))

    def strip(self, data: bytes, at_ms: int) -> bytes:
        """What was read, without the echo. Call it without data now and then, for what was held back in vain."""
        while self._expected and self._expected[0][1] < at_ms:
            self._expected.popleft()
        if not self._expected:
            data, self._held = self._held[1:] + data, b""
            return data
        said = bytearray()
        for byte in data:
            self._take(bytes((byte,)), said)
        return bytes(said)

    def _take(self, byte: bytes, said: bytearray) -> None:
        held = self._held + byte
        copies = [frame for frame, _ in self._expected if frame.startswith(held)]
        if not copies:
            said += self._held[1:] + byte  # its 7E was passed on when it came
            self._held = FLAG if byte == FLAG else b""
        elif held in copies:
            self.dropped += len(held)
            while self._expected.popleft()[0] != held:
                continue
            self._held = b""
        else:
            self._held = held
            if held == FLAG:
                said += FLAG
