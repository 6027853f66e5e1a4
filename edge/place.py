"""On which machine a node stands, and whether it may write there. Kept in DIR/place.json, beside what it is about.

A log has one writer. Where the directory was put back from a backup, where its records are gone, or where it came to
another machine, somebody else may have gone on with the log: the node is cold (`fleet.ledger.replica.COLD`), reads and
hears everything, and writes nothing before it knows how far the log has come. On another machine the original may still
be running, which only a person can know: that waits for `ortoo node settle`.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from edge.store.engine import disk_errors
from fleet.ledger.operation import Author
from machine.files import write_whole

FILE_NAME = "place.json"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """`machine` is the mark of the machine the node was last seen on ("" if it had none), `author` whose log has begun
    here ("" if none has; node number and incarnation), `cold` why it may not be written ("" if it may) and `since_ms`
    since when (UTC ms)."""

    machine: str = ""
    author: str = ""
    cold: str = ""
    since_ms: int = 0


def read(home: Path) -> Place | None:
    """What is known; None if nothing is, or what lies there cannot be read."""
    path = home / FILE_NAME
    with disk_errors(path):
        if not path.exists():
            return None
        try:
            return msgspec.json.decode(path.read_bytes(), type=Place)
        except msgspec.DecodeError:
            return None


def write(home: Path, place: Place) -> None:
    """Keep it, before anything is done that rests on it."""
    with disk_errors(home / FILE_NAME):
        write_whole(home / FILE_NAME, msgspec.json.encode(place))


def found(known: Place | None, *, machine: str, author: str, begun: bool, now_ms: int) -> Place:
    """The place of a node that starts on `machine` as `author`, whose log has `begun` on its disk or has not."""
    here = Place(machine=machine, author=author if begun else "", since_ms=now_ms)
    if known is None:
        return msgspec.structs.replace(here, cold="copied" if begun else "")
    if known.author not in ("", author):
        return here  # a life of its own: nobody else writes that log
    cold = known.cold or ("lost" if known.author and not begun else "")
    if known.machine != machine and known.machine and machine:
        cold = "copied"
    since_ms = known.since_ms if cold == known.cold else now_ms
    return Place(machine=machine or known.machine, author=known.author or here.author, cold=cold, since_ms=since_ms)


def enter(home: Path, *, machine: str, author: Author, begun: bool, now_ms: int) -> Place:
    """Where a node stands that starts now; kept if it is news."""
    known = read(home)
    place = found(known, machine=machine, author=f"{author.node}.{author.incarnation}", begun=begun, now_ms=now_ms)
    if place != known:
        write(home, place)
    return place


def settle(home: Path, place: Place) -> None:
    """A person has said that nobody else goes on with this log: only how far it has come is still to be heard."""
    write(home, msgspec.structs.replace(place, cold="restored"))


def warm(home: Path, place: Place) -> None:
    """The node may write again."""
    write(home, msgspec.structs.replace(place, cold=""))
