"""The catch-up of `bench.sync` over a radio: real stations of `fleet.radio`, one channel, simulated time.

Every packet takes its time on the air, and so does every turn of the radios; what the machines compute takes none.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from bench.air import Channel, Weather
from bench.replay import End
from fleet.errors import Unavailable
from fleet.ledger.certificate import CENTRAL, Certificate
from fleet.ledger.exchange import Exchange
from fleet.ledger.suite import SigningKey
from fleet.radio.air import Air
from fleet.radio.base import Base
from fleet.radio.caller import Caller
from fleet.radio.keys import Self, Shared
from fleet.radio.station import Event, Failed, Opened

AIR = Air(rate=9_600, packet_size=240)
DAY_S = 86_400.0


class Memory:
    """Shared keys of one machine, for as long as the measurement lasts."""

    def __init__(self) -> None:
        self._shared: dict[int, tuple[Shared, ...]] = {}

    def of(self, node: int) -> tuple[Shared, ...]:
        """What is shared with a node."""
        return self._shared.get(node, ())

    def keep(self, node: int, shared: tuple[Shared, ...]) -> None:
        """Keep this instead."""
        self._shared[node] = shared


class Chance:
    """Randomness that is the same in every run."""

    def __init__(self, generator: random.Random) -> None:
        self._generator = generator

    def bytes(self, n: int) -> bytes:
        """So many bytes."""
        return self._generator.randbytes(n)

    def below(self, n: int) -> int:
        """An integer below `n`."""
        return self._generator.randrange(n)


@dataclass(frozen=True, slots=True)
class Crossing:
    """What it took: seconds of channel time, bytes on the air in both directions, packets sent again."""

    seconds: float
    air_bytes: int
    resent: int


class _Machines:
    """Both machines' part above the radio: what is heard goes to the exchange, what that says goes out."""

    def __init__(
        self, node: End, central: End, root: SigningKey, begin: Callable[[End], Exchange], chance: random.Random
    ) -> None:
        self._ends, self._begin = (central, node), begin
        me, them = (Self(end.identity.key, end.certificate, root.public) for end in (node, central))
        self.number = node.identity.author.node
        self.base = Base(AIR, them, Memory(), Chance(chance), _believe)
        self.caller = Caller(AIR, self.number, me, Memory(), Chance(chance))
        self._exchanges: dict[int, Exchange] = {}

    def happens(self, place: int, event: Event) -> None:
        """An event of the station at `place`: 0 is the base."""
        match event:
            case Failed():
                raise Unavailable("link_down", detail=event.why)
            case Opened():
                self._exchanges[place] = self._begin(self._ends[place])
            case _:
                self._exchanges[place].receive(event.data, now_ms=self._ends[place].clock.now_ms())
        self.feed(place)

    def feed(self, place: int) -> None:
        """Say what there is to say, as far as there is room."""
        exchange = self._exchanges.get(place)
        if exchange is None or (place == 0 and exchange.peer is None):
            return  # central speaks when it is spoken to
        while self._room(place) and (said := exchange.outgoing(AIR.speech_size if exchange.peer else 0)):
            if place:
                self.caller.say(said)
            else:
                self.base.say(self.number, said)

    def is_over(self) -> bool:
        """Whether neither has anything left to say; gives both the chance to."""
        for place in (0, 1):
            self.feed(place)
        return self.caller.talking and self.caller.idle

    def _room(self, place: int) -> bool:
        return self.caller.room if place else self.base.room(self.number)


def cross(
    node: End, central: End, root: SigningKey, begin: Callable[[End], Exchange], *, loss: float, seed: int = 1
) -> Crossing:
    """Bring both ends in step, from no key shared to nothing left to say.

    Raises:
        Unavailable: `link_down`: a call failed, or it took more than a day.
    """
    chance = random.Random(seed)  # noqa: S311 - weather, and keys of a measurement
    machines = _Machines(node, central, root, begin, chance)
    channel = Channel([machines.base, machines.caller], machines.happens, chance, Weather(loss=loss))
    machines.caller.call(0.0)
    if not channel.run(DAY_S, machines.is_over):
        raise Unavailable("link_down", detail="a day is not enough")
    counts = machines.base.counts + machines.caller.counts
    return Crossing(channel.now_s, counts["bytes_out"], counts["resent"])


def _believe(certificate: Certificate) -> None:
    assert int(certificate.subject) != CENTRAL  # noqa: S101 - the bench has one node
