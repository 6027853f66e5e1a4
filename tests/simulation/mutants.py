"""Builds that are wrong: each leaves out one thing the ledger stands on. The harness must notice every one of them.

A mutant is a patch of the product in this process, for the harness alone. It names the invariants that may break.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import pytest

from fleet.errors import NotTrusted
from fleet.ledger import cose, judge, update
from fleet.ledger.delta import Delta, Taken, chained
from fleet.ledger.log import Log
from fleet.ledger.operation import Author, Head, Named, Operation
from fleet.ledger.receiving import Receiver
from fleet.ledger.store import Batch, Placing
from fleet.ledger.suite import Suite
from tests.simulation import host
from tests.simulation.disk import SimulatedDisk

Patch = pytest.MonkeyPatch


class Mutant(NamedTuple):
    """How to make a build wrong, and what may give it away (nothing named: anything)."""

    apply: Callable[[Patch], None]
    breaks: frozenset[str] = frozenset()


def _no_causal_gate(patch: Patch) -> None:
    def open_gate(_log: Log, _operation: Operation) -> tuple[Head, ...]:
        return ()

    patch.setattr(Log, "missing", open_gate)


def _no_client_id_check(patch: Patch) -> None:
    inspect = update.inspect

    def lenient(data: bytes, *, client_id: int, held: Mapping[int, int]) -> int:
        try:
            return inspect(data, client_id=client_id, held=held)
        except NotTrusted as refused:
            if refused.code != "update_client":
                raise
            return inspect(data, client_id=int(str(refused.facts["client"])), held=held)

    patch.setattr(update, "inspect", lenient)


def _no_seal_check(patch: Patch) -> None:
    checked = cose.signed_by

    def lenient(suite: Suite, public: bytes, context: str, payload: bytes, mark: bytes) -> bool:
        return context == "seal" or checked(suite, public, context, payload, mark)

    patch.setattr(cose, "signed_by", lenient)


def _no_person_check(patch: Patch) -> None:
    patch.setattr(judge, "meaning_signed_by", lambda _public, _operation: True)


def _answers_before_the_disk(patch: Patch) -> None:
    patch.setattr(host, "SimulatedDisk", ForgetfulDisk)


def _checks_after_storing(patch: Patch) -> None:
    """Stores what follows the log first, and looks at key, chain and seal when it is there."""
    believe = Receiver._believe

    def receive(receiver: Receiver, delta: Delta, unpacked: Sequence[Named] | None = None) -> Taken:
        named = chained(delta, receiver._log.unit, unpacked)
        certificate = receiver._certificate(named[0].operation)
        if certificate is None:
            return Taken(None, waiting_for=())
        taken = receiver._take(delta, named)
        believe(receiver, delta, named, certificate)
        if taken.stored:
            receiver.waiting.retry(receiver._log.lacking, receiver.receive)
        return taken

    patch.setattr(Receiver, "receive", receive)


class ForgetfulDisk(SimulatedDisk):
    """Answers a commit while it is still in flight: the last one is gone when the power is."""

    def __init__(self) -> None:
        super().__init__()
        self._before: tuple[list[Placing], dict[Author, list[Placing]]] = ([], {})

    def commit(self, batch: Batch) -> None:
        if batch.operations:
            self._before = [*self.log], {author: [*log] for author, log in self.logs.items()}
        super().commit(batch)

    def power_cut(self) -> None:
        super().power_cut()
        self.log, self.logs = self._before


MUTANTS: dict[str, Mutant] = {
    "no causal gate": Mutant(_no_causal_gate),
    "no client id check": Mutant(
        _no_client_id_check,
        frozenset({"no effect without authority", "order and batches do not matter"}),
    ),
    "no seal check": Mutant(
        _no_seal_check,
        frozenset({"every operation is its author's own", "honest work is never refused"}),
    ),
    "no person's signature checked": Mutant(_no_person_check, frozenset({"no effect without authority"})),
    "answers before the disk does": Mutant(
        _answers_before_the_disk, frozenset({"nothing acknowledged is lost", "rows follow from the log"})
    ),
    "checks after storing": Mutant(_checks_after_storing, frozenset({"every operation is its author's own"})),
}
