"""A database that was not closed is looked through: what the log cannot make again must be whole, the rest is made."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest
from pysqlite3 import dbapi2

from edge.proof import prove
from edge.store.engine import left_open
from fleet.errors import Unavailable
from tests.edge.unit import office_of
from tests.simulation.clock import SimulatedClock


def as_the_power_left_it(home: Path, statement: str) -> Path:
    """The node's directory with something in its database gone wrong, and nobody there to close it."""
    after = home.with_name("after")
    with closing(dbapi2.connect(str(home / "core.db"), isolation_level=None)) as connection:
        connection.execute(statement)
        shutil.copytree(home, after, ignore=shutil.ignore_patterns("*-shm"))
    return after


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM operations WHERE number = (SELECT max(number) FROM operations)",
        "UPDATE operations SET mark = '' WHERE number = 3",
        "DELETE FROM receipts",
        "UPDATE tallies SET rows = rows - 1 WHERE name = 'refusals'",
    ],
)
def test_a_log_that_does_not_add_up_is_damaged(day: Path, clock: SimulatedClock, statement: str) -> None:
    left = as_the_power_left_it(day, statement)
    assert left_open(left / "core.db")

    with pytest.raises(Unavailable, match="database_damaged"):
        office_of(left, clock)


@pytest.mark.parametrize("table", ["orders", "documents", "entries", "archive", "vehicles"])
def test_what_is_derived_is_made_anew_if_it_does_not_add_up(day: Path, clock: SimulatedClock, table: str) -> None:
    left = as_the_power_left_it(day, f"DELETE FROM {table}")

    office_of(left, clock).close()

    assert prove(left).faults == []


def test_a_database_that_was_closed_is_not_looked_through(day: Path, clock: SimulatedClock) -> None:
    with closing(dbapi2.connect(str(day / "core.db"), isolation_level=None)) as connection:
        connection.execute("DELETE FROM receipts")
    assert not left_open(day / "core.db")

    office_of(day, clock).close()
