"""What is known of the channel, and how long things take on it. Every wait of the radio follows from these three."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.radio.frame import FRAME_MAX, FRAME_MIN

BITS_PER_BYTE = 10
"""A start bit, eight, a stop bit."""
RATE_MIN, RATE_USUAL, RATE_MAX = 300, 9_600, 115_200
"""Bits per second: the slowest and fastest channels this was made for, and what most radio modems do."""
BURST_MIN, BURST_MAX = 4, 16
"""Packets of one turn; the countdown in each has four bits."""
BURST_S = 6.0
"""About how long one turn may last, if BURST_MIN packets fit: a slow channel gets shorter turns."""
SPEECH_S = 60.0
SPEECH_MIN, SPEECH_MAX = 1 << 10, 60_000
PATIENCE_S = 0.25
"""What both machines may take to find an answer, beside what the channel takes."""


@dataclass(frozen=True, slots=True)
class Air:
    """One channel. `rate` in bit/s; `packet_size` bytes of a frame; `turn_s` what a radio takes to turn round.

    Raises:
        ValueError: a rate or size out of bounds.
    """

    rate: int = RATE_USUAL
    packet_size: int = 200
    turn_s: float = 0.05

    def __post_init__(self) -> None:
        if not (RATE_MIN <= self.rate <= RATE_MAX and FRAME_MIN <= self.packet_size <= FRAME_MAX):
            raise ValueError(f"rate {self.rate} bit/s, packets of {self.packet_size} bytes")

    def seconds(self, size: int) -> float:
        """How long so many bytes are on the air."""
        return size * BITS_PER_BYTE / self.rate

    @property
    def packet_s(self) -> float:
        """A packet of full size."""
        return self.seconds(self.packet_size)

    @property
    def burst(self) -> int:
        """Packets of one turn."""
        return max(BURST_MIN, min(BURST_MAX, int(BURST_S / self.packet_s)))

    @property
    def answer_s(self) -> float:
        """How long after a turn the first packet of the answer is there, at the latest."""
        return 2 * self.turn_s + self.packet_s + PATIENCE_S

    @property
    def speech_size(self) -> int:
        """Bytes to say at a time: about a minute of the air, and not more where it is fast. More would pack better, and
        be lost as a whole where a machine restarts before its end."""
        return max(SPEECH_MIN, min(SPEECH_MAX, int(SPEECH_S * self.rate / BITS_PER_BYTE)))
