"""Random histories of every kind of record, judged by the rules and by the second opinion.

    python -m tests.simulation.record_histories --histories 10000

Acts come in causal order, by whoever, mostly as people mean them and now and then with something missing or wrong.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from fleet.rules import case as case_rule
from fleet.rules.cases import CASES
from fleet.rules.facts import Fact
from tests.simulation import oracle_records
from tests.simulation.oracle_records import IN_THE_COLD, LOOKED_AT, Body, Record

NOON_MS, DAY_MS = 1_790_000_000_000, 86_400_000
PEOPLE = ("0011", "0022", "0033")
ACTS_MAX = 14
KINDS = tuple(oracle_records.DECIDE)
ELSEWHERE = {"supplement", "void"}
"""Kinds that speak to orders: their histories are in `test_histories`."""
Chance = random.Random


def _minutes(chance: Chance, at_ms: int, _: Mapping[str, str]) -> dict[str, Body]:
    held_ms = at_ms + chance.choice((-1, -1, -1, 1)) * 60_000
    return {
        "record": {
            "type": "training", "held_ms": held_ms, "host": "Batu", "topics": "Ice", "attendees": ["0011", "0022"],
            "absent": ["0033"],
        },
        "sign": {}, "make_up": {"person": chance.choice(("0033", "0011")), "made_up_ms": at_ms}, "close": {},
    }  # fmt: skip


def _accident(_: Chance, at_ms: int, __: Mapping[str, str]) -> dict[str, Body]:
    crash = {"plate": "NM-1", "driver": "0011", "happened_ms": at_ms, "place": "S218", "description": "Ice"}
    return {
        "report": {**crash, "injuries": "none"}, "add": {"police_no": "7"}, "review": {"note": "Read"},
        "close": {"liability": "own", "lessons": "Chains"},
    }  # fmt: skip


def _proposal(names: Mapping[str, str], chance: Chance, act: str) -> str:
    return names.get(act, "f" * 64) if chance.random() < 0.9 else "e" * 64


def _disposal(chance: Chance, _: int, names: Mapping[str, str]) -> dict[str, Body]:
    proposal = {"proposal": _proposal(names, chance, "compile")}
    return {
        "compile": {"plate": "NM-1", "way": "auction", "reason": "Worn", "trips": 7, "odometer_km": 400_000},
        "approve": proposal, "refuse": {**proposal, "reason": "Not yet"}, "execute": {"document": "Auction 7"},
    }  # fmt: skip


def _decided(chance: Chance, names: Mapping[str, str], proposal: Body) -> dict[str, Body]:
    covered = {"proposal": _proposal(names, chance, "propose")}
    return {"propose": proposal, "approve": covered, "refuse": {**covered, "reason": "No"}, "withdraw": {}}


def _ruling(chance: Chance, _: int, names: Mapping[str, str]) -> dict[str, Body]:
    day = chance.choice(("2026-04-01", "2026-04-01", "April"))
    asked = {"question": "When?", "ruling": "Then", "document": "No. 3", "effective_on": day, "reason": "Received"}
    return _decided(chance, names, asked)


def _setting(chance: Chance, _: int, names: Mapping[str, str]) -> dict[str, Body]:
    name = chance.choice(("rest_h", "planned_lead_h", "supplement_deadline_h"))
    value, source = chance.choice((1, 8, 24, 0, 25, 241)), chance.choice(("local", "ruling"))
    document = {"document": "No. 3"} if chance.random() < 0.5 else {}
    return _decided(chance, names, {"name": name, "value": value, "source": source, "reason": "So", **document})


def _change(chance: Chance, _: int, names: Mapping[str, str]) -> dict[str, Body]:
    entry = chance.choice(("vehicle/NM-1", "vehicle/NM-1", "vehicle/", "boat/X", "vehicle/a/b"))
    sets: dict[str, str] = chance.choice(({"seats": "7"}, {"home": "Yard"}, {"seats": "1"}, {"wings": "2"}, {}))
    return _decided(chance, names, {"entry": entry, "reason": "Moved", **({"sets": sets} if sets else {})})


def _confirmation(_: Chance, __: int, ___: Mapping[str, str]) -> dict[str, Body]:
    return {"confirm": {"order": "1-00001", "about": "clash/a/b", "reason": "Seen"}}


def _check(chance: Chance, _: int, __: Mapping[str, str]) -> dict[str, Body]:
    phase = chance.choice(tuple(LOOKED_AT))
    asked = LOOKED_AT[phase].split() + (IN_THE_COLD.split() if chance.random() < 0.6 else [])
    items = {item: chance.choice(("ok", "ok", "ok", "defect", "na")) for item in asked}
    if chance.random() < 0.2:
        items[chance.choice(asked)] = "perhaps"
    if chance.random() < 0.1:
        items["wings"] = "ok"
    return {"record": {"phase": phase, "plate": "NM-1", "items": items}}


def _defect(chance: Chance, _: int, __: Mapping[str, str]) -> dict[str, Body]:
    found = {"item": chance.choice(("tyres", "mirrors", "other")), "severity": chance.choice(("blocking", "minor"))}
    return {
        "report": {"plate": "NM-1", "text": "Worn", **found}, "repair": {"supplier": "Garage"},
        "clear": {"how": "Replaced"}, "acknowledge": {},
    }  # fmt: skip


def _fault(_: Chance, __: int, ___: Mapping[str, str]) -> dict[str, Body]:
    return {
        "notice": {"plate": "NM-1", "terminal": "138", "what": "Dark"}, "report": {"to": "Maker"},
        "await_part": {"part": "Aerial"}, "repair": {"by": "Maker", "how": "Replaced"},
    }  # fmt: skip


def _key(_: Chance, __: int, ___: Mapping[str, str]) -> dict[str, Body]:
    return {"hand": {"plate": "NM-1", "from": "Batu", "to": "Cabinet"}}


def _sealing(chance: Chance, _: int, __: Mapping[str, str]) -> dict[str, Body]:
    plate, last = (
        chance.choice(("NM-1",) * 5 + ("NM-2", "NM-9")),
        chance.choice(("2026-09-22", "2026-09-30", "2026-09-01", "?")),
    )
    duty = {"duty": chance.choice((["NM-3"], ["NM-1"]))} if chance.random() < 0.3 else {}
    reading = {"plate": plate, "odometer_km": 1000, "fuel_quarters": 3}
    return {
        "plan": {"name": "Autumn", "from_day": "2026-09-20", "to_day": last, "plates": ["NM-1", "NM-2"], **duty},
        "approve": {}, "send_back": {"reason": "Name the duty vehicle"},
        "seal": {**reading, "place": "Yard", "key_to": "Cabinet", "witness": "Sarnai"},
        "except": {"plate": plate, "reason": "Fire watch"}, "unseal": reading, "close": {},
    }  # fmt: skip


def _expense(chance: Chance, at_ms: int, names: Mapping[str, str]) -> dict[str, Body]:
    kind, ml = chance.choice(("fuel", "fuel", "repair")), {"ml": 50_000} if chance.random() < 0.8 else {}
    done_ms = at_ms + chance.choice((-1, -1, -1, 1)) * 60_000
    later = {"done_ms": done_ms} if chance.random() < 0.2 else {}
    covered = {"request": _proposal(names, chance, "request")}
    asked = {"plate": "NM-1", "type": kind, "estimate_fen": 40_000, "supplier": "Station", "why": "Empty", **later}
    return {
        "request": asked, "approve": covered, "send_back": {**covered, "reason": "Why?"},
        "pay": {"plate": "NM-1", "type": "toll", "actual_fen": 2_500, "done_ms": done_ms},
        "done": {"actual_fen": 38_000, "done_ms": done_ms, **ml},
        "enter": {
            "invoice": "044-1", "amount_fen": 38_000, **ml,
            "invoiced_on": chance.choice(("2026-09-21", "2026-09-21", "soon")),
        },
        "match": {"evidence": chance.choice(("stop", "none"))} | ({"reason": "Lost"} if chance.random() < 0.5 else {}),
        "withdraw": {"reason": "Not needed"},
    }  # fmt: skip


def _settlement(chance: Chance, _: int, __: Mapping[str, str]) -> dict[str, Body]:
    month = chance.choice(("2026-09",) * 6 + ("2026-08", "2026-13"))
    digest = chance.choice(("a" * 64,) * 4 + ("b" * 64,))
    differs = {"differences": ["NM-1|fuel|1|2"], "difference_count": 1} if chance.random() < 0.5 else {}
    return {
        "settle": {"month": month, "hash": digest, "count": 3, "sum_fen": 9, "entered_by": ["0011"]},
        "reconcile": {"hash": digest, "ledger_hash": "c" * 64, **differs}, "confirm": {},
        "dispute": {"explanation": "Rounding"}, "reopen": {"reason": "An invoice was wrong"},
    }  # fmt: skip


def _handover(chance: Chance, _: int, names: Mapping[str, str]) -> dict[str, Body]:
    shown = chance.choice((names.get("write", "a" * 64),) * 4 + ("b" * 64,))
    return {"write": {"note": "Two out", "out": ["NM-1"]}, "take": {"record": shown, "remark": "Keys counted"}}


def _alarm(chance: Chance, at_ms: int, _: Mapping[str, str]) -> dict[str, Body]:
    grade = chance.choice(("serious", "notice", "notice", "grave"))
    verdict = {"from_ms": at_ms, "grade": grade, "rule": 1, "order": "1-00001", "facts": {"moved_m": "320"}}
    first = {**verdict, "code": chance.choice(("A01", "A14", "B01")), "plate": "NM-1"}
    lasts = {"provisional": True}
    return {
        "raise": first, "suspect": {**first, **lasts}, "amend": {**verdict, **(lasts if chance.random() < 0.3 else {})},
        "confirm": verdict, "withdraw": {"because": chance.choice(("superseded", "covered", "whim"))},
        "explain": {"text": "Snow"}, "accept": {}, "uphold": {"opinion": "No"},
        "extend": {"expected_ms": at_ms, "reason": "Snow"},
    }  # fmt: skip


SAYS: dict[str, Callable[[Chance, int, Mapping[str, str]], dict[str, Body]]] = {
    "minutes": _minutes, "accident": _accident, "disposal": _disposal, "ruling": _ruling, "setting": _setting,
    "change": _change, "confirmation": _confirmation, "check": _check, "defect": _defect, "fault": _fault, "key": _key,
    "sealing": _sealing, "expense": _expense, "settlement": _settlement, "handover": _handover,
    "alarm": _alarm,
}  # fmt: skip
MEANT: dict[str, tuple[str, ...]] = {
    "minutes": ("record", "sign", "make_up", "sign", "sign", "close"),
    "accident": ("report", "add", "review", "close"),
    "disposal": ("compile", "approve", "execute"),
    **dict.fromkeys(("ruling", "setting", "change"), ("propose", "approve")),
    "confirmation": ("confirm",), "check": ("record",), "key": ("hand",),
    "defect": ("report", "acknowledge", "repair", "clear", "acknowledge"),
    "fault": ("notice", "report", "await_part", "repair"),
    "sealing": ("plan", "approve", "seal", "except", "unseal", "close"),
    "expense": ("request", "approve", "done", "enter", "match"),
    "settlement": ("settle", "reconcile", "confirm", "reopen", "settle"),
    "handover": ("write", "write", "take"),
    "alarm": ("suspect", "explain", "confirm", "accept"),
}  # fmt: skip
"""What people mean to do, step by step."""


def _flawed(chance: Chance, body: Body) -> Body:
    """A body, now and then without one of its parts, or with an empty one."""
    if body and chance.random() < 0.12:
        gone = chance.choice(sorted(body))
        return {name: value for name, value in body.items() if name != gone}
    texts = sorted(name for name, value in body.items() if isinstance(value, str) and len(value) != 64)
    if texts and chance.random() < 0.06:
        return {**body, chance.choice(texts): chance.choice((" ", "", " Yard"))}
    return body


def compare(kind: str, seed: int) -> Record:
    """One history of one record; AssertionError where the two opinions part. The record as both see it."""
    chance, rule, ours, theirs = Chance(f"{kind} {seed}"), CASES[kind], case_rule.Case(id="1", kind=kind), Record()
    names, meant, at_ms = dict[str, str](), list(MEANT[kind]), NOON_MS
    for number in range(chance.randrange(1, ACTS_MAX)):
        at_ms += chance.choice((60_000, 60_000, DAY_MS, 20 * DAY_MS))
        said = SAYS[kind](chance, at_ms, names)
        act = meant.pop(0) if meant and chance.random() < 0.8 else chance.choice(sorted(said))
        person, name = chance.choice(PEOPLE), f"{seed * ACTS_MAX + number:064x}"
        body = _flawed(chance, said[act])
        before = len(ours.facts)
        ours = case_rule.advance(rule, ours, Fact(act=act, by=person, at_ms=at_ms, record=name, detail=body))
        oracle_records.take(theirs, kind, act, person, body, at_ms, name)
        if len(ours.facts) > before:
            names[act] = name
        seen = (ours.state, [fact.record for fact in ours.facts], [each.fact.record for each in ours.refused])
        told = (theirs.state, theirs.taken, theirs.refused)
        assert seen == told, f"{kind}, seed {seed}, act {number} ({act} by {person}): {seen[0]} but {told[0]}; {body}"
    return theirs


def census(histories: int) -> Counter[tuple[str, str]]:
    """So many histories, shared out over the kinds; how often each state of each kind was where one ended."""
    ended: Counter[tuple[str, str]] = Counter()
    for number in range(histories):
        kind = KINDS[number % len(KINDS)]
        ended[kind, compare(kind, number // len(KINDS)).state] += 1
    return ended


def main() -> Any:
    """Run as many as asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.record_histories", description=__doc__)
    parser.add_argument("--histories", type=int, default=10_000)
    asked = parser.parse_args()
    ended = census(asked.histories)
    for (kind, state), count in sorted(ended.items()):
        print(f"{kind:14}{state or '-':16}{count:7}")
    print(f"{asked.histories} histories of {len(KINDS)} kinds: the rules and the second opinion agree on each")


if __name__ == "__main__":
    main()
