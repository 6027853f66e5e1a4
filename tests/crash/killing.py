"""Kills the two processes at random instants, starts them again, and looks whether anything acknowledged is missing."""

from __future__ import annotations

import os
import random
import selectors
import signal
import socket
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fleet.ledger import rest
from tests.crash.children import BUDGET, Pipe, central, node
from tests.crash.place import Place, lay
from tests.edge.unit import UNIT

LOOPS_EACH = 20
"""Kills one pair of directories goes through: what they hold grows, and proving it takes longer."""
CHECKPOINT_EVERY = 25
"""Operations between two checkpoints of the ledger, here: so that many kills meet one."""
LIFE_S_MAX = 0.25
START_S_MAX = 30.0
Work = Callable[[Place, socket.socket, Pipe, int], None]


@dataclass
class Tally:
    """What was killed in the middle of what, how much had been acknowledged, and what was wrong afterwards."""

    loops: int = 0
    killed_in: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    receipts: int = 0
    wrong: list[str] = field(default_factory=list)


class Child:
    """A forked process and what it has said so far."""

    def __init__(
        self, name: str, work: Work, place: Place, link: socket.socket, other: socket.socket, seed: int
    ) -> None:
        self.name, self.said = name, list[str]()
        self._reading, writing = os.pipe()
        self._pending = b""
        self.id = os.fork()
        if self.id == 0:
            _live(work, place, link, other, Pipe(writing), seed)
        os.close(writing)

    def listen(self, until: Callable[[], bool]) -> None:
        """Take in what the child says until something is so; its last words, if it has died."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._reading, selectors.EVENT_READ)
            while not until():
                if selector.select(0.005):
                    data = os.read(self._reading, 1 << 16)
                    if not data:
                        return
                    *lines, self._pending = (self._pending + data).split(b"\n")
                    self.said += [line.decode() for line in lines]

    def kill(self) -> str:
        """Kill it, and hear what it had said to the last; what it was doing."""
        os.kill(self.id, signal.SIGKILL)
        _, status = os.waitpid(self.id, 0)
        self.listen(lambda: False)
        os.close(self._reading)
        died = "" if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL else " (it had died by itself)"
        doing = next((line for line in reversed(self.said) if not line.startswith("ack")), "start")
        return f"{self.name} {doing}{died}"

    def acknowledged(self) -> list[tuple[int, bytes]]:
        """The operations it has acknowledged, by number and hash."""
        words = (line.split() for line in self.said if line.startswith("ack"))
        return [(int(number), bytes.fromhex(digest)) for _, number, digest in words]


def _live(work: Work, place: Place, link: socket.socket, other: socket.socket, pipe: Pipe, seed: int) -> None:
    other.close()
    try:
        work(place, link, pipe, seed)
    finally:  # nothing of what the parent would do at its end
        traceback.print_exc()
        os._exit(1)


def run(loops: int, seed: int, directory: Path | None = None) -> Tally:
    """Kill so many times, and look after each."""
    chance, tally = random.Random(seed), Tally()
    with _often_at_a_checkpoint(), tempfile.TemporaryDirectory(dir=directory) as below:
        while tally.loops < loops:
            place = lay(Path(below) / str(tally.loops))
            known = dict[int, bytes]()
            for _ in range(min(LOOPS_EACH, loops - tally.loops)):
                known.update(_once(place, chance, tally))
                _look(place, known, tally)
            tally.acknowledged += max(known, default=0)
    return tally


@contextmanager
def _often_at_a_checkpoint() -> Iterator[None]:
    every, rest.EVERY = rest.EVERY, CHECKPOINT_EVERY
    try:
        yield
    finally:
        rest.EVERY = every


def _once(place: Place, chance: random.Random, tally: Tally) -> list[tuple[int, bytes]]:
    """Start both, kill both at moments of their own; what the node had acknowledged."""
    sys.stderr.flush()
    near, far = socket.socketpair()
    children = [
        Child("central", central, place, far, near, chance.getrandbits(32)),
        Child("node", node, place, near, far, chance.getrandbits(32)),
    ]
    near.close()
    far.close()
    if chance.random() < 0.9:  # else they may be killed while they start
        for child in children:
            _until_up(child)
    chance.shuffle(children)
    for child in children:
        end = time.monotonic() + chance.random() * LIFE_S_MAX
        child.listen(lambda end=end: time.monotonic() > end)  # type: ignore[misc]
        tally.killed_in[child.kill()] += 1
    tally.loops += 1
    return next(child for child in children if child.name == "node").acknowledged()


def _until_up(child: Child) -> None:
    end = time.monotonic() + START_S_MAX
    child.listen(lambda: "up" in child.said or time.monotonic() > end)


def _look(place: Place, known: dict[int, bytes], tally: Tally) -> None:
    """Start again from what is on the disks: nothing acknowledged may be missing, and both must come to one state."""
    with place.office() as office, place.held() as region:
        ours, theirs = office.replica, region.replica(UNIT)
        wrong = [
            f"acknowledged and lost: {n}" for n, digest in known.items() if ours.hash_at(place.author, n) != digest
        ]
        receipts = [*ours.receipts.values()]
        wrong += [
            f"receipted and lost: {receipt.head.seq}"
            for receipt in receipts
            if theirs.hash_at(receipt.head.author, receipt.head.seq) != receipt.head.hash
        ]
        tally.receipts += len(receipts)
        exchange = place.exchange(office)
        while outgoing := exchange.outgoing(BUDGET):
            exchange.receive(region.converse(UNIT, outgoing, link="https"), now_ms=place.clock.now_ms())
        if ours.digest() != theirs.digest() or ours.held != theirs.held:
            wrong.append("the two did not come to one state")
        wrong += [f"refused: {refusal.code}" for refusal in [*ours.refusals, *theirs.refusals]]
    tally.wrong += [f"loop {tally.loops}: {fault}" for fault in [*wrong, *place.faults()]]
