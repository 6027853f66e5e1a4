"""Shared documents: what people co-edit. The only module that knows pycrdt.

A document is a map of whole text values. It lives as a snapshot (the full state as one update) and is made anew from it
for every step, so a failed step leaves nothing behind: the snapshot before it is still the truth, and the log from
which it was folded can always make it again. Foreign updates pass `update.inspect` first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pycrdt import Doc, Map

from fleet.errors import NotTrusted
from fleet.ledger import update as structure

_READER = 0
"""Client id of a document that only reads; no author has it (node 0 starts at incarnation 1)."""


class Document(NamedTuple):
    """A document as it stands: its snapshot and the fields in it."""

    snapshot: bytes
    fields: Mapping[str, str]


EMPTY = Document(b"", {})


def change(document: Document, fields: Mapping[str, str], *, client_id: int) -> bytes:
    """The update by which `client_id` sets `fields`, leaving keys that have their value alone; b"" if none differs."""
    doc, root = _open(document.snapshot, client_id)
    # What the transaction itself reports names only its own deletions; `get_update` would list all there ever were.
    updates: list[bytes] = []
    watching = doc.observe(lambda event: updates.append(event.update))
    with doc.transaction():
        for key in sorted(fields):
            if document.fields.get(key) != fields[key]:
                root[key] = fields[key]
    doc.unobserve(watching)  # who is watched is never thrown away
    return b"".join(updates)


def apply(document: Document, update: bytes, *, client_id: int) -> Document:
    """The document after an update that `client_id` claims to have made.

    Raises:
        NotTrusted: the structure is not one of ours (see `update.inspect`), or yrs would not take it.
    """
    doc, root = _open(document.snapshot, _READER)
    fields = None if document.snapshot else structure.first_values(update, client_id=client_id)
    if fields is None:
        structure.inspect(update, client_id=client_id, held=structure.state_vector(doc.get_state()))
    try:
        doc.apply_update(update)
        with doc.transaction():  # one for all reads; each would open its own
            if fields is None:
                fields = {str(key): value for key, value in root.to_py().items()}  # type: ignore[union-attr]
            snapshot = doc.get_update()
    except BaseException as error:  # a Rust panic is no Exception; the scratch document dies here either way
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        raise NotTrusted("update_refused", detail=type(error).__name__) from None
    if not all(isinstance(value, str) for value in fields.values()):
        raise NotTrusted("update_content")
    return Document(snapshot, fields)


def read(snapshot: bytes) -> Document:
    """The document of a snapshot made here."""
    _, root = _open(snapshot, _READER)
    return Document(snapshot, {str(key): str(value) for key, value in (root.to_py() or {}).items()})


def _open(snapshot: bytes, client_id: int) -> tuple[Doc[Map[str]], Map[str]]:
    doc: Doc[Map[str]] = Doc(client_id=client_id)
    root: Map[str] = doc.get(structure.ROOT, type=Map)
    if snapshot:
        doc.apply_update(snapshot)
    return doc, root
