"""What it costs a node to take reports from a line to committed rows, and how many a second it can take.

    feeder's process ──pseudo-terminal──▶ line ▶ station ▶ quality gate ▶ telemetry.db ──answers──▶ back

Rules kept here:
* The product's own line, station and store do the work, on a pseudo-terminal opened as any serial port.
* The CPU share is this process's CPU time by the wall clock, all threads together; the terminals run elsewhere.
* A rate is held if every frame written was committed and nothing was lost for lack of room on the line.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import tempfile
import tty
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, NamedTuple

from cable.line import Line
from edge.serial_terminal.jt808.allowlist import AuthCode, Refusal
from edge.serial_terminal.jt808.heard import Heard
from edge.serial_terminal.jt808.station import Station
from edge.serial_terminal.listen import Listener
from edge.store.heard import Report
from edge.store.telemetry import Telemetry
from fleet.rules.position import judge
from machine.system import SystemClock

TERMINALS, BAUD = 20, 115_200
FIRST_RATE, RATE_MAX, STEPS = 250.0, 32_000.0, 4  # frames a second; halvings of the step at the end
TRIAL_S = 2.0
FLEET = 400  # terminals at the highest rates: one alone may only ask for its allowance


class Everyone:
    """An allow-list that knows every phone: what is measured is not who may speak."""

    def admit(self, phone: str, plate: str, terminal_id: str, version: int) -> AuthCode | Refusal:
        return AuthCode(phone)

    def check(self, phone: str, code: str) -> bool:
        return True

    def knows(self, phone: str) -> bool:
        return True


class Trial(NamedTuple):
    """One run at one rate. `lost` are frames the line had no room for; `stored` are committed rows."""

    sent: int
    lost: int
    stored: int
    cpu_s: float
    wall_s: float

    @property
    def held(self) -> bool:
        return self.lost == 0 and self.stored == self.sent


async def measure(seconds: float) -> dict[str, Any]:
    """The figures of ``ortoo bench intake --json``."""
    steady = await _trial(TERMINALS, seconds, seed=1, terminals=TERMINALS)
    highest = await _highest()
    return {
        "terminals": TERMINALS,
        "reports_per_s": TERMINALS,
        "cpu_share": round(steady.cpu_s / steady.wall_s, 4),
        "frames_sent": steady.sent,
        "positions_stored": steady.stored,
        "lost": steady.sent - steady.stored,
        "highest_frames_per_s": highest.sent / TRIAL_S,
        "us_cpu_per_frame": round(highest.cpu_s / highest.sent * 1e6, 1),
        "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


async def _highest() -> Trial:
    """Double the rate until it is not held, then halve the step between the two."""
    rate, step, seed = FIRST_RATE, FIRST_RATE, 2
    best = await _trial(rate, TRIAL_S, seed)
    while best.held and rate < RATE_MAX:
        rate, step, seed = rate * 2, rate, seed + 1
        trial = await _trial(rate, TRIAL_S, seed)
        if not trial.held:
            break
        best = trial
    rate -= step
    for _ in range(STEPS):
        step, seed = step / 2, seed + 1
        trial = await _trial(rate + step, TRIAL_S, seed)
        if trial.held:
            best, rate = trial, rate + step
    return best


async def _trial(frames_per_s: float, seconds: float, seed: int, terminals: int = FLEET) -> Trial:
    """One line, one new telemetry.db, one feeder."""
    clock, telemetry = SystemClock(), Telemetry()
    master, slave = os.openpty()
    tty.setraw(slave)
    with tempfile.TemporaryDirectory(prefix="ortoo-bench-") as home:
        await telemetry.start(Path(home))

        async def commit(heard: Sequence[Heard]) -> None:
            await telemetry.save(_reports(heard), [])

        line = Line(os.ttyname(slave), clock, baud=BAUD)
        listener = Listener(line, Station(Everyone()), commit, clock)
        listening = asyncio.create_task(listener.run())
        await line.until("open")
        start_cpu_s, start_s = process_time(), perf_counter()
        told = await _feed(master, [frames_per_s, seconds, terminals, seed])
        cpu_s, wall_s = process_time() - start_cpu_s, perf_counter() - start_s
        listening.cancel()
        await asyncio.wait([listening])
        stored = telemetry.stored
        telemetry.stop()
    os.close(master)
    os.close(slave)
    return Trial(told["sent"], told["lost"], stored, cpu_s, wall_s)


def _reports(heard: Sequence[Heard]) -> list[Report]:
    return [
        Report(message.alias, position, message.at_ms, judge(position, message.at_ms) or "", "")
        for message in heard
        for position in message.positions
    ]


async def _feed(master: int, order: Sequence[float]) -> dict[str, int]:
    arguments = ["-m", "bench.feeder", str(master), *map(str, order)]
    child = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, pass_fds=[master], stdout=asyncio.subprocess.PIPE
    )
    output, _ = await child.communicate()
    told: dict[str, int] = json.loads(output)
    return told
