"""The alarms of a node as the faces list them: those on record that nobody has settled, and what is so right now.

ledger: alarms on record ──┐
terminals' last reports ───┼──▶ rows, the gravest first         a condition that is on record is not told twice
lines, disk, strangers ────┘
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from edge.lines import Ear, Lines
from edge.store.journal import Journal, Office
from edge.store.telemetry import Telemetry
from edge.terminals import Terminals
from fleet.desk.alarms import recorded
from fleet.ports import Clock
from fleet.rules.alarm import life, live
from fleet.rules.alarm.catalogue import GRADES
from fleet.rules.alarm.live import Condition
from fleet.rules.alarm.reconcile import facts_of
from fleet.rules.case import Case
from fleet.rules.conduct import Conduct

Row = dict[str, Any]
UNSEEN = frozenset({life.State.PROVISIONAL, life.State.OPEN})


class Alarms:
    """What a dispatcher must know of vehicles, terminals and lines now."""

    def __init__(
        self,
        journal: Journal,
        telemetry: Telemetry,
        terminals: Terminals,
        lines: Lines,
        clock: Clock,
        silent_after_s: int,
    ) -> None:
        self._journal, self._telemetry, self._terminals, self._lines = journal, telemetry, terminals, lines
        self._clock, self._silent_after_s = clock, silent_after_s
        self._recorded: list[Row] = []

    async def refresh(self) -> None:
        """Take the alarms on record as they stand now."""
        now_ms = self._clock.now_ms()
        self._recorded = await self._journal.do(lambda office: _recorded(office, now_ms))

    def rows(
        self,
        listeners: Iterable[Ear],
        *,
        drivers: Mapping[str, str],
        unstored_since_ms: int | None,
        blind: Mapping[str, int | None],
        conduct: Mapping[str, Conduct],
    ) -> list[Row]:
        """One entry per alarm, the gravest first. `drivers` is who is to drive each order on the road, `blind` the
        vehicles in a hole of the radio, whose silence is no alarm, `conduct` how terminals report, by phone."""
        now_ms = self._clock.now_ms()
        told = {(row["code"], row["plate"]) for row in self._recorded if row["facts"].get("until_ms") is None}
        conditions = [*self._of_terminals(now_ms, blind), *self._of_cards(drivers), *_of_node(listeners, now_ms)]
        for phone, known in conduct.items():
            if plate := self._terminals.plate(phone):
                conditions += live.of_conduct(plate, known)
        if unstored_since_ms:
            conditions.append(Condition("DISK", "", unstored_since_ms, "telemetry.db"))
        live_rows = [_row(each) for each in conditions if (each.code, each.plate) not in told]
        rows = [*self._recorded, *live_rows]
        return sorted(rows, key=lambda row: (GRADES.index(row["grade"]), row["since_ms"], row["id"]))

    def _of_terminals(self, now_ms: int, blind: Mapping[str, int | None]) -> Iterable[Condition]:
        for terminal in self._terminals.heard.values():
            if not self._terminals.knows(terminal.phone):
                yield Condition("TERM", terminal.plate, terminal.heard_ms, terminal.phone)
        for phone, last in self._telemetry.said.items():
            plate = self._terminals.plate(phone)
            if not plate:
                continue
            yield from live.of_report(plate, last.alarm_bits, last.device_ms)
            heard = self._terminals.heard.get(phone)
            heard_ms = heard.heard_ms if heard else last.received_ms
            if plate not in blind and live.silent(heard_ms, now_ms, self._silent_after_s):
                yield Condition("A07", plate, heard_ms, plate)

    def _of_cards(self, drivers: Mapping[str, str]) -> Iterable[Condition]:
        for card in self._lines.fittings.strangers(drivers):
            plate = self._terminals.plate(card.terminal)
            yield Condition("A19", plate, card.device_ms, plate)


def _of_node(listeners: Iterable[Ear], now_ms: int) -> Iterable[Condition]:
    for listener in listeners:
        if listener.line.health.state == "absent":
            yield Condition("LINE", "", listener.line.health.since_ms, listener.line.name)
        elif listener.hearing.verdict(now_ms) == "speed":
            yield Condition("SPEED", "", listener.hearing.since_ms, listener.line.name)


def _recorded(office: Office, now_ms: int) -> list[Row]:
    cases = recorded(office.replica.state, now_ms)
    return [_of_case(case) for case in cases if case.state not in life.KIND.ended]


def _of_case(case: Case) -> Row:
    return {
        "id": f"{life.KIND.prefix}{case.id}",
        "code": case.text("code"),
        "grade": case.text("grade"),
        "plate": case.plate or None,
        "since_ms": case.whole("from_ms"),
        "facts": {
            "subject": case.text("subject") or case.plate,
            "case": case.id,
            "state": case.state,
            "order": case.order,
            "until_ms": case.whole("until_ms"),
        }
        | facts_of(case),
        "seen": case.state not in UNSEEN,
    }


def _row(condition: Condition) -> Row:
    return {
        "id": f"{condition.code}/{condition.subject}",
        "code": condition.code,
        "grade": condition.grade,
        "plate": condition.plate or None,
        "since_ms": condition.since_ms,
        "facts": {"subject": condition.subject},
        "seen": False,
    }
