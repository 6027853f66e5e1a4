"""The whole system in a box: machines, people, links and faults in one process, all drawn from one seed.

    unit 1:  node 1 ─┐                 unit 2 (in some worlds):  node 3 ── central
                     ├─ central
             node 2 ─┘       (and node 1 ── node 2 in some worlds)

Every step draws one action; between steps time passes and links deliver. What the machines run is the real desk,
replica and conversation; only clock, disk, link and randomness are simulated. The trace is a hash over everything that
happened: one seed gives one trace, whatever machine runs it. `settle` ends all faults and lets everyone talk.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from dataclasses import replace
from typing import NamedTuple

from fleet.errors import FleetError, Unavailable
from fleet.ledger import kinds, memory
from fleet.ledger.certificate import CENTRAL
from fleet.ledger.operation import Author
from fleet.ledger.replica import Statement
from tests.simulation import census, invariants, people
from tests.simulation.clock import SimulatedClock, SimulatedTime
from tests.simulation.disk import PowerCut, SimulatedDisk
from tests.simulation.host import Host
from tests.simulation.link import CALM, Conversation, Line, Weather
from tests.simulation.people import FIRST, Person
from tests.simulation.plan import Plan
from tests.simulation.sticks import Stick

TRANSCRIPTS_MAX = 16
INSIDER = 9
"""The number of the insider's node."""


class Gone(NamedTuple):
    """A disk that a node wrote to and that nobody has any more; `missed` is what was on it and not on the next."""

    author: Author
    disk: SimulatedDisk
    missed: frozenset[bytes]


class World:
    """One run. `record` keeps what the invariants need to know and no machine can: who was told what."""

    def __init__(self, seed: int, plan: Plan | None = None) -> None:
        self.chance = random.Random(seed)
        self.plan = plan or Plan.drawn(self.chance)
        self.time = SimulatedTime()
        self.count: Counter[str] = Counter()
        self.record = invariants.Record()
        self.root = people.key("root")
        self.steps = 0
        self._trace = hashlib.sha256(repr(self.plan).encode())
        self.central = self._host("central", Author(CENTRAL, 1), "central")
        self.nodes: list[Host] = []
        self.people: dict[str, dict[str, Person]] = {}
        self.copies: list[Host] = []  # machines that run on a copy of a node's disk, keys and all
        self.gone: list[Gone] = []
        self.sticks: list[Stick] = []
        self.conversations: list[Conversation] = []
        self.partitions: dict[frozenset[str], int] = {}
        self.transcripts: list[tuple[Host, str, bytes]] = []
        self._full_until: dict[str, int] = {}
        self.central.power_on(self.plan.units)
        for unit, count in self.plan.units.items():
            self._found(unit, count)
        self.insider = self._insider() if self.plan.insider else None
        if self.plan.old:
            self.nodes[-1].dictionary_known = memory.PLAIN

    # -- the beginning ----------------------------------------------------------------------------------------------

    def _host(self, name: str, author: Author, unit: str) -> Host:
        key = people.key(name)
        certificate = people.certify(
            self.root, "node", unit, str(author.node), key.public, incarnation=author.incarnation
        )
        return Host(
            name=name,
            author=author,
            key=key,
            certificate=certificate,
            clock=SimulatedClock(self.time, self.chance.randrange(-300_000, 300_000) if self.plan.skew else 0),
            root_public=self.root.public,
            central_public=people.key("central").public,
        )

    def _found(self, unit: str, count: int) -> None:
        self.people[unit] = people.cast(self.root, unit)
        known = [
            person for person in [*self.people[unit].values()][:FIRST] if person.id != people.HEAD or self.plan.headed
        ]
        for at in range(count):
            number = len(self.nodes) + 1
            node = self._host(f"node {number}", Author(number, 1), unit)
            granted = people.grant(self.root, unit, node.author, node.certificate, self.central.certificate)
            if at == 0:
                message = people.authority(self.root, unit, first=number)
                everyone = tuple(person.certificate for person in known)
                granted = replace(granted, people=everyone, authorities=(message,))
            node.grant = granted
            node.power_on([unit])
            self.nodes.append(node)
            self.promise(node)

    def _insider(self) -> Host:
        """A node of the first unit whose key somebody else holds; nobody works at it."""
        unit, number = next(iter(self.plan.units)), INSIDER
        node = self._host(f"node {number}", Author(number, 1), unit)
        node.power_on([unit])
        node.replica.write([Statement(kinds.NODE_ENROL, f"node/{number}", node.certificate)])
        return node

    # -- what machines and people do --------------------------------------------------------------------------------

    def promise(self, node: Host) -> None:
        """A call at a node has answered: what its log holds now must never be lost."""
        head = node.replica.state.heads[node.author]
        self.record.promised[node.name] = head
        self.note("promised", node.name, head.seq, head.hash)

    def note(self, *what: object) -> None:
        """Put something that happened into the trace."""
        self._trace.update(repr(what).encode())

    @property
    def trace(self) -> str:
        """The hash of everything that happened so far, hex."""
        return self._trace.hexdigest()

    # -- links ------------------------------------------------------------------------------------------------------

    def call(self, first: Host, second: Host, unit: str, weather: Weather, budget: int = 1 << 20) -> Conversation:
        """Open a conversation; it goes on as time passes."""
        lines = (Line(weather, self.chance, self.count), Line(weather, self.chance, self.count))
        cut = self.chance.randrange(4000) if self.chance.random() < weather.cut else None
        standing = weather is not CALM and self.chance.random() < 0.5
        ends = (first.speak(unit, to_central=second.is_central, standing=standing), second.speak(unit))
        conversation = Conversation(first, second, unit, ends, lines, budget, cut)
        conversation.open(self.time.now_ms)
        self.conversations.append(conversation)
        self.count["conversations"] += 1
        self.count["conversations of two versions"] += first.dictionary_known != second.dictionary_known
        return conversation

    def replay(self, host: Host, unit: str, heard: bytes) -> None:
        """Play to a machine what it once heard, as someone who recorded the line could."""
        end = host.speak(unit)
        try:
            end.receive(heard, now_ms=host.clock.now_ms())
        except FleetError as error:
            self.note("replay", error.code)
        self.count["replays"] += 1

    def partition(self, pair: frozenset[str], ms: int) -> None:
        """Cut the link between two machines for a while."""
        self.partitions[pair] = self.time.now_ms + ms
        self.count["partitions"] += 1
        for conversation in self.conversations:
            if {conversation.first.name, conversation.second.name} == pair and not conversation.over:
                conversation.over = True
                self.count["cuts"] += 1

    def parted(self, first: Host, second: Host) -> bool:
        """Whether the link between two machines is down now."""
        return self.partitions.get(frozenset({first.name, second.name}), 0) > self.time.now_ms

    def pass_ms(self, ms: int) -> None:
        """Let time pass, deliver what is due, and clear away conversations that ended."""
        self.time.pass_ms(ms)
        for conversation in self.conversations:
            if conversation.over or not (conversation.first.up and conversation.second.up):
                conversation.over = True
                continue
            crossed = conversation.crossed
            try:
                conversation.pump(self.time.now_ms, self.chance, self.count)
            except PowerCut as cut:
                self.struck(cut)
            self.note("crossed", conversation.first.name, conversation.second.name, conversation.crossed - crossed)
        for conversation in self.conversations:
            if conversation.over:
                invariants.same_sets_same_state(self, conversation.unit)
            if conversation.over and conversation.heard:
                self.transcripts.append((conversation.second, conversation.unit, bytes(conversation.heard)))
        self.transcripts = self.transcripts[-TRANSCRIPTS_MAX:]
        self.conversations = [conversation for conversation in self.conversations if not conversation.over]
        for host in self.hosts:
            if self._full_until.get(host.name, 0) <= self.time.now_ms:
                for disk in host.disks.values():
                    disk.full = False

    # -- faults -----------------------------------------------------------------------------------------------------

    @property
    def hosts(self) -> list[Host]:
        """Every machine, central first."""
        return [self.central, *self.desks]

    @property
    def desks(self) -> list[Host]:
        """Every machine that people work at: the nodes, and the copies of them that nobody knows to be copies."""
        return [*self.nodes, *self.copies]

    @property
    def authors(self) -> list[Host]:
        """Every machine that writes, the insider's too."""
        return [*self.desks, *([self.insider] if self.insider else [])]

    def copied(self, author: Author) -> bool:
        """Whether two machines have written under one name, or one twice: on a copy of the disk, or after a backup."""
        return any(copy.author == author for copy in self.copies) or any(gone.author == author for gone in self.gone)

    def power_cut(self, host: Host) -> None:
        """A machine loses its power and starts again: what it had acknowledged must all be there."""
        invariants.before_crash(self, host)
        self._fall(host)
        self.count["crashes"] += 1
        for unit, disk in host.disks.items():
            if disk.flushed:
                self.count["disks that had lied"] += disk.flushed.log != disk.log
                self._go_on_with(host, unit, disk.flushed)
                host.cold = host.cold or ("" if host.author in disk.flushed.logs else "lost")
        host.power_on()
        self.note("crash", host.name)
        invariants.after_crash(self, host)

    def copy_disk(self, node: Host) -> None:
        """A second machine starts from a copy of a node's disk, and goes by its name from then on."""
        copy = replace(
            node,
            name=f"{node.name} copied",
            clock=SimulatedClock(self.time, node.clock.error_ms),
            disks={unit: disk.copied() for unit, disk in node.disks.items()},
            shelves={},
            slate=bytearray(node.slate),
            replicas={},
            saved={},
        )
        copy.power_on()
        self.copies.append(copy)
        self.record.promised[copy.name] = copy.replica.state.heads[copy.author]
        self.count["disks copied"] += 1
        self.note("copied", node.name)

    def replace_disk(self, node: Host, disk: SimulatedDisk, cold: str) -> None:
        """A node's disk is gone, and another takes its place; the node knows that it is not the one it wrote to."""
        self._fall(node)
        self._go_on_with(node, node.unit, disk)
        node.cold, node.since_ms = cold, node.clock.now_ms()
        node.power_on()
        self.note("disk replaced", node.name, cold)

    def _fall(self, host: Host) -> None:
        """The power is gone, and with it whatever the machine was saying."""
        self.count["torn writes"] += host.power_cut()
        for conversation in self.conversations:
            conversation.over |= host in (conversation.first, conversation.second)

    def _go_on_with(self, node: Host, unit: str, disk: SimulatedDisk) -> None:
        """Of what was on a node's disk only what is on another is left."""
        held = {placing.named.hash for placing in disk.log}
        missed = frozenset(one.named.hash for one in node.disks[unit].log if one.named.hash not in held)
        if missed:
            self.gone.append(Gone(node.author, node.disks[unit], missed))
        node.disks[unit] = disk
        self.record.promised.pop(node.name, None)
        for author in disk.logs.keys() | {author for name, _, author in self.record.checked if name == node.name}:
            self.record.checked.pop((node.name, unit, author), None)

    def fill_disk(self, host: Host, ms: int) -> None:
        """No commit of a machine succeeds for a while."""
        self._full_until[host.name] = self.time.now_ms + ms
        for disk in host.disks.values():
            disk.full = True
        self.count["disks filled"] += 1

    def struck(self, cut: PowerCut) -> None:
        """A commit was struck: the machine of that disk starts again."""
        self.count["commits struck"] += 1
        self.power_cut(next(host for host in self.hosts if cut.disk in host.disks.values()))

    # -- running ----------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """One action, a little time, and every cheap invariant."""
        self.steps += 1
        action = self.plan.draw(self.chance)
        self.note(self.steps, action.__name__)
        try:
            action(self)
        except Unavailable as refused:
            self.count["writes refused while cold" if refused.code.startswith("cold_") else "disk full"] += 1
            self.note(refused.code)
        self.pass_ms(self.chance.randrange(1, 4_000))
        invariants.always(self)

    def settle(self) -> None:
        """End every fault, let everyone talk until nobody has news, and hold the world to all its invariants."""
        self.partitions.clear()
        self._full_until.clear()
        for host in self.hosts:
            for disk in host.disks.values():
                disk.full, disk.strike, disk.flushed = False, "", None
            host.clock.set(0)
        while self.conversations:
            self.pass_ms(60_000)
        self.meet()
        self.meet()  # once to bring everything to central, once to bring it to everyone
        invariants.people_can_go_on(self)
        self.meet()
        self.meet()
        invariants.at_the_end(self)
        for unit in self.plan.units:
            keepers = [host for host in self.hosts if unit in host.replicas]
            self.count += census.of_lost_disks(self.central.disks[unit], self.gone)
            self.count += census.most(
                {host.name: census.of_unit(host.disks[unit].log, host.replicas[unit].state) for host in keepers}
            )
        self.note("settled", *(node.replica.digest() for node in self.nodes))

    def meet(self) -> None:
        """Every node talks to central, the insider's too."""
        for node in self.authors:
            self.talk(node, self.central)

    def talk(self, first: Host, second: Host) -> Conversation:
        """A conversation in calm weather, from its first to its last word."""
        conversation = self.call(first, second, first.unit, CALM)
        while not conversation.over:
            self.pass_ms(1)
        return conversation
