"""A store laid over another: what is committed stays in memory, what lies beneath is read and never written. On it a
replica can take anything in, as it would for good, to see what would become of it.
"""

from __future__ import annotations

from collections.abc import Iterable

from fleet.ledger.operation import Author
from fleet.ledger.store import Batch, Held, Receipt, Refusal, Store


class Overlay:
    """A `Store` over `beneath`. Counts what was committed: seals, and persons' signatures that hold."""

    def __init__(self, beneath: Store) -> None:
        self.seals = self.person_signatures = 0
        self._beneath = beneath
        self._logs: dict[Author, list[tuple[int, Held]]] = {}
        self._receipts: dict[Author, Receipt] = {receipt.head.author: receipt for receipt in beneath.receipts()}
        self._refusals = [*beneath.refusals()]
        self._archive: dict[str, bytes] = {}

    def operations(self, after: int = 0) -> Iterable[Held]:
        """Everything beneath but the first `after`, and what was committed since."""
        yield from self._beneath.operations(after)
        for log in self._logs.values():
            yield from (held for _, held in log)

    def run(self, author: Author, after_seq: int, size_max: int) -> list[Held]:
        """The author's sealed operations after `after_seq`; see the port."""
        if beneath := self._beneath.run(author, after_seq, size_max):
            return beneath
        run: list[Held] = []
        size = sealed = 0
        for seq, held in self._logs.get(author, ()):
            size += len(held.data)
            if sealed and size > size_max:
                break
            if seq > after_seq:
                run.append(held)
                sealed = len(run) if held.seal else sealed
        return run[:sealed]

    def receipts(self) -> Iterable[Receipt]:
        """The latest receipt of each author."""
        return list(self._receipts.values())

    def refusals(self) -> Iterable[Refusal]:
        """What was refused, oldest first."""
        return list(self._refusals)

    def entries(self) -> Iterable[tuple[str, str, bytes]]:
        """The checkpoint beneath: nobody starts from what is laid over it."""
        return self._beneath.entries()

    def archived(self) -> Iterable[str]:
        """What rests beneath."""
        return self._beneath.archived()

    def dossier(self, target: str) -> bytes:
        """A dossier as it rests here, or beneath."""
        return self._archive[target] if target in self._archive else self._beneath.dossier(target)

    def commit(self, batch: Batch) -> None:
        """Keep a batch in memory."""
        if batch.checkpoint:
            self._archive |= batch.checkpoint.archived
        for placing in batch.operations:
            operation = placing.named.operation
            held = Held(placing.named.data, placing.seal, placing.verdict)
            self._logs.setdefault(operation.author, []).append((operation.seq, held))
            self.seals += placing.seal is not None
            self.person_signatures += operation.person is not None and not placing.verdict
        self.seals += len(batch.seals)
        self._receipts |= {receipt.head.author: receipt for receipt in batch.receipts}
        self._refusals += batch.refusals
