"""The node's own condition as text for the health page: lines, terminals, frames, room on the disk, clock. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from fleet.words import Words
from tui.cells import wrap
from tui.node_shapes import SerialLine, Status, Terminal
from tui.rows.columns import Cell, beside, named, rest
from tui.times import ago
from tui.widgets.lines import Spans

KIB = 1024
UNITS = ("B", "KB", "MB", "GB")
LOW_DAYS = 30
"""Days left on the disk that are shown in the paint of what is serious."""
FRAME_IDS_A_LINE = 4
FRAME_IDS = {
    "0x0001": "answer", "0x0002": "heartbeat", "0x0003": "unregister", "0x0100": "register", "0x0102": "authenticate",
    "0x0104": "parameters", "0x0107": "attributes", "0x0200": "position", "0x0201": "position_asked",
    "0x0500": "control", "0x0702": "driver_card", "0x0704": "positions_kept", "0x0900": "passed_through",
}  # fmt: skip
"""What terminals say, by message id (JT/T 808-2019); any other is shown by its id."""
HASH_LENGTH_SHOWN = 16


INDENT = 3
"""Cells of a line under a heading that are not the line's own."""


class Part(NamedTuple):
    """A heading and the lines below it."""

    name: str
    lines: list[Spans]


def headed(words: Words, family: str, parts: Iterable[Part]) -> list[Spans]:
    """A page of parts: under each heading its lines, or that there are none. `family` is that of the headings."""
    none: list[Spans] = [[(words("status.none"), "dim")]]
    return [
        line
        for part in parts
        for line in ([(words(f"{family}.{part.name}"), "notice")], *([("  ", ""), *one] for one in part.lines or none))
    ]


def status_parts(words: Words, status: Status, now_ms: int, width: int) -> list[Part]:
    """The parts of the page, each line at most `width` cells."""
    return [
        Part("lines", [span for line in status["lines"] for span in _line(words, line, now_ms, width)]),
        Part("terminals", [_terminal(words, terminal, now_ms, width) for terminal in status["terminals"]]),
        Part("frames", _frames(words, status, width)),
        Part("disk", _disk(words, status, width)),
        Part("node", _node(words, status, width)),
    ]


def _line(words: Words, line: SerialLine, now_ms: int, width: int) -> list[Spans]:
    paint = "good" if line["state"] == "open" else "serious"
    bad = sum(line["bad"].values())
    heard = ago(words, line["heard_ms"], now_ms) if line["heard_ms"] else words("status.never")
    cells = [
        Cell(line["name"], 22, "strong"),
        Cell(words(f"line.{line['state']}"), 10, paint),
        Cell(heard, 12),
    ]
    counts = words("status.line_counts", good=line["good"], bad=bad, bytes=amount(line["bytes_in"]))
    spans = [beside([*cells, Cell(counts, rest(width, cells))])]
    reasons = [f"{named(words, 'frame', reason)} {count}" for reason, count in sorted(line["bad"].items())]
    why = [named(words, "line.why", line["why"])] if line["why"] else []
    return spans + [
        [("  ", ""), (text, "dim")] for more in (why, reasons) if more for text in wrap("; ".join(more), width - 2)
    ]


def _terminal(words: Words, terminal: Terminal, now_ms: int, width: int) -> Spans:
    heard = ago(words, terminal["heard_ms"], now_ms) if terminal["heard_ms"] else words("status.never")
    cells = [
        Cell(terminal["phone"], 12, "strong"),
        Cell(terminal["plate"] or words("status.no_plate"), 10),
        Cell(heard, 12),
        Cell(words("status.version", year=terminal["version"]) if terminal["version"] else "", 14, "dim"),
    ]
    return beside([*cells, Cell(named(words, "terminal", terminal["state"]), rest(width, cells))])


def _frames(words: Words, status: Status, width: int) -> list[Spans]:
    frames = status["frames"]
    said = [(words("status.frames", received=frames["received"], good=frames["good"], bad=frames["bad"]), "")]
    kinds = [
        f"{named(words, 'frame_id', FRAME_IDS.get(name, name))} {count}"
        for name, count in sorted(frames["by_id"].items())
    ]
    said += [("  ".join(kinds[at : at + FRAME_IDS_A_LINE]), "dim") for at in range(0, len(kinds), FRAME_IDS_A_LINE)]
    said.append((words("status.positions", n=status["positions_stored"]), ""))
    return wrapped(said, width)


def _disk(words: Words, status: Status, width: int) -> list[Spans]:
    space = status["space"]
    said = [(words("status.free", free=amount(space["free"])), "")]
    if space["days_left"] is None or space["a_day"] is None:
        said.append((words("status.days_unknown"), "dim"))
    else:
        paint = "serious" if space["days_left"] < LOW_DAYS else ""
        said.append((words("status.days_left", days=space["days_left"], a_day=amount(space["a_day"])), paint))
    return wrapped(said, width)


def _node(words: Words, status: Status, width: int) -> list[Spans]:
    clock = named(words, "clock", status["clock"]["grade"])
    paint = "serious" if status["clock"]["grade"] == "doubtful" else "dim"
    facts = words(
        "status.node", clock=clock, sqlite=status["sqlite_version"], hash=status["state_hash"][:HASH_LENGTH_SHOWN]
    )
    return wrapped([(facts, paint)], width)


def amount(size: float) -> str:
    """So many bytes, in a unit people read."""
    for unit in UNITS:
        if size < KIB or unit == UNITS[-1]:
            break
        size /= KIB
    return f"{size:.0f} {unit}" if unit == UNITS[0] else f"{size:.1f} {unit}"


def wrapped(said: list[tuple[str, str]], width: int) -> list[Spans]:
    """Sentences in their paints, broken into lines."""
    return [[(line, paint)] for text, paint in said for line in wrap(text, width)]
