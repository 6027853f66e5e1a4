"""What the commands and the pages of both buildings need of a bundle: write one, take one in, look into one.

A building that keeps records of a unit is a `House` here. What was done is a `Summary`, which a person, a page and the
table of past bundles read alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol

from courier import child, files
from courier.files import Progress
from fleet.ledger import bundle
from fleet.ledger.bundle import Consignment, Item, Manifest, Reader
from fleet.ledger.delivery import Delivered
from fleet.ledger.marks import Identity
from fleet.ledger.operation import Author
from fleet.ledger.overlay import Overlay
from fleet.ledger.proofs import Link, Proof
from fleet.ledger.suite import SigningKey
from fleet.ports import Clock, Randomness

REASONS_MAX = 16
"""Different reasons told of what was not taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How many operations of one author a bundle holds."""

    node: int
    incarnation: int
    operations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What must come before something that came: the author's log up to `seq`."""

    node: int
    incarnation: int
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One bundle that was written ("out"), taken in ("in"), or looked into ("look").

    `size` in bytes; `at_ms` when it was done, `written_ms` when it was written, both UTC; `stored` operations that were
    new, of which `without_effect` change nothing; `seals` and `person_signatures` that were proved of what was new, if
    it was looked into; `scans` files that acts name, carried or now whole here; `not_taken` codes of `refusal.` in the
    catalogue; `rest`: there was more than may go into one bundle. `proved` is False if nobody's key was at hand to look
    inside.
    """

    way: Literal["out", "in", "look"]
    file: str
    size: int
    at_ms: int
    unit: str
    writer: int
    writer_incarnation: int
    writer_name: str
    readers: list[int]
    written_ms: int
    rest: bool
    runs: list[Run]
    stored: int = 0
    without_effect: int = 0
    seals: int = 0
    person_signatures: int = 0
    receipts: int = 0
    refusals: int = 0
    scans: int = 0
    not_taken: list[str]
    missing: list[Missing]
    proved: bool = True

    @property
    def sound(self) -> bool:
        """Whether everything in it was proved, and nothing was turned away or waits for something else."""
        return self.proved and not (self.not_taken or self.missing)


class House(Protocol):
    """A node's or central's directory, as bundles see it."""

    def write(self, file: Path, *, unit: str, everything: bool, progress: Progress) -> Summary:
        """Write a bundle for the other side; the server may be running."""

    def take_in(self, file: Path, *, progress: Progress) -> Summary:
        """Take a bundle in, over the running server if there is one."""

    def look(self, file: Path, *, progress: Progress) -> Summary:
        """Prove a bundle against what is held, without changing anything."""

    def evidence(self, target: str, *, unit: str) -> list[Proof | Link]:
        """Everything that proves what is on record about a target, as `order/1-00001`; [] if nothing is."""


def write(
    file: Path,
    me: Identity,
    certificate: bytes,
    readers: Iterable[Reader],
    consignment: Consignment,
    *,
    clock: Clock,
    randomness: Randomness,
    progress: Progress,
) -> Summary:
    """Write a bundle to `file`, which was not there before.

    Raises:
        BadInput, Unavailable: see `files.write_out`; no file is there then.
    """
    now_ms, named = clock.now_ms(), list(readers)
    pieces = bundle.write(me, certificate, named, consignment, now_ms=now_ms, randomness=randomness)
    head = next(pieces)
    manifest = bundle.read_manifest(head[bundle.PROLOGUE_SIZE :], None)
    files.write_out(file, _chain(head, pieces), manifest.file_size, progress)
    return _summary(
        "out", file.name, manifest, Delivered(operations=dict(consignment.operations), blobs=consignment.blobs), now_ms
    )


def _chain(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from rest


@contextmanager
def opened(file: Path, scratch: Path, root_public: bytes | None, progress: Progress) -> Iterator[child.Opened]:
    """A bundle file in the hands of a child process, from a copy in `scratch`.

    Raises:
        BadInput, NotFound, NotTrusted, Unavailable: see `files.copied` and `child.opened`.
    """
    with (
        files.copied(file, scratch, bundle.FILE_SIZE_MAX, progress) as copy,
        child.opened(copy, root_public) as parcel,
    ):
        yield parcel


def hand_over(
    parcel: child.Opened,
    key: SigningKey,
    take: Callable[[Item], object],
    progress: Progress,
) -> None:
    """Give everything in a parcel to `take`, one by one. What was taken stays taken; a second try is harmless.

    Raises:
        NotTrusted: it does not open; nothing of it was given then.
        Whatever `take` raises.
    """
    for item in parcel.items(key, progress):
        take(item)


def told(
    way: Literal["in", "look"],
    file: str,
    manifest: Manifest,
    delivered: Delivered,
    now_ms: int,
    *,
    over: Overlay | None = None,
) -> Summary:
    """What became of a bundle, or, `over` what is held, would."""
    summary = _summary(way, file, manifest, delivered, now_ms)
    return replace(summary, seals=over.seals, person_signatures=over.person_signatures) if over else summary


def outside(file: str, manifest: Manifest, now_ms: int) -> Summary:
    """What can be told of a bundle that nobody here can open."""
    return replace(_summary("look", file, manifest, Delivered(), now_ms), proved=False)


def _summary(
    way: Literal["out", "in", "look"], file: str, manifest: Manifest, delivered: Delivered, now_ms: int
) -> Summary:
    missing: dict[Author, int] = {}
    for head in delivered.waiting_for:
        missing[head.author] = max(head.seq, missing.get(head.author, 0))
    return Summary(
        way=way, file=file, size=manifest.file_size, at_ms=now_ms, unit=manifest.unit, writer=manifest.author.node,
        writer_incarnation=manifest.author.incarnation, writer_name=manifest.writer.name,
        readers=sorted({reader.node for reader in manifest.readers} - {manifest.author.node}),
        written_ms=manifest.time_ms, rest=manifest.rest,
        runs=[
            Run(node=author.node, incarnation=author.incarnation, operations=count)
            for author, count in sorted(delivered.operations.items())
        ],
        stored=delivered.stored, without_effect=delivered.without_effect,
        receipts=delivered.receipts, refusals=delivered.refusals, scans=delivered.blobs,
        not_taken=list(dict.fromkeys(delivered.not_taken))[:REASONS_MAX],
        missing=[
            Missing(node=author.node, incarnation=author.incarnation, seq=seq)
            for author, seq in sorted(missing.items())
        ],
    )  # fmt: skip
