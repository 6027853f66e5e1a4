"""What earlier versions made of central's tables, brought to what `tables` says: small functions, each gone through
once by a file and never edited after release.

A new file is made as `tables` says and has nothing to go through. Which steps a file has behind it stands in `steps`. A
file that a newer version has brought further than this one knows is refused whole: what it does not know it could not
keep.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    insert,
    inspect,
    select,
    text,
)

from central.tables import metadata
from fleet.errors import Unavailable

steps = Table("steps", MetaData(), Column("name", String(64), primary_key=True))


def bring_up(connection: Connection, file: str) -> None:
    """Make what a database lacks, in the caller's transaction.

    Raises:
        Unavailable: `database_newer`; nothing was changed.
    """
    is_new = not inspect(connection).has_table("operations")
    steps.create(connection, checkfirst=True)
    behind = set(connection.execute(select(steps.c.name)).scalars())
    if newer := sorted(behind - STEPS.keys()):
        raise Unavailable("database_newer", file=file, detail=", ".join(newer))
    for name, step in STEPS.items():
        if name not in behind:
            if not is_new:
                step(connection)
            connection.execute(insert(steps), {"name": name})
    metadata.create_all(connection)
    for table in metadata.sorted_tables:
        for index in table.indexes:  # `create_all` looks at no index of a table that is there
            index.create(connection, checkfirst=True)


def logs_continued_twice(connection: Connection) -> None:
    """Two operations may be held at one number of a log. The rows stay as they are, with their marks."""
    numbers = [Column(name, BigInteger, nullable=False) for name in ("number", "node", "incarnation", "seq")]
    made = Table(
        "operations_new",
        MetaData(),
        Column("unit", String(32), nullable=False),
        *numbers,
        Column("hash", LargeBinary, nullable=False),
        Column("kind", Text, nullable=False),
        Column("target", Text, nullable=False),
        Column("hlc", BigInteger, nullable=False),
        Column("data", LargeBinary, nullable=False),
        Column("seal", LargeBinary),
        Column("verdict", Text, nullable=False),
        Column("mark", String(64), nullable=False),
        PrimaryKeyConstraint("unit", "number"),
        UniqueConstraint("unit", "node", "incarnation", "seq", "hash"),
    )
    made.create(connection)
    kept = ", ".join(column.name for column in made.columns)
    connection.execute(text(f"INSERT INTO operations_new ({kept}) SELECT {kept} FROM operations"))  # noqa: S608 - ours
    connection.execute(text("DROP TABLE operations"))
    connection.execute(text("ALTER TABLE operations_new RENAME TO operations"))


STEPS: dict[str, Callable[[Connection], None]] = {"logs_continued_twice": logs_continued_twice}
"""Every step by name, in their order."""
