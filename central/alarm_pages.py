"""The supervisor's pages of alarms and of tracks: a list, an alarm with its reasons, and a vehicle's day drawn."""

from __future__ import annotations

from datetime import datetime, timedelta

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from central import alarms, daymap, findings
from central.accounts import Viewer
from central.face import Face
from central.pages import unit_lines
from central.service import Service
from central.wording import alarm_told, differing, limits
from fleet.errors import BadInput, NotFound
from fleet.rules.alarm.catalogue import CATALOGUE
from fleet.rules.alarm.recheck import Result

DAY_MS = 86_400_000
SHOWN = ("all", "doubted")


@get("/alarms")
async def listed(
    face: NamedDependency[Face],
    service: NamedDependency[Service],
    viewer: NamedDependency[Viewer],
    unit: FromQuery[str] = "",
    show: FromQuery[str] = "all",
    page: FromQuery[int] = 1,
) -> Template:
    """The alarms of the region or of one unit, a page of them; `show=doubted` lists only what a second look does not
    agree with."""
    show, version = show if show in SHOWN else "all", service.live.version
    await service.seen(viewer, f"/alarms?unit={unit}&show={show}&page={page}")
    made = await service.read(lambda db: alarms.listed(db, unit, doubted=show == "doubted", page=page))
    total = await service.read(lambda db: findings.totals(db, unit))
    names = {line.code: line.name for line in await unit_lines(service, face.times.now_ms)}
    return face.page(
        "alarms.html", viewer=viewer, listed=made, total=total, results=[*Result], names=names, unit=unit, show=show,
        version=version,
    )  # fmt: skip


@get("/units/{unit:str}/alarms/{case_id:str}")
async def alarm(
    unit: FromPath[str],
    case_id: FromPath[str],
    face: NamedDependency[Face],
    service: NamedDependency[Service],
    viewer: NamedDependency[Viewer],
) -> Template:
    """One alarm: what was seen, by which rule, who answered, and what central's own look came to."""
    version = service.live.version
    page = await service.do(lambda central: alarms.page(central.replica(unit).state, central.connection, unit, case_id))
    await service.seen(viewer, face.request.url.path)
    line = next(line for line in await unit_lines(service, face.times.now_ms) if line.code == unit)
    return face.page(
        "alarm.html",
        viewer=viewer,
        page=page,
        line=page.line,
        unit=line,
        rule=CATALOGUE[page.line.code],
        told=alarm_told(face.words, page),
        limits=limits(face.words, page.limits),
        differing=differing(face.words, page.line.found),
        day=f"{datetime.fromtimestamp(page.line.from_ms / 1000, service.zone):%Y-%m-%d}",
        version=version,
    )


@get("/units/{unit:str}/days/{plate:str}")
async def day(
    unit: FromPath[str],
    plate: FromPath[str],
    face: NamedDependency[Face],
    service: NamedDependency[Service],
    viewer: NamedDependency[Viewer],
    day: FromQuery[str] = "",
    order: FromQuery[str] = "",
) -> Template:
    """A vehicle's day as a drawing, or of it what belongs to one order; opening it is on record."""
    version = service.live.version
    await service.seen(viewer, f"{face.request.url.path}?day={day}&order={order}")
    noon = _noon(day, service)
    drawn = await service.do(
        lambda central: daymap.drawn(central, unit, plate, round(noon.timestamp() * 1000), order, face.times.now_ms)
    )
    line = next((line for line in await unit_lines(service, face.times.now_ms) if line.code == unit), None)
    if line is None:
        raise NotFound("no_unit", unit=unit)
    return face.page(
        "day.html",
        viewer=viewer,
        unit=line,
        plate=plate,
        order=order,
        drawn=drawn,
        bar=_bar(drawn.sketch.span),
        day=f"{noon:%Y-%m-%d}",
        before=f"{noon - timedelta(days=1):%Y-%m-%d}",
        after=f"{noon + timedelta(days=1):%Y-%m-%d}",
        version=version,
    )


def _bar(span_m: float) -> dict[str, object]:
    """A scale: a round number of kilometres, and how wide it is, in per cent of the drawing."""
    rounds = [step * 10**power for power in range(-1, 4) for step in (1, 2, 5)]
    km = max((each for each in rounds if each * 1000 <= span_m / 4), default=rounds[0])
    return {"km": f"{km:g}", "width": round(100_000 * km / span_m, 1)}


def _noon(day: str, service: Service) -> datetime:
    if not day:
        return datetime.fromtimestamp(service.clock.now_ms() / 1000, service.zone).replace(hour=12, minute=0, second=0)
    try:
        return datetime.strptime(day, "%Y-%m-%d").replace(hour=12, tzinfo=service.zone)
    except ValueError:
        raise BadInput("field_not_a_date", field="day", value=day[:32]) from None


HANDLERS = [listed, alarm, day]
