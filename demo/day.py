"""A unit's day: people apply, decide, dispatch and drive; the road to central is cut before and mended after.

Every step goes through the doors a person would use, each with the person's own key. Moves the rules forbid are tried
as well, and must be refused.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from demo.cast import PLACES, Trip
from demo.faces import Api, Refused
from demo.region import Region
from fleet.errors import Unavailable

Say = Callable[..., None]
Mishap = Callable[[], Awaitable[None]]
"""Something that befalls the region while a vehicle is on the road."""
SETTLE_MAX_S = 90.0
LOOK_S = 0.1
TRIP_LEAST_S = 6.0
BEFORE_AND_AFTER_S = 10.0
"""What the day takes besides the trip, about."""
ODOMETER_KM = 45_218
ON_THE_ROAD = {"depart": "go", "return": "park"}
STAGES: dict[str, tuple[str, ...]] = {
    "leave_submitted": (),
    "leave_approved": ("approve",),
    "leave_dispatched": ("approve", "dispatch"),
    "leave_departed": ("approve", "dispatch", "depart"),
    "leave_closed": ("approve", "dispatch", "depart", "return", "close"),
}
"""How far a trip of the cast gets before someone sits down at the console."""


class Day:
    """The script, on a running region. `say` tells a person what happens, by a key of the catalogue and its facts."""

    def __init__(self, region: Region, say: Say, mishap: Mishap | None = None) -> None:
        self._region, self._say, self._mishap = region, say, mishap
        self.refused: list[str] = []
        self.acknowledged = self.positions_acknowledged = 0

    async def open_yard(self) -> None:
        """The admin registers places and vehicles; the vehicles' terminals register and report."""
        admin = await self._region.people.of("admin")
        table, places = "/api/imports/places", PLACES.read_bytes()
        shown = await admin.send(f"{table}?file={PLACES.name}", places)
        await admin.send(f"{table}/confirm?file={PLACES.name}&hash={shown['hash']}", places)
        for vehicle in self._region.cast.vehicles:
            given = {name: getattr(vehicle, name) for name in vehicle.__struct_fields__ if name != "cls"}
            await admin.call("POST", "/api/vehicles", given | {"class": vehicle.cls, "protocol": "jt808"})
        plates = {vehicle.plate for vehicle in self._region.cast.vehicles}
        await self._until(lambda: self._heard(plates), "demo_no_terminals")
        self._say("demo.terminals", count=len(plates))
        await self._region.play_capture()

    async def close_yard(self) -> None:
        """The terminals stop; what they count as acknowledged is kept in `positions_acknowledged`."""
        counts = await self._region.stop_terminals()
        self.positions_acknowledged = counts["positions_acknowledged"]

    async def cut_road(self) -> None:
        """Wait until central has heard the node, then cut the road between them."""
        await self._until(self._in_step, "demo_not_in_step")
        await self._region.relay.cut()
        self._say("demo.cut")

    async def mend_road(self) -> None:
        """Mend the road and ask the node to try at once."""
        await self._region.relay.mend()
        await (await self._region.people.of("dispatcher")).call("POST", "/api/sync/try", {})
        self._say("demo.mended", seconds=round(self._region.relay.cut_s, 1))

    async def settle(self) -> None:
        """Wait until central holds everything the node made."""
        await self._until(self._in_step, "demo_not_in_step")

    async def trip_to_the_end(self, trip_s: float) -> None:
        """One order from application to closing; the vehicle really drives, and passes a radio hole on the way."""
        region, people = self._region, self._region.people
        approver, dispatcher = await people.of("approver"), await people.of("dispatcher")
        order = await self._apply(region.cast.trip("close"))
        await self._refused(await people.of("applicant"), order, "approve", {"pin": region.cast.pin})
        await self._refused(dispatcher, order, "dispatch", {"vehicle": "-", "driver": "-"})
        await self._act(approver, order, "approve", {"opinion": region.cast.opinion, "pin": region.cast.pin})
        offer = (await dispatcher.call("GET", f"/api/orders/{order}/offers"))["offers"][0]
        plate, driver_id = offer["vehicle"], offer["driver"]
        await self._act(dispatcher, order, "dispatch", {"vehicle": plate, "driver": driver_id})
        driver = await people.person(driver_id)
        other = next(one.id for one in region.cast.people if one.role == "driver" and one.id != driver_id)
        await self._refused(await people.person(other), order, "depart", {"odometer_km": ODOMETER_KM, "checks": "done"})
        await self._act(driver, order, "depart", {"odometer_km": ODOMETER_KM, "checks": "done"})
        await region.terminals.tell(f"go {plate}")
        await asyncio.sleep(trip_s / 3)
        await region.terminals.tell(f"hole {plate} on")
        await self._act(driver, order, "arrive", {})
        await asyncio.sleep(trip_s / 3)
        if self._mishap:
            await self._mishap()
        await region.terminals.tell(f"hole {plate} off")
        await self._act(driver, order, "head_back", {})
        await region.terminals.tell(f"home {plate}")
        await asyncio.sleep(trip_s / 3)
        await self._refused(dispatcher, order, "cancel", {"reason": region.cast.cancel_reason})
        await self._act(driver, order, "return", {"odometer_km": ODOMETER_KM + 12, "receipts": "0"})
        await region.terminals.tell(f"park {plate}")
        await self._act(dispatcher, order, "close", {"receipts": "none"})

    async def trip_sent_back(self) -> None:
        """An order the approver sends back; without a reason that is refused."""
        approver, pin = await self._region.people.of("approver"), self._region.cast.pin
        order = await self._apply(self._region.cast.trip("send_back"))
        await self._refused(approver, order, "send_back", {"reason": "", "pin": pin})
        await self._act(approver, order, "send_back", {"reason": self._region.cast.send_back_reason, "pin": pin})

    async def trip_cancelled(self) -> None:
        """An order its applicant cancels; nobody can dispatch it afterwards."""
        applicant = await self._region.people.of("applicant")
        order = await self._apply(self._region.cast.trip("cancel"))
        await self._act(applicant, order, "cancel", {"reason": self._region.cast.cancel_reason})
        offer = {"vehicle": self._region.cast.vehicles[0].plate, "driver": self._region.cast.person("driver").id}
        await self._refused(await self._region.people.of("dispatcher"), order, "dispatch", offer)

    async def leave_work(self) -> None:
        """Orders at every stage, for whoever sits down at the console."""
        for trip in self._region.cast.trips:
            if trip.story in STAGES:
                order = await self._apply(trip)
                for act in STAGES[trip.story]:
                    await self._stage(order, act)

    async def results(self) -> dict[str, Any]:
        """What happened, as the node and central themselves count it."""
        dispatcher = await self._region.people.of("dispatcher")
        node, central = await dispatcher.call("GET", "/api/status"), await self._central()
        orders = {
            state: (await dispatcher.call("GET", f"/api/orders?state={state}&limit=1"))["total"]
            for state in ("closed", "sent_back", "cancelled")
        }
        relay = self._region.relay
        return {
            "frames": node["frames"],
            "positions_stored": node["positions_stored"],
            "orders": orders,
            "operations": {
                "made": node["operations"]["made"],
                "held_by_central": central["held"],
                "quarantined": central["quarantined"] + node["operations"]["quarantined"],
            },
            "state_hash": {"node": node["state_hash"], "central": central["state_hash"]},
            "link": {
                "cut_s": round(relay.cut_s, 3),
                "bytes_up": relay.bytes_up,
                "bytes_down": relay.bytes_down,
                "round_trips": node["link"]["round_trips"],
            },
            "refused_moves": node["refused_moves"],
            "sqlite_version": node["sqlite_version"],
        }

    async def _stage(self, order: str, act: str) -> None:
        region, people = self._region, self._region.people
        approver, dispatcher = await people.of("approver"), await people.of("dispatcher")
        assigned = await dispatcher.call("GET", f"/api/orders/{order}")
        if act == "approve":
            await self._act(approver, order, act, {"opinion": region.cast.opinion, "pin": region.cast.pin})
        elif act == "dispatch":
            offer = (await dispatcher.call("GET", f"/api/orders/{order}/offers"))["offers"][0]
            await self._act(dispatcher, order, act, {"vehicle": offer["vehicle"], "driver": offer["driver"]})
        elif act == "close":
            await self._act(dispatcher, order, act, {"receipts": "none"})
        else:
            said = {"depart": {"checks": "done"}, "return": {"receipts": "0"}}[act]
            driver = await people.person(assigned["driver"])
            await self._act(driver, order, act, {"odometer_km": ODOMETER_KM, **said})
            await region.terminals.tell(f"{ON_THE_ROAD[act]} {assigned['vehicle']}")

    async def _apply(self, trip: Trip) -> str:
        applicant = await self._region.people.of("applicant")
        order = await applicant.call("POST", "/api/orders", trip.form(int(time.time() * 1000)))
        self._say("demo.applied", order=order["id"], rider=trip.rider, destination=trip.destination)
        return str(order["id"])

    async def _act(self, who: Api, order: str, act: str, particulars: dict[str, Any]) -> None:
        after = await who.call("POST", f"/api/orders/{order}/acts/{act}", particulars)
        self.acknowledged += 1
        self._say("demo.act", order=order, act=act, state=after["state"])

    async def _refused(self, who: Api, order: str, act: str, particulars: dict[str, Any]) -> None:
        try:
            await who.call("POST", f"/api/orders/{order}/acts/{act}", particulars)
        except Refused as refused:
            self.refused.append(refused.code)
            self._say("demo.refused", order=order, act=act, code=refused.code)
        else:
            raise Unavailable("demo_not_refused", order=order, act=act)

    async def _heard(self, plates: set[str]) -> bool:
        status = await (await self._region.people.of("dispatcher")).call("GET", "/api/status")
        return plates <= {terminal["plate"] for terminal in status["terminals"] if terminal["state"] == "authenticated"}

    async def _in_step(self) -> bool:
        node = await (await self._region.people.of("dispatcher")).call("GET", "/api/status")
        central = await self._central()
        return bool(
            node["operations"]["made"] == node["operations"]["held_by_central"] == central["held"]
            and node["state_hash"] == central["state_hash"]
        )

    async def _central(self) -> dict[str, Any]:
        told: dict[str, Any] = await self._region.central.call("GET", f"/api/units/{self._region.cast.unit}")
        return told

    async def _until(self, check: Callable[[], Any], code: str) -> None:
        for _ in range(int(SETTLE_MAX_S / LOOK_S)):
            self._region.children.check()
            if await check():
                return
            await asyncio.sleep(LOOK_S)
        raise Unavailable(code)


async def whole_day(day: Day, seconds: float) -> dict[str, Any]:
    """The day from the first terminal to the last receipt, in about so many seconds."""
    trip_s = max(TRIP_LEAST_S, seconds - BEFORE_AND_AFTER_S)
    await day.open_yard()
    await day.cut_road()
    await day.trip_sent_back()
    await day.trip_cancelled()
    await day.trip_to_the_end(trip_s)
    await day.mend_road()
    await day.settle()
    await day.close_yard()
    await day.settle()
    return await day.results()


def holds(results: dict[str, Any]) -> bool:
    """Whether the day ended as it must: nothing lost, nothing set aside, every story told."""
    operations, hashes = results["operations"], results["state_hash"]
    return bool(
        operations["held_by_central"] == operations["made"] > 0
        and operations["quarantined"] == 0
        and hashes["node"] == hashes["central"]
        and all(results["orders"][story] > 0 for story in ("closed", "sent_back", "cancelled"))
        and results["positions_stored"] > 0
        and results["frames"]["good"] > 0
        and results["refused_moves"] > 0
    )
