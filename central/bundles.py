"""Central's bundles: one unit's records in, receipts and central's own records out.

What goes out is written from the database, whether the server runs or not. A running server holds the region's state,
so `take_in` hands the file to it, at the same address nodes use; like a node, a bundle proves itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import httpx
import msgspec
from sqlalchemy import Connection

from central import contacts, home, keys, nodes, settings, tls
from central.blobs import UnitBlobs
from central.database import open_reader, open_writer
from central.keys import Keys
from central.past import keep
from central.region import Region, open_region
from central.settings import Settings
from central.store import UnitStore
from courier import files, house
from courier.child import Opened
from courier.files import Progress
from courier.house import Summary
from fleet.errors import BadInput, FleetError, NotAllowed, NotFound, NotTrusted, Unavailable
from fleet.ledger import bundle, proofs, rights
from fleet.ledger.bundle import Manifest, Reader
from fleet.ledger.certificate import CENTRAL
from fleet.ledger.delivery import Delivery, consignment
from fleet.ledger.marks import Identity
from fleet.ledger.operation import Author
from fleet.ledger.overlay import Overlay
from fleet.ledger.proofs import Link, Proof
from fleet.ledger.replica import Replica
from fleet.ledger.state import State
from fleet.ledger.store import Store
from fleet.ports import Clock, Randomness
from machine.system import SystemClock, SystemRandomness

R = TypeVar("R")
Do = Callable[[Callable[[Region], R]], R]
"""How work gets to the region: at once, or over the thread that owns it."""
LINK = "bundle"
ANSWER_S_MAX = 3600.0
"""Seconds a running server may take for the largest bundle."""


class CentralHouse:
    """A region's directory, as bundles see it."""

    def __init__(
        self, directory: Path, own_keys: Keys, *, clock: Clock | None = None, randomness: Randomness | None = None
    ) -> None:
        self._directory, self._keys = directory, own_keys
        self._own: Settings = settings.load(directory)
        self._clock, self._randomness = clock or SystemClock(), randomness or SystemRandomness()

    def write(self, file: Path, *, unit: str, everything: bool, progress: Progress) -> Summary:
        """Write what the unit's nodes are not known to hold (or, `everything`) for every node of the unit.

        Raises:
            NotFound: `no_unit`; `bundle_no_reader`: no node of it may read it.
        """
        with closing(open_reader(self._url)) as connection:
            code = _unit(connection, unit)
            replica = self._replica(UnitStore(connection, code), code)
            readers = _readers(connection, code, replica.state)
            there = {} if everything else _known_by_all(connection, code, [reader.author for reader in readers])
            summary = house.write(
                file, Identity(code, self._keys.author, self._keys.central), self._keys.certificate, readers,
                consignment(replica, there, about=None, blobs=UnitBlobs(connection, code)), clock=self._clock,
                randomness=self._randomness, progress=progress,
            )  # fmt: skip
        with closing(open_writer(self._url)) as connection:
            keep(connection, summary)
        return summary

    def take_in(self, file: Path, *, progress: Progress) -> Summary:
        """Take a bundle in: here if the server is stopped, otherwise over the server itself."""
        try:
            with home.alone(self._directory):
                region = open_region(self._directory, self._keys, self._clock)
                try:
                    with house.opened(file, self._directory, self.root_public, progress) as parcel:
                        return self.take_in_with(parcel, file.name, lambda work: work(region), progress=progress)
                finally:
                    region.close()
        except NotAllowed as refused:
            if refused.code != "central_running":
                raise
        return self._ask_running(file, progress)

    def take_in_with(self, parcel: Opened, called: str, do: Do[Any], *, progress: Progress) -> Summary:
        """Take a bundle into the region that `do` works on, item by item.

        Raises:
            NotFound, NotTrusted, Unavailable: see `courier`; what was taken before stays taken.
        """
        manifest, now_ms = parcel.manifest, self._clock.now_ms()
        self.require_believed(manifest)
        giver = Identity(manifest.unit, self._keys.author, self._keys.central)
        delivery: Delivery = do(
            lambda region: Delivery(region.replica(manifest.unit), giver=giver, blobs=region.blobs(manifest.unit))
        )
        house.hand_over(
            parcel, self._keys.central, lambda item: do(lambda _: delivery.take(item, now_ms=now_ms)), progress
        )
        summary = house.told("in", called, manifest, do(lambda _: delivery.finish()), now_ms)
        do(lambda region: _note(region.connection, manifest, summary, now_ms))
        return summary

    def require_believed(self, manifest: Manifest) -> None:
        """Refuse a bundle that no node with a certificate in force has written.

        Raises:
            NotTrusted: `bundle_own` or `lease_over`.
        """
        if manifest.author.node == CENTRAL:
            raise NotTrusted("bundle_own")
        if not manifest.writer.covers(self._clock.now_ms()):
            raise NotTrusted("lease_over")

    def look(self, file: Path, *, progress: Progress) -> Summary:
        """Prove a bundle against what central holds of its unit, changing nothing."""
        with (
            house.opened(file, self._directory, self.root_public, progress) as parcel,
            closing(open_reader(self._url)) as connection,
        ):
            unit, now_ms = _unit(connection, parcel.manifest.unit), self._clock.now_ms()
            over = Overlay(UnitStore(connection, unit))
            delivery = Delivery(self._replica(over, unit), central_public=self._keys.central.public)
            house.hand_over(parcel, self._keys.central, lambda item: delivery.take(item, now_ms=now_ms), progress)
            return house.told("look", file.name, parcel.manifest, delivery.finish(), now_ms, over=over)

    def evidence(self, target: str, *, unit: str) -> list[Proof | Link]:
        """Everything that proves what is on record about a target of a unit, with every receipt that was given."""
        with closing(open_reader(self._url)) as connection:
            store = UnitStore(connection, _unit(connection, unit))
            return list(
                proofs.of_target(
                    store.operations(), target, store.all_receipts(), root_public=self.root_public,
                    central_public=self._keys.central.public,
                )
            )  # fmt: skip

    @property
    def root_public(self) -> bytes:
        """The key of the region's authority."""
        return self._keys.root.public

    @property
    def _url(self) -> str:
        return settings.database_url(self._directory, self._own)

    def _replica(self, store: Store, unit: str) -> Replica:
        return Replica(store, self._clock, self._keys.root.public, unit=unit, identity=None)

    def _ask_running(self, file: Path, progress: Progress) -> Summary:
        context, address = tls.trusting(self._keys.ca_pem), home.address_of_running(self._directory)
        with files.copied(file, self._directory, bundle.FILE_SIZE_MAX, progress) as copy:
            try:
                with httpx.Client(verify=context, timeout=ANSWER_S_MAX, trust_env=False) as api:
                    answer = api.post(f"{address}/bundles", content=_pieces(copy), params={"called": file.name})
            except httpx.HTTPError as error:
                raise Unavailable("central_silent", directory=str(self._directory), detail=str(error)) from error
        if answer.is_success:
            return msgspec.json.decode(answer.content, type=Summary)
        raise _refusal(answer)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(files.PIECE_SIZE):
        yield piece


def house_of(directory: Path) -> CentralHouse:
    """The house of a region's directory.

    Raises:
        NotFound, Unavailable: see `central.settings` and `central.keys`.
    """
    settings.load(directory)
    return CentralHouse(directory, keys.load(directory))


def _unit(connection: Connection, asked: str) -> str:
    """The unit that was asked for, or the only one there is."""
    known = [unit.code for unit in nodes.units(connection)]
    if asked in known:
        return asked
    if asked or not known:
        raise NotFound("no_unit", unit=asked)
    if len(known) > 1:
        raise BadInput("unit_needed", field="unit", units=", ".join(known))
    return known[0]


def _readers(connection: Connection, unit: str, state: State) -> list[Reader]:
    """The unit's nodes, each in its latest life: those the region granted, and those the unit did, as far as their logs
    have come here. None that was revoked."""
    known = {reader.author: reader.public for reader in nodes.readers(connection, unit)}
    known |= {author: one.public for author, one in state.nodes.items() if author.node != CENTRAL}
    latest = {author.node: author for author in sorted(known)}.values()
    found = [
        Reader(author, known[author]) for author in latest if rights.revoked_after(state, rights.now, author) is None
    ]
    if not found:
        raise NotFound("bundle_no_reader", unit=unit)
    return found


def _known_by_all(connection: Connection, unit: str, readers: list[Author]) -> dict[Author, int]:
    """What every reader is known to hold: the least of what each has said of itself."""
    told: dict[Author, Mapping[Author, int]] = {
        contact.author: contact.told for contact in contacts.last(connection).get(unit, [])
    }
    authors = {author for said in told.values() for author in said}
    return {author: min(told.get(reader, {}).get(author, 0) for reader in readers) for author in authors}


def _note(connection: Connection, manifest: Manifest, summary: Summary, now_ms: int) -> None:
    """A bundle is as old as its writing: it tells how the unit stood then."""
    heard_ms = min(manifest.time_ms, now_ms)
    known = [one for one in contacts.last(connection).get(manifest.unit, []) if one.author == manifest.author]
    if not known or known[0].heard_ms < heard_ms:
        contacts.note(connection, manifest.unit, manifest.author, manifest.heads, now_ms=heard_ms, link=LINK)
    keep(connection, summary)


_BRANCHES: dict[int, type[FleetError]] = {400: BadInput, 403: NotTrusted, 404: NotFound}


def _refusal(answer: httpx.Response) -> FleetError:
    try:
        told = answer.json()
        facts = {str(name): value for name, value in told.get("facts", {}).items() if name not in {"code", "article"}}
        return _BRANCHES.get(answer.status_code, Unavailable)(str(told["code"]), **facts)
    except (ValueError, KeyError, AttributeError):
        return Unavailable("central_silent", directory="", detail=f"HTTP {answer.status_code}")
