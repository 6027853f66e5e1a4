"""The catch-up by hand: a bundle to central and one back, real files, each opened by the real child process.

The node writes what central is not known to hold; central takes it in, and writes receipts and its own records back.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bench.replay import End, Ends
from courier import house
from courier.files import silent
from fleet.ledger.bundle import Reader
from fleet.ledger.delivery import Delivery, consignment
from fleet.ledger.operation import Author
from machine.system import SystemRandomness


def by_hand(ends: Ends, place: Path) -> tuple[int, int]:
    """Carry both ways; the bytes of the two files, there and back."""
    receipts = ends.node.replica.receipts
    up = _carry(ends, ends.node, ends.central, {author: one.head.seq for author, one in receipts.items()}, place / "up")
    told = {head.author: head.seq for head in ends.node.replica.sealed_heads}
    return up, _carry(ends, ends.central, ends.node, told, place / "down")


def _carry(ends: Ends, writer: End, reader: End, there: Mapping[Author, int], file: Path) -> int:
    to = Reader(reader.identity.author, reader.identity.key.public)
    carried = consignment(writer.replica, there, about=None)
    written = house.write(
        file, writer.identity, writer.certificate, [to], carried, clock=ends.clock, randomness=SystemRandomness(),
        progress=silent,
    )  # fmt: skip
    at_central = reader is ends.central
    delivery = Delivery(
        reader.replica,
        giver=reader.identity if at_central else None,
        central_public=None if at_central else ends.central.identity.key.public,
    )
    with house.opened(file, file.parent, ends.root.public, silent) as parcel:
        house.hand_over(
            parcel, reader.identity.key, lambda item: delivery.take(item, now_ms=ends.clock.now_ms()), silent
        )
    delivery.finish()
    return written.size
