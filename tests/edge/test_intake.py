"""Intake: what a line heard is on disk before anyone is answered; of confidential trips nothing is stated."""

from __future__ import annotations

from typing import Any

import pytest

from edge.intake import PARKED_FACTOR
from edge.serial_terminal.jt808.allowlist import AuthCode
from edge.store.journal import Office
from edge.store.ledger import LedgerStore
from edge.store.local import LocalStore
from edge.store.telemetry import Telemetry
from fleet.desk.register import register
from fleet.errors import Unavailable
from fleet.rules.order import Act
from fleet.tracks.datum import to_gcj02
from tests.edge.desk import EVERY_S, RAW, Desk
from tests.edge.store.test_ledger import fill, make_room
from tests.edge.unit import (
    ADMIN,
    APPLICANT,
    APPROVER,
    DISPATCHER,
    DRIVER,
    PHONE,
    PLATE,
    a_form,
    a_vehicle,
    signer,
)
from tests.simulation.clock import START_MS

pytestmark = pytest.mark.anyio


async def test_what_was_heard_is_on_disk_when_commit_returns(desk: Desk) -> None:
    await desk.hears(desk.at(-1), desk.at(0))

    again = Telemetry()
    await again.start(desk.home)
    assert again.stored == 2
    assert again.last[PHONE].device_ms == desk.clock.now_ms()
    again.stop()
    assert desk.intake.new_positions == 2


async def test_a_store_that_refuses_is_passed_on_so_that_nobody_is_answered(desk: Desk) -> None:
    await desk.telemetry._thread.do(lambda store: fill(store._db))
    many = [desk.at(-n, lat=30 + n / 1000) for n in range(2000)]

    with pytest.raises(Unavailable, match="disk_full"):
        await desk.hears(*many, kind="batch")

    assert desk.telemetry.stored == 0
    assert await desk.seen() == []
    assert desk.intake.unstored_since_ms is not None, "and a dispatcher is told"


async def test_the_report_a_terminal_sends_again_after_that_is_stored_once(desk: Desk) -> None:
    await desk.telemetry._thread.do(lambda store: fill(store._db))
    many = [desk.at(-n, lat=39 + n / 10_000) for n in range(2000)]
    with pytest.raises(Unavailable):
        await desk.hears(*many, kind="batch")
    await desk.telemetry._thread.do(lambda store: make_room(store._db))

    await desk.hears(*many, kind="batch")
    await desk.hears(*many, kind="batch")

    assert desk.telemetry.stored == len(many)
    assert desk.intake.unstored_since_ms is None


async def test_a_code_is_on_disk_before_its_terminal_is_told(desk: Desk) -> None:
    admitted = desk.terminals.admit(RAW, PLATE, "1234567", 2013)
    assert isinstance(admitted, AuthCode)

    await desk.hears(kind="registered")

    store = LocalStore(desk.home)
    assert store.codes() == {RAW: admitted.code}
    store.close()


async def test_a_code_that_could_not_be_saved_is_saved_when_the_terminal_asks_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    admitted = desk.terminals.admit(RAW, PLATE, "1234567", 2013)
    with monkeypatch.context() as disk:
        disk.setattr(LocalStore, "save_codes", refuse)
        with pytest.raises(Unavailable):
            await desk.hears(kind="registered")

    assert desk.terminals.admit(RAW, PLATE, "1234567", 2013) == admitted
    await desk.hears(kind="registered")

    assert isinstance(admitted, AuthCode)
    assert await desk.local.do(LocalStore.codes) == {RAW: admitted.code}


def refuse(*_: object) -> None:
    raise Unavailable("disk_full")


async def test_a_stranger_is_shown_and_nothing_it_says_is_stored(desk: Desk) -> None:
    await desk.hears(desk.at(), kind="refused", phone="013911112222", body={"plate": "蒙M-99999"})

    assert desk.telemetry.stored == 0
    shown = desk.terminals.heard["13911112222"]
    assert (shown.state, shown.plate) == ("refused", "蒙M-99999")


async def test_what_a_terminal_of_an_exempt_vehicle_sends_is_not_kept(desk: Desk) -> None:
    exempt = {
        "stage": "exempt", "exempt_ground": "case_investigation", "exempt_document": "No. 7",
        "exempt_approver": "Office", "exempt_review_on": "2027-01-01",
    }  # fmt: skip
    for stage in ({"stage": "registered"}, exempt):
        entry = {**a_vehicle(), "plate": "NM-7", "terminal": "13911110007", **stage}
        await desk.journal.do(lambda office, entry=entry: register(office.replica, signer(desk.home, ADMIN), entry))  # type: ignore[misc]
        await desk.refresh()
        await desk.hears(desk.at(), phone="013911110007")

    assert desk.telemetry.stored == 1, "what it sent before the exemption stays"
    assert not desk.terminals.knows("13911110007")


async def test_a_message_without_a_use_yet_is_kept_as_it_came(desk: Desk) -> None:
    await desk.hears(kind="unknown", raw=b"\x01\x02")

    kept = await desk.telemetry._thread.do(
        lambda store: store._db.conn.execute("SELECT terminal, body FROM messages").fetchall()
    )
    assert kept == [(PHONE, b"\x01\x02")]


async def test_a_position_belongs_to_the_trip_its_own_time_falls_into_however_late_it_comes(desk: Desk) -> None:
    before = desk.at(-60)
    order = await desk.departs()
    await desk.refresh()
    desk.clock.time.pass_ms(600_000)
    during, late = desk.at(-300), desk.at(-200)
    await desk.hears(during)
    await desk.journal.do(
        lambda office: office.desk.act(
            signer(desk.home, DRIVER),
            order,
            Act.RETURN,
            {"odometer_km": 45_300, "receipts": "none", "key_to": "值班室"},
        )
    )
    await desk.refresh()
    desk.clock.time.pass_ms(600_000)
    after = desk.at(0)
    await desk.hears(before, late, after, kind="batch")

    assert await desk.orders_of_reports() == ["", order, order, ""]


async def test_a_position_that_fails_the_gate_is_kept_with_its_doubt_and_not_stated(desk: Desk) -> None:
    await desk.hears(desk.at(0))
    desk.clock.time.pass_ms(EVERY_S * 1000)
    await desk.hears(desk.at(0, lat=40.5), desk.at(1, fix=False), desk.at(3600))

    kept = await desk.telemetry._thread.do(
        lambda store: store._db.conn.execute("SELECT doubt FROM positions ORDER BY number").fetchall()
    )
    assert [doubt for (doubt,) in kept] == ["", "implied_speed", "no_fix", "clock_ahead"]
    assert len(await desk.seen()) == 1


async def test_a_moving_vehicle_is_stated_once_in_an_interval(desk: Desk) -> None:
    for minute in range(21):
        await desk.hears(desk.at(0, lat=39.2 + minute / 1000, speed_kmh=36.5, course=90))
        desk.clock.time.pass_ms(60_000)

    seen = await desk.seen()
    assert [(one["time_ms"] - START_MS) // 60_000 for one in seen] == [0, 5, 10, 15, 20]
    assert seen[0] | {"time_ms": 0} == {
        "time_ms": 0,
        "lat_e6": 39_200_000,
        "lon_e6": 101_666_600,
        "speed_kmh_e1": 365,
        "course": 90,
        "order": "",
    }


async def test_a_parked_vehicle_is_stated_far_less_often(desk: Desk) -> None:
    for _ in range(2 * PARKED_FACTOR + 1):
        await desk.hears(desk.at(0))
        desk.clock.time.pass_ms(EVERY_S * 1000)

    assert len(await desk.seen()) == 3


async def test_of_a_batch_sent_after_a_gap_the_newest_position_is_stated(desk: Desk) -> None:
    await desk.hears(*(desk.at(-600 + 10 * n, lat=39.2 + n / 10_000) for n in range(60)), kind="batch")

    assert [one["time_ms"] for one in await desk.seen()] == [desk.clock.now_ms() - 10_000]


async def test_a_buffered_position_older_than_the_last_one_stated_is_not_stated(desk: Desk) -> None:
    await desk.hears(desk.at(0))
    desk.clock.time.pass_ms(EVERY_S * 1000)

    await desk.hears(desk.at(-EVERY_S - 60, lat=39.25))

    assert len(await desk.seen()) == 1


async def test_a_sighting_that_could_not_be_recorded_loses_no_report_and_is_made_up_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as disk:
        disk.setattr(LedgerStore, "commit", refuse)
        await desk.hears(desk.at(0))
    assert (desk.telemetry.stored, await desk.seen()) == (1, [])

    desk.clock.time.pass_ms(1000)
    await desk.hears(desk.at(0))

    assert len(await desk.seen()) == 1


async def test_a_sighting_names_the_trip_the_vehicle_is_on(desk: Desk) -> None:
    order = await desk.departs()
    await desk.refresh()
    await desk.hears(desk.at(0))

    assert [one["order"] for one in await desk.seen()] == [order]


@pytest.mark.parametrize("knows_already", [True, False], ids=["known", "departed-this-moment"])
async def test_a_vehicle_on_a_confidential_trip_is_stored_and_never_stated(desk: Desk, knows_already: bool) -> None:
    order = await desk.departs_confidentially()
    if knows_already:
        await desk.refresh()
    for minute in range(30):
        await desk.hears(desk.at(0, lat=39.2 + minute / 1000))
        desk.clock.time.pass_ms(60_000)

    assert await desk.seen() == []
    assert desk.telemetry.stored == 30
    assert not knows_already or await desk.orders_of_reports() == [order] * 30


async def test_a_terminal_in_no_vehicle_is_stored_and_never_stated(desk: Desk) -> None:
    await desk.hears(desk.at(0), phone="013822223333")

    assert (desk.telemetry.stored, await desk.seen()) == (1, [])


async def test_a_vehicle_that_leaves_before_its_driver_says_so_is_put_on_record_once_and_the_state_stays(
    desk: Desk,
) -> None:
    def dispatched(office: Office) -> str:
        order = office.desk.submit(signer(desk.home, APPLICANT), a_form())
        office.desk.act(signer(desk.home, APPROVER), order, Act.APPROVE, {"opinion": "同意"})
        office.desk.act(signer(desk.home, DISPATCHER), order, Act.DISPATCH, {"vehicle": PLATE, "driver": DRIVER})
        return order

    order = await desk.journal.do(dispatched)
    await desk.refresh()

    for at in range(6):
        await desk.hears(desk.at(at * 10 - 60, lat=39.2165 + at * 0.001, speed_kmh=40.0))
    await desk.refresh()
    await desk.hears(*(desk.at(at * 10, lat=39.23 + at * 0.001, speed_kmh=40.0) for at in range(3)))

    known = await desk.journal.do(lambda office: office.replica.state.orders[order])
    assert (known.state, known.movement_ms) == ("dispatched", desk.clock.now_ms() - 40_000)
    assert [fact.act for fact in known.facts].count("movement_seen") == 1


async def test_what_a_terminal_kept_from_before_it_was_moved_belongs_to_the_vehicle_it_was_in(desk: Desk) -> None:
    desk.clock.time.pass_ms(3_600_000)
    admin = signer(desk.home, ADMIN)
    await desk.journal.do(lambda office: register(office.replica, admin, a_vehicle() | {"terminal": "13911110001"}))
    other = a_vehicle() | {"plate": "蒙M-00002"}
    await desk.journal.do(lambda office: register(office.replica, admin, other))
    await desk.refresh()
    desk.clock.time.pass_ms(60_000)
    await desk.hears(desk.at(-1800), desk.at(-10), kind="batch")

    assert await vehicles_of(desk) == [PLATE, "蒙M-00002"]


async def test_where_a_terminal_was_is_known_after_a_restart_and_noted_once(desk: Desk) -> None:
    await desk.refresh()
    again = Telemetry()
    await again.start(desk.home)
    history = await again.install({PHONE: (PLATE, "wgs84")}, desk.clock.now_ms())
    assert [len(each) for each in history.values()] == [1]
    history = await again.install({}, desk.clock.now_ms())
    assert [each.vehicle for each in history[PHONE]] == [PLATE, ""]
    again.stop()


async def test_a_terminal_set_to_another_datum_is_stored_in_wgs84_with_what_it_said(desk: Desk) -> None:
    admin = signer(desk.home, ADMIN)
    entry = a_vehicle() | {"terminal_datum": "gcj02"}
    desk.clock.time.pass_ms(60_000)
    await desk.journal.do(lambda office: register(office.replica, admin, entry))
    await desk.refresh()
    said = to_gcj02(39_216_500, 101_666_600)

    await desk.hears(desk.at(-300), desk.at(0, lat=said[0] / 1e6, lon=said[1] / 1e6), kind="batch")

    rows = await desk.telemetry.do(
        lambda store: store._db.conn.execute(
            "SELECT lat_e6, lon_e6, said_lat_e6, said_lon_e6 FROM positions ORDER BY device_ms"
        ).fetchall()
    )
    assert rows == [(39_216_500, 101_666_600, None, None), (39_216_500, 101_666_600, *said)], (
        "before it was set: as said"
    )


async def test_new_reports_are_to_be_judged_from_the_earliest_of_them_on(desk: Desk) -> None:
    def unjudged() -> Any:
        return desk.telemetry.do(lambda store: store.unjudged())

    await desk.hears(desk.at(-10), desk.at(-700), kind="batch")
    before = (await unjudged())[PLATE]
    assert before.from_ms == desk.clock.now_ms() - 700_000

    await desk.hears(desk.at(-900))
    await desk.telemetry.do(lambda store: store.judged(PLATE, before))
    after = (await unjudged())[PLATE]
    assert after.from_ms == desk.clock.now_ms() - 900_000, "more came while it was judged"

    await desk.hears(desk.at(-900))
    await desk.telemetry.do(lambda store: store.judged(PLATE, after))
    assert await unjudged() == {}, "what was known already is nothing new"


async def vehicles_of(desk: Desk) -> list[str]:
    return await desk.telemetry.do(
        lambda store: [
            vehicle for (vehicle,) in store._db.conn.execute("SELECT vehicle FROM positions ORDER BY device_ms")
        ]
    )
