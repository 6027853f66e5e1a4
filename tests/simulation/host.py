"""A machine of the world: its disk, its clock, and the replica it runs while it has power.

A node keeps one unit; central keeps every unit, each in a ledger of its own. What is in memory dies with the power,
what is on the disks does not.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field

from fleet.desk.cases import CaseDesk
from fleet.desk.casework import case_desk
from fleet.desk.orders import OrderDesk
from fleet.desk.vault import Vault
from fleet.ledger import memory
from fleet.ledger.certificate import CENTRAL
from fleet.ledger.enrolment import Grant
from fleet.ledger.exchange import Exchange, Speaker
from fleet.ledger.introduction import introduce
from fleet.ledger.marks import Identity
from fleet.ledger.operation import Author
from fleet.ledger.replica import Replica
from fleet.ledger.suite import SigningKey
from fleet.ledger.trial import SLATE_SIZE, Trials
from tests.simulation.clock import SimulatedClock, SimulatedRandomness
from tests.simulation.disk import SimulatedDisk
from tests.simulation.shelf import SimulatedShelf


@dataclass(slots=True)
class Host:
    """A node, or central (node number 0). `replicas` is empty while the power is off. `saved` is the last backup of the
    disks, `cold` why the node may not write yet and `since_ms` since when, `grant` what the region gave it to begin its
    log with."""

    name: str
    author: Author
    key: SigningKey
    certificate: bytes
    clock: SimulatedClock
    root_public: bytes
    central_public: bytes
    dictionary_known: int = memory.NEWEST
    disks: dict[str, SimulatedDisk] = field(default_factory=dict)
    shelves: dict[str, SimulatedShelf] = field(default_factory=dict)
    slate: bytearray = field(default_factory=lambda: bytearray(SLATE_SIZE))
    replicas: dict[str, Replica] = field(default_factory=dict)
    saved: dict[str, SimulatedDisk] = field(default_factory=dict)
    cold: str = ""
    since_ms: int = 0
    grant: Grant | None = None

    @property
    def is_central(self) -> bool:
        """Whether this machine gives receipts."""
        return self.author.node == CENTRAL

    @property
    def up(self) -> bool:
        """Whether the machine has power."""
        return bool(self.replicas)

    @property
    def unit(self) -> str:
        """The unit of a node."""
        (unit,) = self.disks
        return unit

    @property
    def replica(self) -> Replica:
        """The ledger of a node that has power."""
        return self.replicas[self.unit]

    @property
    def desk(self) -> OrderDesk:
        """The order desk of a node, as a face calls it."""
        return OrderDesk(self.replica, self.clock, self.author, self.vault)

    @property
    def cases(self) -> CaseDesk:
        """The case desk of a node."""
        return case_desk(self.replica, self.clock, self.author, vault=self.vault)

    @property
    def vault(self) -> Vault:
        """The vault of a node; each one takes its chances anew."""
        chance = random.Random(f"{self.author} {self.replica.made}")
        return Vault(self.replica, self.identity(self.unit), SimulatedRandomness(chance))

    def power_on(self, units: Iterable[str] = ()) -> None:
        """Start from what the disks hold; `units` names ledgers to begin."""
        for unit in units:
            self.disks.setdefault(unit, SimulatedDisk())
        for unit, disk in self.disks.items():
            me, trials = self.identity(unit), Trials(self.slate)
            replica = Replica(
                disk, self.clock, self.root_public, unit=unit, identity=me, trials=trials, cold=self.cold
            )  # fmt: skip
            replica.on_warm = self._warm
            self.replicas[unit] = replica
            if self.grant:
                introduce(replica, self.grant)

    def _warm(self) -> None:
        self.cold = ""

    def shelf(self, unit: str) -> SimulatedShelf:
        """Where a unit's blobs lie."""
        return self.shelves.setdefault(unit, SimulatedShelf())

    def power_cut(self) -> int:
        """Lose everything but the disks. How many blobs that were under way it tore."""
        self.replicas.clear()
        for disk in self.disks.values():
            disk.power_cut()
        return sum(shelf.power_cut() for shelf in self.shelves.values())

    def speak(self, unit: str, *, to_central: bool = False, standing: bool = False) -> Exchange:
        """This end of a conversation about a unit."""
        replica = self.replicas[unit]
        return Exchange(
            replica,
            Speaker(self.identity(unit), self.certificate, gives_receipts=self.is_central),
            root_public=self.root_public,
            central_public=None if self.is_central else self.central_public,
            believed=[receipt.head for receipt in replica.receipts.values()] if to_central else (),
            standing=standing,
            blobs=self.shelf(unit),
            dictionary_known=self.dictionary_known,
        )

    def identity(self, unit: str) -> Identity:
        """Whose hand writes and seals here."""
        return Identity(unit, self.author, self.key, self.certificate)
