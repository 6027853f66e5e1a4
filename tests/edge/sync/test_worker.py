"""The sync worker with a link that does what the test says: what faces are told of it is what happened, never hope."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from edge import home as homes
from edge.changes import Changes
from edge.store.journal import Journal
from edge.store.ledger import LedgerStore
from edge.sync import worker as workers
from edge.sync.schedule import NEVER as NOT_ITS_TURN
from edge.sync.schedule import Course, Kind, Need
from edge.sync.situation import LONG_SILENCE_MS, Situation, Standing, situation
from edge.sync.worker import LinkState, SyncWorker, Way, waiting_rows, way_row
from fleet.errors import NotTrusted, Unavailable
from fleet.ledger.exchange import Exchange
from fleet.ledger.talks import Talks
from tests.edge.unit import ME, PLATE, ROOT, Central, chance, conversation, of_a_second_node, sighting
from tests.simulation.clock import START_MS, SimulatedClock

pytestmark = pytest.mark.anyio

NEVER_S = 3600.0
Turn = Callable[[bytes], bytes]


class ScriptedLink:
    """A link to a central in memory, turn by turn as over HTTPS. Each turn does what `script` says next; with nothing
    left in it, it works."""

    greets_first = False
    bound = b""

    def __init__(self, central: Central) -> None:
        self.bytes_up = self.bytes_down = self.round_trips = 0
        self.central, self.script = central, deque[Turn]()
        self.talks: Talks[Exchange] = Talks(8)
        self.sent: list[bytes] = []
        self.talking: Callable[[], bool] = bool
        self.talked: list[bool] = []
        self.begun = self.number = 0
        self.said, self.size = b"", 1 << 20

    @property
    def under_way(self) -> bool:
        return bool(self.said)

    @property
    def room(self) -> int:
        return 0 if self.said else self.size

    def begin(self) -> None:
        self.begun, self.number, self.said = self.begun + 1, 0, b""

    async def turn(self, outgoing: bytes) -> bytes:
        self.said = self.said or outgoing
        self.sent.append(self.said)
        self.talked.append(self.talking())
        await asyncio.sleep(0)
        answer = (self.script.popleft() if self.script else self.answer)(self.said)
        self.number, self.said = self.number + 1, b""
        self.bytes_up += len(self.sent[-1])
        self.bytes_down += len(answer)
        return answer

    def answer(self, outgoing: bytes) -> bytes:
        return self.talks.answer(
            bytes([self.begun]), self.number, self.central.exchange, lambda one: self.central.answer(outgoing, one)
        )

    def no_route(self, _outgoing: bytes) -> bytes:
        raise Unavailable("link_down", detail="ConnectError")

    def refuse(self, _outgoing: bytes) -> bytes:
        raise NotTrusted("central_refused", status=403)

    def lose_the_answer(self, outgoing: bytes) -> bytes:
        self.answer(outgoing)
        raise Unavailable("link_down", detail="ReadError")

    def cut_the_answer(self, outgoing: bytes) -> bytes:
        return self.answer(outgoing)[:3]

    def say_nothing(self, _outgoing: bytes) -> bytes:
        return b""

    def babble(self, _outgoing: bytes) -> bytes:
        return b"<html>sign in to the guest network</html>"

    def forget_the_talk(self, _outgoing: bytes) -> bytes:
        self.talks.forget(lambda _: True)
        raise Unavailable("talk_over")


@dataclass
class Node:
    """The worker at work, and what surrounds it."""

    clock: SimulatedClock
    journal: Journal
    changes: Changes
    link: ScriptedLink
    worker: SyncWorker
    _counted: int = field(default=0)

    @property
    def talking(self) -> bool:
        """Whether a conversation is under way."""
        return any(way.conversation.talking for way in self.worker.ways)

    async def writes(self, count: int = 1) -> None:
        """New records, each under a seal of its own."""
        for _ in range(count):
            self._counted += 1
            statement = sighting(PLATE, time_ms=START_MS + self._counted)
            await self.journal.do(lambda office, statement=statement: office.replica.write([statement]))  # type: ignore[misc]

    async def waiting(self) -> int:
        """Own records that central has given no receipt for."""
        return await self.journal.do(lambda office: office.replica.made - office.replica.receipted)

    async def made(self) -> int:
        return await self.journal.do(lambda office: office.replica.made)

    async def tells(self) -> Situation:
        """What a face would say."""
        refused = await self.journal.do(lambda office: len(office.replica.refusals))
        status = self.worker.status
        return situation(
            Standing(
                state=status.state, heard_ms=status.heard_ms, now_ms=self.clock.now_ms(), waiting=await self.waiting(),
                refused=refused,
            )
        )  # fmt: skip

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Let the worker run until the block ends."""
        task = asyncio.create_task(self.worker.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def after_a_try(self, state: str) -> None:
        """Wait until the conversation under way, or the next one, has come to its end in this state."""
        async with asyncio.timeout(20), self.changes.subscribe() as changes:
            async for _ in changes:
                if self.worker.status.state == state and not self.talking:
                    return

    async def is_up(self, way: Way) -> None:
        """Wait until a talk over this link has come to its end."""
        async with asyncio.timeout(20), self.changes.subscribe() as changes:
            async for _ in changes:
                if way.status.state == "up":
                    return

    async def all_receipted(self) -> None:
        """Wait until central has given a receipt for every record."""
        async with asyncio.timeout(20), self.changes.subscribe() as changes:
            async for _ in changes:
                if await self.waiting() == 0:
                    return


@pytest.fixture
async def node(home: Path, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Node]:
    monkeypatch.setattr(workers, "SETTLE_S", 0)
    changes = Changes()
    journal = Journal(changes)
    await journal.start(home, clock, ROOT.public, homes.enrolled(home).identity)
    link = ScriptedLink(Central(clock))
    course = Course(kind=Kind.HTTPS, idle_s=NEVER_S, retry_max_s=NEVER_S, seal_s=0)
    way = Way(
        "https",
        link,
        lambda replica, _: conversation(home, replica, turns_stand_alone=False, standing=True),
        course,
    )
    worker = SyncWorker(journal, [way], ME, clock, chance(), changes)
    link.talking = lambda: way.conversation.talking
    yield Node(clock, journal, changes, link, worker)
    journal.stop()


async def test_before_the_first_conversation_nothing_is_claimed(node: Node) -> None:
    assert await node.tells() == "starting"

    node.worker.status.heard_ms = START_MS - 60_000  # remembered from before the start
    assert await node.tells() == "starting"


async def test_everything_on_record_reaches_central_and_is_receipted(node: Node) -> None:
    await node.writes(3)
    async with node.working():
        await node.after_a_try("up")

    assert await node.waiting() == 0
    assert node.link.central.replica.state.heads[ME].seq == await node.made()
    assert node.link.central.replica.digest() == await node.journal.do(lambda office: office.replica.digest())
    status = node.worker.status
    assert (status.heard_ms, status.last_error, node.talking) == (node.clock.now_ms(), None, False)
    assert await node.tells() == "all_sent"
    assert node.link.talked == [True] * len(node.link.talked)


async def test_a_new_record_goes_at_once(node: Node) -> None:
    async with node.working():
        await node.after_a_try("up")
        await node.writes()
        await node.all_receipted()

    assert node.link.central.replica.state.heads[ME].seq == await node.made()


async def test_with_no_link_work_goes_on_and_what_waits_is_counted(node: Node) -> None:
    node.link.script.append(node.link.no_route)
    async with node.working():
        await node.after_a_try("down")
        await node.writes(2)

        assert await node.waiting() == await node.made()
        status = node.worker.status
        assert (status.heard_ms, status.last_error) == (None, "link_down")
        assert await node.tells() == "waiting"
    assert status.next_try_ms is not None
    assert node.clock.now_ms() < status.next_try_ms <= node.clock.now_ms() + 1000


async def test_on_a_broken_link_a_new_record_waits_for_its_turn(node: Node) -> None:
    node.link.script.append(node.link.no_route)
    async with node.working():
        await node.after_a_try("down")
        async with node.changes.subscribe() as changes:
            await anext(changes)
            await node.writes()
            await anext(changes)  # the worker has heard of it as well

        assert len(node.link.sent) == 1


async def test_when_the_link_is_back_everything_that_waited_goes(node: Node) -> None:
    node.link.script.append(node.link.no_route)
    async with node.working():
        await node.after_a_try("down")
        await node.writes(3)
        node.worker.try_now()
        await node.all_receipted()

    assert await node.tells() == "all_sent"


@pytest.mark.parametrize(
    "trouble", ["no_route", "refuse", "lose_the_answer", "cut_the_answer", "say_nothing", "babble"]
)
async def test_whatever_goes_wrong_nothing_counts_as_sent_that_was_not_receipted(node: Node, trouble: str) -> None:
    await node.writes(2)
    node.link.script.append(getattr(node.link, trouble))
    async with node.working():
        await node.after_a_try("down")
        assert await node.waiting() == await node.made()
        assert await node.tells() == "waiting"
        assert node.worker.status.heard_ms is None

        node.worker.try_now()
        await node.after_a_try("up")

    assert await node.waiting() == 0
    assert node.link.central.replica.state.heads[ME].seq == await node.made()
    assert node.link.central.replica.refusals == []


async def test_a_central_that_refuses_this_node_is_told_apart_from_a_link_that_is_down(node: Node) -> None:
    node.link.script.append(node.link.refuse)
    async with node.working():
        await node.after_a_try("down")

    assert node.worker.status.last_error == "central_refused"


async def test_after_a_cut_in_the_middle_only_what_central_lacks_is_sent(node: Node) -> None:
    node.link.size = 600
    await node.writes(100)
    node.link.script.extend([node.link.answer, node.link.answer, node.link.lose_the_answer])
    async with node.working():
        await node.after_a_try("down")
        held, whole = node.link.central.replica.state.heads[ME].seq, await node.made()
        receipted = await node.journal.do(lambda office: office.replica.receipted)
        assert 0 < receipted < held < whole

        cut_at = len(node.link.sent)
        node.worker.try_now()
        await node.all_receipted()

    assert node.link.central.replica.state.heads[ME].seq == whole
    again = sum(map(len, node.link.sent[cut_at:]))
    assert again < sum(map(len, node.link.sent[:cut_at])) * whole / held
    assert node.link.begun == 1


async def test_in_a_conversation_that_stands_an_act_costs_no_greeting_and_its_seal_follows(node: Node) -> None:
    async with node.working():
        await node.all_receipted()
        known = len(node.link.sent)
        for _ in range(5):
            await node.writes()
            await node.all_receipted()

    said = node.link.sent[known:]
    assert node.link.begun == 1
    assert len(said) == 10
    assert all(len(live) < 110 for live in said[2::2])  # the first of its kind teaches the session how they look
    assert all(len(seal) < 140 for seal in said[1::2])


async def test_asking_for_news_costs_a_few_bytes(node: Node) -> None:
    async with node.working():
        await node.all_receipted()
        node.link.central.replica.receive(of_a_second_node(node.clock))
        known = len(node.link.sent)
        node.worker.try_now()
        async with asyncio.timeout(20), node.changes.subscribe() as changes:
            async for _ in changes:
                if await node.journal.do(lambda office: office.replica.held) > await node.made():
                    break

    assert len(node.link.sent[known]) < 10


async def test_a_central_that_knows_the_conversation_no_more_is_greeted_anew_at_once(node: Node) -> None:
    async with node.working():
        await node.all_receipted()
        node.link.script.append(node.link.forget_the_talk)
        await node.writes()
        await node.all_receipted()

    assert node.link.begun == 2
    assert node.worker.status.last_error is None


async def test_a_turn_whose_answer_was_lost_is_asked_again_and_taken_once(node: Node) -> None:
    async with node.working():
        await node.all_receipted()
        node.link.script.append(node.link.lose_the_answer)
        await node.writes()
        await node.after_a_try("down")
        lost = node.link.sent[-1]
        node.worker.try_now()
        await node.all_receipted()

    assert node.link.sent.count(lost) == 2
    assert node.link.begun == 1


async def test_a_disk_that_cannot_keep_the_receipt_leaves_the_record_waiting(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise Unavailable("disk_full")

    with monkeypatch.context() as disk:
        disk.setattr(LedgerStore, "commit", refuse)
        async with node.working():
            await node.after_a_try("down")

    assert node.worker.status.last_error == "disk_full"
    assert await node.waiting() == await node.made()


async def test_a_fault_that_is_nobodys_weather_ends_the_worker_and_is_not_hidden(node: Node) -> None:
    def fault(_outgoing: bytes) -> bytes:
        raise ZeroDivisionError

    node.link.script.append(fault)

    with pytest.raises(ExceptionGroup) as ended:
        async with asyncio.timeout(20):
            await node.worker.run()

    assert ended.group_contains(ZeroDivisionError)


async def test_faces_are_told_what_waits_and_how_each_link_stands(node: Node) -> None:
    node.link.script.append(node.link.no_route)
    async with node.working():
        await node.after_a_try("down")
        await node.writes(2)
        async with asyncio.timeout(20), node.changes.subscribe() as changes:
            async for _ in changes:
                if node.worker.waiting.records == await node.waiting():
                    break
        rows = waiting_rows(node.worker.waiting)
        assert {row["priority"]: row["records"] for row in rows}["sighting"] == 2
        assert way_row(node.worker.ways[0], 0.0)["last_error"] == "link_down"
        node.worker.try_now()
        await node.all_receipted()

    row = way_row(node.worker.ways[0], 0.0)
    assert (row["name"], row["kind"], row["state"], row["last_error"]) == ("https", "https", "up", None)
    assert row["bytes_up"] == node.link.bytes_up > 0
    assert (row["day_bytes"], row["left_today"]) == (None, None)
    assert not node.worker.by_hand


async def test_the_radio_speaks_while_https_fails_and_is_silent_once_it_works_again(
    home: Path, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.sync.schedule.STAND_IN_AFTER", 1)
    radio = ScriptedLink(node.link.central)
    begin = node.worker.ways[0].begin
    ways = [node.worker.ways[0], Way("radio", radio, begin, replace(node.worker.ways[0].course, kind=Kind.RADIO))]
    node.worker = SyncWorker(node.journal, ways, ME, node.clock, chance(), node.changes)
    node.link.script.append(node.link.no_route)
    async with node.working():
        await node.is_up(ways[1])
        assert node.worker.in_use is ways[1]
        await node.all_receipted()
        assert len(node.link.sent) == 1
        node.worker.try_now()
        await node.is_up(ways[0])
        known = len(radio.sent)
        await node.writes(2)
        await node.all_receipted()

    assert len(radio.sent) == known
    assert ways[1].course.due_s(ways[0].course, Need(news=True), 0.0, 0) == NOT_ITS_TURN


HOUR_MS = 3_600_000
UP, DOWN, TRYING, OFF = (LinkState(state, heard_ms=START_MS) for state in ("up", "down", "trying", "off"))
UNHEARD = [LinkState(state) for state in ("down", "off")]


@pytest.mark.parametrize(
    ("status", "waiting", "refused", "passed_ms", "said"),
    [
        pytest.param(UP, 0, 0, 0, "all_sent", id="all sent and receipted"),
        pytest.param(DOWN, 0, 0, HOUR_MS, "all_sent", id="all sent, as of when central was last heard"),
        pytest.param(UP, 12, 0, 0, "sending", id="waiting, link up"),
        pytest.param(DOWN, 12, 0, 3 * HOUR_MS, "waiting", id="waiting, no link"),
        pytest.param(UP, 0, 2, 0, "refused", id="link up, central refused"),
        pytest.param(DOWN, 5, 2, 40 * HOUR_MS, "refused", id="refused comes before everything"),
        pytest.param(LinkState("trying"), 0, 0, 0, "starting", id="just started"),
        pytest.param(TRYING, 0, 0, 0, "starting", id="just started, with a memory of before"),
        pytest.param(DOWN, 0, 0, 41 * HOUR_MS, "long_silence", id="long silence"),
        pytest.param(DOWN, 7, 0, LONG_SILENCE_MS + 1, "long_silence", id="long silence, work waiting"),
        pytest.param(DOWN, 7, 0, LONG_SILENCE_MS, "waiting", id="a day is not yet long"),
        pytest.param(UNHEARD[0], 0, 0, 0, "waiting", id="never heard, nothing to send: no success is claimed"),
        pytest.param(UNHEARD[1], 3, 0, 0, "waiting", id="no link at all"),
    ],
)
def test_the_sync_line_says_one_of_its_sentences(
    status: LinkState, waiting: int, refused: int, passed_ms: int, said: Situation
) -> None:
    now_ms = START_MS + passed_ms
    known = Standing(state=status.state, heard_ms=status.heard_ms, now_ms=now_ms, waiting=waiting, refused=refused)

    assert situation(known) == said
