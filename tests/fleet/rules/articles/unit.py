"""A unit for the article tests: one node with everyone it needs, the real desks, and a clock the test moves."""

from __future__ import annotations

from dataclasses import dataclass, field

from fleet.desk.alarm_facts import known
from fleet.desk.alarm_records import judged_records
from fleet.desk.register import register
from fleet.errors import FleetError
from fleet.ledger.state import State
from fleet.rules.alarm.judging import judge
from fleet.rules.alarm.verdict import Verdict
from fleet.rules.case import Case
from fleet.rules.order import Act, Order
from tests.fleet.units import a_node, enrolment, signer, write
from tests.simulation.clock import SimulatedTime
from tests.simulation.host import Host

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
PEOPLE = ("applicant-1", "applicant-2", "approver-1", "dispatcher-1", "dispatcher-2", "driver-1", "driver-2", "admin-1")
CAR: dict[str, object] = {"plate": "NM-1", "cls": "study", "seats": 5, "terminal": "13800000001", "home": "Yard"}


@dataclass
class Unit:
    """People act by name; `refused` answers the code and article of a refusal."""

    time: SimulatedTime = field(default_factory=SimulatedTime)
    host: Host = field(init=False)

    def __post_init__(self) -> None:
        self.host = a_node(1, *PEOPLE, time=self.time)
        register(self.host.replica, signer("admin-1"), CAR)
        write(self.host, enrolment("head-1"))

    @property
    def state(self) -> State:
        return self.host.replica.state

    @property
    def now_ms(self) -> int:
        return self.host.clock.now_ms()

    def alarms(self, *codes: str) -> list[Verdict]:
        """What the unit's records, without any track, raise of some codes."""
        found = [*judged_records(self.state, self.now_ms).verdicts]
        for facts in known(self.state, self.now_ms).values():
            found += judge(facts, self.state.settings)
        return [verdict for verdict in found if verdict.code in codes]

    def form(self, **changed: object) -> dict[str, object]:
        return {
            "rider": "Bayar", "department": "Forestry", "phone": "13800138000", "category": "study",
            "reason": "Inspect the tower", "origin": "Yard", "destination": "North post",
            "start_ms": self.now_ms + HOUR_MS, "end_ms": self.now_ms + 5 * HOUR_MS, "passengers": 2, "urgency": 2,
            "cls": "study",
        } | changed  # fmt: skip

    def apply(self, person: str = "applicant-1", **changed: object) -> str:
        return self.host.desk.submit(signer(person), self.form(**changed))

    def act(self, person: str, order: str, act: Act, **given: object) -> Order:
        return self.host.desk.act(signer(person), order, act, given)

    def through(self, order: str, *acts: Act) -> Order:
        """The order after acts, each done by the right person."""
        given: dict[Act, tuple[str, dict[str, object]]] = {
            Act.APPROVE: ("approver-1", {}),
            Act.DISPATCH: ("dispatcher-1", {"vehicle": "NM-1", "driver": "driver-1"}),
            Act.DEPART: ("driver-1", {"odometer_km": 1000}),
            Act.ARRIVE: ("driver-1", {}),
            Act.HEAD_BACK: ("driver-1", {}),
            Act.RETURN: ("driver-1", {"odometer_km": 1120}),
            Act.CLOSE: ("dispatcher-1", {"receipts": "none"}),
        }
        for act in acts:
            person, details = given[act]
            self.act(person, order, act, **details)
        return self.state.orders[order]

    def open(self, person: str, kind: str, /, **given: object) -> Case:
        """Open a case, by `act` if it is not the usual opening."""
        act = str(given.pop("act", ""))
        return self.host.cases.open(signer(person), kind, given, act=act)

    def do(self, person: str, case: Case, act: str, **given: object) -> Case:
        return self.host.cases.act(signer(person), case.kind, case.id, act, given)

    def refused(self, call: object, *arguments: object, **given: object) -> tuple[str, str]:
        """The code and article `call` is refused with; ("", "") if it is not."""
        assert callable(call)
        try:
            call(*arguments, **given)
        except FleetError as refusal:
            return refusal.code, refusal.article
        return "", ""

    def a_request(self, **changed: object) -> dict[str, object]:
        return {
            "cause": "no_prior_order", "why": "Nobody could apply at night", "facts": "Forest fire at the border",
            "plate": "NM-1", "driver": "driver-1", "rider": "Bayar", "started_ms": self.now_ms - 8 * HOUR_MS,
            "ended_ms": self.now_ms - 2 * HOUR_MS, "ended_by": "back",
        } | changed  # fmt: skip

    def a_completion(self, **changed: object) -> dict[str, object]:
        begun_ms, over_ms = self.now_ms - 8 * HOUR_MS, self.now_ms - 2 * HOUR_MS
        return {
            "scan": "5" * 64, "scan_type": "application/pdf", "scan_size": 300_000, "seal_visible": True,
            "endorser": "Li Zhiqiang", "endorsed_on": "2026-09-21",
            "form": self.form(start_ms=begun_ms, end_ms=over_ms), "departed_ms": begun_ms, "back_ms": over_ms,
            "odometer_out_km": 1000, "odometer_in_km": 1180,
        } | changed  # fmt: skip
