"""Central's blobs in its database: the port's suite, one unit beside another, and proved like everything else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from central.blobs import UnitBlobs
from central.database import open_writer
from central.evidence import UnitEvidence
from tests.fleet.ledger.blob_acceptance import CONTENT, BlobAcceptance, Shelf, filled


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    opened = open_writer(f"sqlite:///{tmp_path / 'central.db'}")
    yield opened
    opened.close()


class TestUnitBlobs(BlobAcceptance):
    @pytest.fixture
    def shelf(self, connection: Connection) -> Shelf:
        return lambda: UnitBlobs(connection, "u1")


def test_one_units_blobs_are_not_anothers(connection: Connection) -> None:
    name = filled(UnitBlobs(connection, "u1"))

    assert list(UnitBlobs(connection, "u2").whole()) == []
    assert UnitBlobs(connection, "u2").read(name, 0, 10) == b""


def test_a_blob_that_was_cut_and_came_again_leaves_tallies_that_hold(connection: Connection) -> None:
    store = UnitBlobs(connection, "u1")
    name = filled(store)
    store.cut(name, 70_000)
    store.append(name, CONTENT[70_000:])
    store.keep(name)

    assert store.read(name, 0, 1 << 20) == CONTENT
    assert [(table, stored == counted) for table, stored, counted in UnitEvidence(connection, "u1").tallies()] == [
        (table, True) for table, _, _ in UnitEvidence(connection, "u1").tallies()
    ]
