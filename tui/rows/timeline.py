"""A signed act as lines of a timeline: when, what, who and proof; below it what it carries, or why it had no effect.

With `signed`, one line more: the beginning of the record's hash, and what is known of its time. A time is bounded when
central has given a receipt for the record, and the node's own word before that. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.cells import cell_len

from fleet.words import Words
from tui.cells import fit, wrap
from tui.rows.cases import field_name, value
from tui.shapes import Entry
from tui.times import moment
from tui.widgets.lines import Spans

TIME_CELLS, ACT_CELLS_MAX = 12, 24


def entry_lines(
    words: Words,
    entry: Entry,
    people: Mapping[str, str],
    now_ms: int,
    width: int,
    *,
    kind: str = "",
    signed: bool = False,
) -> list[Spans]:
    """One act on an order, or on a case of a `kind`."""
    proof = words(f"proof.{entry['proof']}")
    who = entry["by_name"] or entry["by"]
    if entry["role"]:
        who = words("entry.who", name=who, role=words(f"role.{entry['role']}"))
    act = words(f"act.{kind}.{entry['act']}" if kind else f"act.{entry['act']}")
    act = words("entry.refused", act=act) if entry["refused"] else act
    room = width - TIME_CELLS - cell_len(proof) - 2
    act_cells = min(room // 2, ACT_CELLS_MAX)
    lines: list[Spans] = [
        [
            (fit(moment(entry["at_ms"], now_ms), TIME_CELLS), ""),
            (fit(act, act_cells), "critical" if entry["refused"] else "strong"),
            (fit(who, room - act_cells), ""),
            (" ", ""),
            (proof, "dim" if entry["proof"] == "held" else "notice"),
        ]
    ]
    texts = [(text, "dim") for text in _details(words, entry, people, kind, now_ms)]
    if entry["refused"]:
        texts.append((why_refused(words, entry), "serious"))
    if signed:
        grade = words(f"grade_of_time.{entry.get('grade') or 'claimed'}")
        texts.append((words("entry.signed", record=entry["record"], grade=grade), "dim"))
    for text, paint in texts:
        lines += [[(" " * TIME_CELLS, ""), (line, paint)] for line in wrap(text, width - TIME_CELLS - 1)]
    return lines


def why_refused(words: Words, entry: Entry) -> str:
    """The rule's own sentence; what it says about the facts of that moment only where they are on record."""
    told = words.explain(entry["refused"] or "", entry["detail"] | {"act": words(f"act.{entry['act']}")})
    return " ".join(text for text in (told.what, told.why) if text and "{" not in text) or told.what


def _details(words: Words, entry: Entry, people: Mapping[str, str], kind: str, now_ms: int) -> Iterable[str]:
    """What the act carries, as few lines as it takes: short facts together."""
    said = [
        words(
            "entry.detail", name=field_name(words, kind, field), value=value(words, kind, field, told, people, now_ms)
        )
        for field, told in entry["detail"].items()
        if told not in ("", None, [], {})
    ]
    if said:
        yield words("list.semicolon").join(said)
