"""A database that an earlier version of central has filled is brought up when it is opened, and keeps what it held."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from copy import deepcopy
from pathlib import Path

import pytest
from pysqlite3 import dbapi2
from sqlalchemy.exc import IntegrityError

from central import keys, migrations, proof
from central.database import FILE_NAME, file_url, open_writer
from central.region import Region, open_region
from central.store import UnitStore
from central.tables import metadata
from fleet.errors import Unavailable
from fleet.ledger.replica import Replica
from fleet.ledger.store import FORK, Batch
from tests.central.unit import PLATE, StillClock, Unit, talk
from tests.fleet.ledger.store_acceptance import OURS, a_log, held

ONE_AT_A_NUMBER = """
    CREATE TABLE operations_old (
        unit VARCHAR(32) NOT NULL, number BIGINT NOT NULL, node BIGINT NOT NULL, incarnation BIGINT NOT NULL,
        seq BIGINT NOT NULL, hash BLOB NOT NULL, kind TEXT NOT NULL, target TEXT NOT NULL, hlc BIGINT NOT NULL,
        data BLOB NOT NULL, seal BLOB, verdict TEXT NOT NULL, mark VARCHAR(64) NOT NULL,
        PRIMARY KEY (unit, number), UNIQUE (unit, node, incarnation, seq)
    );
    INSERT INTO operations_old SELECT * FROM operations;
    DROP TABLE operations;
    ALTER TABLE operations_old RENAME TO operations;
    CREATE INDEX operations_by_target ON operations (unit, target);
    DROP TABLE forks;
"""
"""What a version made that held one operation at each number of a log."""


def set_back(directory: Path, script: str) -> None:
    """Make a file what an earlier version would have left."""
    with closing(dbapi2.connect(str(directory / FILE_NAME))) as connection:
        connection.executescript(script)


@contextmanager
def region_of(directory: Path, clock: StillClock) -> Iterator[Region]:
    with closing(open_region(directory, keys.load(directory), clock)) as region:
        yield region


def test_central_takes_in_a_fork_with_a_database_made_before_forks_were_kept(
    directory: Path, unit: Unit, clock: StillClock
) -> None:
    with region_of(directory, clock) as region:
        unit.register_vehicle()
        talk(region, unit)
    set_back(directory, f"{ONE_AT_A_NUMBER} DROP TABLE steps;")
    twin = deepcopy(unit.disk)
    unit.seen()
    clock.time_ms += 60_000
    unit.disk, mine = twin, unit.replica
    unit.replica = Replica(twin, clock, unit.grant.root_public, unit=unit.code, identity=unit.identity)
    unit.seen()

    with region_of(directory, clock) as region:
        talk(region, unit)
        unit.replica = mine
        talk(region, unit)
        talk(region, unit)

        replica = region.replica(unit.code)
        assert [(fork.author, fork.seq) for fork in replica.forks] == [(unit.grant.author, mine.made)]
        assert len(replica.branches()) == 1
        assert PLATE in replica.state.seen
    assert [finding.report.faults for finding in proof.prove(directory)] == [[]] * 2


def test_the_old_guard_is_what_kept_forks_out_and_nothing_else_of_a_file_changes(tmp_path: Path) -> None:
    with closing(open_writer(file_url(tmp_path))) as connection:
        UnitStore(connection, "lyj").commit(Batch(operations=a_log(OURS, range(1, 3), sealed=[2])))
    set_back(tmp_path, ONE_AT_A_NUMBER)
    log = a_log(OURS, range(1, 3), sealed=[2])
    (other,) = a_log(OURS, [2], sealed=[2], size=11)
    fork = Batch(operations=(other._replace(verdict=FORK),))
    with closing(open_writer(file_url(tmp_path))) as connection, pytest.raises(IntegrityError):
        UnitStore(connection, "lyj").commit(fork)  # as `steps` says, the file has everything behind it
    set_back(tmp_path, "DELETE FROM steps")

    with closing(open_writer(file_url(tmp_path))) as connection:
        store = UnitStore(connection, "lyj")
        assert list(store.operations()) == held(log)
        store.commit(fork)
        assert store.run(OURS, 0, 1 << 20) == held(log)
        assert list(store.aside()) == held(fork.operations)


def test_a_file_brought_up_is_the_file_that_would_be_made_today(tmp_path: Path) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    for directory in (new, old):
        directory.mkdir()
        open_writer(file_url(directory)).close()
    set_back(old, f"{ONE_AT_A_NUMBER} DROP TABLE steps; DROP INDEX views_by_time;")

    open_writer(file_url(old)).close()

    assert made(old) == made(new)
    assert {name for name, _ in made(new)} >= {table.name for table in metadata.sorted_tables} | {"steps"}


def test_a_file_that_a_newer_version_has_brought_further_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    open_writer(file_url(tmp_path)).close()
    set_back(tmp_path, "INSERT INTO steps VALUES ('from_tomorrow')")
    before = made(tmp_path)

    with pytest.raises(Unavailable, match="database_newer") as refused:
        open_writer(file_url(tmp_path))

    assert refused.value.facts == {"file": FILE_NAME, "detail": "from_tomorrow"}
    assert made(tmp_path) == before
    assert "from_tomorrow" not in migrations.STEPS


def made(directory: Path) -> set[tuple[str, str]]:
    """Every table and index of a file with what it is made of, however that was written."""
    with closing(dbapi2.connect(str(directory / FILE_NAME))) as connection:
        rows = connection.execute("SELECT name, coalesce(sql, '') FROM sqlite_schema").fetchall()
    return {(name, "".join(sql.replace('"', "").split())) for name, sql in rows}
