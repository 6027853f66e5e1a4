"""Central for the inspector's week: a real region that enrols the node, takes in what it has, and looks again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from central import findings, granting, keys, service, settings
from central.accounts import Role
from central.checking import Checking
from central.database import open_writer
from central.findings import Found
from central.home import create
from central.region import Region
from central.service import Service
from central.settings import Settings
from central.tallied import changing
from edge import home as homes
from edge.store.journal import Office
from fleet.ledger.bound import called
from fleet.ledger.enrolment import Request, read_request, sign_grant, sign_request
from fleet.ledger.exchange import Exchange
from fleet.ledger.suite import SigningKey
from machine.system import SystemRandomness
from tests.simulation.clock import SimulatedClock
from tests.week.node import UNIT, Week

BUDGET = 1 << 20
NO_SECRET = "$argon2id$v=19$m=65536,t=3,p=1$" + "A" * 22 + "$" + "A" * 43


def make(directory: Path, clock: SimulatedClock, *, secret: str = NO_SECRET) -> None:
    """A region with nobody in it but a supervisor."""
    own = Settings(name="阿拉善盟", host="127.0.0.1", port=8443, addresses=("127.0.0.1",))
    create(
        directory, own, account="检查员", role=Role.SUPERVISOR, secret=secret, now_ms=clock.now_ms(),
        randomness=SystemRandomness(),
    )  # fmt: skip


def grant(directory: Path, clock: SimulatedClock, asked: Request, key: SigningKey) -> bytes:
    """What `ortoo enrol grant` makes of a node's request."""
    own, own_keys = settings.load(directory), keys.load(directory)
    connection = open_writer(settings.database_url(directory, own))
    try:
        with changing(connection, asked.unit) as change:
            read = read_request(sign_request(key, asked))
            granted = granting.grant(
                change, own_keys, read, url=own.url(), first_node=own.first_node, now_ms=clock.now_ms()
            )
    finally:
        connection.close()
    return sign_grant(own_keys.root, granted)


@asynccontextmanager
async def served(directory: Path, clock: SimulatedClock) -> AsyncIterator[Service]:
    """The running server, without a socket."""
    async with service.running(directory, settings.load(directory), keys.load(directory), clock) as running:
        yield running


async def hear(running: Service, week: Week) -> None:
    """The node and central converse until neither has anything to say."""
    enrolled = homes.enrolled(week.home)

    def begin(office: Office) -> Exchange:
        return Exchange(
            office.replica, enrolled.speaker, root_public=enrolled.grant.root_public,
            central_public=enrolled.grant.central_public, believed=[], turns_stand_alone=True, blobs=office.blobs,
            bound=called(b""),
        )  # fmt: skip

    exchange = await week.journal.do(begin)
    while said := await week.journal.do(lambda _: exchange.outgoing(BUDGET)):
        answer = await running.do(partial(_answered, said=said))
        await week.journal.do(partial(_taken, exchange=exchange, answer=answer, now_ms=week.clock.now_ms()))


def _answered(region: Region, said: bytes) -> bytes:
    return region.converse(UNIT, said, link="https")


def _taken(_: Office, exchange: Exchange, answer: bytes, now_ms: int) -> None:
    exchange.receive(answer, now_ms=now_ms)


async def looked_again(running: Service) -> list[Found]:
    """What central finds of the node's alarms."""
    await Checking(running).turn()
    return await running.do(lambda region: findings.of_unit(region.connection, UNIT))
