"""A node and the central server that enrolled it, in two directories, as the commands leave them; and their people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from central import granting, keys, settings
from central import home as central_home
from central.accounts import Role
from central.database import open_writer
from central.proof import prove as prove_region
from central.region import Region, open_region
from central.settings import Settings
from central.tallied import changing
from edge import home as homes
from edge.proof import prove as prove_node
from edge.store.journal import Office
from fleet.ledger import kinds
from fleet.ledger.bound import called
from fleet.ledger.enrolment import sign_grant
from fleet.ledger.exchange import Exchange
from fleet.ledger.operation import Author
from fleet.ledger.replica import Signer, Statement
from machine.system import SystemClock, SystemRandomness
from tests.edge.unit import APPLICANT, APPROVER, PEOPLE, UNIT, make_home, office_of, request_of, signer


@dataclass(frozen=True, slots=True)
class Place:
    """Two directories, and the keys of those who act."""

    node: Path
    region: Path
    author: Author
    signers: dict[str, Signer]
    clock: SystemClock = field(default_factory=SystemClock)

    @contextmanager
    def office(self) -> Iterator[Office]:
        """The node's ledger, opened in this process."""
        office = office_of(self.node, self.clock)
        try:
            yield office
        finally:
            office.close()

    @contextmanager
    def held(self) -> Iterator[Region]:
        """Central's, opened in this process."""
        region = open_region(self.region, keys.load(self.region), self.clock)
        try:
            yield region
        finally:
            region.close()

    def exchange(self, office: Office) -> Exchange:
        """The node's end of a conversation in which each turn stands alone."""
        enrolled = homes.enrolled(self.node)
        replica = office.replica
        return Exchange(
            replica,
            enrolled.speaker,
            root_public=enrolled.grant.root_public,
            central_public=enrolled.grant.central_public,
            believed=[receipt.head for receipt in replica.receipts.values()],
            turns_stand_alone=True,
            bound=called(b""),
        )

    def faults(self) -> list[str]:
        """What `ortoo verify` finds wrong with either."""
        found = [fault for one in prove_region(self.region) for fault in one.report.faults]
        return [f"{fault.code} {fault.record}" for fault in [*prove_node(self.node).faults, *found]]


def lay(directory: Path) -> Place:
    """Make both, and enrol the node."""
    region, node, clock = directory / "region", make_home(directory / "node"), SystemClock()
    own = Settings(name="Region", host="127.0.0.1", port=8443, addresses=("127.0.0.1",))
    central_home.create(
        region, own, account="admin", role=Role.ADMIN, secret="", now_ms=clock.now_ms(), randomness=SystemRandomness()
    )
    own_keys = keys.load(region)
    connection = open_writer(settings.database_url(region, settings.load(region)))
    with changing(connection, UNIT) as change:
        granted = granting.grant(change, own_keys, request_of(node), url="", first_node=1, now_ms=clock.now_ms() - 1000)
    connection.close()
    (node / homes.GRANT).write_bytes(sign_grant(own_keys.root, granted))
    place = Place(node, region, granted.author, {who: signer(node, who) for who in (APPLICANT, APPROVER)})
    with place.office() as office:
        office.replica.write([Statement(kinds.NODE_ENROL, f"node/{granted.author.node}", granted.node_certificate)])
        people = zip(PEOPLE, granted.people, strict=True)
        office.replica.write([Statement(kinds.PERSON_ENROL, f"person/{who.id}", message) for who, message in people])
    return place
