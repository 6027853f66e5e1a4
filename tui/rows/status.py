"""The node's own condition as text for the sync page: records and link first, then lines, terminals, frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from fleet.words import Words
from tui.cells import wrap
from tui.rows.columns import Cell, beside, named, rest
from tui.rows.header import sync_words
from tui.shapes import Link, SerialLine, Status, Sync, Terminal
from tui.times import ago, moment
from tui.widgets.lines import Spans

KIB = 1024
FRAME_IDS_A_LINE = 5
HASH_LENGTH_SHOWN = 16


class Part(NamedTuple):
    """A heading and the lines below it."""

    name: str
    lines: list[Spans]


def status_parts(words: Words, status: Status, sync: Sync | None, now_ms: int, width: int) -> list[Part]:
    """The parts of the page, each line at most `width` cells."""
    makers: tuple[tuple[str, Callable[[], list[Spans]]], ...] = (
        ("records", lambda: _records(words, status, sync, now_ms, width)),
        ("link", lambda: _link(words, status, now_ms, width)),
        ("lines", lambda: [span for line in status["lines"] for span in _line(words, line, now_ms, width)]),
        ("terminals", lambda: [_terminal(words, terminal, now_ms, width) for terminal in status["terminals"]]),
        ("frames", lambda: _frames(words, status, width)),
        ("node", lambda: _node(words, status, width)),
    )
    return [Part(name, make() or [[(words("status.none"), "dim")]]) for name, make in makers]


def _records(words: Words, status: Status, sync: Sync | None, now_ms: int, width: int) -> list[Spans]:
    operations, refused = status["operations"], status["operations"]["quarantined"]
    said = [(sync_words(words, sync, now_ms), "strong")] if sync else []
    said.append((words("status.records", made=operations["made"], held=operations["held_by_central"]), ""))
    said.append((words("status.quarantined", n=refused), "critical" if refused else "dim"))
    said.append((words("status.refused_moves", n=status["refused_moves"]), "dim"))
    if sync and sync["refused"]:
        said.append((words("status.refused_by_central", n=sync["refused"]), "critical"))
    return _wrapped(said, width)


def _link(words: Words, status: Status, now_ms: int, width: int) -> list[Spans]:
    link = status["link"]
    over = named(words, "link.over", link.get("name") or "") if link.get("name") else ""
    said = [("  ".join(filter(None, (words(f"link.{link['state']}"), over))), _paint(link))]
    if link["last_error"]:
        error = named(words, "link.error", link["last_error"])
        said.append((words("status.link_error", error=error), "serious"))
    if link["next_try_ms"] and link["state"] != "up":
        said.append((words("status.next_try", at=moment(link["next_try_ms"], now_ms)), ""))
    up, down = _amount(link["bytes_up"]), _amount(link["bytes_down"])
    said.append((words("status.link_bytes", up=up, down=down, trips=link["round_trips"]), ""))
    said += _waiting(words, status)
    return _wrapped(said, width)


def _paint(link: Link) -> str:
    return "good" if link["state"] == "up" else "serious"


def _waiting(words: Words, status: Status) -> list[tuple[str, str]]:
    """What waits for central by how urgent it is, how long that takes, and whether a stick would be quicker."""
    heaps, link = status.get("waiting", []), status["link"]
    said = [
        (words("status.waiting", n=heap["records"], what=named(words, "priority", heap["priority"]),
               bytes=_amount(heap["bytes"])), "serious" if heap["priority"] == "urgent" else "")
        for heap in heaps
    ]  # fmt: skip
    hours = link.get("hours_left")
    if heaps and hours is not None:
        said.append((words("status.hours_left", hours=f"{hours:.1f}"), ""))
    if link.get("by_hand"):
        said.append((words("status.by_hand"), "critical"))
    return said


def _line(words: Words, line: SerialLine, now_ms: int, width: int) -> list[Spans]:
    paint = "good" if line["state"] == "open" else "serious"
    bad = sum(line["bad"].values())
    heard = ago(words, line["heard_ms"], now_ms) if line["heard_ms"] else words("status.never")
    cells = [
        Cell(line["name"], 22, "strong"),
        Cell(words(f"line.{line['state']}"), 10, paint),
        Cell(heard, 12),
    ]
    counts = words("status.line_counts", good=line["good"], bad=bad, bytes=_amount(line["bytes_in"]))
    spans = [beside([*cells, Cell(counts, rest(width, cells))])]
    reasons = [f"{named(words, 'frame', reason)} {count}" for reason, count in sorted(line["bad"].items())]
    why = [named(words, "line.why", line["why"])] if line["why"] else []
    return spans + [
        [("  ", ""), (text, "dim")] for more in (why, reasons) if more for text in wrap("; ".join(more), width - 2)
    ]


def _terminal(words: Words, terminal: Terminal, now_ms: int, width: int) -> Spans:
    heard = ago(words, terminal["heard_ms"], now_ms) if terminal["heard_ms"] else words("status.never")
    cells = [
        Cell(terminal["phone"], 22, "strong"),
        Cell(terminal["plate"] or words("status.no_plate"), 10),
        Cell(heard, 12),
        Cell(named(words, "terminal", terminal["state"]), 16),
    ]
    return beside([*cells, Cell(str(terminal["version"] or ""), rest(width, cells), "dim")])


def _frames(words: Words, status: Status, width: int) -> list[Spans]:
    frames = status["frames"]
    said = [(words("status.frames", received=frames["received"], good=frames["good"], bad=frames["bad"]), "")]
    kinds = [f"{name} {count}" for name, count in sorted(frames["by_id"].items())]
    said += [("  ".join(kinds[at : at + FRAME_IDS_A_LINE]), "dim") for at in range(0, len(kinds), FRAME_IDS_A_LINE)]
    said.append((words("status.positions", n=status["positions_stored"]), ""))
    return _wrapped(said, width)


def _node(words: Words, status: Status, width: int) -> list[Spans]:
    clock = named(words, "clock", status["clock"]["grade"])
    facts = words(
        "status.node", clock=clock, sqlite=status["sqlite_version"], hash=status["state_hash"][:HASH_LENGTH_SHOWN]
    )
    return _wrapped([(facts, "dim")], width)


def _amount(size: int) -> str:
    if size < KIB:
        return f"{size} B"
    return f"{size / KIB:.1f} KB" if size < KIB * KIB else f"{size / KIB / KIB:.1f} MB"


def _wrapped(said: list[tuple[str, str]], width: int) -> list[Spans]:
    return [[(line, paint)] for text, paint in said for line in wrap(text, width)]
