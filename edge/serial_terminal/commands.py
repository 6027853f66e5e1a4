"""`ortoo terminal`: see which ports there are, read and write captures, speak to terminals, recorders and BeiDou
modules, simulate terminals.

Rules kept here:
* What a person reads comes from the catalogue; what a program reads (JSON, port names, answers to control lines) is
  the same in every language.
* A line that cannot be read is told in its place and the run goes on; a port that cannot be opened is told with what
  to do about it.
"""

from __future__ import annotations

import os

import click

from edge.serial_terminal.beidou_command import beidou
from edge.serial_terminal.capture_command import capture
from edge.serial_terminal.decode_command import decode
from edge.serial_terminal.ports_command import ports
from edge.serial_terminal.recorder_command import recorder
from edge.serial_terminal.send_command import send
from edge.serial_terminal.simulator.command import simulate
from fleet.words import Words, language_from_environment

words = Words(language_from_environment(os.environ), "command")


@click.group(help=words("terminal.help"))
def terminal() -> None:
    """Vehicle terminals."""


for command in (ports, decode, capture, send, recorder, beidou, simulate):
    terminal.add_command(command)
