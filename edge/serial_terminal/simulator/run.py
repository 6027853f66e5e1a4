"""The simulation on real lines: ports, the clock on the wall, commands from outside.

Rules kept here:
* Whatever a line does, the vehicles drive on: a terminal whose line is gone is a terminal nobody hears.
* Nothing outlives `run`: it ends after its seconds or when told to, waits DRAIN_S for the last answers, and closes
  what it opened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from cable.line import Line
from edge.serial_terminal.simulator.chance import SeededRandomness
from edge.serial_terminal.simulator.errors import garbage
from edge.serial_terminal.simulator.scene import Scene, Wire
from fleet.errors import Unavailable
from fleet.ports import Clock

TICK_S = 0.1
DRAIN_S = 3.0
FRAME_EVERY_S = 0.02  # captured frames, one after the other


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """What happens when, in seconds from the start. `script` are (when, command); no `seconds` means until stopped."""

    seconds: float | None = None
    hole_s: tuple[float, float] | None = None
    script: Sequence[tuple[float, str]] = ()
    auto: bool = False
    flood_seed: int | None = None  # garbage as fast as the line carries it
    controlled: bool = False  # captured frames wait for `play`, and the lines stay open when they are through


class Run:
    """One simulation under way. `played` counts captured frames written; `unopened` is the line that ended it."""

    def __init__(self, scene: Scene, lines: Sequence[Line], clock: Clock, programme: Programme) -> None:
        self.played = self.flooded = 0
        self.play = asyncio.Event()
        self.unopened: Line | None = None
        self.stopped = asyncio.Event()
        self._scene, self._lines, self._clock, self._programme = scene, lines, clock, programme
        self._script = sorted(programme.script)

    def obey(self, command: str) -> str:
        """One line of control: `play` and `played` are for captured frames, the rest moves vehicles."""
        if command == "play":
            self.play.set()
            return "ok play"
        if command == "played":
            return f"ok played {self.played} of {sum(len(wire.frames) for wire in self._scene.wires)}"
        return self._scene.obey(command)

    async def run(self) -> None:
        """Run it to its end; one line that cannot be opened at the start ends it at once."""
        async with asyncio.TaskGroup() as tasks:
            workers = [
                tasks.create_task(self._work(line, wire))
                for line, wire in zip(self._lines, self._scene.wires, strict=True)
            ]
            await self._conduct()
            for worker in workers:
                worker.cancel()

    async def _conduct(self) -> None:
        start_s = self._clock.monotonic_s()
        while not self.stopped.is_set():
            passed_s = self._clock.monotonic_s() - start_s
            if self._programme.seconds is not None and passed_s >= self._programme.seconds:
                break
            self._direct(passed_s)
            await self._tick()
        end_s = self._clock.monotonic_s() + DRAIN_S
        while not self._scene.quiet() and self._clock.monotonic_s() < end_s and not self.stopped.is_set():
            await self._tick()

    async def _tick(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(TICK_S):
                await self.stopped.wait()

    def _direct(self, passed_s: float) -> None:
        while self._script and self._script[0][0] <= passed_s:
            self._scene.obey(self._script.pop(0)[1])
        if self._programme.auto:
            self._scene.drive_on()
        if self._programme.hole_s:
            start_s, end_s = self._programme.hole_s
            self._scene.set_hole(start_s <= passed_s < end_s)

    async def _work(self, line: Line, wire: Wire) -> None:
        async with line, asyncio.TaskGroup() as tasks:
            await line.until("open", "absent")
            if line.health.state == "absent":
                self.unopened = line
                self.stopped.set()
            tasks.create_task(self._speak(line, wire))
            tasks.create_task(self._play(line, wire))
            tasks.create_task(self._flood(line))
            async for data in line:
                for terminal in wire.terminals:
                    terminal.receive(data, self._clock.now_ms())

    async def _speak(self, line: Line, wire: Wire) -> None:
        while True:
            for terminal in wire.terminals:
                for frame in terminal.due(self._clock.now_ms()):
                    with suppress(Unavailable):
                        await line.write(wire.noise.spoil(frame))
            await asyncio.sleep(TICK_S)

    async def _flood(self, line: Line) -> None:
        """Noise at the speed of the line, between whatever else is sent."""
        if self._programme.flood_seed is None:
            return
        chance, size = SeededRandomness(self._programme.flood_seed), max(1, round(line.baud / 10 * TICK_S))
        while True:
            with suppress(Unavailable):
                await line.write(garbage(chance, size))
                self.flooded += size
            await asyncio.sleep(TICK_S)

    async def _play(self, line: Line, wire: Wire) -> None:
        if self._programme.controlled:
            await self.play.wait()
        for frame in wire.frames:
            with suppress(Unavailable):
                await line.write(frame)
                self.played += 1
            await asyncio.sleep(FRAME_EVERY_S)
        if wire.frames and not wire.terminals and not self._programme.controlled:
            self.stopped.set()
