"""Replays a workload of one unit's month through the real ledger: real keys, real signatures, real databases.

One line of the workload is one act of one person, signed with that person's key, and becomes one operation:

    create      order.submit with the form it is about        dispatch    order.dispatch (vehicle, driver)
    approve     order.approve (hash of the content, opinion)  depart, arrive, return    the same, with odometers
    amend       order.edit, in central's own log

Acts go to the ledger directly: the workload knows nothing of registers, so the desk would refuse its vehicles. The
ledger judges every one of them as always. Whoever acts in the workload is certified and enrolled before it begins.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from central.database import open_writer
from central.store import UnitStore
from edge.store.engine import open_database
from edge.store.ledger import LedgerStore
from fleet.desk.orders import content_of
from fleet.errors import BadInput
from fleet.ledger import kinds
from fleet.ledger.canonical import Value
from fleet.ledger.certificate import CENTRAL, CENTRAL_UNIT, Certificate, Kind, issue
from fleet.ledger.exchange import Speaker
from fleet.ledger.marks import Identity
from fleet.ledger.operation import Author
from fleet.ledger.replica import Replica, Signer, Statement
from fleet.ledger.suite import SHIPPED, SigningKey
from fleet.rules.form import Form
from fleet.rules.order import Act

UNIT = "unit"
FIELDS = {
    "user": "rider", "dept": "department", "phone": "phone", "reason": "reason", "from": "origin", "to": "destination",
    "via": "via", "ps": "start_ms", "pe": "end_ms", "pax": "passengers", "cat": "category", "urg": "urgency",
    "vcl": "vehicle_wish", "note": "remark",
}  # fmt: skip
"""Fields of the workload as the form calls them; `via` and `vehicle_wish` stand beside the form in its document."""
ROLES = {"create": "applicant", "approve": "approver", "dispatch": "dispatcher", "amend": "applicant"}
"""The role an act needs; who departs, arrives or returns is a driver."""
BEGINNING_MS = 1_700_000_000_000
END_MS = 1 << 42


@dataclass(frozen=True, slots=True)
class Line:
    """One act of the workload."""

    number: int
    phase: int
    node: str
    actor: str
    time_ms: int
    order: str
    act: str
    set: Mapping[str, Any]
    args: Mapping[str, Any]


def read(path: Path) -> list[Line]:
    """The lines of a workload file.

    Raises:
        BadInput: `workload_form`, with the line.
    """
    lines = []
    with path.open(encoding="utf-8") as file:
        for number, text in enumerate(file, 1):
            try:
                row = json.loads(text)
                lines.append(
                    Line(
                        row["n"],
                        row["phase"],
                        row["node"],
                        row["actor"],
                        row["t"] * 1000,
                        row["order"],
                        row["act"],
                        row["set"],
                        row["args"],
                    )
                )
            except (ValueError, KeyError, TypeError):
                raise BadInput("workload_form", line=number) from None
    return lines


class WorkloadClock:
    """The time of the workload: where its line stands."""

    def __init__(self) -> None:
        self.ms = BEGINNING_MS

    def now_ms(self) -> int:
        """Wall time."""
        return self.ms

    def monotonic_s(self) -> float:
        """The same, as nobody here sleeps."""
        return self.ms / 1000


class End:
    """One machine: its database, its ledger, and who it says it is."""

    def __init__(self, directory: Path, author: Author, root: SigningKey, clock: WorkloadClock) -> None:
        self.clock = clock
        self.path = directory / ("central.db" if author.node == CENTRAL else "core.db")
        key = key_of(f"node {author.node}")
        home = CENTRAL_UNIT if author.node == CENTRAL else UNIT
        self.certificate = certify(root, "node", home, str(author.node), key, incarnation=author.incarnation)
        self.identity = Identity(UNIT, author, key)
        store = (
            UnitStore(open_writer(f"sqlite:///{self.path}"), UNIT)
            if author.node == CENTRAL
            else LedgerStore(open_database(self.path, synchronous="FULL"), self.path)
        )
        self.replica = Replica(store, clock, root.public, unit=UNIT, identity=self.identity)
        self.speaker = Speaker(self.identity, self.certificate, gives_receipts=author.node == CENTRAL)

    @property
    def disk_bytes(self) -> int:
        """The database with what the engine keeps beside it."""
        return sum(file.stat().st_size for file in self.path.parent.glob(f"{self.path.name}*"))


class Ends:
    """A node and central, with everyone enrolled."""

    def __init__(self, directory: Path, lines: Iterable[Line]) -> None:
        self.root, self.clock = key_of("root"), WorkloadClock()
        self.node = End(directory, Author(1, 1), self.root, self.clock)
        self.central = End(directory, Author(CENTRAL, 1), self.root, self.clock)
        self.keys = {CENTRAL: self.central.identity.key}
        self._people: dict[str, Signer] = {}
        lines = [*lines]
        self._urgencies = sorted({str(line.set["urg"]) for line in lines if "urg" in line.set})
        for end, side in ((self.node, "unit"), (self.central, "central")):
            home = CENTRAL_UNIT if side == "central" else UNIT
            roles = _roles(line for line in lines if line.node == side)
            end.replica.write([Statement(kinds.NODE_ENROL, f"node/{end.identity.author.node}", end.certificate)])
            end.replica.write([self._enrol(home, person, held) for person, held in sorted(roles.items())])

    def _enrol(self, home: str, person: str, roles: set[str]) -> Statement:
        key = key_of(f"{home}/{person}")
        self._people[person] = Signer(person, key)
        certificate = certify(self.root, "person", home, person, key, roles=tuple(sorted(roles)))
        return Statement(kinds.PERSON_ENROL, f"person/{person}", certificate)

    def act(self, line: Line) -> None:
        """Do what a line says, where it says so."""
        self.clock.ms = line.time_ms
        replica = (self.central if line.node == "central" else self.node).replica
        replica.write([self._statement(replica, line)])

    def _statement(self, replica: Replica, line: Line) -> Statement:
        target, signer, args = kinds.ORDERS + line.order, self._people[line.actor], line.args
        if line.act == "amend":
            fields = {FIELDS[name]: self._field(name, value) for name, value in line.set.items()}
            edit = replica.edit(target, fields | {"amendment": str(args["why"])}, signer)
            assert edit is not None  # noqa: S101 - an amendment changes something
            return edit
        body: dict[str, Value]
        if line.act == "create":
            fields = {FIELDS[name]: self._field(name, value) for name, value in line.set.items()} | {"cls": "general"}
            body = {"content": _content(fields), kinds.FORM: replica.update(target, fields)}
            return Statement(kinds.of_act(Act.SUBMIT), target, body, signer)
        if line.act == "approve":
            body = {"content": replica.state.orders[line.order].content, "opinion": args["remark"]}
        elif line.act == "dispatch":
            body = {"vehicle": args["car"], "driver": args["drv"]}
        else:
            body = {_ARGS[name]: value for name, value in args.items() if name in _ARGS}
        return Statement(kinds.of_act(Act(line.act)), target, body, signer)

    def _field(self, name: str, value: Any) -> str:
        """A field as the form has it: milliseconds, and the urgency as a number."""
        if name in {"ps", "pe"}:
            return str(value * 1000)
        return str(self._urgencies.index(value)) if name == "urg" else str(value)


_ARGS = {"odo": "odometer_km", "fuel": "fuel_percent", "fee": "fee_fen", "place": "place"}


def _roles(lines: Iterable[Line]) -> dict[str, set[str]]:
    roles: dict[str, set[str]] = {}
    for line in lines:
        roles.setdefault(line.actor, set()).add(ROLES.get(line.act, "driver"))
    return roles


def _content(fields: Mapping[str, str]) -> str:
    numbers = {"start_ms", "end_ms", "passengers", "urgency"}
    names = Form.__dataclass_fields__
    given = {name: int(value) if name in numbers else value for name, value in fields.items() if name in names}
    return content_of(Form(**given))  # type: ignore[arg-type]


def key_of(name: str) -> SigningKey:
    """A key that is the same in every run."""
    return SHIPPED.key(hashlib.sha256(f"bench/{name}".encode()).digest())


def certify(
    root: SigningKey, kind: Kind, unit: str, subject: str, key: SigningKey, *,
    roles: tuple[str, ...] = (), incarnation: int = 0,
) -> bytes:  # fmt: skip
    """A certificate of the bench's own authority."""
    unsigned = Certificate(
        suite=SHIPPED.id, kind=kind, unit=unit, unit_name=unit, subject=subject, incarnation=incarnation, name=subject,
        roles=roles, public=key.public, issued_ms=BEGINNING_MS, lease_ms=END_MS,
    )  # fmt: skip
    return issue(root, unsigned)
