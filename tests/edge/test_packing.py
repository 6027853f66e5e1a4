"""Packing on a node: days that are over rest as segments that central is told of, and nothing is lost on the way."""

from __future__ import annotations

from typing import Any

import pytest

from edge import space
from edge.changes import Changes
from edge.packing import Packing
from edge.store.heard import DriverCard
from edge.store.journal import Office
from edge.store.telemetry import TelemetryStore
from edge.store.tracks import Tracks
from fleet.errors import Unavailable
from fleet.ledger.entries import Stretch
from fleet.tracks import segment, thin
from fleet.tracks.days import DAY_MS, day_of
from tests.edge.desk import Desk
from tests.edge.unit import PHONE, PLATE

pytestmark = pytest.mark.anyio

HOT_DAYS = 2


def packing(desk: Desk) -> Packing:
    return Packing(desk.home, desk.telemetry, desk.journal, Changes(), desk.clock)


async def drive(desk: Desk, minutes: int = 30, *, after_s: int = 0) -> None:
    """A drive north, heard as it happens."""
    first = desk.clock.now_ms()
    desk.clock.time.pass_ms(minutes * 60_000)
    seconds = range(after_s, minutes * 60, 10)
    now_ms = desk.clock.now_ms()
    positions = [
        desk.at((first - now_ms) / 1000 + second, lat=round(39.2 + second / 5_000, 6), speed_kmh=79.9)
        for second in seconds
    ]
    await desk.hears(*positions, kind="batch")


async def days_pass(desk: Desk, days: float = HOT_DAYS + 1) -> None:
    desk.clock.time.pass_ms(round(days * DAY_MS))
    await desk.refresh()


async def segments(desk: Desk) -> list[Any]:
    return await desk.telemetry.do(lambda store: list(store.tracks.segments()))


async def rows(desk: Desk) -> int:
    return await desk.telemetry.do(lambda store: store._db.conn.execute("SELECT count(*) FROM positions").fetchone()[0])


async def named(desk: Desk) -> list[Stretch]:
    """What the ledger says of the vehicle's track."""
    return await desk.journal.do(
        lambda office: [one for month in office.replica.state.tracks.values() for one in month]
    )


async def test_a_day_that_is_over_is_packed_named_and_offered(desk: Desk) -> None:
    started_ms = desk.clock.now_ms()
    await drive(desk)
    await packing(desk).turn()
    assert await segments(desk) == [], "not yet"

    await days_pass(desk)
    await packing(desk).turn()

    (row,) = await segments(desk)
    assert await rows(desk) == 0
    assert await named(desk) == [
        Stretch(row.day_ms, started_ms, started_ms + 1_790_000, 180, row.terminal, row.full_name, row.thin_name)
    ]
    read = await desk.journal.do(lambda office: office.blobs.read(row.thin_name, 0, 1 << 20))
    whole = await desk.journal.do(lambda office: office.blobs.read(row.full_name, 0, 1 << 20))
    assert thin.error_m(segment.unpack(whole), thin.unpack(read)) <= thin.TOLERANCE_M


async def test_whose_card_was_in_the_terminal_is_named_with_the_day(desk: Desk) -> None:
    now_ms = desk.clock.now_ms()
    cards = [
        DriverCard(PHONE, now_ms + at_ms, now_ms + at_ms, inserted, 0, name, "", "")
        for at_ms, inserted, name in ((-DAY_MS, True, "孟克"), (600_000, False, "孟克"), (900_000, True, "王强"))
    ]
    await desk.telemetry.save_cards(cards)
    await drive(desk)
    await days_pass(desk)
    await packing(desk).turn()

    (stretch,) = await named(desk)
    assert stretch.cards == ((day_of(now_ms), "孟克"), (now_ms + 600_000, ""), (now_ms + 900_000, "王强"))


async def test_what_is_done_is_not_done_twice(desk: Desk) -> None:
    await drive(desk)
    await days_pass(desk)
    for _ in range(2):
        await packing(desk).turn()

    assert (len(await segments(desk)), len(await named(desk))) == (1, 1)


async def test_a_crash_between_packing_and_naming_is_made_up_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await drive(desk)
    await days_pass(desk)
    with monkeypatch.context() as power:
        power.setattr(desk.journal, "do", cut_after(desk.journal.do, "_state"))
        with pytest.raises(Unavailable):
            await packing(desk).turn()
    assert (len(await segments(desk)), await named(desk)) == (1, [])

    await packing(desk).turn()
    assert len(await named(desk)) == 1


async def test_a_crash_after_naming_names_nothing_twice(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await drive(desk)
    await days_pass(desk)
    with monkeypatch.context() as power:
        power.setattr(Tracks, "name", refuse)
        with pytest.raises(Unavailable):
            await packing(desk).turn()
    made = await desk.journal.do(lambda office: office.replica.made)

    await packing(desk).turn()

    assert await desk.journal.do(lambda office: office.replica.made) == made
    assert (len(await segments(desk)), len(await named(desk))) == (1, 1)


def cut_after(do: Any, name: str) -> Any:
    async def cut(work: Any) -> Any:
        if name in work.__code__.co_names if hasattr(work, "__code__") else False:
            raise Unavailable("disk_failed")
        return await do(work)

    return cut


def refuse(*_: object) -> None:
    raise Unavailable("disk_failed")


async def test_a_day_that_cannot_be_packed_holds_up_no_other(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await drive(desk)
    await days_pass(desk, 1)
    await drive(desk)
    await days_pass(desk)
    first = (await desk.telemetry.do(lambda store: store.tracks.parts(1 << 50)))[0]
    whole = Tracks.pack

    def pack(tracks: Tracks, part: Any, spans: Any) -> Any:
        return refuse() if part == first else whole(tracks, part, spans)

    monkeypatch.setattr(Tracks, "pack", pack)

    await packing(desk).turn()

    assert [row.day_ms > first.day_ms for row in await segments(desk)] == [True]


async def test_tyres_are_known_up_to_today(desk: Desk) -> None:
    await drive(desk)
    await days_pass(desk, 1)
    await packing(desk).turn()
    today_ms = day_of(desk.clock.now_ms())
    assert await desk.telemetry.do(lambda store: store.tracks.unlearnt(today_ms)) == []


async def test_reports_that_come_after_their_day_was_packed_make_one_more_segment(desk: Desk) -> None:
    await drive(desk)
    await days_pass(desk)
    await packing(desk).turn()
    last = (await segments(desk))[0].to_ms
    late = (last - desk.clock.now_ms()) / 1000

    await desk.hears(*(desk.at(late + second, lat=39.6) for second in (10, 20, 30)), kind="batch")
    await packing(desk).turn()

    assert [row.positions for row in await segments(desk)] == [180, 3]
    assert [stretch.positions for stretch in await named(desk)] == [180, 3]


async def test_what_was_said_on_a_confidential_trip_is_packed_and_named_to_nobody(desk: Desk) -> None:
    await drive(desk, 10)
    await desk.departs_confidentially()
    await desk.refresh()
    await drive(desk, 10)
    await days_pass(desk)
    await packing(desk).turn()

    found = await segments(desk)
    assert [(row.apart, row.positions) for row in found] == [(0, 60), (1, 60)]
    assert [stretch.full for stretch in await named(desk)] == [found[0].full_name]
    for name in (found[1].full_name, found[1].thin_name):
        assert await desk.journal.do(lambda office, name=name: holds(office, name)) == (False, b"")  # type: ignore[misc]
    assert len(await desk.telemetry.do(lambda store: whole_day(store, found[0].day_ms))) == 120, "the node itself knows"


def holds(office: Office, name: bytes) -> tuple[bool, bytes]:
    return name in office.blobs.whole(), office.blobs.read(name, 0, 1 << 20)


def whole_day(store: TelemetryStore, day_ms: int) -> list[Any]:
    return store.tracks.points(PLATE, day_ms, day_ms)


async def test_what_comes_when_its_trips_are_not_at_hand_any_more_stays_on_the_node(desk: Desk) -> None:
    await drive(desk)
    await days_pass(desk, 50)
    await packing(desk).turn()

    assert [row.apart for row in await segments(desk)] == [1]
    assert await named(desk) == []


async def test_where_a_vehicle_was_last_is_known_after_its_day_was_packed(desk: Desk) -> None:
    await drive(desk)
    before = desk.telemetry.last
    await days_pass(desk)
    await packing(desk).turn()

    again = TelemetryStore(desk.home)
    assert again.latest == before
    assert again.said == again.latest
    again.close()


async def test_what_was_kept_long_enough_is_let_go_and_not_asked_for_again(desk: Desk) -> None:
    await drive(desk)
    await days_pass(desk)
    await packing(desk).turn()
    names = await desk.telemetry.do(lambda store: store.tracks.names())

    await days_pass(desk, 1_100)
    await packing(desk).turn()

    assert (await segments(desk), await rows(desk), len(await named(desk))) == ([], 0, 1)
    whole = await desk.journal.do(lambda office: set(office.blobs.whole()))
    assert not names & whole


async def test_the_days_that_are_left_are_foretold_once_two_are_known(desk: Desk) -> None:
    one = packing(desk)
    await one.turn()
    assert one.space.days_left is None
    await days_pass(desk, 1)
    await drive(desk)
    await one.turn()
    assert one.space.free > 0
    assert one.space.a_day is not None


@pytest.mark.parametrize(
    ("notes", "a_day", "left"),
    [
        ([], None, None),
        ([(0, 500)], None, None),
        ([(0, 500), (DAY_MS, 600)], 100, 10),
        ([(0, 500), (4 * DAY_MS, 900), (5 * DAY_MS, 1500)], 200, 5),
        ([(0, 500), (DAY_MS, 400)], 0, space.DAYS_TOLD_MAX),
    ],
)
def test_what_a_day_takes_is_the_mean_since_the_oldest_note(
    notes: list[tuple[int, int]], a_day: int | None, left: int | None
) -> None:
    assert space.foretell(notes, 1_000) == space.Space(1_000, a_day, left)
