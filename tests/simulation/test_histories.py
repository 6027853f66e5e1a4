"""Ten thousand random histories of an order, a supplement and a voiding: the rules and a second opinion agree on each.

No keys, no logs and no links here: only facts in causal order, legal and not, as people might sign them.
"""

from __future__ import annotations

import random
from collections.abc import Mapping

from fleet.rules import case as case_rule
from fleet.rules import order as order_rule
from fleet.rules.case import Case
from fleet.rules.cases import CASES
from fleet.rules.facts import Fact
from fleet.rules.order import Order
from tests.simulation import oracle
from tests.simulation.oracle import Entry, Trip
from tests.simulation.oracle_cases import Cases

HISTORIES, ACTS_MAX = 10_000, 16
NOON_MS = 1_790_000_000_000
ORDER, SUPPLEMENT, VOID = "order/1-00001", "supplement/1-00001", "void/1-00001"
PEOPLE = ("0011", "0022", "0033", "0044")
APPLICANT, APPROVER, DISPATCHER, DRIVER = PEOPLE
SCRIPTS: tuple[tuple[tuple[str, str], ...], ...] = (
    (
        ("order.submit", APPLICANT), ("order.approve", APPROVER), ("order.dispatch", DISPATCHER),
        ("order.depart", DRIVER), ("order.return", DRIVER), ("order.close", DISPATCHER),
    ),
    (
        ("supplement.request", DISPATCHER), ("supplement.endorse", APPROVER), ("supplement.complete", DISPATCHER),
        ("supplement.reject", APPROVER), ("supplement.complete", DISPATCHER),
    ),
    (("void.propose", DISPATCHER), ("void.approve", APPROVER)),
)  # fmt: skip
"""What people mean to do, by the right person."""
ANYTHING = (
    "order.submit", "order.approve", "order.send_back", "order.cancel", "order.dispatch", "order.unmet",
    "order.recall", "order.depart", "order.arrive", "order.head_back", "order.return", "order.close",
    "supplement.request", "supplement.notice", "supplement.withdraw", "supplement.endorse", "supplement.refuse",
    "supplement.complete", "supplement.reject", "void.propose", "void.approve", "void.refuse", "void.withdraw",
)  # fmt: skip


def body_of(kind: str, chance: random.Random, records: Mapping[str, str]) -> dict[str, object]:
    """What someone might sign; now and then something is wrong with it."""
    reason = chance.choice(("Rain", "Rain", "Rain", " "))
    content = chance.choice(("c1", "c1", "c1", "c2"))
    odometer: dict[str, object] = {"odometer_km": chance.choice((1000, 1000, 1000, 900))}
    bodies: dict[str, dict[str, object]] = {
        "order.submit": {"content": content},
        "order.approve": {"content": content},
        "order.send_back": {"content": content, "reason": reason},
        "order.dispatch": {"vehicle": "NM-1", "driver": "0044"},
        "order.depart": odometer,
        "order.return": odometer,
        "order.close": {"receipts": chance.choice(("none", "attached", "lost"))},
        "supplement.request": {"cause": "no_prior_order", "why": "Fire", "facts": "At night", "plate": "NM-1"},
        "supplement.notice": {
            "what": "Fire", "rider": "Bayar", "plate": "NM-1", "driver": "0044", "started_ms": NOON_MS,
        },
        "supplement.endorse": {"request": records.get("supplement.request", "f" * 64)},
        "supplement.refuse": {"request": records.get("supplement.request", "f" * 64), "reason": "No"},
        "supplement.complete": {
            "scan": "5" * 64, "scan_type": "application/pdf", "scan_size": chance.choice((9, 9, 11 << 20)),
            "seal_visible": True, "endorser": "Li", "endorsed_on": "2026-10-01", "order": "1-00001",
            "content": "c" * 64, "vehicle": "NM-1", "driver": "0044", "departed_ms": NOON_MS - 9,
            "odometer_out_km": 1000,
        } | chance.choice(({}, {"back_ms": NOON_MS - 1, "odometer_in_km": 1100})),
        "supplement.reject": {"reason": "No seal"},
        "void.propose": {"order": "1-00001", "reason": "Twice"},
        "void.approve": {"proposal": records.get("void.propose", "f" * 64)},
        "void.refuse": {"proposal": records.get("void.propose", "f" * 64), "reason": "No"},
        "void.withdraw": {},
    }  # fmt: skip
    return bodies.get(kind, {} if kind in {"order.arrive", "order.head_back"} else {"reason": reason.strip() or "-"})


def history(chance: random.Random) -> list[Entry]:
    """Acts in causal order."""
    entries, records = list[Entry](), dict[str, str]()
    scripts = [list(script) for script in chance.sample(SCRIPTS, k=chance.randrange(1, len(SCRIPTS) + 1))]
    for number in range(chance.randrange(2, ACTS_MAX)):
        script = chance.choice(scripts)
        meant = script and chance.random() < 0.85
        kind, person = script.pop(0) if meant else (chance.choice(ANYTHING), chance.choice(PEOPLE))
        target = {"order": ORDER, "supplement": SUPPLEMENT, "void": VOID}[kind.split(".")[0]]
        record = bytes([number]) * 32
        fields = [1, "u1", 1, 1, number + 1, b"", [], number << 16, 0, kind, target, body_of(kind, chance, records)]
        entries.append(Entry((1, 1, number + 1), record, [*fields, person, b""], (number, 1, 1, number)))
        records[kind] = record.hex()
    return entries


def folded(entries: list[Entry]) -> tuple[Order, dict[str, Case]]:
    """The same by the rules: what a case says to the order counts from where it says it."""
    order, cases = Order(id="1-00001"), dict[str, Case]()
    for number, entry in enumerate(entries):
        family, act = entry.kind.split(".")
        fact = Fact(act=act, by=str(entry.person), at_ms=NOON_MS + number, record=entry.hash.hex(), detail=entry.body)
        if family == "order":
            order = order_rule.advance(order, fact)
            continue
        kind = CASES[family]
        before = cases.get(entry.target) or Case(id="1-00001", kind=family)
        cases[entry.target] = after = case_rule.advance(kind, before, fact)
        said = case_rule.told(kind, before)
        for told in case_rule.told(kind, after):
            if told not in said:
                order = order_rule.advance(order, told.fact)
    return order, cases


def test_the_rules_and_the_second_opinion_agree_on_ten_thousand_histories() -> None:
    closed = {"approved": 0, "supplement": 0}
    voided = 0
    for seed in range(HISTORIES):
        entries = history(random.Random(seed))
        order, cases = folded(entries)
        theirs, trips = Cases(), dict[str, Trip]()
        for entry in entries:
            oracle.take(theirs, trips, entry)
        trip = trips.get("1-00001", Trip())

        ours = (order.state, order.revision, order.applicant, order.approved, order.vehicle, order.driver)
        assert ours == (trip.state, trip.revision, trip.applicant, trip.approved, trip.vehicle, trip.driver), seed
        assert [fact.record for fact in order.facts] == trip.taken, seed
        assert [one.fact.record for one in order.refused] == trip.refused, seed
        for target, case in cases.items():
            assert (case.state, [fact.record for fact in case.facts]) == (
                theirs.held[target].state, theirs.held[target].taken,
            ), seed  # fmt: skip
        if order.state == "closed":
            assert order.approved or cases[order.supplement].last("endorse"), seed
            closed["approved" if order.approved else "supplement"] += 1
        voided += order.state == "void"

    assert min(*closed.values(), voided) > 20, "the histories reach what they are about"
