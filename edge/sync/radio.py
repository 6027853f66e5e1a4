"""The radio link: the node's station on a modem, and the conversation it carries in turns that take as long as the air.

What is said is said piece by piece, and what is heard is handed on as it comes: a call may last for hours.
"""

from __future__ import annotations

from collections import deque

from cable.antenna import Antenna
from cable.line import Line
from fleet.errors import Unavailable
from fleet.ledger.bound import ON_AIR
from fleet.ports import Clock
from fleet.radio.caller import Caller
from fleet.radio.station import Event, Failed, Opened


class RadioLink:
    """A way to central; see `edge.sync.conversation.Link`. `run` keeps it on the air. Bytes are those of the
    conversation; what packets add is the air's (`caller.counts`)."""

    greets_first = True
    bound = ON_AIR

    def __init__(self, caller: Caller, line: Line, clock: Clock) -> None:
        self.bytes_up = self.bytes_down = self.round_trips = 0
        self.caller, self.antenna = caller, Antenna(caller, line, clock)
        self._heard = deque[bytes]()
        self._begun = self._under_way = self._broken = False
        self._unsaid = b""  # what is to be said once the talk has begun

    @property
    def under_way(self) -> bool:
        """Whether the call goes on: something is unsaid, unacknowledged or to come."""
        return self._under_way

    @property
    def room(self) -> int:
        """Bytes that may be said now, about: a minute of the air at a time."""
        free = not self._unsaid and (self.caller.room or not self.caller.talking)
        return self.caller.air.speech_size if free else 0

    def begin(self) -> None:
        """Let go of the talk there may be; the next turn opens another."""
        self.caller.drop()
        self.antenna.events()
        self._heard.clear()
        self._begun = self._under_way = self._broken = False
        self._unsaid = b""

    async def run(self) -> None:
        """Hear and speak until cancelled."""
        await self.antenna.run()

    async def turn(self, outgoing: bytes) -> bytes:
        """Say something, or wait for more; what was heard, b"" at the end of the call.

        Raises:
            Unavailable: `link_down`: the call came to nothing, another goes on with it; `talk_over`.
        """
        self.bytes_up += len(outgoing)
        self._unsaid += outgoing
        if outgoing or self._broken or not self._under_way:
            self._broken = False
            self._call()
        self._under_way = True
        while True:
            for event in self.antenna.events():
                self._happens(event)
            if self._unsaid and self._begun:
                self.caller.say(self._unsaid)
                self._unsaid = b""
                self._call()
            if self._heard:
                return self._hand_on()
            if self.caller.idle:
                self._under_way = False
                self.round_trips += 1
                return b""
            await self.antenna.step()

    def _call(self) -> None:
        self.caller.call(self.antenna.now_s)
        self.antenna.stir()

    def _happens(self, event: Event) -> None:
        match event:
            case Opened():
                if self._begun:  # the base knows nothing of the talk before, nor of this conversation
                    self._begun = False
                    raise Unavailable("talk_over")
                self._begun = True
            case Failed():
                self._broken = True
                raise Unavailable("link_down", detail=event.why)
            case _:
                self._heard.append(event.data)

    def _hand_on(self) -> bytes:
        heard = b"".join(self._heard)
        self._heard.clear()
        self.bytes_down += len(heard)
        return heard
