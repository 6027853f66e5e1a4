"""The part of a node that takes what others wrote, as a process of its own that may die of it.

    python -m tests.edge.applier HOME DELTAS [--unguarded]

DELTAS is a list of [node, incarnation, operations, seal] in CBOR. For each a line of JSON says what became of it, as
soon as it is known: `stored`, `refused` (the reasons that were new) and `ms`. `--unguarded` hands every update to yrs
unseen.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import cbor2

from fleet.errors import NotTrusted
from fleet.ledger import update
from fleet.ledger.delta import Delta
from fleet.ledger.operation import Author
from machine.system import SystemClock
from tests.edge.unit import office_of


def packed(deltas: Iterable[Delta]) -> bytes:
    """Deltas as this process reads them."""
    return cbor2.dumps([[*delta.author, list(delta.operations), delta.seal] for delta in deltas])


def main() -> None:
    home, deltas, *options = sys.argv[1:]
    if options == ["--unguarded"]:
        _let_everything_through()
    with closing(office_of(Path(home), SystemClock())) as office:
        for node, incarnation, operations, seal in cbor2.loads(Path(deltas).read_bytes()):
            known, begin_s = len(office.replica.refusals), time.monotonic()
            try:
                stored = office.replica.receive(Delta(Author(node, incarnation), tuple(operations), seal)).stored
            except NotTrusted:
                stored = 0
            refused = [refusal.code for refusal in office.replica.refusals[known:]]
            told = {"stored": stored, "refused": refused, "ms": round(1000 * (time.monotonic() - begin_s))}
            print(json.dumps(told), flush=True)


def _let_everything_through() -> None:
    update.inspect = lambda _update, *, client_id, held: held.get(client_id, 0) + 1  # type: ignore[assignment]
    update.first_values = lambda _update, *, client_id: None  # type: ignore[assignment]


if __name__ == "__main__":
    main()
