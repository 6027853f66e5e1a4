"""A node's bundles: written from what lies on its disk, whether it runs or not; taken in by whoever has the directory.

A running node holds its ledger alone, so `take_in` asks it, over the socket only its owner can open; the node opens the
file itself, in its own child process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec

from courier import house
from courier.files import Progress
from courier.house import Summary
from edge import home as node_home
from edge import place
from edge.home import Enrolled
from edge.store.blobs import FileBlobs
from edge.store.engine import disk_errors, open_reader
from edge.store.journal import open_office
from edge.store.ledger import LedgerStore
from edge.store.local import LocalStore
from fleet.errors import BadInput, FleetError, NotAllowed, NotFound, NotTrusted, Unavailable
from fleet.ledger import proofs
from fleet.ledger.blobs import BlobStore
from fleet.ledger.bundle import Manifest, Reader
from fleet.ledger.certificate import admit
from fleet.ledger.delivery import Delivery, consignment
from fleet.ledger.operation import Author
from fleet.ledger.overlay import Overlay
from fleet.ledger.proofs import Link, Proof
from fleet.ledger.replica import Replica
from fleet.ledger.store import Store
from fleet.ports import Clock, Randomness
from machine.system import SystemClock, SystemRandomness

R = TypeVar("R")
Do = Callable[[Callable[[Replica], R]], R]
"""How work gets to the replica: at once, or over the thread that owns it."""
NOTES = "bundle"
ANSWER_S_MAX = 3600.0
"""Seconds a running node may take for the largest bundle."""


class NodeHouse:
    """A node's directory, as bundles see it."""

    def __init__(self, home: Path, clock: Clock | None = None, randomness: Randomness | None = None) -> None:
        self._home, self._known = home, node_home.enrolled(home)
        self._clock, self._randomness = clock or SystemClock(), randomness or SystemRandomness()

    def write(self, file: Path, *, unit: str, everything: bool, progress: Progress) -> Summary:
        """Write what central is not known to hold (or, `everything`) for central."""
        _require_own_unit(unit or self._known.grant.unit, self._known)
        central = admit(self._known.grant.root_public, self._known.grant.central_certificate)
        reader = Reader(Author(int(central.subject), central.incarnation), central.public)
        with self._beneath() as store:
            replica = self._replica(store)
            there = {} if everything else {author: one.head.seq for author, one in replica.receipts.items()}
            carried = consignment(replica, there, about=reader.author, blobs=FileBlobs(self._home))
            summary = house.write(
                file, self._known.identity, self._known.grant.node_certificate, [reader], carried,
                clock=self._clock, randomness=self._randomness, progress=progress,
            )  # fmt: skip
        self._keep(summary)
        return summary

    def take_in(self, file: Path, *, progress: Progress) -> Summary:
        """Take a bundle in: here if the node is stopped, otherwise over the node itself."""
        try:
            with (
                node_home.alone(self._home),
                closing(
                    open_office(self._home, self._clock, self._known.grant.root_public, self._known.identity)
                ) as office,
            ):
                return self.take_in_with(file, lambda work: work(office.replica), office.blobs, progress=progress)
        except NotAllowed as refused:
            if refused.code != "node_running":
                raise
        return ask_running(self._home, file)

    def take_in_with(self, file: Path, do: Do[Any], blobs: BlobStore, *, progress: Progress) -> Summary:
        """Take a bundle into the replica that `do` works on, item by item, and scans into `blobs`.

        Raises:
            BadInput, NotFound, NotTrusted, Unavailable: see `courier`; what was taken before stays taken.
        """
        grant = self._known.grant
        with house.opened(file, self._home, grant.root_public, progress) as parcel:
            _require_for_us(parcel.manifest, self._known)
            delivery: Delivery = do(lambda replica: Delivery(replica, central_public=grant.central_public, blobs=blobs))
            now_ms = self._clock.now_ms()
            house.hand_over(
                parcel,
                self._known.identity.key,
                lambda item: do(lambda _: delivery.take(item, now_ms=now_ms)),
                progress,
            )
            delivered = do(lambda _: delivery.finish())
            here = place.read(self._home)
            if here and parcel.manifest.time_ms >= here.since_ms:  # an older one says nothing of what came after it
                heard = parcel.manifest.author, parcel.manifest.heads
                do(lambda replica: replica.hear(*heard))
            summary = house.told("in", file.name, parcel.manifest, delivered, now_ms)
        self._keep(summary)
        return summary

    def look(self, file: Path, *, progress: Progress) -> Summary:
        """Prove a bundle against what this node holds, changing nothing."""
        grant = self._known.grant
        with house.opened(file, self._home, grant.root_public, progress) as parcel, self._beneath() as store:
            _require_own_unit(parcel.manifest.unit, self._known)
            over, now_ms = Overlay(store), self._clock.now_ms()
            delivery = Delivery(self._replica(over), central_public=grant.central_public)
            house.hand_over(parcel, self._known.identity.key, lambda item: delivery.take(item, now_ms=now_ms), progress)
            return house.told("look", file.name, parcel.manifest, delivery.finish(), now_ms, over=over)

    def evidence(self, target: str, *, unit: str) -> list[Proof | Link]:
        """Everything that proves what this node has on record about a target."""
        _require_own_unit(unit or self._known.grant.unit, self._known)
        grant = self._known.grant
        with self._beneath() as store:
            return list(
                proofs.of_target(
                    store.operations(), target, store.receipts(), root_public=grant.root_public,
                    central_public=grant.central_public,
                )
            )  # fmt: skip

    def past(self) -> dict[str, Summary]:
        """The last bundle that was written ("out") and the last that was taken in ("in"), as far as there were any."""
        with closing(LocalStore(self._home)) as store:
            notes = store.notes(NOTES)
        return {way: msgspec.json.decode(text, type=Summary) for way, text in notes.items()}

    def _keep(self, summary: Summary) -> None:
        with closing(LocalStore(self._home)) as store:
            store.save_notes(NOTES, {summary.way: msgspec.json.encode(summary).decode()})

    @contextmanager
    def _beneath(self) -> Iterator[Store]:
        """The ledger as it lies on disk at one moment; the node may be running."""
        path = self._home / "core.db"
        if not path.exists():
            raise NotFound("no_records_yet", directory=str(self._home))
        db = open_reader(path)
        try:
            with disk_errors(path):
                db.conn.execute("BEGIN")
            yield LedgerStore(db, path)
        finally:
            db.close()

    def _replica(self, store: Store) -> Replica:
        grant = self._known.grant
        return Replica(store, self._clock, grant.root_public, unit=grant.unit, identity=None)


def house_of(home: Path) -> NodeHouse:
    """The house of a node's directory.

    Raises:
        NotFound, NotTrusted, Unavailable: see `edge.home.enrolled`.
    """
    return NodeHouse(home)


def ask_running(home: Path, file: Path) -> Summary:
    """Have the node that runs in `home` take a bundle in.

    Raises:
        FleetError: what the node said; Unavailable `node_silent` if it says nothing.
    """
    transport = httpx.HTTPTransport(uds=str(home / "node.sock"))
    try:
        with httpx.Client(transport=transport, base_url="http://node/api", timeout=ANSWER_S_MAX) as api:
            answer = api.post("/bundles/import", json={"file": str(file.absolute())})
    except httpx.HTTPError as error:
        raise Unavailable("node_silent", directory=str(home), detail=str(error)) from error
    if answer.is_success:
        return msgspec.json.decode(answer.content, type=Summary)
    raise _refusal(answer)


_BRANCHES: dict[int, type[FleetError]] = {400: BadInput, 404: NotFound, 403: NotTrusted}


def _refusal(answer: httpx.Response) -> FleetError:
    try:
        told = answer.json()
        facts = {str(name): value for name, value in told["facts"].items() if name not in {"code", "article"}}
        return _BRANCHES.get(answer.status_code, Unavailable)(str(told["code"]), **facts)
    except (ValueError, KeyError, AttributeError):
        return Unavailable("node_silent", directory="", detail=f"HTTP {answer.status_code}")


def _require_own_unit(unit: str, known: Enrolled) -> None:
    if unit != known.grant.unit:
        raise NotTrusted("bundle_other_unit", unit=unit, own=known.grant.unit)


def _require_for_us(manifest: Manifest, known: Enrolled) -> None:
    _require_own_unit(manifest.unit, known)
    if manifest.author == known.grant.author:
        raise NotTrusted("bundle_own")
