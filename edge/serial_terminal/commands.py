"""`ortoo terminal`: see which ports there are, read captured frames, simulate terminals.

Rules kept here:
* What a person reads comes from the catalogue; what a program reads (JSON, port names, answers to control lines) is
  the same in every language.
* A line that cannot be read is told in its place and the run goes on; a port that cannot be opened is told with what
  to do about it.
"""

from __future__ import annotations

import json
import os
from typing import TextIO

import click

from edge.serial_terminal.jt808.describe import describe
from edge.serial_terminal.ports_command import ports
from edge.serial_terminal.send_command import send
from edge.serial_terminal.simulator.command import simulate
from fleet.words import Words, language_from_environment

words = Words(language_from_environment(os.environ), "command")


@click.group(help=words("terminal.help"))
def terminal() -> None:
    """Vehicle terminals."""


@terminal.command(help=words("terminal.decode.help"))
@click.argument("file", type=click.File("r", encoding="utf-8", errors="replace"), default="-")
@click.option("--protocol", type=click.Choice(["jt808"]), default="jt808", help=words("terminal.decode.protocol"))
def decode(file: TextIO, protocol: str) -> None:
    """One frame in hex per line in, one JSON object per line out."""
    for number, line in enumerate(file, 1):
        if line.strip():
            told = describe(line)
            click.echo(json.dumps(told | {"line": number} if "error" in told else told, ensure_ascii=False))


for command in (ports, send, simulate):
    terminal.add_command(command)
