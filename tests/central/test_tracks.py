"""Tracks at central: what a node named is asked for, thinned first, and shown as far as it has come."""

from __future__ import annotations

from pathlib import Path
from random import Random

import httpx
import pytest

from central import keys, tracks
from central.region import Region, open_region
from fleet.ledger import kinds
from fleet.ledger.blobs import SIZE_MAX, BlobStore, outline_of
from fleet.ledger.canonical import Value
from fleet.ledger.replica import Statement
from fleet.tracks import segment, thin
from fleet.tracks.days import day_of
from fleet.tracks.point import Point
from tests.central.conftest import PASSPHRASE
from tests.central.test_sync import converse
from tests.central.unit import HOUR_MS, PLATE, StillClock, Unit
from tests.simulation.shelf import SimulatedShelf

pytestmark = pytest.mark.anyio


def points(day_ms: int, hour: int, count: int = 60) -> list[Point]:
    begin = day_ms + hour * HOUR_MS
    return [
        Point(
            begin + second * 10_000, begin + second * 10_000 + 1_500, 39_200_000 + second * 2_000, 101_600_000,
            1300, 799, 0, 1, 1, 10_000 + second * 2, 400, 12, 28, 0, 3,
        )
        for second in range(count)
    ]  # fmt: skip


def packed(unit: Unit, reports: list[Point], plate: str = PLATE) -> dict[str, Value]:
    """A segment of a unit's node and what it says of it."""
    shelf = unit.blobs or SimulatedShelf()
    unit.blobs = shelf
    line = thin.pack(thin.thin(reports))
    body: dict[str, Value] = {
        "day_ms": day_of(reports[0].device_ms), "from_ms": reports[0].device_ms, "to_ms": reports[-1].device_ms,
        "positions": len(reports), "terminal": "13900000001", "full": put(shelf, segment.pack(reports)),
        "thin": put(shelf, line),
    }  # fmt: skip
    unit.replica.write([Statement(kinds.TRACK_PACK, f"track/{plate}", body)])
    return body


def put(shelf: BlobStore, data: bytes) -> bytes:
    outline = outline_of([data])
    shelf.begin(outline.name, outline.encoded())
    shelf.append(outline.name, data)
    shelf.keep(outline.name)
    return outline.name


@pytest.fixture
def region(directory: Path, clock: StillClock) -> Region:
    return open_region(directory, keys.load(directory), clock)


def told(region: Region, unit: Unit, *, budget: int = 1 << 20, until: int = 100) -> list[bytes]:
    """A conversation, to its end or until so many blobs have come whole; which, in order."""
    exchange, arrived = unit.exchange(), list[bytes]()
    while len(arrived) < until and (said := exchange.outgoing(budget)):
        exchange.receive(region.converse(unit.code, said, link="https"), now_ms=unit.clock.now_ms())
        arrived += [name for name in region.blobs(unit.code).whole() if name not in arrived][: until - len(arrived)]
    return arrived


def day_at(region: Region, unit: Unit, at_ms: int) -> tracks.Day:
    return tracks.day(region.replica(unit.code).state, region.blobs(unit.code), PLATE, at_ms)


def test_what_a_node_named_comes_in_full_and_is_shown_judged(region: Region, unit: Unit) -> None:
    day_ms = day_of(unit.clock.time_ms)
    reports = [*points(day_ms, 8), *points(day_ms, 9)]
    reports[30] = reports[30]._replace(lat_e6=41_000_000)
    packed(unit, reports)
    told(region, unit)

    found = day_at(region, unit, day_ms)

    assert [part.held for part in found.parts] == ["full"]
    assert [(fix.time_ms, fix.lat_e6) for fix in found.fixes] == [(each.device_ms, each.lat_e6) for each in reports]
    assert [number for number, fix in enumerate(found.fixes) if fix.doubt] == [30]
    assert found.metres == pytest.approx(2 * 59 * 222, rel=0.02)


def test_of_a_day_that_was_only_named_it_is_known_that_it_exists(region: Region, unit: Unit) -> None:
    day_ms = day_of(unit.clock.time_ms)
    packed(unit, points(day_ms, 8))
    unit.blobs = None
    told(region, unit)

    found = day_at(region, unit, day_ms)
    assert [(part.positions, part.held) for part in found.parts] == [(60, "none")]
    assert (found.fixes, found.metres) == ((), None)
    assert day_at(region, unit, day_ms + 24 * HOUR_MS).parts == ()


def test_thinned_lines_come_first_and_are_shown_until_the_rest_is_here(region: Region, unit: Unit) -> None:
    day_ms = day_of(unit.clock.time_ms)
    rough = Random(4)
    bodies = [
        packed(unit, [each._replace(alt_m=rough.randrange(3000)) for each in points(day_ms, hour, 350)])
        for hour in range(6, 12)
    ]
    arrived = told(region, unit, budget=900, until=6)

    assert {*arrived} == {body["thin"] for body in bodies}
    found = day_at(region, unit, day_ms)
    assert [part.held for part in found.parts] == ["thin"] * 6
    assert found.metres is None
    assert all(fix.speed_kmh_e1 is None for fix in found.fixes)


def test_bytes_that_are_no_segment_show_nothing(region: Region, unit: Unit) -> None:
    day_ms = day_of(unit.clock.time_ms)
    body = packed(unit, points(day_ms, 8))
    assert isinstance(unit.blobs, SimulatedShelf)
    unit.replica.write([Statement(kinds.TRACK_PACK, f"track/{PLATE}", body | {"full": put(unit.blobs, b"nonsense")})])
    told(region, unit)

    assert sorted(part.held for part in day_at(region, unit, day_ms).parts) == ["full", "none"]
    assert unit.blobs.read(b"", 0, SIZE_MAX) == b""


async def test_a_program_reads_a_day_over_http(client: httpx.AsyncClient, unit: Unit) -> None:
    day_ms = day_of(unit.clock.time_ms)
    packed(unit, points(day_ms, 8))
    await converse(client, unit)
    answer = await client.post("/api/session", json={"name": "admin", "passphrase": PASSPHRASE})
    bearer = {"authorization": f"Bearer {answer.json()['token']}"}
    path = f"/api/units/lyj/tracks/{PLATE}"

    found = (await client.get(path, headers=bearer)).json()

    assert (found["day_ms"], len(found["fixes"]), found["parts"][0]["held"]) == (day_ms, 60, "full")
    assert (await client.get(f"{path}?day=2020-01-01", headers=bearer)).json()["parts"] == []
    assert (await client.get(f"{path}?day=soon", headers=bearer)).json()["code"] == "field_not_a_date"
    assert (await client.get(path)).status_code == 401
