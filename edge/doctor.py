"""What keeps a unit's node from working, or soon will: looked for without changing a byte, the node running or not.

Every row of CHECKS looks at one thing and answers findings: a code to be worded as `doctor.<code>`, a grade and its
facts. `ill` is what must be mended before the node can do its work, `doubt` what should be looked at, `well` what was
seen to be right. What cannot be looked at is itself a finding; nothing here raises.
"""

from __future__ import annotations

import fcntl
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from shutil import disk_usage
from typing import Any, Literal

from cable.port import standing
from edge import home as node_home
from edge import place
from edge import settings as node_settings
from edge.settings import Settings
from edge.space import foretell
from edge.store.engine import disk_errors, open_reader, sqlite_version
from fleet.errors import FleetError, Unavailable
from fleet.ledger.engine import require_sqlite
from fleet.ledger.granting import unproved
from fleet.ledger.hlc import wall_ms
from machine.system import machine_mark

Grade = Literal["well", "doubt", "ill"]
SECRETS = ("node.key", "device.secret", "local.db")
DATABASES = ("core.db", "telemetry.db", "local.db")
FREE_DOUBT_BYTES, FREE_ILL_BYTES = 2_000_000_000, 200_000_000
"""A year of twenty vehicles takes less than the first; below the second a month's scans may not fit."""
DAY_MS = 24 * 3_600_000
LEASE_DOUBT_MS = 60 * DAY_MS
CLOCK_SLACK_MS = 60_000
"""A30's minute."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    code: str
    grade: Grade
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Visit:
    """What is looked at, and when (UTC ms)."""

    home: Path
    settings: Settings
    now_ms: int


def look(home: Path, now_ms: int) -> list[Finding]:
    """Everything found, in the order a person would mend it."""
    try:
        settings = node_settings.load(home)
    except FleetError as error:
        return [_refused(error)]
    visit = Visit(home, settings, now_ms)
    return [finding for check in CHECKS for finding in _told(check, visit)]


def _told(check: Callable[[Visit], Iterator[Finding]], visit: Visit) -> Iterator[Finding]:
    try:
        yield from check(visit)
    except FleetError as error:
        yield _refused(error)
    except OSError as error:
        yield _refused(Unavailable("disk_failed", file=str(error.filename or visit.home), detail=error.strerror))


def _refused(error: FleetError) -> Finding:
    return Finding(f"refused.{error.code}", "ill", error.facts)


def _running(visit: Visit) -> Iterator[Finding]:
    if _runs(visit.home):
        yield Finding("running", "well")
    else:
        yield Finding("stopped", "doubt", {"directory": str(visit.home)})


def _runs(home: Path) -> bool:
    path = home / "node.lock"
    if not path.exists():
        return False
    with path.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _private(visit: Visit) -> Iterator[Finding]:
    """Keys are worth what their permissions are."""
    open_to_others = [
        path
        for path in (visit.home, *(visit.home / name for name in SECRETS))
        if path.exists() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    ]
    for path in open_to_others:
        yield Finding("not_private", "ill", {"file": str(path)})
    if not open_to_others:
        yield Finding("private", "well")


def _enrolled(visit: Visit) -> Iterator[Finding]:
    known = node_home.enrolled(visit.home)
    node_home.device_secret(visit.home)
    certificate = unproved(known.grant.node_certificate)
    left_ms = certificate.lease_ms - visit.now_ms
    grade: Grade = "ill" if left_ms <= 0 else "doubt" if left_ms < LEASE_DOUBT_MS else "well"
    facts = {"node": known.grant.author.node, "days": max(0, left_ms // DAY_MS)}
    yield Finding({"ill": "lease_over", "doubt": "lease_ends", "well": "enrolled"}[grade], grade, facts)
    if not known.grant.url:
        yield Finding("by_hand_only", "well")


def _engine(_visit: Visit) -> Iterator[Finding]:
    require_sqlite(sqlite_version())
    yield Finding("engine", "well", {"version": sqlite_version()})


def _databases(visit: Visit) -> Iterator[Finding]:
    for name in DATABASES:
        path = visit.home / name
        if not path.exists():
            continue  # made at the first start
        with disk_errors(path), closing(open_reader(path)) as db:
            said = str(db.conn.execute("PRAGMA quick_check(1)").fetchone()[0])
        facts = {"file": str(path), "detail": said, "megabytes": path.stat().st_size // 1_000_000}
        yield Finding("database", "well", facts) if said == "ok" else Finding("database_damaged", "ill", facts)


def _people(visit: Visit) -> Iterator[Finding]:
    path, keys = visit.home / "local.db", list[int]()
    if path.exists():
        with disk_errors(path), closing(open_reader(path)) as db:
            keys = [until_ms for (until_ms,) in db.conn.execute("SELECT locked_until_ms FROM keys")]
    locked = sum(until_ms > visit.now_ms for until_ms in keys)
    yield Finding("people", "well", {"count": len(keys)}) if keys else Finding("nobody", "ill")
    if locked:
        yield Finding("locked_out", "doubt", {"count": locked})


def _alone(visit: Visit) -> Iterator[Finding]:
    """Whether somebody else may write, or has written, under this node's name."""
    author, path = node_home.granted(visit.home).author, visit.home / "core.db"
    begun, parted = False, dict[int, int]()
    if path.exists():
        with disk_errors(path), closing(open_reader(path)) as db:
            own = "SELECT count(*) FROM operations WHERE node = ? AND incarnation = ?"
            begun = db.conn.execute(own, author).fetchone()[0] > 0
            parted = dict(db.conn.execute("SELECT node, min(seq) FROM forks GROUP BY node"))
    name = f"{author.node}.{author.incarnation}"
    known = place.read(visit.home)
    here = place.found(known, machine=machine_mark(), author=name, begun=begun, now_ms=visit.now_ms)
    if here.cold:
        yield Finding(f"cold_{here.cold}", "ill", {"directory": str(visit.home)})
    for node, seq in sorted(parted.items()):
        ours = node == author.node
        yield Finding("forked_here" if ours else "forked", "ill" if ours else "doubt", {"node": node, "seq": seq})
    if not here.cold and author.node not in parted:
        yield Finding("settled", "well")


def _disk(visit: Visit) -> Iterator[Finding]:
    free = disk_usage(visit.home).free
    grade: Grade = "ill" if free < FREE_ILL_BYTES else "doubt" if free < FREE_DOUBT_BYTES else "well"
    yield Finding("disk" if grade == "well" else "disk_low", grade, {"megabytes": free // 1_000_000})
    path, notes = visit.home / "telemetry.db", list[tuple[int, int]]()
    if path.exists():
        with disk_errors(path), closing(open_reader(path)) as db:
            if db.table("space").exists():  # not yet, where a newer version has not run
                notes = db.conn.execute("SELECT day_ms, used FROM space ORDER BY day_ms").fetchall()
    room = foretell(notes, free)
    if room.days_left is not None:
        yield Finding("disk_days", "doubt" if room.low else "well", {"days": room.days_left})


def _clock(visit: Visit) -> Iterator[Finding]:
    """A clock behind what was already signed here is wrong, whatever the right time is (A30)."""
    path = visit.home / "core.db"
    if not path.exists():
        return
    author = node_home.granted(visit.home).author
    with disk_errors(path), closing(open_reader(path)) as db:
        own = "SELECT max(hlc) FROM operations WHERE node = ? AND incarnation = ?"
        latest = db.conn.execute(own, author).fetchone()[0]
    behind_ms = wall_ms(latest) - visit.now_ms if latest else 0
    facts = {"now_ms": visit.now_ms, "seconds": behind_ms // 1000}
    yield Finding("clock_behind", "ill", facts) if behind_ms > CLOCK_SLACK_MS else Finding("clock", "well", facts)


def _ports(visit: Visit) -> Iterator[Finding]:
    if not visit.settings.lines:
        yield Finding("no_line", "doubt", {"directory": str(visit.home)})
    for line in visit.settings.lines:
        if "://" in line.port:
            continue  # across the network: whether it answers is for the running node to say
        found = standing(line.port)
        taken_by_node = found.reason == "in_use" and _runs(visit.home)
        grade: Grade = "ill" if found.reason and not taken_by_node else "well"
        yield Finding(f"port.{found.reason}" if grade == "ill" else "port", grade, {"port": line.port})


def _fonts(_visit: Visit) -> Iterator[Finding]:
    from edge.reports.paper import FONT_DIRECTORIES, font

    try:
        font(FONT_DIRECTORIES)
    except Unavailable as error:
        yield Finding("no_font", "doubt", error.facts)
    else:
        yield Finding("font", "well")


CHECKS = (_running, _private, _enrolled, _engine, _databases, _alone, _people, _disk, _clock, _ports, _fonts)
