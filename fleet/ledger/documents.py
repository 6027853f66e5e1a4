"""Shared documents: what people co-edit. The only module that knows pycrdt.

A document is a map of whole text values. It lives as a snapshot and is made anew from it for every step, so a failed
step leaves nothing behind: the snapshot before it is still the truth, and the log from which it was folded can always
make it again. Foreign updates pass `update.inspect` first, and may build on nothing but what their author had seen:
else whether an update holds would follow from what else happens to be here.

    snapshot = [full state as one yrs update, client, number, clock, client, number, clock, ...]    see `Grown`
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain
from typing import NamedTuple

from pycrdt import Doc, Map

from fleet.errors import NotTrusted
from fleet.ledger import update as structure
from fleet.ledger.canonical import decode, encode

_READER = 0
"""Client id of a document that only reads; no author has it (node 0 starts at incarnation 1)."""


class Grown(NamedTuple):
    """Up to which `clock` an operation, by the client id of its author and its number, brought that client's blocks."""

    client: int
    number: int
    clock: int


class Document(NamedTuple):
    """A document as it stands: its snapshot, the fields in it, its state for yrs, and what each operation brought."""

    snapshot: bytes
    fields: Mapping[str, str]
    state: bytes = b""
    grown: tuple[Grown, ...] = ()


EMPTY = Document(b"", {})


def _everything(_client: int, _number: int) -> bool:
    return True


def change(document: Document, fields: Mapping[str, str], *, client_id: int) -> bytes:
    """The update by which `client_id` sets `fields`, leaving keys that have their value alone; b"" if none differs."""
    doc, root = _open(document.state, client_id)
    # What the transaction itself reports names only its own deletions; `get_update` would list all there ever were.
    updates: list[bytes] = []
    watching = doc.observe(lambda event: updates.append(event.update))
    with doc.transaction():
        for key in sorted(fields):
            if document.fields.get(key) != fields[key]:
                root[key] = fields[key]
    doc.unobserve(watching)  # who is watched is never thrown away
    return b"".join(updates)


def apply(
    document: Document,
    update: bytes,
    *,
    client_id: int,
    number: int = 0,
    seen: Callable[[int, int], bool] = _everything,
) -> Document:
    """The document after the update of operation `number` of the author with `client_id`. `seen` tells of an operation,
    by client id and number, whether that author had seen it.

    Raises:
        NotTrusted: the structure is not one of ours (see `update.inspect`), or yrs would not take it.
    """
    fields = None if document.state else structure.first_values(update, client_id=client_id)
    if fields is None:
        clock = structure.inspect(update, client_id=client_id, held=_held(document, client_id, seen))
    else:
        clock = len(fields)
    try:
        doc, root = _open(document.state, _READER)
        doc.apply_update(update)
        with doc.transaction():  # one for all reads; each would open its own
            if fields is None:
                fields = {str(key): value for key, value in root.to_py().items()}  # type: ignore[union-attr]
            state = doc.get_update()
    except BaseException as error:  # a Rust panic is no Exception; the scratch document dies here either way
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        raise NotTrusted("update_refused", detail=type(error).__name__) from None
    if not all(isinstance(value, str) for value in fields.values()):
        raise NotTrusted("update_content")
    grown = (*document.grown, Grown(client_id, number, clock))
    return Document(encode([state, *chain.from_iterable(grown)]), fields, state, grown)


def read(snapshot: bytes) -> Document:
    """The document of a snapshot made here.

    Raises:
        NotTrusted, ValueError: this is none.
    """
    if not snapshot:
        return EMPTY
    match decode(snapshot, size_max=len(snapshot)):
        case [bytes() as state, *numbers] if all(isinstance(number, int) for number in numbers):
            _, root = _open(state, _READER)
            fields = {str(key): str(value) for key, value in (root.to_py() or {}).items()}
            return Document(snapshot, fields, state, tuple(map(Grown, *[map(int, numbers)] * 3)))  # type: ignore[arg-type]
    raise ValueError("no snapshot")


def _held(document: Document, client_id: int, seen: Callable[[int, int], bool]) -> dict[int, int]:
    """Of each client, the clock up to which `client_id` held its blocks: its own, and what it had seen."""
    held = dict[int, int]()
    for client, number, clock in document.grown:
        if client == client_id or seen(client, number):
            held[client] = max(clock, held.get(client, 0))
    return held


def _open(state: bytes, client_id: int) -> tuple[Doc[Map[str]], Map[str]]:
    doc: Doc[Map[str]] = Doc(client_id=client_id)
    root: Map[str] = doc.get(structure.ROOT, type=Map)
    if state:
        doc.apply_update(state)
    return doc, root
