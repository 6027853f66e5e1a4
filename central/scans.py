"""Scans and photos that a unit's acts name, as central holds them: for a supervisor to look at.

Tracks are carried as blobs as well, and are not shown here. A scan of anything about a confidential trip is shown to
nobody (Art. 10 (4)).
"""

from __future__ import annotations

from dataclasses import dataclass

from central.blobs import UnitBlobs
from central.lines import CONFIDENTIAL
from fleet.errors import NotAllowed, NotFound
from fleet.ledger import kinds
from fleet.ledger.blobs import PIECE_SIZE, type_of
from fleet.ledger.state import State
from fleet.rules.particulars import HASH

ELSEWHERE = (kinds.TRACKS, kinds.THIN)


@dataclass(frozen=True, slots=True)
class Scan:
    """A file that an act names: what it is of, and whether it has come."""

    name: str
    about: str
    held: bool


def listed(state: State, blobs: UnitBlobs) -> list[Scan]:
    """Every scan that may be shown, by what it is of."""
    whole = blobs.whole()
    shown = (
        (about, name)
        for name, about in state.blobs.items()
        if not about.startswith(ELSEWHERE) and not _is_confidential(state, about)
    )
    return [Scan(name.hex(), about, name in whole) for about, name in sorted(shown)]


def opened(state: State, blobs: UnitBlobs, name: str) -> tuple[bytes, str]:
    """A scan's digest and what it is.

    Raises:
        NotFound: `no_blob`: nothing names it, or it has not come.
        NotAllowed: `scan_confidential`: it is about a confidential trip.
    """
    digest = bytes.fromhex(name) if HASH.fullmatch(name) else b""
    about = state.blobs.get(digest, kinds.TRACKS)
    if about.startswith(ELSEWHERE) or digest not in blobs.whole():
        raise NotFound("no_blob", name=name[:64])
    if _is_confidential(state, about):
        raise NotAllowed("scan_confidential", article="10")
    return digest, type_of(blobs.read(digest, 0, PIECE_SIZE))


def _is_confidential(state: State, about: str) -> bool:
    case = state.cases.get(about)
    order = about if about.startswith(kinds.ORDERS) else kinds.ORDERS + (case.order if case else "")
    form = state.documents.get(order)
    return form is not None and form.fields.get("cls") == CONFIDENTIAL
