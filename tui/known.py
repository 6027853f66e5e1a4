"""What forms let one choose from: vehicles, people, drivers, places, orders, as the node knows them now."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from typing import Any

from fleet.rules.roles import Role
from fleet.words import Words
from tui.api import Api, Refused, SessionLost
from tui.rows.fields import Option
from tui.rows.orders import party
from tui.shapes import Facts, OrderRow, Person

ORDERS_KNOWN = "50"
NONE: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Options by what they are. `names` tells a person's name by staff number."""

    vehicles: tuple[Option, ...] = NONE
    people: tuple[Option, ...] = NONE
    drivers: tuple[Option, ...] = NONE
    applicants: tuple[Option, ...] = NONE
    places: tuple[Option, ...] = NONE
    orders: tuple[Option, ...] = NONE


async def ask(api: Api, words: Words) -> Known:
    """Everything at one moment; what the one who asks may not see gives no options."""
    vehicles, people, places, orders = await asyncio.gather(
        _told(api.get("/vehicles")),
        api.people(),
        _told(api.get("/places")),
        _told(api.get("/orders", limit=ORDERS_KNOWN)),
    )
    return made(words, vehicles or [], people, (places or {}).get("features", []), (orders or {}).get("rows", []))


async def _told(answer: Awaitable[Any]) -> Any:
    try:
        return await answer
    except SessionLost:
        raise
    except Refused:
        return None


def made(
    words: Words, vehicles: Iterable[Facts], people: Iterable[Person], places: Iterable[Facts], orders: Iterable[Any]
) -> Known:
    """The options of what the node answered. Pure."""
    people = list(people)
    return Known(
        vehicles=tuple(_vehicle(words, row) for row in vehicles),
        people=_people(people),
        drivers=_people(person for person in people if Role.DRIVER in person["roles"]),
        applicants=_people(person for person in people if Role.APPLICANT in person["roles"]),
        places=tuple(Option(name, name) for name in sorted(feature["properties"]["name"] for feature in places)),
        orders=tuple(_order(words, row) for row in orders),
    )


def _vehicle(words: Words, row: Facts) -> Option:
    return Option(row["plate"], f"{row['plate']} {words('tag.' + row['tag'])}")


def _people(people: Iterable[Person]) -> tuple[Option, ...]:
    return tuple(Option(person["id"], person["name"], person["id"]) for person in people)


def _order(words: Words, row: OrderRow) -> Option:
    return Option(row["id"], f"{row['tail']} {party(words, row)} {row['reason']}", row["vehicle"] or "")
