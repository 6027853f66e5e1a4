"""The sync page as text: the sentence, links, what waits by how urgent it is, what was refused and the way out. Pure.

Bytes and hours are foretold from what the link in use has carried lately; while nothing is known of that, nothing is.
"""

from __future__ import annotations

from fleet.words import Words
from tui.cells import wrap
from tui.node_shapes import Bundle, Status, SyncPage, Way
from tui.rows.columns import Cell, beside, named, rest
from tui.rows.header import sync_words
from tui.rows.status import Part, amount, wrapped
from tui.shapes import Sync
from tui.times import ago, moment
from tui.widgets.lines import Spans

HOURS_A_DAY = 48
"""From so many hours on days are told."""


def sync_parts(
    words: Words,
    page: SyncPage,
    status: Status,
    sync: Sync | None,
    bundles: dict[str, Bundle],
    now_ms: int,
    width: int,
) -> list[Part]:
    """The parts of the page, each line at most `width` cells."""
    return [
        Part("records", _records(words, page, status, sync, now_ms, width)),
        Part("links", [line for way in page["ways"] for line in _way(words, way, now_ms, width)]),
        Part("queue", _queue(words, page, width)),
        Part("refused", _refused(words, page, now_ms, width)),
        Part("bundles", _bundles(words, bundles, now_ms, width)),
    ]


def _records(words: Words, page: SyncPage, status: Status, sync: Sync | None, now_ms: int, width: int) -> list[Spans]:
    operations = status["operations"]
    said = [(sync_words(words, sync, now_ms), "strong")] if sync else []
    said.append((words("status.records", made=operations["made"], held=operations["held_by_central"]), ""))
    if sync and sync["cold"]:
        said.append((words(f"status.cold_{sync['cold']}"), "critical"))
    if sync and sync["parted"]:
        said.append((words("status.parted"), "critical"))
    if page["held"]:
        said.append((words("sync.parent_missing", held=page["held"]), "serious"))
    said.append((words("status.quarantined", n=page["quarantined"]), "critical" if page["quarantined"] else "dim"))
    said.append((words("status.refused_moves", n=status["refused_moves"]), "dim"))
    return wrapped(said, width)


def _way(words: Words, way: Way, now_ms: int, width: int) -> list[Spans]:
    heard = ago(words, way["heard_ms"], now_ms) if way["heard_ms"] else words("status.never")
    cells = [
        Cell(named(words, "way", way["name"]), 16, "strong"),
        Cell(named(words, "link", way["state"]), 8, "good" if way["state"] == "up" else "serious"),
    ]
    up, down = amount(way["bytes_up"]), amount(way["bytes_down"])
    counts = words("status.link_bytes", up=up, down=down, trips=way["round_trips"])
    lines = [beside([*cells, Cell(heard, rest(width, cells))])]
    said = [(counts, "dim")]
    if way["last_error"]:
        said.append((words("status.link_error", error=named(words, "link.error", way["last_error"])), "serious"))
    if way["next_try_ms"] and way["state"] != "up":
        said.append((words("status.next_try", at=moment(way["next_try_ms"], now_ms)), ""))
    if way["rate"]:
        said.append((words("sync.rate", rate=amount(way["rate"])), "dim"))
    return lines + [[("  ", ""), *line] for line in wrapped(said, width - 2)]


def _queue(words: Words, page: SyncPage, width: int) -> list[Spans]:
    lines: list[Spans] = []
    for heap in page["heaps"]:
        paint = "critical" if heap["priority"] == "urgent" else ""
        cells = [Cell(words(f"priority.{heap['priority']}"), 22, paint), Cell(words("sync.n", n=heap["records"]), 10)]
        lines.append(beside([*cells, Cell(amount(heap["bytes"]), rest(width, cells), "dim")]))
    if not page["records"]:
        return [[(words("sync.nothing_waits"), "good")]]
    said = [
        (
            words("sync.left", n=page["records"], size=amount(page["size"]), time=_hours(words, page["hours_left"])),
            "strong",
        )
    ]
    if page["by_hand"]:
        said.append((words("sync.by_hand"), "serious"))
    return lines + wrapped(said, width)


def _hours(words: Words, hours: float | None) -> str:
    if hours is None:
        return words("sync.time.unknown")
    if hours >= HOURS_A_DAY:
        return words("sync.time.days", n=round(hours / 24))
    return (
        words("sync.time.hours", n=round(hours))
        if hours >= 1
        else words("sync.time.minutes", n=max(1, round(hours * 60)))
    )


def _refused(words: Words, page: SyncPage, now_ms: int, width: int) -> list[Spans]:
    lines: list[Spans] = []
    for one in page["refused"]:
        act = named(words, "act", one["kind"].removeprefix("order.")) if one["kind"] else words("sync.unread")
        whose = words("sync.own" if one["own"] else "sync.of_node", node=one["node"], seq=one["seq"])
        head = words("sync.refused_one", whose=whose, act=act, target=one["target"], at=moment(one["at_ms"], now_ms))
        lines += wrapped([(head, "serious")], width)
        told = " ".join(part for part in (one["what"], one["why"], one["next"]) if part and "{" not in part)
        lines += [[("  ", ""), (line, "")] for line in wrap(f"{told} ({one['record']})", width - 2)]
    return lines


def _bundles(words: Words, bundles: dict[str, Bundle], now_ms: int, width: int) -> list[Spans]:
    said: list[tuple[str, str]] = []
    for way in ("out", "in"):
        if one := bundles.get(way):
            records = sum(run["operations"] for run in one["runs"])
            said.append(
                (
                    words(
                        f"bundle.{way}", at=moment(one["at_ms"], now_ms), file=one["file"], size=amount(one["size"]),
                        n=records, stored=one["stored"],
                    ),
                    "",
                )
            )  # fmt: skip
    return wrapped(said, width)
