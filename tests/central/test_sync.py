"""POST /sync/{unit}: two replicas agree through the real application, and whoever is not believed learns nothing."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from central import service, sync
from central.region import Region
from central.service import Service
from fleet.ledger import cose
from fleet.ledger.authority import BLOCK
from fleet.ledger.bound import called
from fleet.ledger.certificate import Certificate, issue
from fleet.ledger.exchange import Exchange
from fleet.ledger.operation import Head
from fleet.ledger.store import Refusal
from fleet.ledger.suite import SHIPPED
from fleet.ledger.wire import Hello, cut, pack
from fleet.rules.order import Act
from tests.central.unit import ALONE, HOUR_MS, StillClock, Unit, seed

pytestmark = pytest.mark.anyio


async def converse(client: httpx.AsyncClient, unit: Unit, *, turn_size: int = 1 << 20) -> Exchange:
    """A whole conversation, one request a turn, as a node's HTTPS link carries it."""
    exchange = unit.exchange()
    while outgoing := exchange.outgoing(turn_size):
        answer = await client.post(f"/sync/{unit.code}", content=outgoing)
        assert answer.status_code == 200, answer.text
        exchange.receive(answer.content, now_ms=unit.clock.now_ms())
    return exchange


async def digest(served: Service, unit: str) -> str:
    return await served.do(lambda region: region.replica(unit).digest())


async def held(served: Service, unit: str) -> int:
    return await served.do(lambda region: region.replica(unit).held)


async def test_central_holds_what_the_unit_wrote_and_the_unit_has_the_receipt(
    client: httpx.AsyncClient, served: Service, unit: Unit
) -> None:
    unit.register_vehicle()
    unit.closed(unit.submit())

    await converse(client, unit)

    assert await held(served, "lyj") == unit.replica.made == unit.replica.receipted
    assert await digest(served, "lyj") == unit.replica.digest()


async def test_one_round_trip_is_enough_and_saying_it_again_changes_nothing(
    client: httpx.AsyncClient, served: Service, unit: Unit
) -> None:
    exchange = unit.exchange()
    said = exchange.outgoing(1 << 20)
    first = await client.post("/sync/lyj", content=said)
    again = await client.post("/sync/lyj", content=said)
    exchange.receive(first.content, now_ms=unit.clock.now_ms())

    assert unit.replica.receipted == unit.replica.made
    assert exchange.outgoing(1 << 20) == b""
    assert again.status_code == 200
    assert await held(served, "lyj") == unit.replica.made


async def test_a_backlog_larger_than_one_request_goes_through_turn_by_turn(
    client: httpx.AsyncClient, served: Service, unit: Unit
) -> None:
    for _ in range(12):
        order = unit.submit()
        unit.act("u1", order, Act.CANCEL, reason="x" * 400)

    await converse(client, unit, turn_size=4_000)

    assert await digest(served, "lyj") == unit.replica.digest()
    assert unit.replica.receipted == unit.replica.made


async def test_two_nodes_of_a_unit_meet_through_central(
    client: httpx.AsyncClient, served: Service, directory: Path, clock: StillClock
) -> None:
    one, other = Unit(directory, clock), Unit(directory, clock, box="b")
    one.submit()
    for unit in (one, other, one):
        await converse(client, unit)

    assert other.grant.author.node == one.grant.author.node + BLOCK
    assert one.replica.digest() == other.replica.digest() == await digest(served, "lyj")


async def test_what_central_held_before_a_restart_it_holds_after(
    client: httpx.AsyncClient, served: Service, directory: Path, unit: Unit
) -> None:
    unit.submit()
    await converse(client, unit)
    before = await digest(served, "lyj")

    from central import keys
    from central.region import open_region

    region = open_region(directory, keys.load(directory), unit.clock)
    assert region.replica("lyj").digest() == before == unit.replica.digest()
    region.close()


async def test_the_page_is_told_how_much_the_node_has_even_where_central_could_not_take_it(
    client: httpx.AsyncClient, served: Service, unit: Unit
) -> None:
    await converse(client, unit)
    at_first = unit.replica.made
    unit.submit()
    hello_only = unit.exchange().outgoing(1)
    assert (await client.post("/sync/lyj", content=hello_only)).status_code == 200

    standing = (await served.do(Region.standings))["lyj"]
    contact = (await served.do(Region.contacts))["lyj"][0]
    assert (standing.held, standing.known) == (at_first, unit.replica.made)
    assert contact.link == "https"
    assert unit.clock.time_ms - contact.heard_ms < 60_000


class Standing:
    """A node whose conversation stays open over its requests."""

    def __init__(self, client: httpx.AsyncClient, unit: Unit, name: str = "ab" * 16) -> None:
        self.client, self.unit, self.turn_number, self.name = client, unit, 0, name
        self.exchange = unit.exchange(standing=True, bound=called(bytes.fromhex(self.name)))

    async def turn(self, said: bytes, *, again: bool = False) -> httpx.Response:
        self.turn_number -= again
        headers = {"Ortoo-Talk": self.name, "Ortoo-Turn": str(self.turn_number)}
        self.turn_number += 1
        return await self.client.post(f"/sync/{self.unit.code}", content=said, headers=headers)

    async def hear(self, answer: httpx.Response) -> None:
        assert answer.status_code == 200, answer.text
        self.exchange.receive(answer.content, now_ms=self.unit.clock.now_ms())

    async def catch_up(self) -> int:
        """Everything there is to say; how many bytes it took."""
        size = 0
        while said := self.exchange.outgoing(1 << 20):
            size += len(said)
            await self.hear(await self.turn(said))
        return size


async def test_over_a_conversation_that_stands_an_act_costs_no_greeting(
    client: httpx.AsyncClient, served: Service, unit: Unit
) -> None:
    standing = Standing(client, unit)
    await standing.catch_up()
    order = unit.submit()
    await standing.catch_up()
    sizes = []
    for person, act, given in (("u2", Act.APPROVE, {"opinion": "同意"}), ("u1", Act.CANCEL, {"reason": "会议取消"})):
        unit.act(person, order, act, **given)
        sizes.append(await standing.catch_up())

    assert max(sizes) < 150
    assert await held(served, "lyj") == unit.replica.made > unit.replica.receipted
    await standing.hear(await standing.turn(standing.exchange.closing()))
    assert unit.replica.receipted == unit.replica.made
    assert await digest(served, "lyj") == unit.replica.digest()


async def test_a_turn_said_again_is_answered_as_before(client: httpx.AsyncClient, served: Service, unit: Unit) -> None:
    standing = Standing(client, unit)
    await standing.catch_up()
    unit.submit()
    said = standing.exchange.outgoing(1 << 20)
    lost = await standing.turn(said)
    again = await standing.turn(said, again=True)
    await standing.hear(again)
    await standing.catch_up()

    assert again.content == lost.content
    assert await digest(served, "lyj") == unit.replica.digest()


async def test_a_conversation_central_does_not_know_is_gone(client: httpx.AsyncClient, unit: Unit) -> None:
    standing = Standing(client, unit)
    await standing.catch_up()
    unit.submit()
    said = standing.exchange.outgoing(1 << 20)
    standing.name = "cd" * 16

    gone = await standing.turn(said)
    assert (gone.status_code, gone.json()) == (410, {"code": "talk_over"})
    for name, turn in (("x" * 32, "0"), ("ab", "0"), ("ab" * 16, "-1"), ("ab" * 16, "")):
        headers = {"Ortoo-Talk": name, "Ortoo-Turn": turn}
        assert (await client.post("/sync/lyj", content=said, headers=headers)).status_code == 410


async def test_a_ledger_that_was_closed_for_others_ends_its_conversations(
    client: httpx.AsyncClient, directory: Path, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("central.region.UNITS_OPEN_MAX", 1)
    one, other = Unit(directory, clock), Unit(directory, clock, code="other", box="b")
    standing = Standing(client, one)
    await standing.catch_up()
    await converse(client, other)
    one.submit()

    assert (await standing.turn(standing.exchange.outgoing(1 << 20))).status_code == 410
    anew = Standing(client, one, "cd" * 16)
    await anew.catch_up()
    assert one.replica.receipted == one.replica.made


def forged(unit: Unit, **changes: object) -> bytes:
    """A greeting signed with the unit's node key, but with another certificate than the one it was granted."""
    claims = {
        "suite": 1, "kind": "node", "unit": "lyj", "unit_name": "x", "subject": "1", "incarnation": 1, "name": "x",
        "roles": (), "public": unit.key.public, "issued_ms": 0, "lease_ms": 1 << 50,
    }  # fmt: skip
    certificate = issue(SHIPPED.key(seed("somebody else's root")), Certificate(**(claims | changes)))  # type: ignore[arg-type]
    return greeting(unit, certificate)


def greeting(unit: Unit, certificate: bytes, *, code: str = "lyj", key: str = "") -> bytes:
    hello = Hello(code, unit.grant.author, (), certificate)
    signer = SHIPPED.key(seed(key)) if key else unit.key
    return pack(hello._replace(signature=cose.signature(SHIPPED, signer, "hello", hello.signed_part() + ALONE)))


HOSTILE: dict[str, tuple[Callable[[Unit], bytes], str]] = {
    "nothing at all": (lambda unit: b"", "no_hello"),
    "half a greeting": (lambda unit: unit.exchange().outgoing(1)[:-1], "no_hello"),
    "garbage": (lambda unit: b"\x08ggarbage", "frame_form"),
    "bytes that are no message": (lambda unit: b"\x01\xff", "not_cbor"),
    "a frame that claims to be larger than any": (lambda unit: b"\xff\xff\xff\xff" + b"x" * 100, "frame_size"),
    "records without a greeting": (lambda unit: without_hello(unit), "no_hello"),
    "a certificate of another root": (forged, "signature"),
    "a person's certificate": (lambda unit: greeting(unit, unit.grant.people[0]), "wrong_certificate"),
    "central's own certificate": (lambda unit: greeting(unit, unit.grant.central_certificate), "wrong_certificate"),
    "a greeting about another unit": (lambda unit: greeting(unit, unit.grant.node_certificate, code="x"), "other_unit"),
    "a certificate that was copied": (
        lambda unit: greeting(unit, unit.grant.node_certificate, key="thief"),
        "signature",
    ),
}


def without_hello(unit: Unit) -> bytes:
    said = unit.exchange().outgoing(1 << 20)
    span = cut(said)
    assert span
    return said[span[1] :]


@pytest.mark.parametrize("case", HOSTILE)
async def test_whoever_is_not_believed_gets_a_code_and_nothing_else(
    case: str, client: httpx.AsyncClient, served: Service, unit: Unit
) -> None:
    said, code = HOSTILE[case]

    answer = await client.post("/sync/lyj", content=said(unit))

    assert (answer.status_code, answer.json()) == (403, {"code": code})
    assert await held(served, "lyj") == 0
    assert await served.do(Region.contacts) == {}


async def test_a_certificate_that_has_run_out_opens_nothing(
    client: httpx.AsyncClient, served: Service, unit: Unit
) -> None:
    said = unit.exchange().outgoing(1 << 20)
    unit.clock.time_ms += 24 * HOUR_MS * 365 * 3

    answer = await client.post("/sync/lyj", content=said)

    assert (answer.status_code, answer.json()) == (403, {"code": "lease_over"})
    assert await held(served, "lyj") == 0


async def test_a_unit_nobody_granted_is_not_found(client: httpx.AsyncClient, unit: Unit) -> None:
    answer = await client.post("/sync/unknown", content=unit.exchange().outgoing(1))
    assert (answer.status_code, answer.json()) == (404, {"code": "no_unit"})


async def test_a_node_cannot_write_into_the_log_of_another_unit(
    client: httpx.AsyncClient, served: Service, directory: Path, unit: Unit
) -> None:
    stranger = Unit(directory, unit.clock, "ejq", "额济纳旗水务局")

    answer = await client.post("/sync/lyj", content=stranger.exchange().outgoing(1 << 20))

    assert (answer.status_code, answer.json()) == (403, {"code": "other_unit"})
    assert await held(served, "lyj") == 0


async def test_a_request_that_is_too_large_is_refused_before_it_is_read(client: httpx.AsyncClient, unit: Unit) -> None:
    answer = await client.post("/sync/lyj", content=bytes(sync.SAID_SIZE_MAX + 1))
    assert answer.status_code == 413


async def test_a_request_of_unknown_length_is_cut_off_where_it_passes_the_bound(
    client: httpx.AsyncClient, unit: Unit
) -> None:
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        while given < 4 * sync.SAID_SIZE_MAX:
            given += 1 << 16
            yield bytes(1 << 16)

    answer = await client.post("/sync/lyj", content=endless())

    assert answer.status_code == 413
    assert given < 2 * sync.SAID_SIZE_MAX


async def test_when_too_many_speak_at_once_the_next_is_asked_to_come_back_and_then_heard(
    client: httpx.AsyncClient, served: Service, unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "CONVERSATIONS_AT_ONCE", 1)
    with served.room_to_converse():
        answer = await client.post("/sync/lyj", content=unit.exchange().outgoing(1 << 20))
        assert (answer.status_code, answer.json()) == (503, {"code": "busy"})
    await converse(client, unit)
    assert unit.replica.receipted == unit.replica.made


async def test_a_record_that_was_altered_on_the_way_is_refused_and_the_node_learns_why(
    client: httpx.AsyncClient, served: Service, unit: Unit
) -> None:
    hello = unit.exchange().outgoing(1)
    delta = unit.replica.run(unit.grant.author, 0, 1 << 20)
    assert delta
    altered = pack(delta._replace(seal=delta.seal[:-1] + bytes([delta.seal[-1] ^ 1])))

    answer = await client.post("/sync/lyj", content=hello + altered)

    assert answer.status_code == 200
    exchange = unit.exchange()
    exchange.outgoing(len(hello))
    exchange.receive(answer.content, now_ms=unit.clock.now_ms())
    assert [refusal.code for refusal in exchange.outcome.refused] == ["seal"]
    assert unit.replica.receipted == 0
    assert await held(served, "lyj") == 0


async def test_columns_that_were_altered_on_the_way_are_asked_for_again_plain_and_held_against_nobody(
    client: httpx.AsyncClient, served: Service, unit: Unit
) -> None:
    exchange = unit.exchange()
    said = exchange.outgoing(1 << 20)
    altered = said[:-1] + bytes([said[-1] ^ 1])  # the seal is the last thing said
    answer = await client.post("/sync/lyj", content=altered)
    exchange.receive(answer.content, now_ms=unit.clock.now_ms())
    assert await held(served, "lyj") == 0

    while outgoing := exchange.outgoing(1 << 20):
        answer = await client.post("/sync/lyj", content=outgoing)
        exchange.receive(answer.content, now_ms=unit.clock.now_ms())

    assert await held(served, "lyj") == unit.replica.made == unit.replica.receipted
    assert exchange.outcome.refused == []


async def test_a_node_cannot_fill_central_with_judgements_of_its_own(
    client: httpx.AsyncClient, served: Service, unit: Unit
) -> None:
    judgements = (Refusal(Head(unit.grant.author, seq, b"h" * 32), "chain", 5) for seq in range(1, 100))
    said = unit.exchange().outgoing(1) + b"".join(map(pack, judgements))

    assert (await client.post("/sync/lyj", content=said)).status_code == 200
    assert await served.do(lambda region: region.replica("lyj").refusals) == []


async def test_a_full_disk_is_said_and_nothing_is_acknowledged(
    client: httpx.AsyncClient, served: Service, unit: Unit
) -> None:
    def fill(region: Region) -> None:
        with region.connection.begin():
            pages = region.connection.exec_driver_sql("PRAGMA page_count").scalar()
            region.connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    for _ in range(40):
        unit.submit(remark="x" * 190)
    await served.do(fill)

    answer = await client.post("/sync/lyj", content=unit.exchange().outgoing(1 << 20))

    assert (answer.status_code, answer.json()) == (507, {"code": "disk_full"})
    assert await held(served, "lyj") == 0


async def test_receipts_prove_the_earliest_time_central_held_a_record(
    client: httpx.AsyncClient, served: Service, unit: Unit
) -> None:
    await converse(client, unit)
    first = await served.do(lambda region: region.replica("lyj").receipts[unit.grant.author])
    unit.clock.time_ms += HOUR_MS
    await converse(client, unit)
    same = await served.do(lambda region: region.replica("lyj").receipts[unit.grant.author])

    assert same == first
    assert first.head.seq == unit.replica.made
