"""An intake on real files, for tests of what becomes of what was heard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edge import home as homes
from edge.changes import Changes
from edge.intake import Intake
from edge.serial_terminal.jt808.heard import Heard, Kind
from edge.store.journal import Journal, Office
from edge.store.local import Local, LocalStore
from edge.store.telemetry import Telemetry
from edge.terminals import Terminals
from fleet.desk.register import register
from fleet.ledger import kinds
from fleet.ledger.canonical import Value
from fleet.ledger.operation import read as decode
from fleet.ledger.replica import Replica, Statement
from fleet.rules.order import Act
from fleet.rules.position import Position
from tests.edge.unit import (
    ADMIN,
    APPLICANT,
    APPROVER,
    DISPATCHER,
    DRIVER,
    PHONE,
    PLATE,
    ROOT,
    a_form,
    a_vehicle,
    chance,
    departed_order,
    signer,
)
from tests.simulation.clock import SimulatedClock

EVERY_S = 300
RAW = PHONE.zfill(12)


@dataclass
class Desk:
    """An intake on real files, with what it stands on."""

    home: Path
    clock: SimulatedClock
    journal: Journal
    telemetry: Telemetry
    local: Local
    terminals: Terminals
    intake: Intake

    async def hears(self, *positions: Position, kind: Kind = "position", phone: str = RAW, **more: Any) -> None:
        """A terminal said something just now."""
        at_ms = self.clock.now_ms()
        said = Heard(phone=phone, msg_id=0x0200, serial=1, version=2013, kind=kind, at_ms=at_ms, **more)
        await self.intake.commit([replace(said, positions=positions)])

    async def refresh(self) -> None:
        await self.intake.refresh(self.clock.now_ms())

    def at(self, seconds: float = 0, **said: Any) -> Position:
        """A position `seconds` from now by the device's clock."""
        time_ms = self.clock.now_ms() + round(seconds * 1000)
        return replace(Position(device_time_ms=time_ms, lat=39.2165, lon=101.6666), **said)

    async def departs(self) -> str:
        """The vehicle leaves for an order."""
        return await self.journal.do(lambda office: departed_order(self.home, office))

    async def departs_confidentially(self) -> str:
        """The same, on a trip that no page would take in; another node of the unit may have."""
        order = "1-09999"
        await self.journal.do(lambda office: write_confidential(self.home, office.replica, order))
        return order

    async def orders_of_reports(self) -> list[str]:
        """The trip each stored report was put to when it was heard, by the reports' own time."""
        query = "SELECT order_id FROM positions ORDER BY device_ms"
        return await self.telemetry.do(lambda store: [row[0] for row in store._db.conn.execute(query)])

    async def seen(self) -> list[dict[str, Any]]:
        """What was put on record of the vehicle, oldest first."""

        def read(office: Office) -> list[Any]:
            made = [decode(held.data).operation for held in office.store.operations()]
            return [one.body for one in made if one.kind == kinds.VEHICLE_SEEN]

        return await self.journal.do(read)


def write_confidential(home: Path, replica: Replica, order: str) -> None:
    target = kinds.ORDERS + order
    fields = {name: str(value) for name, value in a_form(cls="confidential").items()}
    edit = replica.edit(target, fields, signer(home, APPLICANT))
    assert edit
    acts: list[tuple[Act, str, dict[str, Value]]] = [
        (Act.SUBMIT, APPLICANT, {"content": "c"}),
        (Act.APPROVE, APPROVER, {"content": "c", "opinion": "同意"}),
        (Act.DISPATCH, DISPATCHER, {"vehicle": PLATE, "driver": DRIVER}),
        (Act.DEPART, DRIVER, {"odometer_km": 45_218}),
    ]
    replica.write([edit, *(Statement(kinds.of_act(act), target, said, signer(home, by)) for act, by, said in acts)])
    assert replica.state.orders[order].departed_ms


@asynccontextmanager
async def a_desk(home: Path, clock: SimulatedClock) -> AsyncIterator[Desk]:
    """An intake of an enrolled node with one vehicle."""
    changes = Changes()
    journal, telemetry, local = Journal(changes), Telemetry(), Local("local")
    await local.start(lambda: LocalStore(home))
    await telemetry.start(home)
    await journal.start(home, clock, ROOT.public, homes.enrolled(home).identity)
    terminals = Terminals(chance(), {})
    intake = Intake(journal, telemetry, local, terminals, changes, EVERY_S)
    admin = signer(home, ADMIN)
    await journal.do(lambda office: register(office.replica, admin, a_vehicle()))
    desk = Desk(home, clock, journal, telemetry, local, terminals, intake)
    await desk.refresh()
    yield desk
    for part in (journal, telemetry, local):
        part.stop()
