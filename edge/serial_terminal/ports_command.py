"""`ortoo terminal ports`: which ports there are, whether they can be used, and, if asked, what is heard on them.

Rules kept here:
* Listing opens nothing: opening a port resets some adapters and disturbs whoever uses it. Only --listen opens.
* Whatever keeps a port from working is said with what to do about it.
"""

from __future__ import annotations

import asyncio
import os

import click

from cable.line import BAUD, Line
from cable.port import present, standing
from edge.serial_terminal.hearing import SPEEDS
from edge.serial_terminal.sniffing import Sniffer
from fleet.words import Words, language_from_environment
from machine.system import SystemClock

HUNT_LISTEN_S = 3.0

words = Words(language_from_environment(os.environ), "command")


@click.command(help=words("terminal.ports.help"))
@click.argument("names", nargs=-1, metavar="[PORT]...")
@click.option("--listen", "seconds", type=click.FloatRange(0.1, 3600), help=words("terminal.ports.listen"))
@click.option("--baud", type=click.IntRange(50, 4_000_000), default=BAUD, show_default=True)
@click.option("--hunt", is_flag=True, help=words("terminal.ports.hunt"))
def ports(names: tuple[str, ...], seconds: float | None, baud: int, hunt: bool) -> None:
    """List the serial ports, under the names that survive replugging, or listen on some."""
    found = present()
    listed = list(names) or [port.name for port in found]
    if not listed:
        click.echo(words("terminal.ports.none"), err=True)
    described = {port.name: port for port in found} | {port.device: port for port in found}
    for name in listed:
        port, state = described.get(name), standing(name)
        alias = f"  ({port.device})" if port and port.device != name else ""
        told = "" if state.reason else f"  {words('terminal.ports.free')}"
        click.echo(f"{name}{alias}  {port.description if port else ''}".rstrip() + told)
        if state.reason:
            click.echo(f"  {words(f'terminal.port.{state.reason}', port=name)}")
        if state.users:
            click.echo(f"  {words('terminal.ports.users', users=', '.join(state.users))}")
    if seconds:
        asyncio.run(_listen_all(listed, baud, seconds, hunt))
    elif listed:
        click.echo(words("terminal.ports.try_listening"), err=True)


async def _listen_all(names: list[str], baud: int, seconds: float, hunt: bool) -> None:
    click.echo(words("terminal.ports.listening", seconds=f"{seconds:g}", baud=baud), err=True)
    async with asyncio.TaskGroup() as tasks:
        for name in names:
            tasks.create_task(_report(name, baud, seconds, hunt))


async def _report(name: str, baud: int, seconds: float, hunt: bool) -> None:
    why, heard = await _listen(name, baud, seconds)
    if why:
        click.echo(words(f"terminal.port.{why}", port=name))
        return
    if heard.verdict == "speed" and hunt:
        for speed in SPEEDS:
            why, again = await _listen(name, speed, HUNT_LISTEN_S)
            if not why and again.verdict not in ("speed", "silent"):
                baud, heard = speed, again
                break
    click.echo(
        words(
            f"terminal.hearing.{heard.verdict}",
            port=name,
            baud=baud,
            seconds=f"{seconds:g}",
            bytes=heard.bytes,
            frames=heard.frames or heard.sentences or heard.radio,
            phones=", ".join(sorted(heard.phones)),
        )
    )


async def _listen(name: str, baud: int, seconds: float) -> tuple[str, Sniffer]:
    """Why the line could not be heard, if it could not, and what was heard."""
    heard = Sniffer()
    async with Line(name, SystemClock(), baud=baud) as line:
        await line.until("open", "absent")
        if line.health.state == "absent":
            return line.health.why, heard
        try:
            async with asyncio.timeout(seconds):
                async for data in line:
                    heard.took(data)
                    if not data:
                        return line.health.why or "gone", heard
        except TimeoutError:
            pass
    return "", heard
