"""Nodes and a base on one simulated channel, with real keys and certificates, and streams of bytes to carry."""

from __future__ import annotations

import random
from collections import defaultdict

from bench.air import Channel, Weather
from fleet.ledger.certificate import CENTRAL, Certificate
from fleet.radio.air import Air
from fleet.radio.base import Base
from fleet.radio.caller import Caller
from fleet.radio.keys import Self, Shared
from fleet.radio.station import Event, Failed, Opened, Received
from tests.fleet.units import ROOT
from tests.simulation import people
from tests.simulation.clock import SimulatedRandomness

UNIT = "u1"


class Disk:
    """Shared keys, as a disk keeps them: what was kept is there after `restart`, and may be put back."""

    def __init__(self) -> None:
        self.shared: dict[int, tuple[Shared, ...]] = {}

    def of(self, node: int) -> tuple[Shared, ...]:
        return self.shared.get(node, ())

    def keep(self, node: int, shared: tuple[Shared, ...]) -> None:
        self.shared[node] = shared


def a_self(number: int) -> Self:
    key = people.key(f"node {number}.1")
    home = "central" if number == CENTRAL else UNIT
    return Self(key, people.certify(ROOT, "node", home, str(number), key.public, incarnation=1), ROOT.public)


def believe_all(_certificate: Certificate) -> None:
    return


class Region:
    """`nodes` callers and a base. What is to be said in a talk is said anew when it begins again."""

    def __init__(self, air: Air, nodes: int = 1, *, seed: int = 0, weather: Weather | None = None) -> None:
        self.air, self.chance = air, random.Random(seed)
        self.disks = [Disk() for _ in range(nodes + 1)]
        self.base = self.a_base()
        self.callers = [self.a_caller(number) for number in range(1, nodes + 1)]
        self.channel = Channel([self.base, *self.callers], self._happens, self.chance, weather or Weather())
        self.up: dict[int, bytes] = {}  # what each node has to say, and what the base has for it
        self.down: dict[int, bytes] = {}
        self.heard_up: defaultdict[int, bytes] = defaultdict(bytes)
        self.heard_down: defaultdict[int, bytes] = defaultdict(bytes)
        self.opened: list[tuple[int, int]] = []
        self.failures: list[str] = []

    def a_base(self) -> Base:
        return Base(self.air, a_self(CENTRAL), self.disks[0], SimulatedRandomness(self.chance), believe_all)

    def a_caller(self, number: int) -> Caller:
        return Caller(self.air, number, a_self(number), self.disks[number], SimulatedRandomness(self.chance))

    def restart_base(self) -> None:
        self.base = self.a_base()
        self.channel.stations = [self.base, *self.callers]

    def restart_caller(self, number: int) -> None:
        self.callers[number - 1] = self.a_caller(number)
        self.channel.stations = [self.base, *self.callers]

    def caller(self, number: int = 1) -> Caller:
        return self.callers[number - 1]

    def talk(self, *numbers: int, within_s: float = 3600.0) -> bool:
        """Let these nodes (all, if none is named) call until nothing is left to say, again where a call fails."""
        numbers = numbers or tuple(range(1, len(self.callers) + 1))
        end_s = self.channel.now_s + within_s
        while self.channel.now_s < end_s:
            for number in numbers:
                self.caller(number).call(self.channel.now_s)
            whole = self.channel.run(
                min(end_s, self.channel.now_s + 60), lambda: all(self.is_done(number) for number in numbers)
            )
            if whole:
                return True
        return False

    def is_done(self, number: int) -> bool:
        up, down = self.up.get(number, b""), self.down.get(number, b"")
        said = self.heard_up[number] == up and self.heard_down[number] == down
        return said and self.caller(number).talking and self.caller(number).idle

    def _happens(self, place: int, event: Event) -> None:
        match event:
            case Opened() if place == 0:
                self.opened.append((place, event.node))
                self.heard_up[event.node] = b""
                self.base.say(event.node, self.down.get(event.node, b""))
            case Opened():
                self.opened.append((place, event.node))
                self.heard_down[event.node] = b""
                self.caller(place).say(self.up.get(event.node, b""))
            case Received() if place == 0:
                self.heard_up[event.node] += event.data
            case Received():
                self.heard_down[event.node] += event.data
            case Failed():
                self.failures.append(event.why)
