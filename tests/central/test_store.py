"""Central's store: a unit's ledger in a database that holds every unit's."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateTable

from central.database import engine_version, file_url, open_reader, open_writer
from central.store import UnitStore
from central.tables import metadata
from fleet.errors import Unavailable
from fleet.ledger.engine import require_sqlite
from fleet.ledger.store import Batch
from tests.fleet.ledger.store_acceptance import EVERYTHING, OURS, Medium, StoreAcceptance, a_log, held


class OneFile:
    """A database file that may be opened again."""

    def __init__(self, directory: Path) -> None:
        self.url = file_url(directory)
        self.connection: Connection | None = None

    def open(self) -> UnitStore:
        if self.connection:
            self.connection.close()
        self.connection = open_writer(self.url)
        return UnitStore(self.connection, "lyj")

    def fill(self) -> None:
        assert self.connection
        with self.connection.begin():
            pages = self.connection.exec_driver_sql("PRAGMA page_count").scalar()
            self.connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")


class TestUnitStore(StoreAcceptance):
    @pytest.fixture
    def medium(self, tmp_path: Path) -> Medium:
        return OneFile(tmp_path)


def test_units_share_the_database_and_see_nothing_of_each_other(tmp_path: Path) -> None:
    connection = open_writer(file_url(tmp_path))
    one, other = UnitStore(connection, "lyj"), UnitStore(connection, "ejq")
    log = a_log(OURS, range(1, 3), sealed=[2])
    one.commit(Batch(operations=log))
    other.commit(Batch(operations=log))

    assert list(one.operations()) == one.run(OURS, 0, EVERYTHING) == held(log)
    assert list(other.operations()) == held(log)


def test_the_database_is_the_last_guard_against_two_operations_of_one_number(tmp_path: Path) -> None:
    store = UnitStore(open_writer(file_url(tmp_path)), "lyj")
    log = a_log(OURS, range(1, 3), sealed=[2])
    store.commit(Batch(operations=log))

    with pytest.raises(IntegrityError):
        store.commit(Batch(operations=(*a_log(OURS, [3], sealed=[3]), log[1])))

    assert list(store.operations()) == held(log)


def test_the_settings_that_make_a_commit_survive_a_power_cut_are_in_force(tmp_path: Path) -> None:
    connection = open_writer(file_url(tmp_path))
    with connection.begin():
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}


def test_the_library_that_runs_is_new_enough_and_an_older_one_is_refused_with_both_versions() -> None:
    require_sqlite(engine_version())
    with pytest.raises(Unavailable, match="sqlite_too_old") as refused:
        require_sqlite("3.40.1")
    assert refused.value.facts == {"found": "3.40.1", "least": "3.51.3"}


def test_the_connection_of_the_pages_cannot_write(tmp_path: Path) -> None:
    open_writer(file_url(tmp_path)).close()
    reader = open_reader(file_url(tmp_path))
    with pytest.raises(Unavailable, match="disk_failed"):
        UnitStore(reader, "lyj").commit(Batch(operations=a_log(OURS, [1], sealed=[1])))


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "core.db").write_bytes(b"not a database, but someone's letter" * 100)
    with pytest.raises(Unavailable, match="database_damaged"):
        open_writer(file_url(tmp_path))
    assert (tmp_path / "core.db").read_bytes().startswith(b"not a database, but someone's letter")


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_every_table_is_plain_enough_for_postgresql(table: Table) -> None:
    made = str(CreateTable(table).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
    assert f"CREATE TABLE {table.name}" in made
    assert "PRIMARY KEY (unit" in made
    assert not ({"BLOB", "DATETIME", "JSON"} & set(made.split()))
