"""The same figures for programs, as JSON. A session comes from POST /api/session and goes into a bearer token."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from typing import Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Stream

from central import findings, scans, tracks
from central import overview as overviews
from central.accounts import Role, Viewer
from central.database import engine_version
from central.pages import unit_lines
from central.region import Region
from central.service import Service
from fleet.errors import BadInput, NotAllowed, NotFound
from fleet.ledger.blobs import PIECE_SIZE


class SignIn(msgspec.Struct, forbid_unknown_fields=True):
    """What a program signs in with."""

    name: str
    passphrase: str


@post("/api/session", status_code=201)
async def session(data: JSONBody[SignIn], service: NamedDependency[Service]) -> dict[str, str]:
    """Begin a session; answers its token."""
    return {"token": await service.sign_in(data.name, data.passphrase)}


@get("/api/region")
async def region(service: NamedDependency[Service], viewer: NamedDependency[Viewer]) -> dict[str, Any]:
    """Units, orders and vehicles, as the region page lists them."""
    await service.seen(viewer, "/api/region")
    now_ms = service.clock.now_ms()
    lines = await unit_lines(service, now_ms)
    view = await service.read(lambda db: overviews.overview(db, lines, now_ms=now_ms, ended=True))
    answer: dict[str, Any] = msgspec.to_builtins(view)
    checks = await service.read(findings.totals)
    return answer | {"heard": view.heard, "held": view.held, "known": view.known, "alarms": checks}


@get("/api/units/{unit:str}")
async def unit(
    unit: FromPath[str], service: NamedDependency[Service], viewer: NamedDependency[Viewer]
) -> dict[str, Any]:
    """How much is held of one unit, and the hash of the state it folds to."""
    await service.seen(viewer, f"/api/units/{unit}")
    line = next((line for line in await unit_lines(service, service.clock.now_ms()) if line.code == unit), None)
    if line is None:
        raise NotFound("no_unit", unit=unit)
    return {
        "held": line.standing.held,
        "known": line.standing.known,
        "quarantined": line.standing.quarantined,
        "alarms": await service.read(lambda db: findings.totals(db, unit)),
        "state_hash": await service.do(lambda central: central.replica(unit).digest()),
        "last_heard_ms": line.heard_ms,
        "sqlite_version": engine_version(),
    }


@get("/api/units/{unit:str}/tracks/{plate:str}")
async def track(
    unit: FromPath[str],
    plate: FromPath[str],
    service: NamedDependency[Service],
    viewer: NamedDependency[Viewer],
    day: FromQuery[str] = "",
) -> dict[str, Any]:
    """What is held of a vehicle's track of a day (YYYY-MM-DD; today if none is named), and how much of it there is."""
    await service.seen(viewer, f"/api/units/{unit}/tracks/{plate}")
    at_ms = _noon(day, service) if day else service.clock.now_ms()
    now_ms = service.clock.now_ms()

    def work(central: Region) -> tracks.Day:
        state = central.replica(unit).state
        return tracks.day(state, central.blobs(unit), plate, at_ms, tracks.hidden(state, plate, now_ms))

    answer: dict[str, Any] = msgspec.to_builtins(await service.do(work))
    return answer


@get("/api/units/{unit:str}/scans")
async def scans_of(
    unit: FromPath[str], service: NamedDependency[Service], viewer: NamedDependency[Viewer]
) -> list[scans.Scan]:
    """The scans and photos a unit's acts name, and which of them have come."""
    _require_supervisor(viewer)
    await service.seen(viewer, f"/api/units/{unit}/scans")
    return await service.do(lambda central: scans.listed(central.replica(unit).state, central.blobs(unit)))


@get("/api/units/{unit:str}/scans/{name:str}")
async def scan(
    unit: FromPath[str], name: FromPath[str], service: NamedDependency[Service], viewer: NamedDependency[Viewer]
) -> Stream:
    """A scan, as what it is; it is on record that it was opened before a byte of it is told."""
    _require_supervisor(viewer)
    digest, media_type = await service.do(
        lambda central: scans.opened(central.replica(unit).state, central.blobs(unit), name)
    )
    await service.seen(viewer, f"/api/units/{unit}/scans/{name}")

    disposition = f'attachment; filename="{name[:16]}"'
    content = _content(service, unit, digest)
    return Stream(content, media_type=media_type, headers={"content-disposition": disposition})


async def _content(service: Service, unit: str, name: bytes) -> AsyncIterator[bytes]:
    def read(at: int, central: Region) -> bytes:
        return central.blobs(unit).read(name, at, PIECE_SIZE)

    at = 0
    while piece := await service.do(partial(read, at)):
        at += len(piece)
        yield piece


def _require_supervisor(viewer: Viewer) -> None:
    """Papers with people's names on them are for supervision, not for whoever keeps the server."""
    if viewer.role is not Role.SUPERVISOR:
        raise NotAllowed("supervisor_only")


def _noon(day: str, service: Service) -> int:
    try:
        return round(datetime.strptime(day, "%Y-%m-%d").replace(hour=12, tzinfo=service.zone).timestamp()) * 1000
    except ValueError:
        raise BadInput("field_not_a_date", field="day", value=day[:32]) from None


HANDLERS = [session, region, unit, track, scans_of, scan]
