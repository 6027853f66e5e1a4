"""The region as central holds it: a replica of every unit, who they are, and when they were last heard.

Belongs to the thread that owns the database. A conversation is answered only to a node that proved who it is and whose
certificate is in force; what it brought is on disk before it gets a receipt.
"""

from __future__ import annotations

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from central import contacts, custodians, nodes, settings, standing
from central.blobs import UnitBlobs
from central.contacts import Contact
from central.conversation import Conversation
from central.custodians import Appointment
from central.database import open_writer
from central.keys import Keys
from central.nodes import Unit
from central.store import UnitStore
from fleet.errors import NotFound, Unavailable
from fleet.ledger import rest
from fleet.ledger.bound import called
from fleet.ledger.exchange import Exchange, Speaker
from fleet.ledger.fold import Refold
from fleet.ledger.marks import Identity
from fleet.ledger.operation import Author
from fleet.ledger.replica import Replica
from fleet.ledger.talks import Talks
from fleet.ledger.trial import SLATE_SIZE, Trials
from fleet.ports import Clock
from machine.files import outliving

log = logging.getLogger(__name__)

SLATE = "trial.slate"
"""The file that says which update was being tried (see `fleet.ledger.trial`)."""
ANSWER_SIZE_MAX = 4 << 20
"""Bytes of one answer, about; the rest waits for the next conversation."""
TALKS_MAX = 256
"""Conversations over HTTPS held open; each remembers what has crossed in it (see `fleet.ledger.memory`)."""
SHOWN_MAX = 4096
"""Certificates known to have been looked at; then all are looked at again."""
UNITS_OPEN_MAX = 32
"""Ledgers of units held open; each takes 10 to 30 MB of memory, and a fraction of a second to open."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How much of a unit's log is held. `known` counts what its nodes said they have, held here or not."""

    held: int
    known: int
    quarantined: int


class Region:
    """All units of one central server."""

    def __init__(
        self,
        connection: Connection,
        own_keys: Keys,
        clock: Clock,
        trials: Trials,
        appointed: Callable[[], Appointment | None] = lambda: None,
    ) -> None:
        self.connection, self.clock = connection, clock
        self._keys, self._trials, self._appointed = own_keys, trials, appointed
        self._talks: Talks[Conversation] = Talks(TALKS_MAX)
        self._replicas: OrderedDict[str, Replica] = OrderedDict()
        self._blobs: dict[str, UnitBlobs] = {}
        self._shown: set[bytes] = set()  # hashes of certificates that were looked at

    @property
    def author(self) -> Author:
        """Who central is, in its present life."""
        return self._keys.author

    def units(self) -> list[Unit]:
        """Every unit a node was granted for. Asked of the database: a grant may have been made since."""
        return nodes.units(self.connection)

    def contacts(self) -> dict[str, list[Contact]]:
        """The last conversations by unit, the latest first."""
        return contacts.last(self.connection)

    def replica(self, unit: str) -> Replica:
        """What is held of a unit; NotFound `no_unit` if none of its nodes was ever granted. Its ledger is opened when
        somebody asks for it; of those open, the one not asked for longest is closed for it. Whom the region has named
        to open sealed fields is on record in it."""
        replica = self._ledger(unit)
        if named := self._appointed():
            custodians.tell(replica, unit, named, self._keys)
        return replica

    def _ledger(self, unit: str) -> Replica:
        if unit in self._replicas:
            self._replicas.move_to_end(unit)
            return self._replicas[unit]
        if all(known.code != unit for known in self.units()):
            raise NotFound("no_unit", unit=unit)
        store = UnitStore(self.connection, unit)
        root_public, me = self._keys.root.public, self._identity(unit)
        if rest.outgrown(store):
            store.rebuild(Refold(root_public, self.clock.now_ms()).batches(store.operations()))
        opened = Replica(store, self.clock, root_public, unit=unit, identity=me, trials=self._trials)
        if len(self._replicas) >= UNITS_OPEN_MAX:
            closed, ended = self._replicas.popitem(last=False)
            self._talks.forget(lambda conversation: conversation.unit == closed)
            _checkpoint(closed, ended)
        self._replicas[unit] = opened
        return opened

    def adopt(self, certificate: bytes) -> None:
        """Know a node by the certificate it shows, if the root gave it one that is not on record here (see
        `nodes.adopt`). Asked of the database once a certificate."""
        shown = hashlib.sha256(certificate).digest()
        if shown not in self._shown:
            if nodes.adopt(self.connection, certificate, self._keys.root.public, now_ms=self.clock.now_ms()):
                log.warning("a node was granted after the backup this region came back from: it is known again")
            self._shown.add(shown)
            if len(self._shown) > SHOWN_MAX:
                self._shown.clear()

    def blobs(self, unit: str) -> UnitBlobs:
        """What is held of a unit's blobs."""
        if unit not in self._blobs:
            self._blobs[unit] = UnitBlobs(self.connection, unit)
        return self._blobs[unit]

    def standings(self) -> dict[str, Standing]:
        """How much is held of each unit, against what its nodes said they have."""
        heard = self.contacts()
        return {unit.code: self._standing(unit.code, heard.get(unit.code, [])) for unit in self.units()}

    def _standing(self, unit: str, heard: list[Contact]) -> Standing:
        held = standing.known(self.connection, unit)
        known = dict(held.heads)
        for contact in heard:
            for author, seq in contact.told.items():
                known[author] = max(seq, known.get(author, 0))
        return Standing(sum(held.heads.values()), sum(known.values()), held.quarantined)

    def exchange(self, unit: str, bound: bytes) -> Exchange:
        """Central's end of a conversation with one of a unit's nodes; NotFound `no_unit`."""
        speaker = Speaker(self._identity(unit), self._keys.certificate, gives_receipts=True)
        return Exchange(
            self.replica(unit), speaker, root_public=self._keys.root.public, blobs=self.blobs(unit), bound=bound
        )

    def is_open(self, exchange: Exchange) -> bool:
        """Whether the ledger a conversation is about is still the one held open."""
        return self._replicas.get(exchange.replica.unit) is exchange.replica

    def converse(self, unit: str, said: bytes, *, link: str, talk: tuple[bytes, int] | None = None) -> bytes:
        """One turn of a node, as frames, and what to answer: a conversation of its own, or (name, number) in a talk.

        Raises:
            NotFound: `no_unit`.
            NotTrusted: the node did not prove who it is, or its frames cannot be read; what was stored of them stays.
            Unavailable: the disk refused, or `talk_over`: it must greet anew.
        """
        name, turn = talk or (b"", 0)
        bound = called(name)
        if talk is None:
            return Conversation(self, link, bound, unit).answer(said, ANSWER_SIZE_MAX)
        return self._talks.answer(
            unit.encode() + name,
            turn,
            lambda: Conversation(self, link, bound, unit),
            lambda conversation: conversation.answer(said, ANSWER_SIZE_MAX),
        )

    def close(self) -> None:
        """Let go of the database, with a checkpoint of every unit; nothing else may be asked afterwards."""
        for unit, replica in self._replicas.items():
            _checkpoint(unit, replica)
        self.connection.close()

    def _identity(self, unit: str) -> Identity:
        return Identity(unit, self.author, self._keys.central, self._keys.certificate)


def _checkpoint(unit: str, replica: Replica) -> None:
    try:
        replica.checkpoint()
    except Unavailable as refused:
        log.warning("no checkpoint of %s: its next start folds what came since the last one (%s)", unit, refused)


def open_region(directory: Path, own_keys: Keys, clock: Clock) -> Region:
    """The region of a directory; the calling thread owns it from now on.

    Raises:
        Unavailable: the database cannot be used; OSError: the directory cannot be written.
    """
    url = settings.database_url(directory, settings.load(directory))
    trials = Trials(outliving(directory / SLATE, SLATE_SIZE))
    return Region(open_writer(url), own_keys, clock, trials, partial(custodians.appointed, directory))
