"""`ortoo terminal decode`: captured frames in, facts out, one JSON object a line, in every protocol.

Rules kept here:
* Lines: one in, one out; a line that cannot be read is told in its place and the run goes on.
* A raw capture: one object for each frame, sentence or block of it, damaged ones too; of NMEA also each epoch's fix.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TextIO

import click

from edge.serial_terminal import capture as captures
from edge.serial_terminal.facts import Facts, Telling, from_hex, one_line
from edge.serial_terminal.gbt19056 import describe as gbt19056
from edge.serial_terminal.jt808 import describe as jt808
from edge.serial_terminal.meshtastic import describe as meshtastic
from edge.serial_terminal.nmea import describe as nmea
from edge.serial_terminal.rdss import describe as rdss
from fleet.words import Words, language_from_environment
from machine.system import SystemClock

words = Words(language_from_environment(os.environ), "command")


class Tellers(NamedTuple):
    """How one protocol is told: a line with the time it is read at (UTC ms), and a stream."""

    line: Callable[[str, int], Facts]
    stream: Callable[[], Telling]


def _hex_lines(stream: Callable[[], Telling]) -> Tellers:
    return Tellers(lambda line, at_ms: one_line(stream(), from_hex(line), at_ms), stream)


PROTOCOLS = {
    "jt808": Tellers(lambda line, at_ms: jt808.describe(line), jt808.Telling),
    "nmea": Tellers(nmea.describe, nmea.Telling),
    "meshtastic": _hex_lines(meshtastic.Telling),
    "gbt19056": _hex_lines(gbt19056.Telling),
    "rdss": Tellers(rdss.describe, rdss.Telling),
}


@click.command(help=words("terminal.decode.help"))
@click.argument("file", type=click.File("r", encoding="utf-8", errors="replace"), default="-")
@click.option("--protocol", type=click.Choice(list(PROTOCOLS)), default="jt808", help=words("terminal.decode.protocol"))
@click.option("--raw", type=click.Path(exists=True, dir_okay=False, path_type=Path), help=words("terminal.decode.raw"))
def decode(file: TextIO, protocol: str, raw: Path | None) -> None:
    """Captured frames told as facts."""
    tellers, now_ms = PROTOCOLS[protocol], SystemClock().now_ms()
    if raw:
        _stream(tellers.stream(), raw, now_ms)
        return
    for number, line in enumerate(file, 1):
        if line.strip():
            told = tellers.line(line, now_ms)
            _show(told | {"line": number} if "error" in told else told)


def _stream(telling: Telling, raw: Path, now_ms: int) -> None:
    at_ms = now_ms
    for read in captures.reads(raw):
        at_ms = now_ms if read.at_ms is None else read.at_ms
        for told in telling.receive(read.data, at_ms):
            _show(told)
    for told in telling.finish(at_ms):
        _show(told)


def _show(told: Facts) -> None:
    click.echo(json.dumps(told, ensure_ascii=False))
