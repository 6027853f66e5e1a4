"""What is simulated: which terminals are on which line, told apart by plate, and the commands that move them.

    go PLATE | home PLATE | park PLATE | hole PLATE on|off | speed PLATE KMH
    power PLATE cut|back | antenna PLATE cut|back | clock PLATE SECONDS_AHEAD
    card PLATE NAME LICENCE | card PLATE out | texts PLATE

    PLATE may be * for every vehicle; `texts` answers what stands on the driver's screen.

Rules kept here:
* Sans-IO. A command is obeyed or refused with one line that starts with `ok` or `error`; a wrong one changes nothing.
* `auto` sends every vehicle out, and home again when it has arrived, for ever.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from edge.serial_terminal.simulator.noise import Noise
from edge.serial_terminal.simulator.route import ROUTES, slot
from edge.serial_terminal.simulator.scenario import Scenario
from edge.serial_terminal.simulator.terminal import Tally, Terminal
from edge.serial_terminal.simulator.vehicle import SPEED_KMH, Task, Vehicle
from fleet.ports import Randomness

Edition = Literal["2013", "2019", "mixed"]
EVERY = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who takes part. Times in ms; `speed_factor` multiplies cruising speed, which stays believable all the same."""

    names: Sequence[tuple[str, str]]  # plate and phone
    protocol: Edition = "mixed"
    interval_ms: int = 10_000
    answer_timeout_ms: int = 10_000
    speed_factor: float = 1.0

    def terminals(self) -> list[Terminal]:
        """The terminals, each in its vehicle, parked in the yard."""
        return [self._terminal(number, plate, phone) for number, (plate, phone) in enumerate(self.names)]

    def _terminal(self, number: int, plate: str, phone: str) -> Terminal:
        version = {"2013": 2013, "2019": 2019, "mixed": (2013, 2019)[number % 2]}[self.protocol]
        vehicle = Vehicle(plate, ROUTES[number % len(ROUTES)], slot(number), cruise_kmh=SPEED_KMH * self.speed_factor)
        timeout_ms = self.answer_timeout_ms
        return Terminal(phone, vehicle, version, interval_ms=self.interval_ms, answer_timeout_ms=timeout_ms)


@dataclass(slots=True)
class Wire:
    """One line's own: its terminals, its weather, captured frames to play into it."""

    terminals: list[Terminal]
    noise: Noise
    frames: list[bytes] = field(default_factory=list)


class Scene:
    """Everything simulated, on however many lines."""

    def __init__(self, wires: Sequence[Wire]) -> None:
        self.wires = wires
        self._by_plate = {terminal.vehicle.plate: terminal for wire in wires for terminal in wire.terminals}

    def obey(self, command: str) -> str:
        """Do what one line says; return the line that answers it."""
        words = command.split()
        if len(words) < 2 or words[0] not in _COMMANDS or len(words) not in _COMMANDS[words[0]][0]:
            return f"error not_a_command {command.strip()}"
        terminals = list(self._by_plate.values()) if words[1] == EVERY else [self._by_plate.get(words[1])]
        done = [_COMMANDS[words[0]][1](terminal, words[2:]) for terminal in terminals if terminal]
        if not done:
            return f"error no_such_plate {words[1]}"
        if words[0] == "texts":
            return f"ok {json.dumps([text for each in terminals if each for text in each.texts], ensure_ascii=False)}"
        return "ok " + " ".join(words) if all(done) else f"error not_a_command {command}"

    def drive_on(self) -> None:
        """What `auto` does at every step: nobody stays parked."""
        for terminal in self._by_plate.values():
            vehicle = terminal.vehicle
            if vehicle.task is Task.PARK:
                vehicle.task = Task.HOME if vehicle.travelled_m > 0 else Task.GO

    def set_hole(self, hole: bool) -> None:
        """Every vehicle enters or leaves the radio hole."""
        for terminal in self._by_plate.values():
            terminal.hole = hole

    def quiet(self) -> bool:
        """Stop reporting; return whether every message sent has been answered."""
        for terminal in self._by_plate.values():
            terminal.stop_reporting()
        return all(terminal.settled for terminal in self._by_plate.values())

    def result(self) -> dict[str, Any]:
        """The final count over all lines."""
        tallies = [asdict(terminal.tally) for terminal in self._by_plate.values()]
        total = {name: sum(tally[name] for tally in tallies) for name in asdict(Tally())}
        spoilt = [wire.noise.done for wire in self.wires]
        return {
            "terminals": len(tallies),
            **total,
            "positions_stored": sum(len(terminal.stored) for terminal in self._by_plate.values()),
            "damaged": sum(done.damaged for done in spoilt),
            "garbage_bytes": sum(done.garbage_bytes for done in spoilt),
            "shared_flags": sum(done.shared_flags for done in spoilt),
        }


def enact(scenario: Scenario) -> list[Terminal]:
    """The vehicles of a scenario, parked in the yard."""
    return [
        Terminal(
            written.phone,
            Vehicle(written.plate, scenario.route(written.route, number), slot(number), cruise_kmh=written.cruise_kmh),
            int(written.protocol),
            interval_ms=round(scenario.interval_s * 1000),
            answer_timeout_ms=round(scenario.answer_timeout_s * 1000),
        )
        for number, written in enumerate(scenario.vehicles)
    ]


def compose(
    terminals: Sequence[Terminal], noise: float, chances: Sequence[Randomness], frames: Sequence[bytes]
) -> Scene:
    """Deal them out in turn to as many lines as there are chances; captured frames are played into every line."""
    lines = len(chances)
    return Scene(
        [Wire(list(terminals[line::lines]), Noise(noise, chances[line]), list(frames)) for line in range(lines)]
    )


Deed = Callable[[Terminal, list[str]], bool]


def _task(task: Task) -> Deed:
    def order(terminal: Terminal, rest: list[str]) -> bool:
        terminal.vehicle.task = task
        return True

    return order


def _switch(on: str, off: str, turn: Callable[[Terminal, bool], None]) -> Deed:
    def deed(terminal: Terminal, rest: list[str]) -> bool:
        if rest[0] in (on, off):
            turn(terminal, rest[0] == on)
        return rest[0] in (on, off)

    return deed


def _hole(terminal: Terminal, on: bool) -> None:
    terminal.hole = on


def _power(terminal: Terminal, cut: bool) -> None:
    terminal.vehicle.power_cut = cut


def _antenna(terminal: Terminal, cut: bool) -> None:
    terminal.vehicle.antenna_cut = cut


def _number(use: Callable[[Terminal, float], None]) -> Deed:
    def deed(terminal: Terminal, rest: list[str]) -> bool:
        try:
            use(terminal, float(rest[0]))
        except ValueError:
            return False
        return True

    return deed


def _speed(terminal: Terminal, kmh: float) -> None:
    terminal.vehicle.cruise_kmh = max(1.0, kmh)


def _clock(terminal: Terminal, ahead_s: float) -> None:
    terminal.vehicle.clock_ahead_ms = round(ahead_s * 1000)


def _card(terminal: Terminal, rest: list[str]) -> bool:
    if len(rest) == 2:
        terminal.use_card((rest[0], rest[1]))
    elif rest[0] == "out":
        terminal.use_card(None)
    return len(rest) == 2 or rest[0] == "out"


# A command's possible numbers of words, and what it does; False if its last words make no sense.
_COMMANDS: dict[str, tuple[tuple[int, ...], Deed]] = {
    "go": ((2,), _task(Task.GO)),
    "home": ((2,), _task(Task.HOME)),
    "park": ((2,), _task(Task.PARK)),
    "hole": ((3,), _switch("on", "off", _hole)),
    "power": ((3,), _switch("cut", "back", _power)),
    "antenna": ((3,), _switch("cut", "back", _antenna)),
    "speed": ((3,), _number(_speed)),
    "clock": ((3,), _number(_clock)),
    "card": ((3, 4), _card),
    "texts": ((2,), lambda terminal, rest: True),
}
