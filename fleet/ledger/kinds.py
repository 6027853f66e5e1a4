"""The kinds of operation there are, and who may make them. A kind that is not a line here has no effect anywhere.

An `edit` carries an update of the document named by its target; an act carries facts. Kinds with roles need a person's
signature by one who holds such a role; the others are the node's own statements.
"""

from __future__ import annotations

from dataclasses import dataclass

from fleet.ledger.operation import Operation
from fleet.rules import form as forms
from fleet.rules import particulars
from fleet.rules.cases import CASES
from fleet.rules.order import WITNESSED, Act, Looked, Seen
from fleet.rules.roles import BY_WITNESS, MAY, REGISTRAR, WITNESSES, Role

NODE_ENROL = "node.enrol"
PERSON_ENROL = "person.enrol"
ORDER_EDIT = "order.edit"
REGISTRY_EDIT = "registry.edit"
VEHICLE_SEEN = "vehicle.seen"
TRACK_PACK = "track.pack"
UNIT_AUTHORITY = "unit.authority"
GRANT_PROPOSE, GRANT_APPROVE, GRANT_REJECT = "grant.propose", "grant.approve", "grant.reject"
REGION_REVOKE, REGION_ESCROW = "region.revoke", "region.escrow"
FORK_RULED = "fork.ruled"

ORDERS, REGISTRY, GRANTS, UNITS, REGION = "order/", "registry/", "grant/", "unit/", "region/"
TRACKS, THIN = "track/", "thin/"

FORM = "form"
"""The part of an act that is an update of the order's document: form and act are one statement, under one signature. A
submission carries one, and an act on a case that makes an order by itself; no other act does."""

SEALED = forms.SEALED
"""The part of a statement about a confidential trip that is its seal: the secret fields of a form, or the free texts of
an act (see `secrecy`)."""

MAKES_ORDER = frozenset({"supplement.complete"})
"""Acts on cases that carry the form of an order they make."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind is about: the prefix of its targets, the roles that may make it (none: the node), the act it is, and
    of which kind of case if it is not an order's. `granting` kinds are made by those whom the unit's
    authority names, whatever their roles."""

    target: str
    roles: frozenset[Role] = frozenset()
    act: str = ""
    case: str = ""
    edits: bool = False
    granting: bool = False

    @property
    def delegable(self) -> bool:
        """Whether an approver may let somebody else do it in his place (Art. 8)."""
        return self.roles == {Role.APPROVER}

    def asked_of(self, body: object) -> frozenset[Role]:
        """The roles that may say this: the kind's own, or a witness where the body says that it comes from one."""
        witnessed = not self.case and self.act in BY_WITNESS and isinstance(body, dict) and WITNESSED in body
        return WITNESSES if witnessed else self.roles


KINDS: dict[str, Kind] = {
    NODE_ENROL: Kind("node/"),
    PERSON_ENROL: Kind("person/"),
    ORDER_EDIT: Kind(ORDERS, MAY[Act.SUBMIT], edits=True),
    REGISTRY_EDIT: Kind(REGISTRY, REGISTRAR, edits=True),
    VEHICLE_SEEN: Kind("vehicle/"),
    TRACK_PACK: Kind(TRACKS),
    UNIT_AUTHORITY: Kind(UNITS),
    GRANT_PROPOSE: Kind(GRANTS, granting=True),
    GRANT_APPROVE: Kind(GRANTS, granting=True),
    GRANT_REJECT: Kind(GRANTS, granting=True),
    REGION_REVOKE: Kind(REGION),
    FORK_RULED: Kind("node/"),
    REGION_ESCROW: Kind(REGION),
}
KINDS |= {f"order.{seen}": Kind(ORDERS, act=seen) for seen in (*Seen, *Looked)}
KINDS |= {f"order.{act}": Kind(ORDERS, MAY[act], act=act) for act in Act}
KINDS |= {
    f"{case.name}.{act}": Kind(case.prefix, deed.roles, act=act, case=case.name)
    for case in CASES.values()
    for act, deed in case.acts.items()
}


BLOBS: dict[str, particulars.Table] = {
    f"{case.name}.{act}": deed.takes
    for case in CASES.values()
    for act, deed in case.acts.items()
    if any(one.type in {"blob", "blobs"} for one in deed.takes.values())
}
"""The kinds whose bodies name blobs, and what they take."""


def blobs_of(operation: Operation) -> dict[bytes, str]:
    """The names of the blobs an operation names, each with what it is of: the target, and under `thin/` the thinned
    line of a track. What belongs to a sealed statement stays where it was stored: it is neither asked for nor given."""
    body = operation.body
    if not isinstance(body, dict) or SEALED in body:
        return {}
    if operation.kind == TRACK_PACK:
        line = THIN + operation.target.removeprefix(TRACKS)
        named = {body.get("full"): operation.target, body.get("thin"): line}
        return {name: about for name, about in named.items() if isinstance(name, bytes) and name}
    table = BLOBS.get(operation.kind)
    return {name: operation.target for _, name in particulars.blobs(table, body)} if table else {}


def carries_update(operation: Operation) -> bool:
    """Whether an operation brings an update of a document."""
    kind, body = KINDS.get(operation.kind), operation.body
    return (kind is not None and kind.edits) or (isinstance(body, dict) and FORM in body)


def of_act(act: Act) -> str:
    """The kind of an act on an order."""
    return f"order.{act}"
