"""Central's end of one radio channel: every node that calls has a conversation, about the unit it says it is of.

    base ──what a node said──▶ conversation (on the region's thread) ──what to answer──▶ base, as far as there is room

Rules kept here:
* A talk that begins begins a conversation; whoever is not believed in it is dropped, and may call again.
* While what a node said is looked into, it is told that there will be more.
* CONVERSATIONS_MAX are held at most; the node heard longest ago greets anew when it comes back.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

from cable.antenna import Antenna
from cable.key_file import KeyFile
from cable.line import Line
from cable.radio import Radio
from central.conversation import Conversation
from central.keys import Keys
from central.service import Service
from fleet.errors import FleetError, NotTrusted
from fleet.ledger.bound import ON_AIR
from fleet.ledger.certificate import Certificate
from fleet.ports import Randomness
from fleet.radio.base import Base
from fleet.radio.keys import Self
from fleet.radio.station import Event, Opened, Received

log = logging.getLogger(__name__)

R = TypeVar("R")

LINK = "radio"
KEYS = "radio.keys"
CONVERSATIONS_MAX = 64


class BaseStation:
    """One radio of central."""

    def __init__(self, radio: Radio, service: Service, keys: Keys, shared: KeyFile, randomness: Randomness) -> None:
        me = Self(keys.central, keys.certificate, keys.root.public)
        self._base = Base(radio.air, me, shared, randomness, self._believe)
        self._antenna = Antenna(self._base, Line(radio.port, service.clock, baud=radio.baud), service.clock)
        self._service, self._speech_size = service, radio.air.speech_size
        self._conversations: OrderedDict[int, Conversation] = OrderedDict()
        self._unsaid: set[int] = set()  # nodes for whom there may be more to say

    async def run(self) -> None:
        """Answer nodes until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._antenna.run())
            while True:
                await self._antenna.step()
                for event in self._antenna.events():
                    await self._happens(event)
                for node in sorted(self._unsaid):
                    await self._say_on(node)

    def _believe(self, certificate: Certificate) -> None:
        if not certificate.covers(self._service.clock.now_ms()):
            raise NotTrusted("lease_over")

    async def _happens(self, event: Event) -> None:
        match event:
            case Opened():
                await self._begin(event.node)
            case Received():
                await self._hear(event.node, event.data)

    async def _begin(self, node: int) -> None:
        self._unsaid.discard(node)
        self._conversations.pop(node, None)
        self._conversations[node] = await self._service.do(
            lambda region: Conversation(region, LINK, ON_AIR, number=node)
        )
        if len(self._conversations) > CONVERSATIONS_MAX:
            self._let_go(next(iter(self._conversations)))

    async def _hear(self, node: int, data: bytes) -> None:
        conversation = self._conversations.get(node)
        if conversation is None:
            self._base.drop(node)
            return
        self._conversations.move_to_end(node)
        self._base.working(node, busy=True)
        if await self._do(node, lambda: conversation.receive(data)):
            self._unsaid.add(node)
            self._service.live.changed()

    async def _say_on(self, node: int) -> None:
        """Give the base more to say to a node, as far as there is room; once there is no more, the node is told so."""
        conversation = self._conversations[node]
        while self._base.room(node):
            said = await self._do(node, lambda: conversation.outgoing(self._speech_size))
            if not said:
                self._unsaid.discard(node)
                self._base.working(node, busy=False)
                break
            self._base.say(node, said)
        self._antenna.stir()

    async def _do(self, node: int, work: Callable[[], R]) -> R | None:
        """Do something about a conversation on the region's thread; None if it is over with that."""
        try:
            return await self._service.do(lambda _region: work())
        except FleetError as error:
            log.warning("radio: node %d: %s", node, error)
            self._let_go(node)
            return None

    def _let_go(self, node: int) -> None:
        self._base.drop(node)
        self._unsaid.discard(node)
        self._conversations.pop(node, None)


async def serve(service: Service, keys: Keys, radios: tuple[Radio, ...], randomness: Randomness) -> None:
    """Run every radio until cancelled; they share what is shared with nodes, as a node may come over any."""
    shared = KeyFile(service.directory / "keys" / KEYS)
    async with asyncio.TaskGroup() as tasks:
        for radio in radios:
            tasks.create_task(BaseStation(radio, service, keys, shared, randomness).run())
