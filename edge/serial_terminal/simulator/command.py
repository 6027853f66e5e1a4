"""`ortoo terminal simulate`: vehicles with JT/T 808 terminals on serial ports, or on pseudo-terminals made for them.

Rules kept here:
* Standard output is for programs: port names first, then an answer to each control line, then the final count.
* Stopped by its seconds, by Ctrl+C or by SIGTERM, it still counts, closes its ports and leaves nothing running.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any, get_args

import click

from cable.line import BAUD, Line
from cable.port import OpenPort, Port
from edge.serial_terminal.simulator.chance import SeededRandomness
from edge.serial_terminal.simulator.errors import BadPort
from edge.serial_terminal.simulator.pseudo import PseudoPort
from edge.serial_terminal.simulator.run import Programme, Run
from edge.serial_terminal.simulator.scenario import load
from edge.serial_terminal.simulator.scene import Cast, Edition, Scene, compose, enact
from fleet.words import Words, language_from_environment
from machine.system import SystemClock

FIRST_PHONE, FIRST_PLATE = 13_800_138_001, 10_001
AUTO = "auto"

words = Words(language_from_environment(os.environ), "command")


class Names(click.ParamType[list[str]]):
    """Names separated by commas."""

    name = "NAME,NAME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[str]:
        return value if isinstance(value, list) else [name.strip() for name in value.split(",") if name.strip()]


class Span(click.ParamType[tuple[float, float]]):
    """START:END, in seconds."""

    name = "START:END"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, float]:
        if isinstance(value, tuple):
            return value
        try:
            start, end = map(float, str(value).split(":"))
        except ValueError:
            start, end = 0.0, 0.0
        if not 0 <= start < end:
            self.fail(words("terminal.simulate.not_a_span", value=value), param, ctx)
        return start, end


@click.command(help=words("terminal.simulate.help"))
@click.option("--port", "ports", multiple=True, help=words("terminal.simulate.port"))
@click.option("--pty", type=click.IntRange(0, 64), default=0, help=words("terminal.simulate.pty"))
@click.option("--baud", type=click.IntRange(50, 4_000_000), default=BAUD, show_default=True)
@click.option("--plates", type=Names(), default="", help=words("terminal.simulate.plates"))
@click.option("--phones", type=Names(), default="", help=words("terminal.simulate.phones"))
@click.option("--protocol", type=click.Choice(get_args(Edition)), default="mixed", show_default=True)
@click.option("--interval-s", type=click.FloatRange(0.1), default=10.0, help=words("terminal.simulate.interval"))
@click.option("--answer-timeout-s", type=click.FloatRange(0.1), default=10.0, help=words("terminal.simulate.timeout"))
@click.option("--hole-s", type=Span(), help=words("terminal.simulate.hole"))
@click.option("--noise", type=click.FloatRange(0, 1), default=0.0, help=words("terminal.simulate.noise"))
@click.option("--bit-errors", type=click.FloatRange(0, 0.5), default=0.0, help=words("terminal.simulate.bit_errors"))
@click.option("--flood", is_flag=True, help=words("terminal.simulate.flood"))
@click.option("--scenario", type=click.Path(exists=True, dir_okay=False), help=words("terminal.simulate.scenario"))
@click.option("--seed", type=int, default=1, show_default=True, help=words("terminal.simulate.seed"))
@click.option("--seconds", type=click.FloatRange(0), help=words("terminal.simulate.seconds"))
@click.option("--speed-factor", type=click.FloatRange(0.1, 10), default=1.0, help=words("terminal.simulate.speed"))
@click.option("--drive", help=words("terminal.simulate.drive"))
@click.option("--control", is_flag=True, help=words("terminal.simulate.control"))
@click.option("--frames", type=click.Path(exists=True, dir_okay=False), help=words("terminal.simulate.frames"))
@click.option("--json", "as_json", is_flag=True, help=words("terminal.simulate.json"))
def simulate(
    ports: tuple[str, ...],
    pty: int,
    baud: int,
    plates: list[str],
    phones: list[str],
    protocol: Edition,
    interval_s: float,
    answer_timeout_s: float,
    hole_s: tuple[float, float] | None,
    noise: float,
    bit_errors: float,
    flood: bool,
    scenario: str | None,
    seed: int,
    seconds: float | None,
    speed_factor: float,
    drive: str | None,
    control: bool,
    frames: str | None,
    as_json: bool,
) -> None:
    """Simulated terminals on real lines."""
    written = load(Path(scenario)) if scenario else None
    pty = pty or (written.lines if written and not ports else 0)
    if not ports and not pty:
        raise click.UsageError(words("terminal.simulate.no_line"))
    captured = _captured(Path(frames)) if frames else []
    cast = Cast(
        names=_names(plates, phones) if plates or phones or not frames else [],
        protocol=protocol,
        interval_ms=round(interval_s * 1000),
        answer_timeout_ms=round(answer_timeout_s * 1000),
        speed_factor=speed_factor,
    )
    chances = [SeededRandomness(seed * 1000 + line) for line in range(len(ports) + pty)]
    scene = compose(enact(written) if written else cast.terminals(), noise, chances, captured)
    script = _script(Path(drive)) if drive and drive != AUTO else []
    script += [(event.at_s, event.do) for event in written.events] if written else []
    programme = Programme(
        seconds=seconds if seconds is not None or not written else written.seconds,
        hole_s=hole_s,
        script=script,
        auto=drive == AUTO,
        flood_seed=seed if flood else None,
        controlled=control,
    )
    made = [PseudoPort() for _ in range(pty)]
    _show_ports([*ports, *(port.name for port in made)], as_json)
    weather = Weather(bit_errors, seed)
    opened: list[str | PseudoPort] = [*ports, *made]
    lines = [_line(port, baud, weather) for port in opened]
    result = asyncio.run(_run(scene, lines, programme, control))
    result |= weather.result() if bit_errors else {}
    _show_result(result, as_json)


async def _run(scene: Scene, lines: list[Line], programme: Programme, control: bool) -> dict[str, Any]:
    run, loop = Run(scene, lines, SystemClock(), programme), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, run.stopped.set)
    if control:
        _obey_stdin(loop, run.obey)
    await run.run()
    if run.unopened:
        health = run.unopened.health
        raise click.ClickException(words(f"terminal.port.{health.why}", port=run.unopened.name))
    flooded = {"flooded_bytes": run.flooded} if programme.flood_seed is not None else {}
    return scene.result() | {"frames_played": run.played} | flooded


class Weather:
    """Bit errors on every line of a simulation, and their count over all of them."""

    def __init__(self, rate: float, seed: int) -> None:
        self._rate, self._seed = rate, seed
        self._ports: list[BadPort] = []

    def over(self, port: OpenPort) -> OpenPort:
        """The port as this weather leaves it."""
        if not self._rate:
            return port
        chances = [SeededRandomness(self._seed * 2000 + 2 * len(self._ports) + way) for way in (0, 1)]
        self._ports.append(BadPort(port, self._rate, *chances))
        return self._ports[-1]

    def result(self) -> dict[str, int]:
        """What it did."""
        return {
            "bits_flipped_up": sum(port.up.done.bits for port in self._ports),
            "bits_flipped_down": sum(port.down.done.bits for port in self._ports),
            "frames_undamaged": sum(port.whole for port in self._ports),
        }


def _line(port: str | PseudoPort, baud: int, weather: Weather) -> Line:
    if isinstance(port, str):
        return Line(port, SystemClock(), baud=baud, opener=lambda name, baud: weather.over(Port(name, baud)))
    return Line(port.name, SystemClock(), baud=baud, opener=lambda name, baud: weather.over(port))


def _names(plates: list[str], phones: list[str]) -> list[tuple[str, str]]:
    """As many vehicles as the longer list names, one if both are empty; what is not named is made up."""
    made_up = [words("terminal.simulate.plate", number=FIRST_PLATE + number) for number in range(len(phones) or 1)]
    plates = plates + made_up[len(plates) :]
    phones = phones + [str(FIRST_PHONE + number) for number in range(len(phones), len(plates))]
    return list(zip(plates, phones, strict=True))


def _captured(path: Path) -> list[bytes]:
    """Frames of a capture: hex a line, or JSON lines with the key `hex`."""
    frames = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            held = json.loads(line)["hex"] if line.lstrip().startswith("{") else line
            frames.append(bytes.fromhex(held))
        except (ValueError, KeyError, TypeError):
            raise click.UsageError(words("terminal.simulate.not_frames", file=path, line=number)) from None
    return frames


def _script(path: Path) -> list[tuple[float, str]]:
    """Lines of `SECONDS COMMAND`, such as `5 go PLATE`."""
    script = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        at_s, _, command = line.strip().partition(" ")
        try:
            script.append((float(at_s), command))
        except ValueError:
            raise click.UsageError(words("terminal.simulate.not_a_script", file=path, line=number)) from None
    return script


def _obey_stdin(loop: asyncio.AbstractEventLoop, obey: Callable[[str], str]) -> None:
    """Read commands in a thread of their own: standard input may be a file or a pipe, and may never end."""

    def answer(command: str) -> None:
        click.echo(obey(command))

    def read() -> None:
        for line in sys.stdin:
            with suppress(RuntimeError):  # the simulation is over
                loop.call_soon_threadsafe(answer, line.strip())

    Thread(target=read, name="control", daemon=True).start()


def _show_ports(names: list[str], as_json: bool) -> None:
    click.echo(json.dumps({"ports": names}) if as_json else "\n".join(names))


def _show_result(result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(result))
        return
    for name, count in result.items():
        click.echo(f"{words(f'terminal.simulate.count.{name}')}: {count}")
