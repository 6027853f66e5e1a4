"""`ortoo node rehearse`: what a changed number would have raised, from a node's own files; nothing is written.

    ortoo node rehearse DIR --setting parked_min=60 --from 2026-11-01 --to 2026-11-30 [--json]

The same facts are judged twice, by the numbers in force and by the changed ones, and compared: added, gone, the same.
Vehicles are judged by their tracks, and the unit by its records, as they are known at the end of the period or now.

* When the node's own radio was down is not known afterwards: silence is judged as if it had always listened.
* How long a supplement, an expense or a fault may take (A15, A33) is fixed by the number in force when it was put on
  record, and how long a unit may be silent (A09) is judged at central: those numbers are refused, not rehearsed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import click

from edge import home as node_home
from edge import settings as node_settings
from edge.judging import LEARN_MS, LOOKBACK_MS, with_cards
from edge.store.engine import disk_errors, open_reader
from edge.store.ledger import LedgerStore
from edge.store.tracks import SPAN_DAYS_MAX, Reader
from fleet.desk.alarm_facts import known
from fleet.desk.alarm_records import records_of, without_effect
from fleet.errors import BadInput
from fleet.ledger.hlc import reading
from fleet.ledger.replica import Replica
from fleet.rules.alarm.catalogue import CATALOGUE, GRADES
from fleet.rules.alarm.coverage import UNLEARNT
from fleet.rules.alarm.facts import Facts
from fleet.rules.alarm.judging import judge
from fleet.rules.alarm.records import judge as judge_records
from fleet.rules.alarm.spans import Span
from fleet.rules.alarm.verdict import Verdict
from fleet.rules.calendar import start_of
from fleet.rules.facts import RECENT_MS
from fleet.rules.fields import day
from fleet.rules.settings import SETTINGS, Changed, Chosen, value
from fleet.words import Words, language_from_environment
from machine.system import SystemClock

words = Words(language_from_environment(os.environ), "command")
DAY = timedelta(days=1)
FIXED = frozenset(name for code in ("A09", "A15", "A33") for name in CATALOGUE[code].settings)
"""Numbers that nothing on record can be judged anew by here."""


class Difference(NamedTuple):
    """What other numbers would have made of a period: alarms only they raise, alarms they do not, and those that stay,
    as they would have been."""

    added: list[Verdict]
    gone: list[Verdict]
    same: list[Verdict]


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """Numbers by name, what they are and what they would be, and what that makes of a span."""

    numbers: Mapping[str, tuple[int, int]]
    span: Span
    found: Difference


def differ(before: Iterable[Verdict], after: Iterable[Verdict]) -> Difference:
    """Compare two judgements of the same facts: an alarm is the same if its code, vehicle, subject and grade are, and
    it touches in time."""
    left, added, same = list(before), list[Verdict](), list[Verdict]()
    for verdict in after:
        match = next((each for each in left if _same(each, verdict)), None)
        if match is None:
            added.append(verdict)
        else:
            left.remove(match)
            same.append(verdict)
    return Difference(added, left, same)


def _same(a: Verdict, b: Verdict) -> bool:
    touch = a.span.from_ms <= b.span.until_ms and b.span.from_ms <= a.span.until_ms
    return touch and (a.code, a.plate, a.subject, a.grade) == (b.code, b.plate, b.subject, b.grade)


@click.command("rehearse", help=words("node.rehearse.help"))
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option("--setting", "given", multiple=True, required=True, help=words("node.rehearse.setting"))
@click.option("--from", "first", required=True, help=words("node.rehearse.from"))
@click.option("--to", "last", required=True, help=words("node.rehearse.to"))
@click.option("--json", "as_json", is_flag=True, help=words("node.rehearse.json"))
def rehearse(directory: Path, given: tuple[str, ...], first: str, last: str, as_json: bool) -> None:
    """Say what changed numbers would have raised."""
    span, changes = _span(first, last), dict(_number(text) for text in given)
    made = rehearsed(directory, span, changes)
    if as_json:
        click.echo(json.dumps(_plain(made), ensure_ascii=False))
    else:
        _say(made)


def rehearsed(directory: Path, span: Span, changes: Mapping[str, int]) -> Rehearsed:
    """Judge a span twice, up to now if it has not ended: every vehicle of the unit, and its records."""
    settings, path = node_settings.load(directory), directory / "core.db"
    grant = node_home.granted(directory)
    with (
        disk_errors(path),
        closing(LedgerStore(open_reader(path), path)) as store,
        closing(Reader(directory)) as reader,
    ):
        replica = Replica(store, SystemClock(), grant.root_public, unit=settings.unit, identity=None)
        state, now_ms = replica.state, min(span.until_ms, SystemClock().now_ms())
        in_force: Changed = state.settings
        other = {**in_force, **{name: Chosen(number, "local", "") for name, number in changes.items()}}
        before, after = list[Verdict](), list[Verdict]()
        untaken = without_effect(store.without_effect(reading(now_ms - RECENT_MS)), replica.refusals)
        records = records_of(state, now_ms, untaken)
        before += _of_span(judge_records(records, in_force).verdicts, span)
        after += _of_span(judge_records(records, other).verdicts, span)
        for facts in known(state, now_ms).values():
            whole = _with_track(reader, facts, span)
            before += _of_span(judge(whole, in_force), span)
            after += _of_span(judge(whole, other), span)
    numbers = {name: (value(name, in_force), number) for name, number in changes.items()}
    return Rehearsed(numbers, span, differ(before, after))


def _with_track(reader: Reader, facts: Facts, span: Span) -> Facts:
    earlier = reader.tracks.track(facts.plate, span.from_ms - LEARN_MS, span.until_ms)
    learnt = UNLEARNT.learn(sorted(earlier.placed, key=lambda point: point.arrival_ms))
    track = reader.tracks.track(facts.plate, span.from_ms - LOOKBACK_MS, span.until_ms)
    cards = reader.cards(facts.plate, span.from_ms - LOOKBACK_MS, span.until_ms)
    return with_cards(replace(facts, track=track, coverage=learnt), cards)


def _of_span(verdicts: Iterable[Verdict], span: Span) -> list[Verdict]:
    return [each for each in verdicts if each.grade in GRADES and span.from_ms <= each.from_ms < span.until_ms]


def _number(text: str) -> tuple[str, int]:
    name, _, number = text.partition("=")
    if name not in SETTINGS:
        raise BadInput("field_not_listed", field="name", value=name[:64])
    if name in FIXED:
        raise BadInput("setting_not_rehearsed", article=SETTINGS[name].article, setting=name)
    setting = SETTINGS[name]
    if not number.removeprefix("-").isdecimal() or len(number) > 15:
        raise BadInput("field_not_a_number", field="value")
    if not setting.least <= int(number) <= setting.most:
        bounds = {"least": setting.least, "most": setting.most}
        raise BadInput("field_out_of_range", article=setting.article, field="value", value=int(number), **bounds)
    return name, int(number)


def _span(first: str, last: str) -> Span:
    begin, end = day(first), day(last)
    for text, found in ((first, begin), (last, end)):
        if found is None:
            raise BadInput("field_not_a_date", field="day", value=text[:64])
    assert begin is not None  # noqa: S101 - looked at above
    assert end is not None  # noqa: S101
    if not 0 <= (end - begin).days < SPAN_DAYS_MAX - 15:  # what is learnt of the radio comes from two weeks before
        raise BadInput("field_out_of_range", field="day", value=last, least=first, most=SPAN_DAYS_MAX - 15)
    return Span(start_of(begin), start_of(end + DAY))


def _plain(made: Rehearsed) -> dict[str, Any]:
    return {
        "settings": {name: {"is": was, "would_be": would} for name, (was, would) in made.numbers.items()},
        "from_ms": made.span.from_ms,
        "to_ms": made.span.until_ms,
        "added": [_row(each) for each in made.found.added],
        "gone": [_row(each) for each in made.found.gone],
        "same": len(made.found.same),
    }


def _row(verdict: Verdict) -> dict[str, Any]:
    names = ("code", "grade", "plate", "order", "driver", "from_ms", "until_ms", "subject", "provisional")
    return {name: getattr(verdict, name) for name in names} | {"facts": dict(verdict.facts)}


def _say(made: Rehearsed) -> None:
    for name, (was, would) in made.numbers.items():
        told = words.told({"setting": name, "measure": SETTINGS[name].unit})
        click.echo(words("node.rehearse.number", was=was, would=would, **told))
    for key, verdicts in (("added", made.found.added), ("gone", made.found.gone)):
        for verdict in verdicts:
            told = words.told({"from_ms": verdict.from_ms, "until_ms": verdict.until_ms or "", **verdict.facts})
            said = words.variant(f"alarm.{verdict.code}.facts", verdict.facts.get("what"), **told)
            line = {"code": verdict.code, "plate": verdict.plate, "what": said}
            click.echo(words(f"node.rehearse.{key}", grade=words(f"grade.{verdict.grade}"), **line))
    counts = {name: len(getattr(made.found, name)) for name in Difference._fields}
    click.echo(words("node.rehearse.counts", **counts))
