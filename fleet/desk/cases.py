"""The case desk: every act on a case enters here, from whatever face, and leaves as a signed operation or a refusal.

As at the order desk, role, particulars and rule are asked first, so that the author learns at once what is wrong; every
replica asks them again. What a kind adds to that (what the desk fills in, what it checks against the rest of the state)
is a line of `PREPARE`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from fleet.desk.numbering import next_number
from fleet.desk.register import Ledger, roles_of
from fleet.desk.vault import Vault, concerns
from fleet.errors import BadInput, NotAllowed, NotFound, RuleBroken
from fleet.ledger import kinds, rights
from fleet.ledger.canonical import Value
from fleet.ledger.operation import Author
from fleet.ledger.replica import Signer, Statement
from fleet.ledger.state import State
from fleet.ports import Clock
from fleet.rules import case as rule
from fleet.rules import particulars
from fleet.rules.case import Case, Deed, Kind
from fleet.rules.cases import kind_of
from fleet.rules.delegation import FOR
from fleet.rules.facts import Fact
from fleet.rules.secrecy import CASE_TEXTS


def case_of(state: State, kind: Kind, case_id: str) -> Case:
    """A case as its acts make it; NotFound `no_case`."""
    case = state.cases.get(kind.prefix + case_id)
    if case is None:
        raise NotFound("no_case", case_kind=kind.name, case=case_id)
    return case


class Asked(NamedTuple):
    """What is about to be signed: on which case, by whom and in whose place ("" for their own right), and what the
    caller gave. `said` are the secret texts of the case as it stands."""

    kind: Kind
    case: Case
    act: str
    signer: Signer
    given: Mapping[str, object]
    now_ms: int
    lender: str = ""
    said: Mapping[str, object] = {}


Prepare = Callable[[Ledger, Asked], tuple[dict[str, object], dict[str, Value]]]
"""Completes what the caller gave, or refuses it: the particulars as they are to be checked, and parts of the body that
are no particulars (the form of an order that an act makes)."""


class Stored(NamedTuple):
    """What is known of a file that is stored here: bytes, and what it is by how it begins."""

    size: int
    type: str


Shelf = Callable[[bytes], Stored | None]
"""The file of a name, None if it is not stored here: what nobody could show is not put on record."""


class CaseDesk:
    """The desk of one node. `author` gives new cases their numbers: no two nodes can mint the same."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        author: Author,
        prepare: Mapping[str, Prepare],
        shelf: Shelf | None = None,
        vault: Vault | None = None,
    ) -> None:
        self._ledger, self._clock, self._author, self._prepare = ledger, clock, author, prepare
        self._shelf, self._vault = shelf, vault

    def moves(self, person: str, kind_name: str, case_id: str) -> list[str]:
        """The acts `person` may try on a case as it stands."""
        kind = kind_of(kind_name)
        case, roles = case_of(self._ledger.state, kind, case_id), roles_of(self._ledger.state, person)
        lent = bool(self._lender(person))
        return [
            act
            for act, deed in kind.acts.items()
            if (case.state, act) in kind.moves and (rule.may(kind, act, roles) or (lent and deed.lendable))
        ]

    def openings(self, person: str, kind_name: str) -> list[str]:
        """The acts by which `person` may open a case of a kind."""
        kind, roles = kind_of(kind_name), roles_of(self._ledger.state, person)
        return [act for act in kind.openings if rule.may(kind, act, roles)]

    def open(self, signer: Signer, kind_name: str, given: Mapping[str, object], *, act: str = "") -> Case:
        """Open a case, by the usual opening act of its kind or another. Raises as `act`."""
        kind = kind_of(kind_name)
        return self._do(signer, kind, Case(id=self._next_id(kind), kind=kind.name), act or kind.openings[0], given)

    def act(self, signer: Signer, kind_name: str, case_id: str, act: str, given: Mapping[str, object]) -> Case:
        """Do `act` on a case; the case as committed.

        Raises:
            NotFound: `no_case_kind`, `no_case` or `no_act`.
            NotAllowed: `no_role`.
            BadInput, RuleBroken: see the kind's tables and guards. Nothing was written.
        """
        kind = kind_of(kind_name)
        return self._do(signer, kind, case_of(self._ledger.state, kind, case_id), act, given)

    def _do(self, signer: Signer, kind: Kind, case: Case, act: str, given: Mapping[str, object]) -> Case:
        deed = kind.acts.get(act)
        if deed is None or not deed.roles:
            raise NotFound("no_act", act=act)
        lender = self._in_place_of(signer.person, kind, act)
        rule.require_move(kind, case, act)
        target = kind.prefix + case.id
        asked = Asked(kind, case, act, signer, given, self._clock.now_ms(), lender, self._said(target))
        prepare = self._prepare.get(f"{kind.name}.{act}")
        whole, beside = prepare(self._ledger, asked) if prepare else (dict(given), {})
        if deed.covers:
            whole.setdefault(deed.covers, case.text(deed.covers))
        detail = particulars.read(deed.takes, self._with_files(kind, deed, whole), article=kind.article)
        if lender:
            detail[FOR] = lender
        settings = self._ledger.state.settings
        fact = Fact(act=act, by=signer.person, at_ms=asked.now_ms, record="", detail=detail, settings=settings)
        rule.move(kind, case, fact)
        about = str(detail.get("order") or case.order), str(detail.get("plate") or case.plate)
        if kind.name in CASE_TEXTS and kinds.SEALED not in beside and concerns(self._ledger.state, *about):
            detail = self._hidden(kind, target, detail)
        body: dict[str, Value] = {**detail, **beside}  # type: ignore[dict-item]
        self._ledger.write([Statement(f"{kind.name}.{act}", target, body, signer)])
        return self._ledger.state.cases[target]

    def _hidden(self, kind: Kind, target: str, detail: dict[str, object]) -> dict[str, object]:
        """What is signed of an act about a confidential trip: its free texts only inside a seal."""
        if self._vault is None:
            raise RuleBroken("escrow_unknown", article="10")
        return self._vault.hide(target, detail, CASE_TEXTS[kind.name])

    def _said(self, target: str) -> dict[str, object]:
        return self._vault.said(target, self._ledger.state.case_acts.get(target, ())) if self._vault else {}

    def _lender(self, person: str) -> str:
        """The approver in whose place somebody may decide now; "" for none."""
        return next(iter(rights.lenders(self._ledger.state, person, self._clock.now_ms())), "")

    def _in_place_of(self, person: str, kind: Kind, act: str) -> str:
        """By whose right somebody does this: "" by their own, else the approver that lent it (Art. 8)."""
        if rule.may(kind, act, roles_of(self._ledger.state, person)):
            return ""
        deed = kind.acts[act]
        lender = self._lender(person) if deed.lendable else ""
        if not lender:
            needed = " ".join(sorted(deed.roles))
            raise NotAllowed("no_role", article=kind.article, act=f"{kind.name}.{act}", needed=needed)
        return lender

    def _with_files(self, kind: Kind, deed: Deed, given: Mapping[str, object]) -> dict[str, object]:
        """What was given, with what the files it names really are; BadInput `blob_missing` or `blob_differs`."""
        whole = dict(given)
        if self._shelf is None:
            return whole
        for field, name in particulars.blobs(deed.takes, given):
            stored = self._shelf(name)
            if stored is None:
                raise BadInput("blob_missing", article=kind.article, field=field)
            for told, known in zip(particulars.told_of(field), stored, strict=True):
                if told in deed.takes and whole.setdefault(told, known) != known:
                    raise BadInput("blob_differs", article=kind.article, field=told, value=whole[told], stored=known)
        return whole

    def _next_id(self, kind: Kind) -> str:
        cases = self._ledger.state.cases
        return next_number(self._author, lambda number: kind.prefix + number in cases)
