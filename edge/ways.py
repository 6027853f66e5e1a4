"""The ways by which a node reaches central and its neighbours: network, radio, node to node; and who it is on them.

A way is a link and its course (`edge.sync.schedule`); the worker takes whichever is open. Nothing here decides when.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from cable.key_file import KeyFile
from cable.line import Line
from cable.radio import Radio
from edge.home import Enrolled
from edge.settings import Settings
from edge.store.carried import NodeBlobs
from edge.sync.https import HttpsLink
from edge.sync.neighbour import NeighbourLink
from edge.sync.radio import RadioLink
from edge.sync.schedule import Course, Kind
from edge.sync.worker import Way
from fleet.errors import Unavailable
from fleet.ledger.acquaintance import Me
from fleet.ledger.exchange import Exchange
from fleet.ledger.replica import Replica
from fleet.ports import Clock, Randomness
from fleet.radio.caller import Caller
from fleet.radio.keys import Self
from fleet.radio.packet import NODE_MAX

Start = Callable[[Coroutine[Any, Any, None], str], None]
"""Starts work that ends with the node."""


class Ways:
    """The ways of one node."""

    def __init__(
        self,
        settings: Settings,
        enrolled: Enrolled,
        home: Path,
        blobs: NodeBlobs,
        clock: Clock,
        randomness: Randomness,
    ) -> None:
        self._settings, self._enrolled, self._home, self._blobs = settings, enrolled, home, blobs
        self._clock, self._randomness = clock, randomness

    async def opened(self, stack: AsyncExitStack, start: Start) -> list[Way]:
        """The links there are, HTTPS to central first."""
        grant, settings = self._enrolled.grant, self._settings
        ways = []
        if grant.url:
            link = HttpsLink(grant.url, grant.unit, grant.ca_pem, self._randomness)
            course = Course(
                kind=Kind.HTTPS,
                idle_s=settings.sync_idle_s,
                retry_max_s=settings.sync_retry_max_s,
                seal_s=settings.sync_seal_s,
                day_bytes=settings.sync_day_bytes,
            )
            ways.append(Way("https", await stack.enter_async_context(link), self.converse, course))
        if settings.radio:
            radio = self._radio(settings.radio)
            start(radio.run(), "radio")
            course = Course(
                kind=Kind.RADIO,
                idle_s=settings.radio_idle_s,
                retry_max_s=settings.sync_retry_max_s,
                seal_s=settings.sync_seal_s,
                day_bytes=settings.radio_day_bytes,
            )
            ways.append(Way("radio", radio, self.converse, course))
        for url in settings.peers:
            neighbour = NeighbourLink(url, self.me, self._clock, self._randomness)
            course = Course(kind=Kind.PEER, idle_s=settings.sync_idle_s, retry_max_s=settings.sync_retry_max_s)
            ways.append(Way(url, await stack.enter_async_context(neighbour), self.converse, course))
        return ways

    @property
    def me(self) -> Me:
        """Who this node is, to whom it meets."""
        grant, identity = self._enrolled.grant, self._enrolled.identity
        return Me(identity.key, grant.node_certificate, grant.root_public, identity.unit)

    def _radio(self, radio: Radio) -> RadioLink:
        """The station that calls central.

        Raises:
            Unavailable: `key_file_wrong`, `disk_failed`; `radio_number`: the packets of a radio have no room for it.
        """
        number = self._enrolled.identity.author.node
        if number > NODE_MAX:
            raise Unavailable("radio_number", number=number, most=NODE_MAX)
        grant = self._enrolled.grant
        me = Self(self._enrolled.identity.key, grant.node_certificate, grant.root_public)
        caller = Caller(radio.air, number, me, KeyFile(self._home / "radio.keys"), self._randomness)
        return RadioLink(caller, Line(radio.port, self._clock, baud=radio.baud), self._clock)

    def converse(self, replica: Replica, bound: bytes) -> Exchange:
        """This node's end of a conversation."""
        grant = self._enrolled.grant
        return Exchange(
            replica,
            self._enrolled.speaker,
            root_public=grant.root_public,
            central_public=grant.central_public,
            believed=[receipt.head for receipt in replica.receipts.values()],
            standing=True,
            blobs=self._blobs,
            bound=bound,
        )
