"""A Meshtastic stream as `ortoo terminal decode` tells it, message by message."""

from __future__ import annotations

from edge.serial_terminal.facts import Facts, stated
from edge.serial_terminal.meshtastic import messages
from edge.serial_terminal.meshtastic.stream import BadFrame, FrameDecoder


class Telling:
    """The messages of a stream as facts."""

    def __init__(self) -> None:
        self._decoder = FrameDecoder(messages.sound)

    def receive(self, data: bytes, at_ms: int) -> list[Facts]:
        return [
            {"error": event.reason, "undecoded_body": event.raw.hex()}
            if isinstance(event, BadFrame)
            else stated(messages.read(event.payload))
            for event in self._decoder.receive(data)
        ]

    def finish(self, at_ms: int) -> list[Facts]:
        return [{"error": "truncated"}] if self._decoder.waits else []
