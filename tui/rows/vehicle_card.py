"""A vehicle's card as text: what stands, what runs out, the terminal, the key, the seal, the register. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from fleet.words import Words
from tui.cells import wrap
from tui.rows.cases import card_value, case_tail, labelled
from tui.rows.columns import named
from tui.rows.sealing import seal_lines
from tui.rows.status import Part
from tui.rows.vehicles import whereabouts
from tui.shapes import Card, VehicleRow
from tui.times import ago, moment
from tui.widgets.lines import Spans

SOON_DAYS = 7


def card_parts(
    words: Words, card: Card, row: VehicleRow | None, people: Mapping[str, str], now_ms: int, width: int
) -> list[Part]:
    """The parts of the page, each line at most `width` cells."""
    return [
        Part("standing", _standing(words, card, row, now_ms, width)),
        Part("due", _due(words, card, width)),
        Part("terminal", _terminal(words, card, now_ms, width)),
        Part("key", _key(words, card, now_ms, width)),
        Part("seal", seal_lines(words, card["seal"], people, now_ms, width) if card["seal"] else []),
        Part("register", _register(words, card, people, now_ms, width)),
    ]


def _standing(words: Words, card: Card, row: VehicleRow | None, now_ms: int, width: int) -> list[Spans]:
    lines: list[Spans] = []
    if row is not None:
        seen = ago(words, row["seen_ms"], now_ms) if row["seen_ms"] else words("vehicle.never_seen")
        where = whereabouts(words, row, places=4) if row["seen_ms"] else ""
        said = [words(f"tag.{row['tag']}"), row["driver_name"] or "", row["order"] or "", where, seen]
        lines.append([("  ".join(part for part in said if part), "strong")])
    blocking = (words("card.blocking", item=words(f"check_item.{item}")) for item in card["blocking"])
    lines += [[(text, "critical")] for text in blocking]
    for ticket in card["open"]:
        state = words(f"case_state.{ticket['kind']}.{ticket['state']}")
        head = f"{words('case.' + ticket['kind'])} {case_tail(ticket['id'])} {state}"
        lines += [[(line, "serious")] for line in wrap(f"{head}: {ticket['text']}", width)]
    return lines


def _due(words: Words, card: Card, width: int) -> list[Spans]:
    lines: list[Spans] = []
    for one in card["due"]:
        left = one["left_days"]
        key = "card.due" if left >= 0 else "card.overdue"
        text = words(key, paper=words(f"paper.{one['paper']}"), until=one["until"], days=abs(left))
        lines += [
            [(line, "critical" if left < 0 else "serious" if left <= SOON_DAYS else "notice")]
            for line in wrap(text, width)
        ]
    return lines


def _terminal(words: Words, card: Card, now_ms: int, width: int) -> list[Spans]:
    terminal = card["terminal"]
    if terminal is None:
        said = words("card.not_heard") if card["fields"].get("terminal") else words("card.no_terminal")
        return [[(said, "serious")]]
    heard = ago(words, terminal["heard_ms"], now_ms)
    return [[(f"{terminal['phone']}  {named(words, 'terminal', terminal['state'])}  {heard}", "")]]


def _key(words: Words, card: Card, now_ms: int, width: int) -> list[Spans]:
    if card["key_with"] is None:
        return []
    return [[(words("card.key", holder=card["key_with"], at=moment(card["key_since_ms"], now_ms)), "")]]


def _register(words: Words, card: Card, people: Mapping[str, str], now_ms: int, width: int) -> list[Spans]:
    lines: list[Spans] = []
    for name, text in card["fields"].items():
        lines += labelled(named(words, "field", name), card_value(words, name, text, people, now_ms), width)
    return lines
