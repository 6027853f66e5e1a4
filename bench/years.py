"""Five years of a unit, made up: seeded, every human act signed with a real key, every operation judged as always.

Orders run their whole life (submit, approve, dispatch, depart, return, close), one in twenty is called off, one in a
hundred is amended weeks after it was closed, and the last few are still open. A day's acts are one commit, so that the
making of it is not what takes the time; nothing else differs from acts made one by one. Acts go to the ledger directly,
past the desk: the vehicles of the register are few, and who fits is not what is measured.
"""

from __future__ import annotations

import socket
import tomllib
from collections.abc import Iterator
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from random import Random

from bench.replay import END_MS, WorkloadClock, key_of
from edge import home as homes
from edge.keyring import Person, unwrap, wrap
from edge.settings import Settings
from edge.store.journal import Office, open_office
from edge.store.local import LocalStore
from fleet.desk.orders import content_of
from fleet.desk.register import register
from fleet.ledger import enrolment, kinds
from fleet.ledger.canonical import Value
from fleet.ledger.certificate import CENTRAL_UNIT, Certificate, Kind, issue
from fleet.ledger.enrolment import Grant
from fleet.ledger.operation import Author
from fleet.ledger.replica import Signer, Statement
from fleet.ledger.suite import SHIPPED
from fleet.rules.form import Form
from machine.system import SystemClock, SystemRandomness

UNIT, PIN, OFFICE = "bench", "82461357", "3001"
WORDS = tomllib.loads((files("bench") / "years.toml").read_text(encoding="utf-8"))
CAST = tuple(Person(number, name, (role,)) for number, (name, role) in WORDS["people"].items())
DAY_MS, HOUR_MS, YEARS = 86_400_000, 3_600_000, 5
STILL_OPEN = 150
CALLED_OFF_EVERY, AMENDED_EVERY, AMENDED_AFTER = 20, 100, 700
PLATES = tuple(f"{WORDS['plate']}{number:02d}" for number in range(20))


class Unit:
    """A node's directory with its people, and the years written into it."""

    def __init__(self, home: Path, seed: int) -> None:
        self.home, self.clock, self.root = home, WorkloadClock(), key_of("root")
        self.orders = self.operations = 0
        self._chance = Random(seed)  # noqa: S311 - made up, and the same in every run
        self._people = self._enrol()

    @classmethod
    def there(cls, home: Path, orders: int) -> Unit:
        """The unit of a home made before, of so many orders."""
        unit = cls.__new__(cls)
        unit.home, unit.clock, unit.root = home, WorkloadClock(), key_of("root")
        unit.clock.ms, unit.orders, unit.operations = SystemClock().now_ms(), orders, 0
        unit._chance = Random(orders)  # noqa: S311 - made up, and the same in every run
        unit._people = {person.id: Signer(person.id, key_of(f"{UNIT}/{person.id}")) for person in CAST}
        return unit

    def open(self) -> Office:
        """The unit's ledger, opened here."""
        enrolled = homes.enrolled(self.home)
        return open_office(self.home, self.clock, enrolled.grant.root_public, enrolled.identity)

    def write(self, orders: int, now_ms: int) -> None:
        """Write the years, ending now."""
        office = self.open()
        step_ms = YEARS * 365 * DAY_MS // max(1, orders)
        a_day = max(1, DAY_MS // step_ms)
        for first in range(0, orders, a_day):
            day = range(first, min(first + a_day, orders))
            self.clock.ms = now_ms - (orders - first) * step_ms
            statements = [one for number in day for one in self._life(office, number, open_=orders - number)]
            self.operations += len(office.replica.write(statements))
        self.orders = orders
        office.close()

    def one_more(self, office: Office, number: int) -> Statement:
        """An application like the others, not written yet."""
        return next(self._life(office, self.orders + number, open_=1))

    def _life(self, office: Office, number: int, *, open_: int) -> Iterator[Statement]:
        order, form, chance = f"1-{number + 1:05d}", self._form(), self._chance
        target, content = kinds.ORDERS + order, content_of(form)
        plate, odometer_km = chance.choice(PLATES), 10_000 + number * 3
        update = office.replica.update(target, form.as_fields())
        yield self._act("submit", target, "1001", {"content": content, kinds.FORM: update})
        if number % CALLED_OFF_EVERY == 0 and open_ > STILL_OPEN:
            yield self._act("cancel", target, "1001", {"reason": WORDS["called_off"]})
            return
        steps: list[tuple[str, str, dict[str, Value]]] = [
            ("approve", "2001", {"content": content, "opinion": WORDS["opinion"]}),
            ("dispatch", "3001", {"vehicle": plate, "driver": "4001", "why": WORDS["why"]}),
            ("depart", "4001", {"odometer_km": odometer_km, "checks": "done"}),
            ("return", "4001", {"odometer_km": odometer_km + chance.randrange(5, 400), "fuel_quarters": 3}),
            ("close", "3001", {"receipts": chance.choice(("none", "attached"))}),
        ]
        for act, person, body in steps[: chance.randrange(1, 4) if open_ <= STILL_OPEN else len(steps)]:
            yield self._act(act, target, person, body)
        late = kinds.ORDERS + f"1-{number + 1 - AMENDED_AFTER:05d}"
        if number % AMENDED_EVERY == 1 and number > AMENDED_AFTER:
            fields = {"remark": WORDS["amended"].format(number=number)}
            if amended := office.replica.edit(late, fields, self._people["1001"]):
                yield amended

    def _form(self) -> Form:
        chance, start_ms = self._chance, self.clock.ms // 60_000 * 60_000 + 2 * HOUR_MS
        return Form(
            rider=chance.choice(WORDS["riders"]),
            department=chance.choice(WORDS["departments"]),
            phone=f"139{chance.randrange(10**8):08d}",
            category="field",
            reason=WORDS["reason"].format(place=chance.choice(WORDS["places"]), what=chance.choice(WORDS["reasons"])),
            origin=chance.choice(WORDS["places"]),
            destination=chance.choice(WORDS["places"]),
            start_ms=start_ms,
            end_ms=start_ms + chance.randrange(1, 10) * HOUR_MS,
            passengers=chance.randrange(1, 5),
            urgency=2,
            cls="general",
        )

    def _act(self, act: str, target: str, person: str, body: dict[str, Value]) -> Statement:
        return Statement(f"order.{act}", target, body, self._people[person])

    def _enrol(self) -> dict[str, Signer]:
        """`ortoo node init`, `enrol person`, `grant` and `accept`, without their files, for years already gone by. Only
        the dispatcher has a key on the node and can sign in."""
        randomness, secret = SystemRandomness(), homes.device_secret
        homes.create(self.home, Settings(unit=UNIT, unit_name=UNIT, port=_free_port()), randomness)
        keys = {person.id: key_of(f"{UNIT}/{person.id}") for person in CAST}
        store = LocalStore(self.home)
        wrapped = wrap(next(person for person in CAST if person.id == OFFICE), PIN, secret(self.home), randomness)
        store.add_key(wrapped)
        store.close()
        keys[OFFICE] = SHIPPED.key(unwrap(wrapped, PIN, secret(self.home)) or b"")
        central = key_of("node 0")
        node = self._certificate("node", "1", homes.node_key(self.home).public, incarnation=1)
        people = {one.id: self._certificate("person", one.id, keys[one.id].public, one.name, one.roles) for one in CAST}
        grant = Grant(
            suite=SHIPPED.id, unit=UNIT, unit_name=UNIT, author=Author(1, 1), root_public=self.root.public,
            node_certificate=node, people=tuple(people.values()), central_public=central.public, ca_pem="", url="",
            central_certificate=self._certificate("node", "0", central.public, incarnation=1, unit=CENTRAL_UNIT),
        )  # fmt: skip
        (self.home / "grant.cbor").write_bytes(enrolment.sign_grant(self.root, grant))
        signers = {person: Signer(person, key) for person, key in keys.items()}
        with closing(self.open()) as office:
            office.replica.write([Statement(kinds.NODE_ENROL, "node/1", node)])
            office.replica.write([Statement(kinds.PERSON_ENROL, f"person/{who}", held) for who, held in people.items()])
            for number, plate in enumerate(PLATES):
                entry = {"plate": plate, "cls": "general", "seats": 5, "terminal": f"139{number:08d}"}
                register(office.replica, signers["5001"], entry | {"usual_driver": "4001"})
        return signers

    def _certificate(
        self, kind: Kind, subject: str, public: bytes, name: str = "", roles: tuple[str, ...] = (), *,
        incarnation: int = 0, unit: str = UNIT,
    ) -> bytes:  # fmt: skip
        unsigned = Certificate(
            suite=SHIPPED.id, kind=kind, unit=unit, unit_name=unit, subject=subject, incarnation=incarnation,
            name=name or subject, roles=roles, public=public, issued_ms=0, lease_ms=END_MS,
        )  # fmt: skip
        return issue(self.root, unsigned)


def _free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
        return port
