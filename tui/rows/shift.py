"""What a handover note says of itself: who is out, what is overdue, what is due, which alarms nobody has seen, who has
the keys; from the board and the open records. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fleet.words import Words
from tui.rows.cases import case_tail, time_left
from tui.shapes import Board, CaseRow
from tui.times import moment

LISTED_MAX = 40
"""Lines of one list; more than that nobody reads at a change of shift."""
DUE_KINDS = ("supplement", "fault")


def lists(
    words: Words, board: Board, due: Iterable[CaseRow], keys: Mapping[str, str], seen: frozenset[str], now_ms: int
) -> dict[str, list[str]]:
    """The lists of a note, a line each; empty ones are left out. `keys` are holders by plate, `seen` alarms seen."""
    vehicles = board["vehicles"]["rows"]
    out = [row for row in vehicles if row["order"] and row["tag"] in {"out", "waiting", "silent", "blind"}]
    late = [row for row in out if row["back_ms"] is not None and row["back_ms"] < now_ms]
    found = {
        "out": [_out(words, row["plate"], row["driver_name"], row["back_ms"], now_ms) for row in out],
        "overdue": [_out(words, row["plate"], row["driver_name"], row["back_ms"], now_ms) for row in late],
        "deadlines": [
            f"{words('case.' + case['kind'])} {case_tail(case['id'])} {time_left(words, case, now_ms)[0]}"
            for case in due
            if case["deadline_ms"] is not None
        ],
        "alarms": [
            f"{alarm['code']} {alarm['plate'] or ''} {words('alarm.' + alarm['code'] + '.name')}".strip()
            for alarm in board["alarms"]["rows"]
            if alarm["id"] not in seen and not alarm["seen"]
        ],
        "keys": [words("handover.key", plate=plate, holder=holder) for plate, holder in sorted(keys.items())],
    }
    return {name: said[:LISTED_MAX] for name, said in found.items() if said}


def holders(handings: Iterable[CaseRow], people: Mapping[str, str]) -> dict[str, str]:
    """Who has each vehicle's key: whom it last went to."""
    found: dict[str, tuple[int, str]] = {}
    for case in handings:
        plate, to = case["plate"] or "", str(case["data"].get("to", ""))
        if plate and case["since_ms"] >= found.get(plate, (0, ""))[0]:
            found[plate] = (case["since_ms"], people.get(to, to))
    return {plate: holder for plate, (_, holder) in found.items()}


def latest(rows: Sequence[CaseRow]) -> CaseRow | None:
    """The last note there is."""
    return max(rows, key=lambda row: row["since_ms"], default=None)


def _out(words: Words, plate: str, driver: str | None, back_ms: int | None, now_ms: int) -> str:
    return words("handover.out", plate=plate, driver=driver or "-", at=moment(back_ms, now_ms))
