"""`ortoo terminal recorder`: what a driving recorder holds of some kinds and some time, read out over its serial port.

    ortoo terminal recorder PORT --records position,drivers --from 2026-09-24 --out records.jsonl

Rules kept here:
* One record is one JSON line, told as `decode --protocol gbt19056` tells a block, written as soon as it came; newest
  first, as recorders send. Progress and everything for people goes to standard error.
* A line that breaks is waited for and a recorder that pauses is asked again, both from the oldest record held. What is
  missing in the end is told with the time from which a new call goes on.
* Questions only: no clock, parameter or calibration of a recorder is ever set.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TextIO

import click

from edge.serial_terminal.gbt19056.block import Block
from edge.serial_terminal.gbt19056.describe import tell
from edge.serial_terminal.gbt19056.download import Download
from edge.serial_terminal.jt808.location import CHINA
from edge.serial_terminal.talk import Talk, opened
from fleet.errors import Unavailable
from fleet.words import Words, language_from_environment
from machine.system import SystemClock

BAUD = 115_200  # what recorders' ports are usually set to
KINDS = {
    "speed": 0x08,
    "position": 0x09,
    "accident": 0x10,
    "overtime": 0x11,
    "drivers": 0x12,
    "power": 0x13,
    "parameters": 0x14,
    "speed-state": 0x15,
}
USUAL = "position,speed,overtime,drivers"
SPAN = timedelta(hours=24)
TIMES = ("%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")
YEARS = range(2000, 2100)  # what a recorder's two digits can say
TICK_S, PROGRESS_MS, HOUR_MS = 0.2, 5_000, 3_600_000
REOPEN_MAX_S = 30.0  # how long a line that broke is waited for

words = Words(language_from_environment(os.environ), "command")


def _kinds(context: click.Context, option: click.Parameter, value: str) -> list[str]:
    kinds = list(dict.fromkeys(value.replace(" ", "").split(",")))
    if any(kind not in KINDS for kind in kinds):
        raise click.BadParameter(words("terminal.recorder.kinds", kinds=", ".join(KINDS)))
    return kinds


@click.command(help=words("terminal.recorder.help"))
@click.argument("port")
@click.option("--baud", type=click.IntRange(50, 4_000_000), default=BAUD, show_default=True)
@click.option(
    "--records", "kinds", default=USUAL, show_default=True, callback=_kinds, help=words("terminal.recorder.records")
)
@click.option("--from", "start", type=click.DateTime(TIMES), help=words("terminal.recorder.from"))
@click.option("--to", "end", type=click.DateTime(TIMES), help=words("terminal.recorder.to"))
@click.option("--out", type=click.File("a", encoding="utf-8"), default="-", help=words("terminal.recorder.out"))
def recorder(
    port: str, baud: int, kinds: Sequence[str], start: datetime | None, end: datetime | None, out: TextIO
) -> None:
    """Read a recorder out."""
    now_s = SystemClock().now_ms() // 1000
    end = end.replace(tzinfo=CHINA) if end else datetime.fromtimestamp(now_s, CHINA)
    start = start.replace(tzinfo=CHINA) if start else end - SPAN
    if start > end or start.year not in YEARS or end.year not in YEARS:
        raise click.UsageError(words("terminal.recorder.span", start=_time(_ms(start)), end=_time(_ms(end))))
    asyncio.run(_read(port, baud, kinds, _ms(start), _ms(end), out))


async def _read(port: str, baud: int, kinds: Sequence[str], start_ms: int, end_ms: int, out: TextIO) -> None:
    """Read kind after kind.

    Raises:
        click.ClickException: the port cannot be used, the recorder is silent, or some of it was not got.
    """
    answered, missing = False, []
    async with opened(port, baud) as talk:
        for kind in kinds:
            download = Download(KINDS[kind], start_ms, end_ms, baud)
            await _collect(talk, kind, download, out)
            answered = answered or bool(download.held) or download.why != "no_answer"
            if not answered:
                bytes_in = talk.line.health.bytes_in
                heard = "garbled" if bytes_in else "silent"
                raise click.ClickException(words(f"terminal.recorder.{heard}", port=port, baud=baud, bytes=bytes_in))
            _say(kind, download)
            if download.state != "done":
                missing.append(kind)
    if missing:
        raise click.ClickException(words("terminal.recorder.missing", kinds=", ".join(missing)))


async def _collect(talk: Talk, kind: str, download: Download, out: TextIO) -> None:
    """Ask until there is no more, or until a silence follows one since which nothing new came."""
    held, told_ms = 0, talk.now_ms()
    while download.state == "going":
        if question := download.due(talk.now_ms()):
            try:
                await talk.line.write(question)
            except Unavailable:
                click.echo(
                    words("terminal.recorder.broken", port=talk.line.name, seconds=f"{REOPEN_MAX_S:g}"), err=True
                )
                await talk.back(REOPEN_MAX_S)
                download.resume()
        for record in download.receive(await talk.heard(TICK_S) or b"", talk.now_ms()):
            out.write(json.dumps(tell(Block(KINDS[kind], record.raw)), ensure_ascii=False) + "\n")
        out.flush()
        if download.held and talk.now_ms() - told_ms >= PROGRESS_MS:
            told_ms = talk.now_ms()
            facts = {"count": len(download.held), "time": _time(_oldest_ms(download))}
            click.echo(words("terminal.recorder.progress", kind=kind, **facts), err=True)
        if download.why == "no_answer" and len(download.held) > held:
            held = len(download.held)
            click.echo(words("terminal.recorder.again", kind=kind), err=True)
            download.resume()


def _say(kind: str, download: Download) -> None:
    """What came of one kind, what the recorder did not hold, and why it ended early if it did."""
    click.echo(words("terminal.recorder.came", kind=kind, count=len(download.held)), err=True)
    if download.undated:
        click.echo(words("terminal.recorder.undated", kind=kind, count=download.undated), err=True)
    if download.state != "done":
        click.echo(words(f"terminal.recorder.why.{download.why}", kind=kind), err=True)
        if download.held:
            click.echo(words("terminal.recorder.go_on", kind=kind, time=_time(_oldest_ms(download) - 1000)), err=True)
    elif gap_ms := sum(end - start for start, end in download.gaps()):
        click.echo(words("terminal.recorder.gaps", kind=kind, hours=f"{gap_ms / HOUR_MS:.1f}"), err=True)


def _oldest_ms(download: Download) -> int:
    return min(record.time_ms for record in download.held.values())


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _time(at_ms: int) -> str:
    """As --from and --to take it."""
    return datetime.fromtimestamp(at_ms / 1000, CHINA).strftime(TIMES[-1])
