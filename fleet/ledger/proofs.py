"""Every signature here as the COSE_Sign1 message it is, so that an outsider can check a record with any COSE library.

    certificate   the root     over [suite, kind, unit, unit name, subject, incarnation, name, roles, public, from, to]
    authority     the root     over [suite, unit, unit name, people, first, count, from, to]: who grants in a unit
    act           a person     over [suite, unit, kind, target, body, person, hlc]: the meaning, whatever log it is in
    seal          a node       over [node, incarnation, seq, hash]: the end of its log
    receipt       central      over [node, incarnation, seq, hash, time]: what it holds
    (a request, a grant and the manifest of a bundle are such messages as they lie in their files)

At rest a seal, a receipt and a person's signature are 64 bytes beside what they sign; `cose.whole` puts both together.
The algorithm is EdDSA (-8) in the protected header, nothing is in the other; `external_aad` says what it was made for.
What a seal covers beyond its own operation is shown by the chain: each operation holds the hash of the one before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from fleet.errors import NotTrusted
from fleet.ledger import authority, certificate, cose, granting, kinds
from fleet.ledger.authority import Authority
from fleet.ledger.certificate import CENTRAL, Certificate, admit
from fleet.ledger.granting import certified
from fleet.ledger.marks import receipt_payload, seal_payload
from fleet.ledger.operation import Author, Head, Named, Operation, read
from fleet.ledger.state import person_key
from fleet.ledger.store import Held, Receipt
from fleet.ledger.suite import of_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One signed statement: whose key, what must be supplied as `external_aad`, and the whole message."""

    what: str
    of: str
    public: bytes
    external_aad: bytes
    message: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An operation in its canonical bytes. Its name is SHA-256 over `hashed_after` and them; the next one holds it."""

    of: str
    hash: bytes
    data: bytes
    hashed_after: bytes


def of_certificate(message: bytes, root_public: bytes) -> Proof:
    """The region's authority on whose key it is."""
    admitted = admit(root_public, message)
    of = f"{admitted.kind} {admitted.subject}"
    return _proof("certificate", of, certificate.CONTEXT, root_public, message)


def of_grant(message: bytes, root_public: bytes) -> Iterator[Proof]:
    """A certificate that two people of a unit made: the root on who they are, and each of them on what was granted."""
    authority_message, voices = granting.parts(root_public, message)
    of = f"unit {authority.admit(root_public, authority_message).unit}"
    yield _proof("authority", of, authority.CONTEXT, root_public, authority_message)
    for public, voice in voices:
        whole = cose.whole(of_key(public), voice.meaning, voice.mark)
        yield _proof("act", voice.person, "act", public, whole)


def of_person(operation: Operation, public: bytes) -> Proof:
    """A person on what an act means."""
    if operation.person is None or operation.person_sig is None:
        raise NotTrusted("person_not_asked", kind=operation.kind)
    message = cose.whole(of_key(public), operation.meaning(), operation.person_sig)
    return _proof("act", operation.person, "act", public, message)


def of_seal(head: Head, mark: bytes, public: bytes) -> Proof:
    """A node on the end of its log."""
    message = cose.whole(of_key(public), seal_payload(head), mark)
    return _proof("seal", _place(head), "seal", public, message)


def of_receipt(receipt: Receipt, central_public: bytes) -> Proof:
    """Central on what it holds."""
    message = cose.whole(of_key(central_public), receipt_payload(receipt.head, receipt.time_ms), receipt.signature)
    return _proof("receipt", _place(receipt.head), "receipt", central_public, message)


def of_target(
    log: Iterable[Held], target: str, receipts: Iterable[Receipt], *, root_public: bytes, central_public: bytes
) -> Iterator[Proof | Link]:
    """Everything that proves what was put on record about `target`: its operations and what lies between each and the
    seal behind it, the certificates of all who signed, and the receipts that cover them."""
    people, nodes, open_runs = dict[str, bytes](), dict[Author, bytes](), dict[Author, list[Named]]()
    papers = _Papers(root_public)
    told, covered = set[bytes](), dict[Author, int]()
    for held in log:
        named = read(held.data)
        operation, author = named.operation, named.operation.author
        _learn(operation, people, nodes)
        people |= papers.learn(named)
        if operation.target == target:
            open_runs.setdefault(author, [])
            key = person_key(author.node == CENTRAL, operation.person or "")
            if operation.person and key in people:
                yield from _introduce(people[key], root_public, told)
                yield of_person(operation, certified(root_public, people[key]).public)
        if author in open_runs:
            open_runs[author].append(named)
            if held.seal is not None:
                yield from _sealed(open_runs.pop(author), held.seal, nodes[author], root_public, told)
                covered.setdefault(author, operation.seq)
    yield from (
        of_receipt(receipt, central_public)
        for receipt in receipts
        if receipt.head.seq >= covered.get(receipt.head.author, receipt.head.seq + 1)
    )


def _learn(operation: Operation, people: dict[str, bytes], nodes: dict[Author, bytes]) -> None:
    if isinstance(operation.body, bytes):
        if operation.kind == kinds.NODE_ENROL:
            nodes[operation.author] = operation.body
        elif operation.kind == kinds.PERSON_ENROL:
            subject = operation.target.removeprefix("person/")
            people[person_key(operation.author.node == CENTRAL, subject)] = operation.body


class _Papers:
    """The certificates that two people make in the log itself, as they come about."""

    def __init__(self, root_public: bytes) -> None:
        self._root = root_public
        self._authorities: list[tuple[Authority, bytes]] = []
        self._proposed: dict[str, list[Named]] = {}

    def learn(self, named: Named) -> dict[str, bytes]:
        """What an operation certifies of a person, by staff number; mostly nothing."""
        operation = named.operation
        if operation.kind == kinds.UNIT_AUTHORITY and isinstance(operation.body, bytes):
            with suppress(NotTrusted):
                self._authorities.append((authority.admit(self._root, operation.body), operation.body))
        if operation.kind == kinds.GRANT_PROPOSE:
            self._proposed.setdefault(operation.target, []).append(named)
        if operation.kind != kinds.GRANT_APPROVE:
            return {}
        made = granting.find_proof(self._authorities, self._proposed.get(operation.target, ()), [named])
        with suppress(NotTrusted):  # most approvals make no certificate
            one = certified(self._root, made)
            return {one.subject: made} if one.kind == "person" else {}
        return {}


def _introduce(message: bytes, root_public: bytes, told: set[bytes]) -> Iterator[Proof]:
    if message not in told:
        told.add(message)
        if message[:1] == granting.TAGGED:
            yield of_certificate(message, root_public)
        else:
            yield from of_grant(message, root_public)


def _sealed(run: list[Named], mark: bytes, node: bytes, root_public: bytes, told: set[bytes]) -> Iterator[Proof | Link]:
    holder: Certificate = certified(root_public, node)
    yield from _introduce(node, root_public, told)
    for named in run:
        prefix = f"ortoo/{named.operation.suite}/operation\0".encode()
        yield Link(of=_place(named.head), hash=named.hash, data=named.data, hashed_after=prefix)
    yield of_seal(run[-1].head, mark, holder.public)


def _place(head: Head) -> str:
    return f"{head.author.node}.{head.author.incarnation} {head.seq}"


def _proof(what: str, of: str, context: str, public: bytes, message: bytes) -> Proof:
    aad = cose.external_aad(of_key(public), context)
    return Proof(what=what, of=of, public=public, external_aad=aad, message=message)
