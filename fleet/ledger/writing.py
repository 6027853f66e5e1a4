"""Statements made here become operations: named, signed, chained, judged like any other, and sealed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from fleet.errors import NotTrusted, Unavailable
from fleet.ledger import documents, judge, kinds
from fleet.ledger.canonical import Value
from fleet.ledger.delta import sealed
from fleet.ledger.entries import Parting
from fleet.ledger.hlc import COUNTER_BITS
from fleet.ledger.log import Log
from fleet.ledger.marks import Identity
from fleet.ledger.operation import ORIGIN, Head, Named, Operation, name, read, sign_meaning
from fleet.ledger.state import State
from fleet.ledger.store import Placing
from fleet.ledger.suite import SigningKey


class Signer(NamedTuple):
    """A person whose key is unlocked."""

    person: str
    key: SigningKey


class Statement(NamedTuple):
    """What someone wants to put on record."""

    kind: str
    target: str
    body: Value
    signer: Signer | None = None


class Writer:
    """The hand of one author, on the log it stands in. A `cold` one writes nothing, for the reason it names: its log
    may have gone on elsewhere, and it has not heard yet how far (see `Replica.hear`)."""

    def __init__(self, log: Log, me: Identity, cold: str = "") -> None:
        self.me, self.cold, self._log = me, cold, log
        head = log.state.heads.get(me.author)
        if head and (last := log.run(me.author, head.seq - 1, 0)):
            log.hlc.go_on_from(read(last.operations[-1]).operation.hlc)
        if known := log.state.nodes.get(me.author):  # it was issued before anything was written under it: a clock that
            log.hlc.go_on_from(known.issued_ms << COUNTER_BITS)  # shows less has lost its battery

    def write(self, statements: Sequence[Statement]) -> list[Named]:
        """Put statements on record, all or none, in this order; see `Replica.write`. A log begins with the certificate
        of its node, or nobody could believe what follows: it is put before them if it is not the first of them."""
        if self.cold and statements:
            raise Unavailable(f"cold_{self.cold}", node=self.me.author.node)
        begins = self._begins_with(statements)
        staged, placed = self._log.state.stage(), []
        for statement in (*begins, *statements):
            named = self.make(staged, statement)
            if reason := judge.verdict(staged, named, self._log.root_public):
                raise NotTrusted(reason)
            placed.append(Placing(named, None, ""))
        if placed:
            self._log.commit(staged, sealed(placed, self.me))
        return [placing.named for placing in placed[len(begins) :]]

    def _begins_with(self, statements: Sequence[Statement]) -> tuple[Statement, ...]:
        if not statements or statements[0].kind == kinds.NODE_ENROL or self.me.author in self._log.state.heads:
            return ()
        return (Statement(kinds.NODE_ENROL, f"node/{self.me.author.node}", self.me.certificate),)

    def update(self, target: str, fields: dict[str, str]) -> bytes:
        """The update that sets fields of a document; b"" if they are so already."""
        return documents.change(self._log.state.document(target), fields, client_id=self.me.author.client_id)

    def edit(self, target: str, fields: dict[str, str], signer: Signer) -> Statement | None:
        """The statement that sets fields of a document; None if they are so already."""
        update = self.update(target, fields)
        kind = kinds.REGISTRY_EDIT if target.startswith(kinds.REGISTRY) else kinds.ORDER_EDIT
        return Statement(kind, target, update, signer) if update else None

    def rule(self, stands: Head) -> None:
        """Central's statement that an operation stands where its log parts."""
        author = stands.author
        if Parting(author, stands.seq) in self._log.state.ruled:
            return
        body: Value = {"incarnation": author.incarnation, "seq": stands.seq, "stands": stands.hash}
        self.write([Statement(kinds.FORK_RULED, f"node/{author.node}", body)])

    def make(self, staged: State, statement: Statement) -> Named:
        """The operation a statement becomes, next in the author's chain on `staged`; nothing is judged or kept.

        Raises:
            NotTrusted: `operation_form` or `too_large`: nobody could read it again.
        """
        me, head = self.me, staged.heads.get(self.me.author)
        operation = Operation(
            suite=me.suite.id,
            unit=self._log.unit,
            author=me.author,
            seq=head.seq + 1 if head else 1,
            prev=head.hash if head else ORIGIN,
            deps=self._news(staged),
            hlc=self._log.hlc.now(),
            receipt=self._log.receipted(me.author),
            kind=statement.kind,
            target=statement.target,
            body=statement.body,
            person=statement.signer.person if statement.signer else None,
            person_sig=b"" if statement.signer else None,
        )
        try:
            if statement.signer:
                operation = replace(operation, person_sig=sign_meaning(statement.signer.key, operation))
            return read(name(operation).data)
        except (TypeError, ValueError) as unsignable:
            raise NotTrusted("operation_form", detail=str(unsignable)) from None

    def _news(self, staged: State) -> tuple[Head, ...]:
        """What of others' logs is held under a seal and none of the author's own operations has named yet. What was
        never sealed reaches nobody else, who would wait for it for ever if its author's disk is lost."""
        named = staged.horizons.get(self.me.author, {})
        others = (self._log.sealed_head(head) for author, head in staged.heads.items() if author != self.me.author)
        return tuple(sorted(head for head in others if head.seq > named.get(head.author, 0)))
