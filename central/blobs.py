"""The ledger's `BlobStore` port on central's database: one unit's partition of two tables.

    blobs         name, outline, whether it is whole
    blob_pieces   name, place, bytes

Belongs to the thread that owns the connection.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select

from central.database import disk_errors
from central.tables import blob_pieces, blobs
from central.tallied import Change, changing
from fleet.ledger.blobs import PIECE_SIZE, SIZE_MAX


class UnitBlobs:
    """One unit's blobs in central's database."""

    def __init__(self, connection: Connection, unit: str) -> None:
        self._connection, self._unit = connection, unit
        with disk_errors(), connection.begin():
            rows = connection.execute(select(blobs.c.name).where(blobs.c.unit == unit, blobs.c.whole == 1)).all()
        self._whole = {bytes.fromhex(row.name) for row in rows}

    def whole(self) -> Collection[bytes]:
        """The names of all blobs that are whole here."""
        return self._whole

    def outline(self, name: bytes) -> bytes | None:
        """The outline of a blob; None of one that never came."""
        with disk_errors(), self._connection.begin():
            return self._outline(name)

    def held(self, name: bytes) -> int:
        """How many bytes of a blob are here."""
        with disk_errors(), self._connection.begin():
            return self._end(name)

    def begin(self, name: bytes, outline: bytes) -> None:
        """A blob is under way, from its beginning."""
        with changing(self._connection, self._unit) as change:
            self._cut(change, name, 0)
            change.replace(blobs, [{"name": name.hex(), "outline": outline, "whole": 0}])

    def append(self, name: bytes, data: bytes) -> None:
        """More bytes of a blob that is under way."""
        with changing(self._connection, self._unit) as change:
            change.insert(blob_pieces, [{"name": name.hex(), "place": self._end(name), "data": data}])

    def cut(self, name: bytes, size: int) -> None:
        """Forget what is held beyond `size` bytes."""
        with changing(self._connection, self._unit) as change:
            self._cut(change, name, size)

    def keep(self, name: bytes) -> None:
        """Make a blob whole, for good; its bytes now lie in rows of one piece each, in whatever slices they came."""
        with changing(self._connection, self._unit) as change:
            pieces = [(at, self._read(name, at, PIECE_SIZE)) for at in range(0, self._end(name), PIECE_SIZE)]
            self._cut(change, name, 0)
            change.insert(blob_pieces, [{"name": name.hex(), "place": at, "data": data} for at, data in pieces])
            change.replace(blobs, [{"name": name.hex(), "outline": self._outline(name), "whole": 1}])
        self._whole.add(name)

    def read(self, name: bytes, at: int, size: int) -> bytes:
        """Up to `size` bytes at `at`."""
        with disk_errors(), self._connection.begin():
            return self._read(name, at, size)

    def _cut(self, change: Change, name: bytes, size: int) -> None:
        beyond = self._rows(name, size, SIZE_MAX)
        change.drop(blob_pieces, [(name.hex(), row.place) for row in beyond])
        if beyond and beyond[0].place < size:
            first = beyond[0]
            kept = {"name": name.hex(), "place": first.place, "data": first.data[: size - first.place]}
            change.insert(blob_pieces, [kept])

    def _read(self, name: bytes, at: int, size: int) -> bytes:
        rows = self._rows(name, at, at + size)
        return b"".join(row.data for row in rows)[at - rows[0].place :][:size] if rows else b""

    def _rows(self, name: bytes, begin: int, end: int) -> Sequence[Row[Any, Any]]:
        """The rows that hold a byte of a blob between two places, in order."""
        place, ends = blob_pieces.c.place, blob_pieces.c.place + func.length(blob_pieces.c.data)
        mine = select(place, blob_pieces.c.data).where(
            blob_pieces.c.unit == self._unit, blob_pieces.c.name == name.hex(), place < end, ends > begin
        )
        return self._connection.execute(mine.order_by(place)).all()

    def _end(self, name: bytes) -> int:
        ends = func.max(blob_pieces.c.place + func.length(blob_pieces.c.data))
        mine = select(ends).where(blob_pieces.c.unit == self._unit, blob_pieces.c.name == name.hex())
        return self._connection.execute(mine).scalar() or 0

    def _outline(self, name: bytes) -> bytes | None:
        mine = select(blobs.c.outline).where(blobs.c.unit == self._unit, blobs.c.name == name.hex())
        return self._connection.execute(mine).scalar()
