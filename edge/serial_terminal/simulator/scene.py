"""What is simulated: which terminals are on which line, told apart by plate, and the commands that move them.

    go PLATE | home PLATE | park PLATE | hole PLATE on|off

Rules kept here:
* Sans-IO. A command is obeyed or refused with one line that starts with `ok` or `error`; a wrong one changes nothing.
* `auto` sends every vehicle out, and home again when it has arrived, for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from edge.serial_terminal.simulator.noise import Noise
from edge.serial_terminal.simulator.route import ROUTES, slot
from edge.serial_terminal.simulator.terminal import Tally, Terminal
from edge.serial_terminal.simulator.vehicle import SPEED_KMH, Task, Vehicle
from fleet.ports import Randomness

Edition = Literal["2013", "2019", "mixed"]


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
        if len(words) < 2 or words[0] not in _COMMANDS or len(words) != _COMMANDS[words[0]][0]:
            return f"error not_a_command {command.strip()}"
        terminal = self._by_plate.get(words[1])
        if terminal is None:
            return f"error no_such_plate {words[1]}"
        return (
            "ok " + " ".join(words) if _COMMANDS[words[0]][1](terminal, words[2:]) else f"error not_a_command {command}"
        )

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


def compose(cast: Cast, noise: float, chances: Sequence[Randomness], frames: Sequence[bytes]) -> Scene:
    """Deal the cast out in turn to as many lines as there are chances; captured frames are played into every line."""
    terminals, lines = cast.terminals(), len(chances)
    return Scene([Wire(terminals[line::lines], Noise(noise, chances[line]), list(frames)) for line in range(lines)])


def _task(task: Task) -> Callable[[Terminal, list[str]], bool]:
    def order(terminal: Terminal, rest: list[str]) -> bool:
        terminal.vehicle.task = task
        return True

    return order


def _hole(terminal: Terminal, rest: list[str]) -> bool:
    if rest[0] not in ("on", "off"):
        return False
    terminal.hole = rest[0] == "on"
    return True


# A command's number of words, and what it does; False if its last word makes no sense.
_COMMANDS: dict[str, tuple[int, Callable[[Terminal, list[str]], bool]]] = {
    "go": (2, _task(Task.GO)),
    "home": (2, _task(Task.HOME)),
    "park": (2, _task(Task.PARK)),
    "hole": (3, _hole),
}
