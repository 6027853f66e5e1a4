"""A replica: the log of a unit as one machine holds it, with the state it folds to. All change enters by two doors.

    write    a statement made here: named, signed, chained, sealed                                      (`writing`)
    receive  a delta from anywhere: size -> canonical form -> key, chain, seal -> causal gate -> judged (`receiving`)

Both end in one `Store.commit`; the state in memory follows only after it (`log`). What fails is set aside with a reason
code for its author and never blocks another author. Sans-IO: storage, clock and keys are given in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

from fleet.errors import NotTrusted, Unavailable
from fleet.ledger.certificate import CENTRAL
from fleet.ledger.delta import Delta, Taken
from fleet.ledger.digest import state_hash
from fleet.ledger.entries import Placed
from fleet.ledger.forks import Branch
from fleet.ledger.log import Log
from fleet.ledger.marks import Identity
from fleet.ledger.operation import Author, Head, Named
from fleet.ledger.receiving import Receiver
from fleet.ledger.state import State
from fleet.ledger.store import Proof, Receipt, Refusal, Store
from fleet.ledger.suite import SigningKey
from fleet.ledger.trial import Trials
from fleet.ledger.waiting import WAITING_MAX
from fleet.ledger.writing import Signer, Statement, Writer
from fleet.ports import Clock
from fleet.rules.timing import Timing

COLD = {"restored": True, "lost": True, "copied": False}
"""Why a replica may be cold, and whether hearing how far its log has come is enough to end that: put back from a
backup; its database lost; on a disk that was copied, where the original may be running. The last waits for a person."""

__all__ = ["COLD", "WAITING_MAX", "Replica", "Signer", "Statement"]


class Replica:
    """One unit's ledger here. Belongs to one thread: the one that owns the store."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        root_public: bytes,
        *,
        unit: str,
        identity: Identity | None,
        trials: Trials | None = None,
        cold: str = "",
    ) -> None:
        self.unit = unit
        self._log = Log(store, clock, root_public, unit, trials or Trials())
        self._receiver = Receiver(self._log, self._rule)
        self._writer = Writer(self._log, identity, cold) if identity else None
        self.on_warm: Callable[[], object] = bool
        """Called when what was cold may write again."""
        self._lacking: Callable[[], Sequence[Statement]] = list
        self._looked_at = -1

    # -- reading ----------------------------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        """What is true here."""
        return self._log.state

    @property
    def receipts(self) -> Mapping[Author, Receipt]:
        """The latest receipt of each author's log."""
        return self._log.standing.receipts

    @property
    def refusals(self) -> Sequence[Refusal]:
        """What was refused, here or elsewhere, oldest first."""
        return self._log.standing.refusals

    @property
    def quarantined(self) -> int:
        """How many operations are held without effect."""
        return self._log.quarantined

    @property
    def made(self) -> int:
        """How many operations this replica's own author has made."""
        head = self.state.heads.get(self._writer.me.author) if self._writer else None
        return head.seq if head else 0

    @property
    def held(self) -> int:
        """How many operations of all authors are held."""
        return self._log.held

    @property
    def receipted(self) -> int:
        """How many of the own operations central has given a receipt for."""
        return self._log.receipted(self._writer.me.author) if self._writer else 0

    @property
    def waiting(self) -> int:
        """How many deltas wait for operations they depend on."""
        return len(self._receiver.waiting)

    @property
    def sealed_heads(self) -> tuple[Head, ...]:
        """Per author, the last operation held that its author's seal covers: what can be proved to anyone."""
        return self._log.sealed_heads

    def digest(self) -> str:
        """Hash of the state, in hex; equal on replicas that hold the same operations."""
        return state_hash(self.state).hex()

    def run(
        self, author: Author, after_seq: int, size_max: int, *, there: Mapping[Author, int] | None = None
    ) -> Delta | None:
        """The author's operations after `after_seq`, to give to somebody who holds `there`; see `Log.run`."""
        return self._log.run(author, after_seq, size_max, there=there)

    def hash_at(self, author: Author, seq: int) -> bytes | None:
        """The hash of an operation held here, ORIGIN before the first; None if there is none yet."""
        return self._log.hash_at(author, seq)

    def lacking(self, heads: Iterable[Head]) -> tuple[Head, ...]:
        """Those of `heads` that are not held here yet."""
        return self._log.lacking(heads)

    @property
    def forks(self) -> Sequence[Proof]:
        """The proofs that logs were continued twice, oldest first."""
        return self._log.proofs

    def branches(self) -> list[Branch]:
        """What is held of branches that do not stand; see `Log.branches`."""
        return self._log.branches()

    def timing(self, placed: Placed) -> Timing:
        """When a fact was put on record, as far as the receipts held here prove it."""
        return self._log.timing(placed)

    def checkpoint(self) -> None:
        """Have the next start begin here and not further back; see `Log.checkpoint`."""
        self._log.checkpoint()

    # -- writing ----------------------------------------------------------------------------------------------------

    def write(self, statements: Sequence[Statement]) -> list[Named]:
        """Put statements on record, all or none, in this order.

        Raises:
            NotTrusted: one of them would have no effect (no authority, wrong form); nothing is written.
            Unavailable: the disk refused, or the replica is cold (`cold_` and the reason); nothing is written.
        """
        with suppress(NotTrusted):
            self._put_on_record()
        return self._hand().write(statements)

    def keep_on_record(self, lacking: Callable[[], Sequence[Statement]]) -> None:
        """Put on record what `lacking` says is not there and must be: now, or once a cold replica may write again; and
        again when another branch of a log has come to stand. What the disk refuses is tried again with the next thing.
        Raises as `write`."""
        self._lacking, self._looked_at = lacking, -1
        self._put_on_record()

    def _put_on_record(self) -> None:
        if self._writer is None or self.cold or self._looked_at == self._log.turns:
            return
        self._looked_at = self._log.turns
        try:
            self._writer.write(self._lacking())
        except Unavailable:
            self._looked_at = -1
            raise

    def edit(self, target: str, fields: dict[str, str], signer: Signer) -> Statement | None:
        """The statement that sets fields of a document; None if they are so already."""
        return self._hand().edit(target, fields, signer)

    def update(self, target: str, fields: dict[str, str]) -> bytes:
        """The update that sets fields of a document; b"" if they are so already."""
        return self._hand().update(target, fields)

    @property
    def cold(self) -> str:
        """Why nothing is written here (a key of COLD); "" where it is."""
        return self._writer.cold if self._writer else ""

    def hear(self, peer: Author, heads: Iterable[Head]) -> None:
        """Another machine has said what it holds. Once all of the own log that central, or whoever met it, holds is
        held here too, a cold replica may write again, unless it waits for a person's word."""
        if self._writer is None or not self.cold or not COLD[self.cold]:
            return
        mine = [head for head in heads if head.author == self._writer.me.author]
        if (mine or peer.node == CENTRAL) and not self._log.lacking(mine):
            self._writer.cold = ""
            self.on_warm()
            with suppress(NotTrusted, Unavailable):
                self._put_on_record()

    def _rule(self, stands: Head) -> None:
        """At central: put on record which branch of a log stands, before the other one is held."""
        if self._writer and self._writer.me.author.node == CENTRAL != stands.author.node:
            with suppress(NotTrusted):  # where its word would have no effect, the lower hash decides
                self._writer.rule(stands)

    def _hand(self) -> Writer:
        if self._writer is None:
            raise NotTrusted("not_an_author")
        return self._writer

    # -- receiving --------------------------------------------------------------------------------------------------

    def receive(self, delta: Delta, *, unpacked: Sequence[Named] | None = None) -> Taken:
        """Take a delta. Idempotent: what is held already is skipped. `unpacked` are its operations if they were made
        here from what was packed: then a fault may lie in the packing, and is nobody's to answer for.

        Raises:
            NotTrusted: the delta as a whole is not believed; it is on record as a refusal for its author.
            Unavailable: the disk refused; nothing was stored.
        """
        taken = self._receiver.receive(delta, unpacked)
        with suppress(NotTrusted, Unavailable):
            self._put_on_record()
        return taken

    def receive_open(self, author: Author, named: Sequence[Named]) -> None:
        """Take operations of an author who has proved to be the one speaking; the seal that proves it to others comes
        later. They must follow what is held, and need nothing that is not.

        Raises:
            NotTrusted: `session`: they do not; nothing was stored.
            Unavailable: the disk refused; nothing was stored.
        """
        self._receiver.receive_open(author, named)

    def receive_seal(self, head: Head, mark: bytes) -> Taken:
        """Take an author's seal over what is held of its log.

        Raises:
            NotTrusted: `seal`: it is none, or not over that.
        """
        return self._receiver.receive_seal(head, mark)

    def refuse(self, delta: Delta, code: str) -> None:
        """Put on record, once, that a delta was not taken."""
        self._log.standing.refuse(delta, code)

    def note_refusal(self, refusal: Refusal) -> None:
        """Keep a refusal, once: one made here, or one that another replica sent back."""
        self._log.standing.note_refusal(refusal)

    def note_receipt(self, receipt: Receipt, central_public: bytes) -> None:
        """Keep central's receipt for this node's log.

        Raises:
            NotTrusted: `receipt_signature`, not central's; `receipt_unknown`, what it speaks of is not held here (yet).
        """
        self._receiver.note_receipt(receipt, central_public)

    def put_back_receipt(self, receipt: Receipt, own_public: bytes) -> None:
        """At central, keep a receipt it gave once and has lost with its disk: it proves an earlier time than a new one.

        Raises:
            NotTrusted: `receipt_signature`, not its own; `receipt_unknown`, what it speaks of is not held here.
        """
        self._receiver.put_back_receipt(receipt, own_public)

    def receipts_within(self, author: Author, after_seq: int, seq: int) -> list[Receipt]:
        """Central's receipts for an author's log that are kept here, for numbers beyond `after_seq` up to `seq`."""
        return self._log.receipts_within(author, after_seq, seq)

    def acknowledge(self, head: Head, key: SigningKey, now_ms: int) -> Receipt:
        """Central's receipt for a committed head; the one given first stays: it proves the earlier time."""
        return self._log.standing.acknowledge(head, key, now_ms)
