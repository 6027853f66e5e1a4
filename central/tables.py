"""The tables of central's database, in plain SQLAlchemy Core types: SQLite by default, PostgreSQL by URL.

Rules of this file:
- Every table begins with `unit`, the partition. What belongs to central itself stands in the partition "".
- Every table ends with `mark`, the digest of the columns before it; `tallies` sums the marks of each partition.
- Nothing is derived here that the log cannot make again, but for who may sign in and when a unit was last heard.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from fleet.ledger.store import FORK

OWN = ""
"""The partition of what belongs to central itself."""

metadata = MetaData()


def _tallied(name: str, keys: tuple[str, ...], *columns: Column[object], unique: tuple[str, ...] = ()) -> Table:
    rules = [PrimaryKeyConstraint("unit", *keys)] + ([UniqueConstraint("unit", *unique)] if unique else [])
    return Table(
        name,
        metadata,
        Column("unit", String(32), nullable=False),
        *columns,
        Column("mark", String(64), nullable=False),
        *rules,
    )


def _number(name: str) -> Column[object]:
    return Column(name, BigInteger, nullable=False)


def _text(name: str) -> Column[object]:
    return Column(name, Text, nullable=False)


def _bytes(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, LargeBinary, nullable=nullable)


_AUTHOR = ("node", "incarnation")


def _head() -> tuple[Column[object], ...]:
    return _number("node"), _number("incarnation"), _number("seq"), _bytes("hash")


operations = _tallied(
    "operations",
    ("number",),
    _number("number"),
    *_head(),
    _text("kind"),
    _text("target"),
    _number("hlc"),
    _bytes("data"),
    _bytes("seal", nullable=True),
    _text("verdict"),
    unique=(*_AUTHOR, "seq", "hash"),
)
documents = _tallied("documents", ("name",), _text("name"), _bytes("snapshot"))
receipts = _tallied("receipts", (*_AUTHOR, "seq"), *_head(), _number("time_ms"), _bytes("signature"))
forks = _tallied("forks", (*_AUTHOR, "seq"), *map(_number, (*_AUTHOR, "seq")), _bytes("proof"))
refusals = _tallied("refusals", ("number",), _number("number"), *_head(), _text("code"), _number("time_ms"))
entries = _tallied("entries", ("part", "key"), _text("part"), _text("key"), _bytes("value"))
archive = _tallied("archive", ("target",), _text("target"), _bytes("dossier"))

orders = _tallied(
    "orders",
    ("id",),
    _text("id"),
    _text("state"),
    _number("open"),
    _number("since_ms"),
    _number("applied_ms"),
    _number("start_ms"),
    _text("vehicle"),
    _text("driver"),
    _text("applicant"),
    _number("refused"),
    _text("sought"),
    _text("form"),
)
vehicles = _tallied("vehicles", ("plate",), _text("plate"), _text("seen"), _text("register"))
people = _tallied("people", ("id",), _text("id"), _text("name"), _text("roles"))
cases = _tallied(
    "cases",
    ("id",),
    _text("id"),
    _text("kind"),
    _text("state"),
    _number("open"),
    _number("since_ms"),
    Column("deadline_ms", BigInteger, nullable=True),
    _text("about_order"),
    _text("plate"),
    _number("refused"),
    _text("data"),
)

findings = _tallied(
    "findings",
    ("key",),
    _text("key"),
    _text("plate"),
    _text("code"),
    _text("about_case"),
    _text("about_order"),
    _number("from_ms"),
    Column("until_ms", BigInteger, nullable=True),
    _text("result"),
    _text("why"),
    _text("otherwise"),
    _number("found_ms"),
)
looked = _tallied("looked", ("plate", "day_ms"), _text("plate"), _number("day_ms"), _text("at_what"), _text("tyres"))

nodes = _tallied("nodes", _AUTHOR, *map(_number, _AUTHOR), _text("unit_name"), _bytes("public"), _number("granted_ms"))
contacts = _tallied("contacts", _AUTHOR, *map(_number, _AUTHOR), _number("heard_ms"), _text("link"), _text("heads"))

blobs = _tallied("blobs", ("name",), _text("name"), _bytes("outline"), _number("whole"))
blob_pieces = _tallied("blob_pieces", ("name", "place"), _text("name"), _number("place"), _bytes("data"))
bundles = _tallied("bundles", ("way",), _text("way"), _text("summary"))

accounts = _tallied("accounts", ("name",), _text("name"), _text("role"), _text("secret"), _number("made_ms"))
attempts = _tallied("attempts", ("name",), _text("name"), _number("failures"), _number("locked_until_ms"))
sessions = _tallied("sessions", ("token",), _text("token"), _text("name"), _number("until_ms"))
views = _tallied("views", ("number",), _number("number"), _number("at_ms"), _text("name"), _text("role"), _text("path"))

Index("operations_by_target", operations.c.unit, operations.c.target)
Index("operations_aside", operations.c.unit, operations.c.number, sqlite_where=operations.c.verdict == FORK)
Index("orders_by_state", orders.c.unit, orders.c.open, orders.c.since_ms)
Index("views_by_time", views.c.at_ms)

Index("cases_by_kind", cases.c.kind, cases.c.since_ms, cases.c.unit, cases.c.id, cases.c.state)
Index("findings_by_result", findings.c.unit, findings.c.result)
Index("findings_by_case", findings.c.unit, findings.c.about_case, findings.c.found_ms)
Index("findings_of_result", findings.c.result, findings.c.unit, findings.c.about_case)

DERIVED = (documents, entries, archive, orders, vehicles, people, cases, findings, looked)
"""The tables that the log, and the blobs it names, can make again."""
TALLIED: dict[str, Table] = dict(metadata.tables)
"""Every table above, by name."""

tallies = Table(
    "tallies",
    metadata,
    Column("unit", String(32), nullable=False),
    Column("name", String(32), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    PrimaryKeyConstraint("unit", "name"),
)
