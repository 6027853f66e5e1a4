"""What the region's authority gives to a node that asks: a place among authors, and certificates signed by the root."""

from __future__ import annotations

from central import nodes
from central.keys import Keys
from central.tallied import Change
from fleet.ledger.enrolment import Grant, Request, authorise, certify
from fleet.ledger.suite import of_key


def grant(change: Change, keys: Keys, request: Request, *, url: str, first_node: int, now_ms: int) -> Grant:
    """Grant a request that a person has looked at. The place is spent once `change` is committed; see `nodes.place`.

    Raises:
        NotTrusted: `life_unknown` (see `nodes.place`).
    """
    author = nodes.place(
        change, unit_name=request.unit_name, public=request.public, left=request.left, first_node=first_node,
        now_ms=now_ms,
    )  # fmt: skip
    node, people = certify(keys.root, request, author, now_ms=now_ms)
    return Grant(
        suite=of_key(keys.root.public).id,
        unit=request.unit,
        unit_name=request.unit_name,
        author=author,
        root_public=keys.root.public,
        node_certificate=node,
        people=people,
        central_certificate=keys.certificate,
        central_public=keys.central.public,
        ca_pem=keys.ca_pem,
        url=url,
        authorities=authorise(keys.root, request, author, now_ms=now_ms),
    )
