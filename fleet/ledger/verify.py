"""Proves a stored ledger without trusting it: every chain, seal, signature and derived row, from the root's key alone.

The log is replayed from its bytes as if it came from a stranger. What is derived from it (documents, rows, verdicts) is
made again and compared; receipts are checked against central's key; counts and digests of each table (tallies) show
rows that were taken out. A fault names the record, so that a person can go and look.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress

from fleet.errors import NotTrusted
from fleet.ledger import documents, dossier, judge, projection, rest
from fleet.ledger.certificate import CENTRAL
from fleet.ledger.digest import state_hash
from fleet.ledger.entries import Parting, Ruled
from fleet.ledger.evidence import Evidence, Fault, Report
from fleet.ledger.fold import Refold
from fleet.ledger.forks import check, losing
from fleet.ledger.granting import author_of
from fleet.ledger.kinds import FORK_RULED
from fleet.ledger.marks import receipted_by, sealed_by
from fleet.ledger.operation import ORIGIN, Author, Head, Named, read
from fleet.ledger.state import State
from fleet.ledger.store import Checkpoint, Held, Placing, Proof, Receipt
from fleet.ledger.timing import Listed, timing, timing_of
from fleet.rules import supplement

DIFFERENCES_NAMED_MAX = 20
"""Records of a checkpoint named that differ; one is enough to have it made anew."""


def verify(evidence: Evidence, *, root_public: bytes, central_public: bytes | None) -> Report:
    """Check everything; never stops at the first fault, except in the log of an author whose chain is broken."""
    report, receipts = Report(), [*evidence.receipts()]
    promised = {receipt.head: False for receipt in receipts}
    given = Listed(receipts)
    state = _replay(evidence, root_public, promised, given, report)
    _derived(evidence, state, report)
    for receipt in receipts:
        _receipt(receipt, central_public, report, held=promised[receipt.head])
    _deadlines(state, given, report)
    for proof in evidence.proofs():
        _proof(proof, root_public, report)
    for table, stored, counted in evidence.tallies():
        if stored != counted:
            report.faults.append(Fault("tally", table))
    report.state_hash = state_hash(state).hex()
    return report


def _replay(evidence: Evidence, root_public: bytes, promised: dict[Head, bool], given: Listed, report: Report) -> State:
    """Fold the log; tick off in `promised` the heads it passes through. What the checkpoint says is compared where the
    fold comes to its place."""
    lost = _lost(evidence)
    fold, broken, unsealed = Refold(root_public, lost=lost), set[Author](), dict[Author, str]()
    checkpoint, replay = _Stored(evidence.checkpoint()), _Replay(fold, lost, root_public, report)
    for number, (record, columns, held) in enumerate(evidence.operations(), 1):
        try:
            named = read(held.data)
        except NotTrusted as refused:
            report.faults.append(Fault(refused.code, record))
            continue
        author = named.operation.author
        if named.head != columns:
            report.faults.append(Fault("index", record))
        if author in broken:
            continue
        if fault := replay.step(named, held):
            report.faults.append(Fault(fault, record))
            broken |= {author} if fault in {"chain", "seal", "causal"} else set()
        report.doubted += timing_of(given, named.operation).doubt is not None
        aside = named.hash in fold.state.aside
        if named.head in promised and (aside or fold.state.heads.get(author) == named.head):
            promised[named.head] = True
        if not aside:
            unsealed[author] = "" if held.seal else record
        checkpoint.compare(fold, number)
        if fold.checkpoint_due:
            fold.settle()
    report.faults += [Fault("checkpoint", record) for record in checkpoint.faults()]
    report.faults += [Fault("unsealed", record) for record in unsealed.values() if record]
    return fold.state


def _lost(evidence: Evidence) -> frozenset[bytes]:
    """What does not stand of logs that were continued twice. The columns only say where to look."""
    count, last = Counter[Author](), dict[Author, int]()
    for _, head, _ in evidence.operations():
        count[head.author] += 1
        last[head.author] = max(head.seq, last.get(head.author, 0))
    parted = {author for author, seq in last.items() if count[author] > seq}
    if not parted:
        return frozenset()
    placed, ruled = list[Placing](), dict[Parting, Ruled]()
    for _, head, held in evidence.operations():
        if head.author in parted or head.author.node == CENTRAL:
            with suppress(NotTrusted):  # it is named when it is its turn
                placed.append(Placing(read(held.data), held.seal, ""))
    lost_of_central = losing((one for one in placed if one.named.operation.author.node == CENTRAL), {})
    for named, _, _ in placed:
        if named.operation.kind == FORK_RULED and named.hash not in lost_of_central:
            with suppress(NotTrusted):
                stands = judge.ruling(named.operation)
                ruling = Ruled(named.order, stands.hash)
                parting = Parting(stands.author, stands.seq)
                ruled[parting] = min(ruling, ruled.get(parting, ruling))
    return losing(placed, ruled)


class _Stored:
    """The stored checkpoint, and what of it does not follow from the log."""

    def __init__(self, stored: Checkpoint) -> None:
        self._entries = {key: value for key, value in stored.entries.items() if value is not None}
        self._archived, self._mark = stored.archived, rest.mark_of(self._entries)
        self._compared = not (self._entries or self._archived)
        self._faults: list[str] = []

    def compare(self, fold: Refold, number: int) -> None:
        """Compare, if this is where the checkpoint was made."""
        if self._mark is None or number != self._mark.operations:
            return
        fold.settle()
        self._compared = True
        entries = {**fold.stored.held, rest.MARK_KEY: rest.mark_with(fold.stored, self._archived)}
        small = [key for key in entries.keys() | self._entries.keys() if key[0] != rest.DOSSIERS]
        different = [f"entries {' '.join(key)}" for key in sorted(small) if not self._same(key, entries)]
        stored, made = rest.dossiers(self._entries), rest.dossiers(fold.stored.held) | fold.stored.archive
        for target in sorted(stored.keys() | self._archived.keys() | made.keys()):
            lies = "archive" if target in self._archived else f"entries {rest.DOSSIERS}"
            both = target in stored and target in self._archived
            rests = target not in self._archived or target in fold.stored.archive
            packed = self._archived.get(target, stored.get(target))
            if both or not rests or not dossier.same(target, packed, made.get(target)):
                different.append(f"{lies} {target}")
        self._faults = different[:DIFFERENCES_NAMED_MAX]

    def _same(self, key: rest.Key, entries: Mapping[rest.Key, bytes]) -> bool:
        return rest.same(key, self._entries.get(key), entries.get(key))

    def faults(self) -> list[str]:
        """The records that do not follow; a checkpoint of a place the log never comes to follows from nothing."""
        return self._faults if self._compared else ["entries"]


class _Replay:
    """One operation after the other, as it comes from the disk. `_met` has the keys of logs by their beginnings; where
    a log was continued twice, `_passed` has every operation passed."""

    def __init__(self, fold: Refold, lost: frozenset[bytes], root_public: bytes, report: Report) -> None:
        self._fold, self._lost, self._root, self._report = fold, lost, root_public, report
        self._met: dict[Author, bytes] = {}
        self._passed: dict[bytes, Head] = {}

    def step(self, named: Named, held: Held) -> str:
        """Prove an operation and fold it; what does not hold, or ""."""
        operation, aside = named.operation, named.hash in self._lost
        if not self._follows(named, aside=aside):
            return "chain"
        if not all(self._holds(dep) for dep in operation.deps):
            return "causal"
        if self._lost:
            self._passed[named.hash] = named.head
        if operation.seq == 1:
            with suppress(NotTrusted):
                self._met.setdefault(operation.author, judge.node_certificate(operation, self._root).public)
        verdict = self._fold.take(named, held.seal, held.verdict, aside=aside).verdict
        self._report.operations += 1
        self._report.person_signatures += int(operation.person is not None and not verdict)
        self._report.without_effect += bool(verdict)
        self._report.crashed += verdict == judge.CRASHED
        if held.seal is not None:
            public = self._met.get(operation.author)
            if public is None or not sealed_by(public, named.head, held.seal):
                return "seal"
            self._report.seals += 1
        return "" if verdict == held.verdict else "verdict"

    def _follows(self, named: Named, *, aside: bool) -> bool:
        """Whether an operation continues what came before it: what stands, or a branch that does not."""
        operation = named.operation
        if aside:
            return operation.seq == 1 or operation.prev in self._passed
        head = self._fold.state.heads.get(operation.author)
        return (operation.seq, operation.prev) == ((head.seq + 1, head.hash) if head else (1, ORIGIN))

    def _holds(self, dep: Head) -> bool:
        """Whether what an operation names came before it."""
        if self._lost:
            return self._passed.get(dep.hash) == dep
        head = self._fold.state.heads.get(dep.author)
        return head is not None and dep.seq <= head.seq


def _derived(evidence: Evidence, state: State, report: Report) -> None:
    stored, archived = evidence.documents(), evidence.checkpoint().archived
    for name in sorted(stored.keys() | state.documents.keys()):
        report.documents += 1
        snapshot = stored.get(name) or dossier.snapshot_of(archived.get(name, b""))
        if name not in state.documents or _fields(snapshot) != state.documents[name].fields:
            report.faults.append(Fault("document", name))
    for table in projection.TABLES:
        rows, wanted = evidence.rows(table), projection.keys(state, table)
        for key in sorted(rows.keys() | wanted):
            report.rows += 1
            if rows.get(key) != (projection.row(state, table, key) if key in wanted else None):
                report.faults.append(Fault("row", f"{table} {key}"))


def _fields(snapshot: bytes) -> Mapping[str, str] | None:
    try:
        return documents.read(snapshot).fields
    except BaseException as error:  # an edited snapshot may make yrs panic
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        return None


def _deadlines(state: State, given: Listed, report: Report) -> None:
    """How surely what had a deadline was in time."""
    prefix = supplement.KIND.prefix
    for target in sorted(target for target in state.case_acts if target.startswith(prefix)):
        case = state.cases[target]
        done = supplement.completion(case)
        if done and case.deadline_ms is not None:
            placed = next(placed for placed in state.case_acts[target] if placed.fact.record == done.record)
            report.deadlines[timing(given, placed).proof(case.deadline_ms)] += 1


def _receipt(receipt: Receipt, central_public: bytes | None, report: Report, *, held: bool) -> None:
    head: Head = receipt.head
    record = f"receipt {head.author.node}.{head.author.incarnation} {head.seq}"
    if central_public is None or not receipted_by(central_public, receipt):
        report.faults.append(Fault("receipt", record))
    elif not held:
        report.faults.append(Fault("receipted_missing", record))
    else:
        report.receipts += 1


def _proof(proof: Proof, root_public: bytes, report: Report) -> None:
    try:
        certificate, one, _ = check(root_public, proof.data)
        proved = author_of(certificate), one.operation.seq
    except NotTrusted:
        proved = None
    if proved == (proof.author, proof.seq):
        report.forks.append(proof)
    else:
        report.faults.append(Fault("fork_proof", f"forks {proof.author.node} {proof.author.incarnation} {proof.seq}"))
