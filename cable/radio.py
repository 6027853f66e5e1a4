"""What may be set about a radio, alike in `[radio]` of node.toml and `[[radios]]` of central.toml."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from fleet.radio.air import RATE_MAX, RATE_MIN, Air
from fleet.radio.frame import FRAME_MAX, FRAME_MIN


class Radio(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A radio modem on a serial line. `port` is a device path, or `socket://` for a device server.

    baud         bits per second between this machine and the modem
    air_bps      bits per second on the air: every wait follows from it, so both ends must say the same
    packet_size  bytes the modem sends in one piece; both ends the same
    turn_ms      what the modem takes to turn round from hearing to speaking
    """

    port: Annotated[str, Meta(min_length=1)]
    baud: Annotated[int, Meta(ge=300, le=921_600)] = 9_600
    air_bps: Annotated[int, Meta(ge=RATE_MIN, le=RATE_MAX)] = 9_600
    packet_size: Annotated[int, Meta(ge=FRAME_MIN, le=FRAME_MAX)] = 200
    turn_ms: Annotated[int, Meta(ge=0, le=5_000)] = 50

    def __post_init__(self) -> None:
        if self.air_bps > self.baud:
            raise ValueError(f"air_bps: {self.air_bps} is faster than the line to the modem, {self.baud}")

    @property
    def air(self) -> Air:
        """The channel these settings describe."""
        return Air(self.air_bps, self.packet_size, self.turn_ms / 1000)
