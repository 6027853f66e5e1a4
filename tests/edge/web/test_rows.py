"""Rows: marks, queue, sight, timelines and positions as pure functions of a state at one moment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.node import Node
from edge.store.heard import Heard
from edge.web.acts import view_of
from edge.web.rows import View, opened, order_row, order_rows, queued
from edge.web.sight import may_see
from edge.web.trips import last_odometer_km, trips_of
from edge.web.vehicle_rows import vehicle_rows
from fleet.ledger import kinds
from fleet.ledger.documents import Document
from fleet.ledger.entries import Placed
from fleet.ledger.operation import Author, Head
from fleet.ledger.store import Receipt
from fleet.rules.order import Order
from fleet.rules.timing import Timing
from tests.edge.web.conftest import Api
from tests.simulation.clock import SimulatedTime

pytestmark = pytest.mark.anyio

US = Author(1, 1)


async def view(node: Node) -> View:
    """What is seen, to be looked at here: receipts stay with the thread that owns them."""
    seen = await node.journal.do(lambda office: view_of(node, office))
    return replace(seen, timing=lambda placed: Timing(placed.fact.at_ms))


def receipted(view: View, seq: int) -> View:
    return replace(view, receipts={US: Receipt(Head(US, seq, b""), view.now_ms, b"")})


def heard(received_ms: int, device_ms: int) -> Heard:
    return Heard("13800000312", device_ms, received_ms, 39.21, 101.67, 62.0, 90, True, True, 0, "", "")


async def test_a_record_waits_until_centrals_receipt_covers_it(api: Api, node: Node) -> None:
    order_id = await api.approved()
    now = await view(node)
    order, made = now.state.orders[order_id], now.state.heads[US].seq

    assert order_row(receipted(now, made - 1), order).mark == "^"
    assert order_row(receipted(now, made), order).mark == ""
    assert [entry.proof for entry in opened(receipted(now, made - 1), order, []).timeline] == ["held", "waiting"]
    assert [entry.grade for entry in opened(receipted(now, made - 1), order, []).timeline] == ["bounded", "claimed"]


@pytest.mark.parametrize(
    ("after_min", "before_min", "grade"),
    [(None, None, "bounded"), (-5, 5, "bounded"), (30, 60, "doubted"), (-60, -30, "doubted"), (None, -30, "doubted")],
)
async def test_a_signed_time_outside_of_what_receipts_prove_is_doubted_and_stands(
    api: Api, node: Node, after_min: int | None, before_min: int | None, grade: str
) -> None:
    order_id = await api.approved()
    now = await view(node)
    made = now.state.heads[US].seq

    def timing(placed: Placed) -> Timing:
        at_ms = placed.fact.at_ms
        return Timing(at_ms, *(None if late is None else at_ms + late * 60_000 for late in (after_min, before_min)))

    now = replace(receipted(now, made), timing=timing)
    (entry, _) = opened(now, now.state.orders[order_id], []).timeline

    assert (entry.grade, entry.refused) == (grade, None)
    assert (entry.after_ms is None, entry.before_ms is None) == (after_min is None, before_min is None)


async def test_a_record_of_another_node_came_through_central_and_waits_for_nothing(api: Api, node: Node) -> None:
    order_id = await api.applied()
    now = replace(await view(node), node=2)

    assert order_row(now, now.state.orders[order_id]).mark == ""


async def test_what_central_refused_outranks_a_conflict_and_a_conflict_what_waits(api: Api, node: Node) -> None:
    order_id = await api.applied()
    now = await view(node)
    order = now.state.orders[order_id]._replace(notes=("cancel_after_departure",))
    record = now.state.acts[order_id][0].fact.record

    assert (order_row(now, order).mark, order_row(now, order).conflict) == ("?", "cancel_after_departure")
    assert order_row(replace(now, refused=frozenset({record})), order).mark == "x"


async def test_the_queue_is_urgent_first_then_by_planned_start(api: Api, node: Node) -> None:
    hour_ms = 3_600_000
    later = await api.applied(start_ms=api.now_ms + 3 * hour_ms)
    sooner = await api.applied(start_ms=api.now_ms + 2 * hour_ms)
    urgent = await api.applied(start_ms=api.now_ms + 4 * hour_ms, urgency=1)

    assert [order.id for order in queued(await view(node))] == [urgent, sooner, later]


async def test_a_form_that_cannot_be_read_still_gives_a_row_and_ranks_last(api: Api, node: Node) -> None:
    broken, whole = await api.applied(urgency=0), await api.applied()
    now = await view(node)
    fields = {"rider": "王海", "start_ms": "soon", "urgency": "9"}
    now.state.documents[kinds.ORDERS + broken] = Document(b"", fields)

    rows = order_rows(now, queued(now))

    assert [row.id for row in rows] == [whole, broken]
    assert (rows[1].rider, rows[1].start_ms, rows[1].passengers, rows[1].destination) == ("王海", 0, 0, "")
    assert opened(now, now.state.orders[broken], []).content == now.state.orders[broken].content


async def test_an_order_of_which_only_a_refused_act_is_known_still_gives_a_row(node: Node) -> None:
    now = await view(node)
    now.state.orders["2-00001"] = Order(id="2-00001")

    assert order_row(now, now.state.orders["2-00001"]).state == "draft"


async def test_a_word_is_found_in_number_people_places_plate_and_reason(api: Api) -> None:
    order_id = await api.dispatched()
    caller = await api.signed_in("3001")

    for word in (order_id[-4:], "王海", "0b312", "孟克", "额肯", "验收", "139048", "wh", "mk", "EKHDG"):
        found = (await caller.get("/orders", find=word)).json()
        assert [row["id"] for row in found["rows"]] == [order_id], word
    assert (await caller.get("/orders", find="巴丹吉林")).json() == {"total": 0, "rows": []}


async def test_the_office_sees_every_order_others_their_own(api: Api, node: Node) -> None:
    order_id = await api.dispatched(driver="4001")
    order = (await view(node)).state.orders[order_id]

    assert [may_see(order, "9999", frozenset({role})) for role in ("approver", "dispatcher", "admin")] == [True] * 3
    assert [may_see(order, person, frozenset({"applicant"})) for person in ("1001", "1002")] == [True, False]
    assert [may_see(order, person, frozenset({"driver"})) for person in ("4001", "4002")] == [True, False]


async def test_a_vehicle_row_ages_its_position_by_the_terminal_and_its_silence_by_the_node(
    api: Api, node: Node
) -> None:
    now = await view(node)
    fresh = {"13800000312": heard(now.now_ms - 600_000, now.now_ms - 7_200_000)}
    stale = {"13800000312": heard(now.now_ms - 600_001, now.now_ms - 7_200_000)}

    row = vehicle_rows(now, fresh, silent_after_s=600)[0]

    assert (row.tag, row.seen_ms, row.lat, row.speed_kmh) == ("free", now.now_ms - 7_200_000, 39.21, 62.0)
    assert vehicle_rows(now, stale, silent_after_s=600)[0].tag == "silent"
    assert vehicle_rows(now, {}, silent_after_s=600)[0].lat is None


async def test_a_vehicle_shows_the_trip_on_the_road_before_one_that_is_planned(
    api: Api, node: Node, time: SimulatedTime
) -> None:
    day_ms = 86_400_000
    planned = await api.dispatched(start_ms=api.now_ms + day_ms, end_ms=api.now_ms + day_ms + 1)
    on_the_road = await api.dispatched()
    await api.must("4001", on_the_road, "depart", odometer_km=45_218)
    now = await view(node)

    row = vehicle_rows(now, {}, silent_after_s=600)[0]

    assert (row.order, row.tag, row.driver_name) == (on_the_road, "out", "孟克")
    assert row.back_ms == api.form()["end_ms"]
    assert [trip.id for trip in trips_of(now, "4001")] == [on_the_road, planned]
    assert trips_of(now, "4002") == []
    assert last_odometer_km(now, "蒙M-0B312") == 45_218
    assert last_odometer_km(now, "蒙M-0B318") is None
