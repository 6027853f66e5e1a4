"""What people of the inspector's week put on record, as deeds in order of time, each through a desk of the node: trips,
seals, supplements, repairs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from edge.store.journal import Office
from fleet.ledger import kinds
from fleet.ledger.blobs import outline_of
from fleet.ledger.canonical import Value
from fleet.ledger.replica import Signer, Statement
from fleet.ledger.suite import SHIPPED
from fleet.rules import checks
from fleet.rules.order import Act
from tests.week import story
from tests.week.story import ADMIN, APPLICANT, APPROVER, DISPATCHER, DRIVERS, PHONES, PLATES, Trip, at

MINUTE_MS = 60_000
FIRST_COLD = "Thu 00:00"
"""October is winter: the check has more items then."""
Work = Callable[[Office], object]


Case = Callable[..., None]
SCAN = b"%PDF-1.4\n" + b"scan of an endorsement" * 20
OUTLINE = outline_of([SCAN])
SCANNED: dict[str, Any] = {"scan": OUTLINE.name.hex(), "seal_visible": True, "endorser": "李志强"}


class Deed(NamedTuple):
    """Something people do at a moment."""

    at_ms: int
    name: str
    work: Work


def signer(person: str) -> Signer:
    """A person's key."""
    return Signer(person, SHIPPED.key(f"week {person}".encode().ljust(32, b".")))


class Book:
    """What people put on record, as deeds in order of time; an order gets its number when it is made."""

    def __init__(self, roads: dict[int, story.Road]) -> None:
        self._roads = roads
        self.orders: dict[str, str] = {}
        self.cases: dict[str, str] = {}
        self._deeds: list[Deed] = []
        for trip in story.TRIPS:
            self._confidential(trip) if trip.confidential else self._trip(trip)
        self._seals()
        self._fire()
        self._supplement()
        self._corrections()
        self._repair()
        self._fault()

    def deeds(self) -> list[Deed]:
        """All of it."""
        return sorted(self._deeds, key=lambda deed: deed.at_ms)

    def do(self, moment: str | int, name: str, work: Work) -> None:
        """Have something done at a moment."""
        self._deeds.append(Deed(at(moment) if isinstance(moment, str) else moment, name, work))

    def odometer_km(self, number: int, at_ms: int) -> int:
        """What a vehicle's odometer reads at a moment."""
        read = [point for point in self._roads[number].vehicle.points if point.device_ms <= at_ms]
        return int((read[-1].odometer_km_e1 or 0) / 10) if read else 45_000

    def _trip(self, trip: Trip) -> None:
        begin_ms, label, driver = at(f"{trip.day} {trip.start}"), trip.label, DRIVERS[trip.number]
        last = trip.last_day or trip.day
        left_ms, back_ms = at(f"{trip.day} {trip.leave}"), at(f"{last} {trip.back}")

        def submit(office: Office) -> None:
            form = {
                "rider": "王芳", "department": "造林科", "phone": "13904831234", "category": "study",
                "reason": "造林检查", "origin": "车库", "destination": trip.to, "start_ms": begin_ms,
                "end_ms": at(f"{last} {trip.end}"), "passengers": 2, "urgency": 2, "cls": "study",
            }  # fmt: skip
            self.orders[label] = office.desk.submit(signer(APPLICANT), form)

        def act(person: str, what: Act, office: Office, **given: object) -> None:
            office.desk.act(signer(person), self.orders[label], what, given)

        out_km = self.odometer_km(trip.number, left_ms) + trip.before_km
        in_km = self.odometer_km(trip.number, back_ms) + trip.before_km + trip.extra_km
        self.do(begin_ms - 90 * MINUTE_MS, f"{label} applied", submit)
        approve = partial(act, APPROVER, Act.APPROVE, opinion="同意")
        self.do(begin_ms - 80 * MINUTE_MS, f"{label} approved", approve)
        if trip.approved:
            self._deeds.pop()
            self.do(f"{trip.day} {trip.approved}", f"{label} approved late", approve)
        dispatch = partial(act, DISPATCHER, Act.DISPATCH, vehicle=PLATES[trip.number], driver=driver, why="熟悉路线")
        given_ms = at(f"{trip.day} {trip.approved}") + 5 * MINUTE_MS if trip.approved else begin_ms - 60 * MINUTE_MS
        self.do(given_ms, f"{label} dispatched", dispatch)
        self.do(left_ms, f"{label} left", partial(act, driver, Act.DEPART, odometer_km=out_km, checks="done"))
        if trip.said:
            self.do(f"{trip.day} {trip.said[0]}", f"{label} there", partial(act, driver, Act.ARRIVE))
            self.do(f"{last} {trip.said[1]}", f"{label} heads back", partial(act, driver, Act.HEAD_BACK))
        back = partial(act, driver, Act.RETURN, odometer_km=in_km, fuel_quarters=3, place="车库", key_to="巴图")
        self.do(back_ms, f"{label} back", back)
        self.do(back_ms + 5 * MINUTE_MS, f"{label} closed", partial(act, DISPATCHER, Act.CLOSE, receipts="none"))
        if not trip.unchecked:
            self._looked_over(trip.number, label, back_ms + 10 * MINUTE_MS)

    def _looked_over(self, number: int, label: str, at_ms: int) -> None:
        """The driver's check after a trip (Art. 10)."""

        def check(office: Office) -> None:
            winter = at_ms >= at(FIRST_COLD)
            items = dict.fromkeys(checks.items(checks.AFTER, winter=winter), "ok")
            given = {"phase": checks.AFTER, "plate": PLATES[number], "order": self.orders[label], "items": items}
            office.cases.open(signer(DRIVERS[number]), "check", given)

        self.do(at_ms, f"{label} looked over", check)

    def _confidential(self, trip: Trip) -> None:
        """A trip that no page of this node took in; another node of the unit may have."""
        label, target = trip.label, kinds.ORDERS + f"9-{trip.number:05}"
        self.orders[label] = target.removeprefix(kinds.ORDERS)
        begin_ms = at(f"{trip.day} {trip.start}")
        fields = {
            "rider": "-", "department": "办公室", "phone": "13904831234", "category": "other", "reason": "机要件传递",
            "origin": "-", "destination": "-", "start_ms": str(begin_ms), "end_ms": str(at(f"{trip.day} {trip.end}")),
            "passengers": "1", "urgency": "2", "cls": "confidential",
        }  # fmt: skip

        def write(what: Act, person: str, office: Office, **detail: Value) -> None:
            office.replica.write([Statement(kinds.of_act(what), target, detail, signer(person))])

        def submit(office: Office) -> None:
            edit = office.replica.edit(target, fields, signer(APPLICANT))
            assert edit is not None
            act = Statement(kinds.of_act(Act.SUBMIT), target, {"content": "c"}, signer(APPLICANT))
            office.replica.write([edit, act])

        plate, driver = PLATES[trip.number], DRIVERS[trip.number]
        left_ms, back_ms = at(f"{trip.day} {trip.leave}"), at(f"{trip.day} {trip.back}")
        out_km, in_km = self.odometer_km(trip.number, left_ms), self.odometer_km(trip.number, back_ms)
        self.do(begin_ms - 90 * MINUTE_MS, f"{label} applied", submit)
        approve = partial(write, Act.APPROVE, APPROVER, content="c", opinion="同意")
        self.do(begin_ms - 80 * MINUTE_MS, f"{label} approved", approve)
        dispatch = partial(write, Act.DISPATCH, DISPATCHER, vehicle=plate, driver=driver)
        self.do(begin_ms - 60 * MINUTE_MS, f"{label} dispatched", dispatch)
        self.do(left_ms, f"{label} left", partial(write, Act.DEPART, driver, odometer_km=out_km, checks="done"))
        self.do(back_ms, f"{label} back", partial(write, Act.RETURN, driver, odometer_km=in_km, fuel_quarters=3))
        self._looked_over(trip.number, label, back_ms + 10 * MINUTE_MS)

    def case(self, label: str, kind: str, person: str, act: str, office: Office, **given: object) -> None:
        """An act on a case, which the first of its acts opens."""
        if label in self.cases:
            office.cases.act(signer(person), kind, self.cases[label], act, given)
        else:
            self.cases[label] = office.cases.open(signer(person), kind, given, act=act).id

    def _seals(self) -> None:
        plates = [PLATES[number] for number in story.SEALED]
        seal = partial(self.case, "seal", "sealing")
        days = {"from_day": "2026-10-01", "to_day": "2026-10-07"}
        planned = partial(seal, ADMIN, "plan", name="国庆封存", plates=plates, duty=[PLATES[3]], **days)
        self.do("Tue 15:00", "sealing planned", planned)
        self.do("Tue 15:30", "sealing approved", partial(seal, APPROVER, "approve", opinion="同意"))
        for number in story.SEALED:
            km = self.odometer_km(number, at("Wed 18:30"))
            given = {"plate": PLATES[number], "place": "车库", "odometer_km": km, "fuel_quarters": 3}
            sealed = partial(seal, DISPATCHER, "seal", **given, key_to="巴图", witness="萨仁")
            self.do("Wed 18:30", f"{number} sealed", sealed)

        def let_out(office: Office) -> None:
            order = self.orders[story.EXCEPTED]
            self.case("seal", "sealing", APPROVER, "except", office, plate=PLATES[5], reason="防火检查", order=order)

        self.do(at("Sat 07:45"), "5 let out", let_out)

    def _fire(self) -> None:
        given = {"what": "边境林场火情", "rider": "王芳", "plate": PLATES[7], "driver": DRIVERS[7]}
        fire = partial(self.case, "fire", "supplement", DISPATCHER, "notice")
        notice = partial(fire, **given, started_ms=at(story.FIRE), planned_end_ms=at(story.FIRE_PLANNED))
        self.do(story.FIRE_NOTED, "fire noted", notice)

    def _supplement(self) -> None:
        out_ms, back_ms = at(story.DUTY_OUT), at(story.DUTY_BACK)
        form = {
            "rider": "王芳", "department": "造林科", "phone": "13904831234", "category": "study",
            "reason": "林场断电抢修", "origin": "车库", "destination": "北山林场", "start_ms": out_ms,
            "end_ms": back_ms, "passengers": 2, "urgency": 1, "cls": "emergency",
        }  # fmt: skip
        km = {
            "odometer_out_km": self.odometer_km(3, out_ms), "odometer_in_km": self.odometer_km(3, back_ms)
        }  # fmt: skip
        case = partial(self.case, "supplement", "supplement")
        asked = partial(
            case, DISPATCHER, "request", cause="no_prior_order", why="来不及申请", facts="往返林场", plate=PLATES[3],
            driver=DRIVERS[3], rider="王芳", started_ms=out_ms, ended_ms=back_ms, ended_by="back",
        )  # fmt: skip
        self.do("Thu 14:00", "supplement asked", asked)
        self.do("Thu 15:00", "supplement endorsed", partial(case, APPROVER, "endorse", opinion="属实"))
        self.do("Thu 15:55", "scan", _scanned)
        done = partial(
            case, DISPATCHER, "complete", **SCANNED, endorsed_on="2026-10-01", form=form, vehicle=PLATES[3],
            driver=DRIVERS[3], departed_ms=out_ms, back_ms=back_ms, **km,
        )  # fmt: skip

        def numbered(office: Office) -> None:
            done(office)
            self.orders["3-Thu"] = office.replica.state.cases[f"supplement/{self.cases['supplement']}"].order

        self.do("Thu 16:00", "supplement completed", numbered)
        self._looked_over(3, "3-Thu", at("Thu 16:10"))

    def _corrections(self) -> None:
        for number, label in enumerate(story.CORRECTED):
            case = partial(self.case, f"correction of {label}", "supplement")
            asked_ms = at("Mon 17:00") + number * 10 * MINUTE_MS

            def ask(office: Office, label: str = label, case: Case = case) -> None:
                told = {"why": "人数填错", "facts": "实乘三人", "order": self.orders[label]}
                case(DISPATCHER, "request", office, cause="correction", **told)

            self.do(asked_ms, f"{label} to be corrected", ask)
            self.do(asked_ms + MINUTE_MS, f"{label} endorsed", partial(case, APPROVER, "endorse", opinion="属实"))
            self.do(asked_ms + 2 * MINUTE_MS, f"{label} scanned", _scanned)
            right = {"endorsed_on": "2026-09-28", "corrections": {"passengers": "3"}}
            self.do(
                asked_ms + 3 * MINUTE_MS, f"{label} right", partial(case, DISPATCHER, "complete", **SCANNED, **right)
            )

    def _repair(self) -> None:
        case = partial(self.case, "repair", "defect")
        given = {"plate": PLATES[7], "item": "other", "severity": "minor", "text": "油箱盖松动"}
        self.do("Wed 16:50", "defect", partial(case, DRIVERS[7], "report", **given))
        self.do("Wed 17:00", "in repair", partial(case, DISPATCHER, "repair", supplier="修理厂"))

    def _fault(self) -> None:
        case = partial(self.case, "fault", "fault")
        given = {"plate": PLATES[6], "terminal": PHONES[6], "what": "天线断开", "noticed_ms": at(story.FAULT)}
        self.do(at(story.FAULT) + 10 * MINUTE_MS, "fault noticed", partial(case, DISPATCHER, "notice", **given))
        self.do(story.FAULT_REPORTED, "fault reported", partial(case, DISPATCHER, "report", to="终端服务商"))
        repaired = partial(case, DISPATCHER, "repair", by="终端服务商", how="更换天线")
        self.do(story.FAULT_REPAIRED, "fault repaired", repaired)


def _scanned(office: Office) -> None:
    office.blobs.begin(OUTLINE.name, OUTLINE.encoded())
    office.blobs.append(OUTLINE.name, SCAN)
    office.blobs.keep(OUTLINE.name)
