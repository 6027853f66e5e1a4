"""`ortoo terminal capture`: write down what a line says, with times, for later.

Rule kept here: every read is in the file before the next one is waited for; however it is stopped, the file is whole.
"""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import click

from cable.line import BAUD, Line
from edge.serial_terminal import capture as captures
from fleet.words import Words, language_from_environment
from machine.system import SystemClock

words = Words(language_from_environment(os.environ), "command")


@click.command(help=words("terminal.capture.help"))
@click.argument("port")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help=words("terminal.capture.out")
)
@click.option("--baud", type=click.IntRange(50, 4_000_000), default=BAUD, show_default=True)
@click.option("--seconds", type=click.FloatRange(0), help=words("terminal.capture.seconds"))
def capture(port: str, out: Path, baud: int, seconds: float | None) -> None:
    """Write down what a line says."""
    with out.open("a", encoding="utf-8") as file:
        click.echo(words("terminal.capture.listening", port=port, baud=baud), err=True)
        line = asyncio.run(_capture(port, baud, seconds, file))
    if not line.health.times_opened:
        raise click.ClickException(words(f"terminal.port.{line.health.why}", port=port))
    click.echo(words("terminal.capture.done", bytes=line.health.bytes_in, file=out), err=True)
    if not line.health.bytes_in:
        click.echo(words("terminal.capture.silent"), err=True)


async def _capture(port: str, baud: int, seconds: float | None, file: TextIO) -> Line:
    clock, stopped = SystemClock(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with Line(port, clock, baud=baud) as line:
        await line.until("open", "absent")
        if line.health.state == "open":
            writing = asyncio.create_task(_write(line, clock, file))
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await stopped.wait()
            writing.cancel()
            await asyncio.wait([writing])
    return line


async def _write(line: Line, clock: SystemClock, file: TextIO) -> None:
    async for data in line:
        if data:
            file.write(captures.line(clock.now_ms(), data))
            file.flush()
