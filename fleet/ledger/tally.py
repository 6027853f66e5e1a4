"""Tallies: how a table of rows is summed up, so that a row changed, taken out or put in by hand is found again.

The digest of a row is SHA-256 over its table and columns; the digest of a table is the sum of those of its rows, modulo
2**256. A sum does not mind in which order rows come and is kept up to date row by row, in the transaction that changes
the row. Tallies find accidents and plain meddling. Whoever also rewrites the tallies still meets the signatures.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeAlias

import cbor2

Column: TypeAlias = "str | int | float | bytes | None"

MODULUS = 1 << 256


def row_digest(table: str, values: Sequence[Column]) -> int:
    """The digest of one row of `table`, from the values of its columns in their order."""
    return int.from_bytes(hashlib.sha256(cbor2.dumps([table, *values], canonical=True)).digest())


def add(total: int, digest: int) -> int:
    """The digest of a table after a row came in."""
    return (total + digest) % MODULUS


def remove(total: int, digest: int) -> int:
    """The digest of a table after a row went out."""
    return (total - digest) % MODULUS


def pack(digest: int) -> str:
    """A digest as a column holds it: 64 hex digits."""
    return f"{digest % MODULUS:064x}"


def unpack(text: str) -> int:
    """The digest of a column."""
    return int(text, 16)
