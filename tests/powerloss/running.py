"""Cuts the power of recorded sessions at random moments, opens what is left with the real store, and looks for losses.

With an honest fsync nothing acknowledged may be. With one that lies it may, but then it must show: the node is behind,
or the damage is told, and all that central had been given comes back from there.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from edge.proof import prove
from edge.store.engine import Synchronous
from edge.store.journal import SLATE, Office
from fleet.errors import NotTrusted, Unavailable
from fleet.ledger.operation import Head
from tests.edge.unit import ME, Central, conversation, office_of
from tests.powerloss.images import Files, image
from tests.powerloss.recorder import WATCHED, Synced
from tests.powerloss.session import Session, make, play

IMAGES_EACH = 25
"""Power cuts of one session."""
LYING_SHARE = 0.4
NEVER = 1 << 60


@dataclass
class Tally:
    """`lost` are acknowledged records missing after an honest fsync; `found` is how images of lying ones were met."""

    images: int = 0
    honest: int = 0
    acknowledged: int = 0
    lost: int = 0
    found: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def run(images: int, seed: int, *, synchronous: Synchronous = "FULL", lying_share: float = LYING_SHARE) -> Tally:
    """Look at so many images."""
    chance, tally = random.Random(seed), Tally()
    with tempfile.TemporaryDirectory() as below:
        home = make(Path(below) / "home")
        left = Path(shutil.copytree(home.directory, Path(below) / "left"))
        while tally.images < images:
            session = play(home, Path(below) / "working", chance, synchronous=synchronous)
            for _ in range(min(IMAGES_EACH, images - tally.images)):
                _cut(session, left, chance, tally, honest=chance.random() >= lying_share)
    return tally


def _cut(session: Session, left: Path, chance: random.Random, tally: Tally, *, honest: bool) -> None:
    """The power goes at some moment."""
    until = chance.randrange(1, len(session.events) + 1)
    events = session.events[:until]
    lies_from = NEVER if honest else chance.randrange(until)
    lay(left, image(session.before, events, chance, lies_from=lies_from))
    tally.images += 1
    tally.honest += honest
    lied = sum(isinstance(event, Synced) for event in events[lies_from:]) if not honest else 0
    where = f"image {tally.images}, {'honest' if honest else f'{lied} syncs lied about'}, after event {until}"
    acknowledged = {head.seq: head for head in session.acknowledged(until)}
    tally.acknowledged += len(acknowledged)
    met, missing = _open(left, session, acknowledged)
    if honest:
        tally.lost += missing
        if met != "whole" or missing:
            tally.wrong.append(f"{where}: {met}, {missing} acknowledged lost")
    else:
        tally.found[met] += 1
    if met == "unsound":
        tally.wrong.append(f"{where}: the node started, and only `ortoo verify` finds that something is wrong")
    if met in {"damaged", "unsound"}:
        lay(left, {file: bytearray() for file in WATCHED})
    if fault := _refill(left, session, until):
        tally.wrong.append(f"{where}: {fault}")


def lay(directory: Path, files: Files) -> None:
    """Put what a power cut left into a node's directory; a file of nothing is not there."""
    for name in (*WATCHED, "core.db-shm", SLATE):
        (directory / name).unlink(missing_ok=True)
    for name, content in files.items():
        if content:
            (directory / name).write_bytes(content)


def _open(left: Path, session: Session, acknowledged: dict[int, Head]) -> tuple[str, int]:
    """How the real store meets an image, and how much acknowledged is missing then: it tells at the start that it is
    damaged, `ortoo verify` finds it unsound, it is behind, or whole."""
    try:
        with closing(office_of(left, session.clock)) as office:
            replica = office.replica
            missing = sum(replica.hash_at(ME, seq) != head.hash for seq, head in acknowledged.items())
        faults = prove(left).faults
    except (Unavailable, NotTrusted):
        return "damaged", len(acknowledged)
    if faults:
        return "unsound", missing
    return "behind" if missing else "whole", missing


def _refill(left: Path, session: Session, until: int) -> str:
    """Talk to central as it was then: all it had been given must come back, and both must be at one. What is wrong."""
    central = Central(session.clock, session.central_at(until))
    with closing(office_of(left, session.clock)) as office:
        _talk(left, office, central)
        ours, theirs = office.replica, central.replica
        if ours.digest() != theirs.digest():
            return f"no one state: {ours.held} here, {theirs.held} at central"
        if refusals := [*ours.refusals, *theirs.refusals]:
            return f"refused: {refusals[0].code}"
    return " ".join(fault.code for fault in prove(left).faults)


def _talk(left: Path, office: Office, central: Central) -> None:
    exchange = conversation(left, office.replica)
    while outgoing := exchange.outgoing(1 << 20):
        exchange.receive(central.answer(outgoing), now_ms=central.clock.now_ms())
