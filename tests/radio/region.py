"""A node and central as real processes with no way to each other but a radio."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cable.radio import Radio
from central import accounts, granting, keys, proof, settings
from central import home as central_home
from central.accounts import Role
from central.database import open_reader, open_writer
from central.settings import Settings
from central.store import UnitStore
from central.tallied import changing
from edge import home as node_home
from edge import settings as node_settings
from edge.proof import prove
from edge.store.journal import open_store
from fleet.desk.register import register
from fleet.ledger import enrolment, kinds
from fleet.ledger.canonical import Value
from fleet.ledger.introduction import introduce
from fleet.ledger.replica import Statement
from fleet.ports import Clock
from fleet.rules.order import Act
from machine.system import SystemClock, SystemRandomness
from tests.edge.unit import (
    ADMIN,
    APPLICANT,
    PLATE,
    UNIT,
    a_form,
    a_vehicle,
    make_home,
    office_of,
    request_of,
    signer,
)
from tests.radio.air import Air

ROOT = Path(__file__).parent.parent.parent
START_MAX_S = 60
DAY_MS = 86_400_000
PASSPHRASE = "骑马过草原 2026"


@dataclass
class Past:
    """A clock as it was some time ago."""

    real: Clock
    ago_ms: int

    def now_ms(self) -> int:
        return self.real.now_ms() - self.ago_ms

    def monotonic_s(self) -> float:
        return self.real.monotonic_s()


@dataclass
class Region:
    """Both directories and, while they run, both processes."""

    home: Path
    central: Path
    air: Air
    running: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)

    async def start(self, name: str) -> None:
        """Start `node` or `central`; it is ready when this returns."""
        directory = self.home if name == "node" else self.central
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ortoo", name, "run", str(directory),
            stdout=asyncio.subprocess.PIPE, env={**os.environ, "ORTOO_LANG": "en"}, cwd=ROOT,
        )  # fmt: skip
        self.running[name] = child
        assert child.stdout
        async with asyncio.timeout(START_MAX_S):
            for _ in range(1 if name == "node" else 2):
                assert await child.stdout.readline(), f"{name} ended before it was ready"

    async def kill(self, name: str) -> None:
        """The power is gone."""
        child = self.running.pop(name)
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()

    async def until_carried(self, size: int, *, within_s: float = 120.0) -> None:
        """Wait until so many bytes more were put on the air."""
        goal = self.air.carried + size
        async with asyncio.timeout(within_s):
            while self.air.carried < goal:
                await self.air.moment()

    async def until_central_holds(self, count: int, *, within_s: float) -> None:
        """Wait until central's database holds so many operations of the unit, and the seal over the last."""
        async with asyncio.timeout(within_s):
            while await asyncio.to_thread(self.sealed) < count:
                await self.air.moment()

    def sealed(self) -> int:
        """Operations of the unit in central's database up to the last seal."""
        connection = open_reader(settings.database_url(self.central, settings.load(self.central)))
        try:
            held = [*UnitStore(connection, UNIT).operations()]
        finally:
            connection.close()
        return max((number for number, one in enumerate(held, 1) if one.seal is not None), default=0)

    def made(self) -> int:
        """Operations in the node's own log."""
        store = open_store(self.home)
        try:
            return sum(1 for _ in store.operations())
        finally:
            store.close()

    def proved(self) -> tuple[str, str]:
        """The state each end folds to, from what lies on its disk, all of it proved."""
        at_node = prove(self.home)
        at_central = next(one.report for one in proof.prove(self.central) if one.unit == UNIT)
        assert at_node.faults == at_central.faults == []
        return at_node.state_hash, at_central.state_hash


@asynccontextmanager
async def region(
    where: Path, air: Air, *, rate: int, orders: int, sightings: int, turn_ms: int = 5, days: int = 0
) -> AsyncIterator[Region]:
    """A unit, enrolled so many days ago, with orders and positions on record since; nothing runs yet but the air."""
    radio = {"baud": max(rate, 9600), "air_bps": rate, "packet_size": 200, "turn_ms": turn_ms}
    clock, randomness = Past(SystemClock(), days * DAY_MS), SystemRandomness()
    central = where / "central"
    radios = (Radio(port=air.ports[1], **radio),)
    central_home.create(
        central,
        Settings(name="阿拉善盟", host="127.0.0.1", port=0, addresses=("127.0.0.1",), radios=radios),
        account="admin", role=Role.ADMIN, secret=accounts.hash_passphrase(PASSPHRASE, randomness),
        now_ms=clock.now_ms(), randomness=randomness,
    )  # fmt: skip
    home = make_home(where / "node", port=free_port())
    own = node_settings.load(home)
    text = node_settings.as_toml(
        type(own)(
            **{name: getattr(own, name) for name in own.__struct_fields__}
            | {"radio": Radio(port=air.ports[0], **radio), "sync_seal_s": 1, "radio_idle_s": 5, "sync_retry_max_s": 2}
        )
    )
    (home / node_settings.FILE_NAME).write_text(text, encoding="utf-8")
    _grant(central, home, clock)
    office = office_of(home, clock)
    introduce(office.replica, node_home.enrolled(home).grant)
    register(office.replica, signer(home, ADMIN), a_vehicle())
    applicant = signer(home, APPLICANT)
    for number in range(orders):
        clock.ago_ms = days * DAY_MS * (orders - number) // orders
        times = {"start_ms": clock.now_ms() + 3_600_000, "end_ms": clock.now_ms() + 7_200_000}
        order = office.desk.submit(applicant, a_form(reason=f"到苏木检查造林 {number}", **times))
        if number % 3 == 0 or days:  # what stood undecided for days the node would put on record itself when it starts
            office.desk.act(applicant, order, Act.CANCEL, {"reason": "会议取消"})
    clock.ago_ms = 0
    now_ms = clock.now_ms()
    for begin in range(0, sightings, 500):
        seen = (_seen(now_ms - 300_000 * ago, air.chance) for ago in range(begin, min(begin + 500, sightings)))
        office.replica.write([*seen])
    office.close()
    made = Region(home, central, air)
    with air.blowing():
        try:
            yield made
        finally:
            for name in [*made.running]:
                await made.kill(name)


def _seen(time_ms: int, chance: random.Random) -> Statement:
    """Somewhere in the Alxa desert."""
    at: dict[str, Value] = {"time_ms": time_ms, "lat_e6": 39_216_500 + chance.randrange(1 << 19)}
    at |= {"lon_e6": 101_666_600 + chance.randrange(1 << 19), "speed_kmh_e1": chance.randrange(1200)}
    return Statement(kinds.VEHICLE_SEEN, f"vehicle/{PLATE}", at | {"course": chance.randrange(360), "order": ""})


def _grant(central: Path, home: Path, clock: Clock) -> None:
    """What `ortoo enrol request`, `grant --url ''` and `accept` leave behind."""
    own, own_keys = settings.load(central), keys.load(central)
    asked = request_of(home)
    connection = open_writer(settings.database_url(central, own))
    try:
        with changing(connection, asked.unit) as change:
            granted = granting.grant(change, own_keys, asked, url="", first_node=1, now_ms=clock.now_ms())
    finally:
        connection.close()
    (home / node_home.GRANT).write_bytes(enrolment.sign_grant(own_keys.root, granted))


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])
