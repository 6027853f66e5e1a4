"""Where forgeries are tried: an honest node at work, an insider's node of its unit, and a victim who hears of both.

The forger knows everything that is on record, and has every key but those of honest hands: not the honest node's,
central's or the root's, and of the people only those of `BOUGHT`. What it makes is put to the victim through the doors
that everything comes through.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from fleet.errors import NotTrusted
from fleet.ledger import kinds
from fleet.ledger.canonical import Value
from fleet.ledger.delta import Delta
from fleet.ledger.exchange import Exchange, Speaker
from fleet.ledger.marks import Identity, give_receipt, seal
from fleet.ledger.operation import Operation, name, sign_meaning
from fleet.ledger.replica import Replica, Statement
from fleet.ledger.state import MAPS
from fleet.ledger.store import Receipt
from fleet.ledger.suite import SigningKey
from tests.fleet.units import (
    CAST,
    ROOT,
    UNIT,
    a_host,
    a_node,
    a_person,
    a_unit,
    act,
    agree,
    an_edit,
    delta,
    enrolment,
    grants,
    signer,
    submitted,
    take,
    write,
)
from tests.simulation import people
from tests.simulation.clock import SimulatedClock, SimulatedTime
from tests.simulation.disk import SimulatedDisk
from tests.simulation.host import Host

BOUGHT = ("applicant-2", "dispatcher-1", "driver-2", "admin-2", "temporary-1")
"""Whose keys the insider has: rightly enrolled people, one of them revoked since, one with a short lease."""
STRANGER = people.key("a stranger")
DAY_MS = 86_400_000


class Frames(NamedTuple):
    """Bytes on a link, from their first on."""

    data: bytes


Forged = Delta | Receipt | Frames


class Attempt(NamedTuple):
    """What became of a forgery: the reason it was given, and what it changed that it should not have."""

    code: str
    changed: tuple[str, ...]


@dataclass
class Ground:
    """`tail` is honest work on its way; the victim does not have it yet. `approved` and `waiting` are orders."""

    honest: Host
    insider: Host
    revoked: Host
    central: Host
    victim: Replica
    disk: SimulatedDisk
    tail: Delta
    proposal: str
    for_oneself: str
    receipt: Receipt
    chance: random.Random
    forged: int = 0
    approved: str = "1-00001"
    waiting: str = "1-00002"
    truth: dict[str, dict[Any, Any]] = field(default_factory=dict)

    # -- what a forger makes ------------------------------------------------------------------------------------------

    @property
    def me(self) -> Identity:
        """The insider's node."""
        return Identity(UNIT, self.insider.author, self.insider.key)

    def next(self, kind: str, target: str, body: Value, person: str = "", **changed: Any) -> Operation:
        """What would come next in the insider's log; with a person whose key it has, properly signed."""
        head = self.victim.state.heads[self.me.author]
        operation = Operation(
            suite=self.me.suite.id, unit=UNIT, author=self.me.author, seq=head.seq + 1, prev=head.hash, deps=(),
            hlc=(self.insider.clock.now_ms() << 16) + self.forged, receipt=0, kind=kind, target=target, body=body,
            person=person or None, person_sig=b"" if person else None,
        )  # fmt: skip
        operation = replace(operation, **changed)
        return self.signed(operation, CAST[person].signer.key) if person in BOUGHT else operation

    def signed(self, operation: Operation, key: SigningKey) -> Operation:
        """With a person's signature by any key."""
        return replace(operation, person_sig=sign_meaning(key, operation))

    def sealed(self, *operations: Operation, by: SigningKey | None = None) -> Delta:
        """Operations as they are, under a seal by the insider's or any other key."""
        named = [name(operation) for operation in operations]
        author = operations[0].author
        mark = seal(Identity(UNIT, author, by or self.me.key), named[-1].head)
        return Delta(author, tuple(one.data for one in named), mark)

    def real(self, kind: str) -> Operation:
        """An honest operation of a kind that everybody holds."""
        held = (one.named.operation for one in self.disk.logs[self.honest.author])
        return self.chance.choice([one for one in held if one.kind == kind])

    def moved(self, real: Operation, **changed: Any) -> Delta:
        """A person's real signature, under something else in the insider's log."""
        made = self.next(real.kind, real.target, real.body, hlc=real.hlc)
        return self.sealed(replace(made, **{"person": real.person, "person_sig": real.person_sig} | changed))

    # -- how it is tried ----------------------------------------------------------------------------------------------

    def attempt(self, forged: Forged) -> Attempt:
        """Put a forgery to the victim."""
        self.forged += 1
        before, self.truth = self.truth or self._truth(), {}
        code = self._put(forged)
        self.truth = self._truth()
        return Attempt(code, tuple(name for name in self.truth if self.truth[name] != before[name]))

    def _put(self, forged: Forged) -> str:
        held = len(self.disk.log)
        try:
            match forged:
                case Delta():
                    self.victim.receive(forged)
                case Receipt():
                    self.victim.note_receipt(forged, self.honest.central_public)
                case Frames():
                    self._exchange().receive(forged.data, now_ms=self.honest.clock.now_ms())
        except NotTrusted as refused:
            return refused.code
        return next((placing.verdict for placing in self.disk.log[held:] if placing.verdict), "")

    def _exchange(self) -> Exchange:
        speaker = Speaker(Identity(UNIT, self.central.author, self.central.key), self.central.certificate)
        return Exchange(self.victim, speaker, root_public=ROOT.public)

    def _truth(self) -> dict[str, dict[Any, Any]]:
        """All that is true at the victim, but how far each log is held."""
        state = self.victim.state
        maps = {name: dict(getattr(state, name)) for name in MAPS if name not in {"heads", "horizons"}}
        return maps | {"receipts": dict(self.victim.receipts)}


Make = Callable[[Ground], Forged]


class Class(NamedTuple):
    """One way to forge, and the reasons one of which must be given."""

    make: Make
    codes: frozenset[str]


def table(rows: Mapping[str, tuple[Make, str]]) -> dict[str, Class]:
    """Rows of a name in words, how it is made, and its reasons with a space between."""
    return {words: Class(make, frozenset(codes.split())) for words, (make, codes) in rows.items()}


def lay(chance: random.Random) -> Ground:
    """A unit at work, up to the moment the forger begins."""
    time = SimulatedTime()
    honest = a_unit(time, "applicant-1", "approver-1", "dispatcher-1", "driver-1", "driver-2")
    for order in ("1-00001", "1-00002", "1-00003"):
        submitted(honest, order)
    write(honest, act("approve", "approver-1", content="aa"))
    write(honest, act("send_back", "approver-1", "1-00003", content="aa", reason="Share a car"))
    revoked = a_node(3, time=time)
    take(honest.replica, [delta(revoked)])
    agree(honest, "revoke_person", {"person": "driver-2", "public": b"", "reason": "Lost key"})
    agree(honest, "revoke_node", {"node": 3, "incarnation": 1, "after_seq": 1, "reason": "Stolen"})
    agree(honest, "person", a_person("driver-9", "driver"))
    proposal = grants(honest).propose(signer("admin-2"), "person", a_person("driver-8", "driver"))
    for_oneself = grants(honest).propose(signer("admin-1"), "person", a_person("admin-2", "driver"))
    insider = a_host(2, time=time)
    take(insider.replica, [delta(revoked), delta(honest)])
    time.pass_ms(1000)
    insider.replica.write([Statement(kinds.NODE_ENROL, "node/2", insider.certificate)])
    insider.replica.write([enrolment(person) for person in BOUGHT])
    disk = SimulatedDisk()
    victim = Replica(disk, SimulatedClock(time), ROOT.public, unit=UNIT, identity=None)
    take(victim, [delta(revoked), delta(honest), delta(insider)])
    central = a_host(0, time=time)
    take(central.replica, [delta(revoked), delta(honest)])
    receipt = give_receipt(central.key, honest.replica.state.heads[honest.author], time.now_ms)
    held = honest.replica.made
    write(
        honest,
        an_edit(honest, kinds.ORDERS + "1-00004", "applicant-1", rider="Sarnai"),
        act("approve", "approver-1", "1-00002", content="aa"),
        act("dispatch", "dispatcher-1", vehicle="NM-1", driver="driver-1"),
        act("cancel", "applicant-1", "1-00003", reason="Rain"),
    )
    return Ground(
        honest, insider, revoked, central, victim, disk, delta(honest, held), proposal, for_oneself, receipt, chance
    )
