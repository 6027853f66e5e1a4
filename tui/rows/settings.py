"""The numbers the rules decide by: one a line, and one in full with where it comes from and what is proposed. Pure.

what it is   value unit   source and article   what is proposed for it, if anything: on a narrow screen instead of these
"""

from __future__ import annotations

from typing import TypedDict

from fleet.words import Words
from tui.cells import wrap
from tui.rows.cases import case_tail, labelled
from tui.rows.columns import WIDE, Cell, beside, rest
from tui.times import moment
from tui.widgets.lines import Spans

SOURCES = {"text": "notice", "law": "notice", "ruling": "strong", "local": ""}
"""Where a number comes from, and how that is painted: what is not the unit's own stands out."""
VERY_WIDE = 140
"""From so many cells on there is room for the source of a number and what is proposed for it."""


class Change(TypedDict):
    """A change by two people, proposed or in force."""

    case: str
    value: int
    source: str
    document: str
    reason: str
    proposed_by: str
    approved_by: str
    approved_ms: int | None


class Setting(TypedDict):
    """A number as it is in force; `changed` is None for the default."""

    name: str
    value: int
    default: int
    unit: str
    least: int
    most: int
    source: str
    article: str
    changed: Change | None
    proposed: list[Change]


def setting_line(words: Words, one: Setting, width: int) -> Spans:
    """A setting in `width` cells."""
    paint = "strong" if one["changed"] else ""
    source = Cell(_source(words, one), 30 if width >= WIDE else 20, SOURCES[one["source"]])
    proposed = Cell(_proposed(words, one), 20, "serious")
    after = [
        Cell(f"{one['value']:>7,}", 7, paint),
        Cell(words(f"measure.{one['unit']}"), 10, "dim"),
        *((source, proposed) if width >= VERY_WIDE else (proposed,) if one["proposed"] else (source,)),
    ]
    return beside([Cell(words(f"setting.{one['name']}"), rest(width, after), paint), *after])


def setting_lines(words: Words, one: Setting, now_ms: int, width: int) -> list[Spans]:
    """Everything about a setting: what it is, its bounds and source, who changed it, what is proposed."""
    lines: list[Spans] = [[(line, "strong")] for line in wrap(words(f"setting.{one['name']}"), width)]
    lines += labelled(words("setting_page.value"), _amount(words, one, one["value"]), width, "strong")
    lines += labelled(words("setting_page.default"), _amount(words, one, one["default"]), width)
    bounds = words("setting_page.from_to", least=f"{one['least']:,}", most=_amount(words, one, one["most"]))
    lines += labelled(words("setting_page.bounds"), bounds, width)
    lines += labelled(words("setting_page.source"), _source(words, one), width, SOURCES[one["source"]])
    if changed := one["changed"]:
        lines += [[], *_change(words, one, changed, now_ms, width)]
    for change in one["proposed"]:
        lines += [[], [(words("setting_page.proposed", case=case_tail(change["case"])), "serious")]]
        lines += _change(words, one, change, now_ms, width)
    return lines


def _change(words: Words, one: Setting, change: Change, now_ms: int, width: int) -> list[Spans]:
    lines = labelled(words("setting_page.value"), _amount(words, one, change["value"]), width, "strong")
    told = {
        "setting_page.source": words(f"setting_source.{change['source']}"),
        "field.document": change["document"],
        "setting_page.reason": change["reason"],
        "setting_page.proposed_by": change["proposed_by"],
        "setting_page.approved_by": change["approved_by"],
        "setting_page.since": moment(change["approved_ms"], now_ms) if change["approved_ms"] else "",
    }
    for key, text in told.items():
        lines += labelled(words(key), text, width) if text else []
    return lines


def _amount(words: Words, one: Setting, value: int) -> str:
    return f"{value:,} {words('measure.' + one['unit'])}"


def _source(words: Words, one: Setting) -> str:
    article = words("alarm.article_n", article=one["article"])
    if one["source"] == "local" and not one["changed"]:
        return f"{words('setting_page.by_default')} {article}"  # nobody has chosen it
    return f"{words('setting_source.' + one['source'])} {article}"


def _proposed(words: Words, one: Setting) -> str:
    if not one["proposed"]:
        return ""
    return words("setting_page.waits", value=f"{one['proposed'][0]['value']:,}")
