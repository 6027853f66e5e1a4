"""The node's lines: asked by plate or phone, counted over restarts, and taught by what terminals say of themselves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge.lines import Lines
from edge.serial_terminal.jt808.heard import Heard
from edge.serial_terminal.listen import Listener
from edge.serial_terminal.nmea.frame import encode
from edge.serial_terminal.simulator.pseudo import PseudoPort
from edge.serial_terminal.simulator.terminal import Terminal
from edge.settings import Line
from edge.store.heard import DriverCard
from edge.store.local import Local, LocalStore
from edge.store.telemetry import Telemetry
from edge.terminals import Terminals
from fleet.errors import FleetError, NotFound, RuleBroken, Unavailable
from fleet.rules.attribution import Trip, trip_at
from fleet.rules.vehicle import Vehicle
from tests.edge.serial_terminal.doubles import frame
from tests.edge.serial_terminal.meshtastic.radios import NODE_ID, STRANGER, position
from tests.edge.serial_terminal.test_conversation import CLOCK, Store, _drive, a_terminal
from tests.edge.unit import chance

pytestmark = pytest.mark.anyio
PLATE, PHONE = "蒙M10001", "13800138000"
VEHICLE = Vehicle(plate=PLATE, cls="general", seats=5, terminal=PHONE)


class Bench:
    """Lines on one cable, with the files they remember in."""

    def __init__(self, lines: Lines, store: Store, cable: PseudoPort, telemetry: Telemetry) -> None:
        self.lines, self.store, self.cable, self.telemetry = lines, store, cable, telemetry

    async def heard(self, *kinds: str) -> Heard:
        return await self.store.until(lambda message: message.kind in kinds)

    def row(self) -> dict[str, Any]:
        return self.lines.terminal_row(PHONE)


@asynccontextmanager
async def a_bench(
    home: Path, terminals: Sequence[Terminal], trips: Sequence[Trip] = (), **spoken: Any
) -> AsyncIterator[Bench]:
    local, telemetry, store, cable = Local("local"), Telemetry(), Store(), PseudoPort()
    known = Terminals(chance(), {})
    known.use([VEHICLE], {})

    def trip_of(phone: str, at_ms: int) -> str:
        on = trip_at(trips, known.plate(phone), at_ms)
        return on.order if on else ""

    async with AsyncExitStack() as stack:
        await local.start(lambda: LocalStore(home))
        stack.callback(local.stop)
        await telemetry.start(home)
        stack.callback(telemetry.stop)
        lines = Lines(known, telemetry, local, CLOCK, chance())
        line = Line(port=cable.name, baud=9600, answer_timeout_s=1, resends=1, **spoken)
        listeners = await lines.start([line], store.commit, trip_of)
        running = [asyncio.create_task(listener.run()) for listener in listeners]
        running.append(asyncio.create_task(lines.keep_count()))
        assert isinstance(listeners[0], Listener)
        await listeners[0].line.until("open")
        running.append(asyncio.create_task(_drive(cable, terminals)))
        try:
            yield Bench(lines, store, cable, telemetry)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            cable.close()


async def refused(asking: Any) -> FleetError:
    with pytest.raises(FleetError) as refusal:
        await asking
    return refusal.value


async def test_a_terminal_is_asked_by_plate_or_phone_and_its_answer_comes_back(tmp_path: Path) -> None:
    terminal = a_terminal()
    async with a_bench(tmp_path, [terminal]) as bench:
        await bench.heard("position")
        for whom in (PLATE, PHONE, f"0{PHONE}"):
            answer = await bench.lines.ask(whom, "text", {"text": whom}, 10)
            assert (answer["verdict"], answer["message"]) == ("done", "0x8300")
        assert terminal.texts == [PLATE, PHONE, f"0{PHONE}"]
        told = await bench.lines.ask(PLATE, "parameters", {"names": "heartbeat_s"}, 10)
        assert told["answer"]["params"] == [{"id": "0x0001", "name": "heartbeat_s", "value": 60}]


async def test_what_cannot_be_asked_is_refused_before_it_takes_any_air(tmp_path: Path) -> None:
    async with a_bench(tmp_path, [a_terminal()]) as bench:
        assert isinstance(await refused(bench.lines.ask("蒙M99999", "text", {"text": "x"}, 5)), NotFound)
        not_heard = await refused(bench.lines.ask(PLATE, "text", {"text": "x"}, 5))
        await bench.heard("position")
        forbidden = await refused(bench.lines.ask(PLATE, "0x8105", {"command": 0x64, "args": ""}, 5))
        newer = await refused(bench.lines.ask(PLATE, "link", {}, 5))
        assert isinstance(not_heard, Unavailable)
        assert isinstance(forbidden, RuleBroken)
        codes = [error.code for error in (not_heard, forbidden, newer)]
        assert codes == ["terminal_not_heard", "terminal_forbidden", "terminal_cannot"]


async def test_a_terminal_that_said_it_cannot_is_not_asked_again_even_after_a_restart(tmp_path: Path) -> None:
    async with a_bench(tmp_path, [a_terminal()]) as bench:
        await bench.heard("position")
        assert (await refused(bench.lines.ask(PLATE, "photo", {}, 10))).code == "terminal_cannot"
    async with a_bench(tmp_path, []) as bench:
        bench.cable.write(frame(0x0002))
        await bench.heard("heartbeat")
        sent = bench.lines.listeners[0].line.health.bytes_out
        assert (await refused(bench.lines.ask(PLATE, "photo", {}, 10))).code == "terminal_cannot"
        assert bench.lines.listeners[0].line.health.bytes_out == sent


async def test_a_terminal_that_is_silent_is_told_as_such(tmp_path: Path) -> None:
    async with a_bench(tmp_path, []) as bench:
        bench.cable.write(frame(0x0002))
        await bench.heard("heartbeat")
        assert (await refused(bench.lines.ask(PLATE, "position", {}, 0.2))).code == "terminal_no_answer"


async def test_counters_models_and_what_was_said_of_a_line_survive_a_restart(tmp_path: Path) -> None:
    def counts(bench: Bench) -> tuple[int, ...]:
        row = bench.lines.row(bench.lines.listeners[0])
        return row["good"], row["bytes_in"], sum(row["bad"].values()), bench.row()["frames"]

    async with a_bench(tmp_path, [a_terminal()]) as bench:
        await bench.heard("position")
        bench.cable.write(frame(0x0002)[:-2] + b"\x00\x7e")
        before = counts(bench)
    async with a_bench(tmp_path, []) as bench:
        name = bench.lines.listeners[0].line.name
        tally = bench.lines._before.get(name) or next(iter(bench.lines._before.values()))
        assert tally.good >= before[0] > 3
        assert tally.bytes_in >= before[1]
        assert bench.row()["frames"] >= before[3] > 0
        assert (bench.row()["maker"], bench.row()["model"]) == ("ORTOO", "SIMULATOR")


async def test_a_card_belongs_to_the_trip_and_one_that_was_in_before_is_stored_for_it_at_departure(
    tmp_path: Path,
) -> None:
    terminal, trips = a_terminal(), list[Trip]()
    terminal.use_card(("孟克", "152922198001011234"))
    async with a_bench(tmp_path, [terminal], trips) as bench:
        await bench.heard("driver")
        assert [card.order for card in await bench.telemetry.last_cards()] == [""]
        trips.append(Trip("1-00001", PLATE, CLOCK.now_ms(), None, confidential=False))
        await bench.lines.departed(trips)
        await bench.lines.departed(trips)
        assert _drivers(await bench.telemetry.cards_of_order("1-00001")) == ["孟克"]
        bench.store.heard.clear()
        terminal.use_card(("巴图", "152922198506067890"))
        await bench.heard("driver")
        assert _drivers(await bench.telemetry.cards_of_order("1-00001")) == ["孟克", "巴图"]
        assert [card.name for card in bench.lines.fittings.strangers({"1-00001": "孟克"})] == ["巴图"]
        assert bench.lines.fittings.strangers({"1-00001": "巴图"}) == bench.lines.fittings.strangers({}) == []
        driver = bench.row()["driver"]
        assert (driver["name"], driver["order"]) == ("巴图", "1-00001")
        bench.store.heard.clear()
        terminal.use_card(None)
        await bench.heard("driver")
        assert bench.row()["driver"] is None


def _drivers(cards: Sequence[DriverCard]) -> list[str]:
    return [card.name for card in cards if card.inserted]


async def test_status_tells_the_line_a_terminal_is_on_and_how_far_its_clock_is_off(tmp_path: Path) -> None:
    terminal = a_terminal()
    terminal.vehicle.clock_ahead_ms = 7_200_000
    async with a_bench(tmp_path, [terminal]) as bench:
        await bench.heard("position")
        row, line = bench.row(), bench.lines.row(bench.lines.listeners[0])
        assert row["line"] == line["name"] == bench.cable.name
        assert row["clock_offset_ms"] == pytest.approx(7_200_000, abs=3_000)
        assert (line["state"], line["hearing"], line["baud"]) == ("open", "good", 9600)


async def test_an_nmea_line_reports_its_vehicle_and_is_counted_like_any_other(tmp_path: Path) -> None:
    async with a_bench(tmp_path, [], protocol="nmea", vehicle=PLATE) as bench:
        for second in (0, 1):
            bench.cable.write(encode(f"GNRMC,04000{second}.00,A,3912.9900,N,10139.9960,E,19.708,90.0,240926,,,A"))
        heard = await bench.heard("position")
        assert (heard.phone, heard.positions[0].lat) == (PHONE, 39.2165)
        row = bench.lines.row(bench.lines.listeners[0])
        assert (row["good"], row["bad"]) == (2, {})
        assert isinstance(await refused(bench.lines.ask(PLATE, "text", {"text": "x"}, 5)), Unavailable)


async def test_a_radios_node_is_heard_by_its_id_if_it_is_on_the_register(tmp_path: Path) -> None:
    async with a_bench(tmp_path, [], protocol="meshtastic") as bench:
        bench.lines._terminals.use([replace(VEHICLE, terminal=NODE_ID)], {})
        bench.cable.write(position(STRANGER) + position())
        heard = await bench.heard("position")
        assert (heard.phone, bench.lines.listeners[0].station.counters.refused) == (NODE_ID, 1)
