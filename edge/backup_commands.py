"""`ortoo node backup/restore/settle`, and `ortoo verify` of a backup: what a unit does about a machine that is lost."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import click

from edge import backup as backups
from edge import home as node_home
from edge import place
from edge import settings as node_settings
from edge.backup import Backup
from edge.pin import ask_passphrase
from fleet.errors import NotFound
from fleet.ledger.enrolment import fingerprint
from fleet.words import LOCAL_TIME, Words, language_from_environment
from machine.system import SystemClock, SystemRandomness, machine_mark

words = Words(language_from_environment(os.environ), "command")
DIRECTORY = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(help=words("node.backup.help"))
@click.argument("directory", type=DIRECTORY)
@click.argument("file", type=FILE)
@click.option("--pin-fd", type=int, help=words("node.backup.pin_fd"))
def backup(directory: Path, file: Path, pin_fd: int | None) -> None:
    """Write everything of a node to FILE; the node may be running."""
    node_settings.load(directory)
    made = backups.write(directory, file, ask_passphrase(pin_fd, again=True), SystemClock(), SystemRandomness())
    click.echo(words("node.backup.done", file=file, megabytes=_megabytes(made), own=made.own))
    click.echo(words("node.backup.keys"))


@click.command(help=words("node.restore.help"))
@click.argument("file", type=FILE)
@click.argument("directory", type=DIRECTORY)
@click.option("--pin-fd", type=int, help=words("node.backup.pin_fd"))
def restore(file: Path, directory: Path, pin_fd: int | None) -> None:
    """Put a node back from FILE into DIRECTORY."""
    say(backups.prove(file), file)
    passphrase = ask_passphrase(pin_fd, again=False)
    made = backups.restore(file, directory, passphrase, machine=machine_mark(), now_ms=SystemClock().now_ms())
    click.echo(words("node.restore.done", node=made.author.node, directory=directory))
    click.echo(words("cold.restored", directory=directory))


@click.command(help=words("node.settle.help"))
@click.argument("directory", type=DIRECTORY)
@click.option("--yes", is_flag=True, help=words("node.settle.yes"))
def settle(directory: Path, *, yes: bool) -> None:
    """Say that the original of a copied node is off for good."""
    node_settings.load(directory)
    with node_home.alone(directory):
        here = place.read(directory)
        if here is None or here.cold != "copied":
            raise NotFound("nothing_to_settle", directory=str(directory))
        if not yes:
            click.confirm(words("node.settle.sure"), abort=True)
        place.settle(directory, here)
    click.echo(words("cold.restored", directory=directory))


@click.command(help=words("help.verify_long"))
@click.argument("file", type=FILE)
def verify(file: Path) -> None:
    """Prove a backup from its bytes alone."""
    say(backups.prove(file), file)


def say(proved: Backup, file: Path) -> None:
    """Tell a person what a backup is."""
    at = datetime.fromtimestamp(proved.time_ms / 1000, LOCAL_TIME)
    click.echo(
        words(
            "node.backup.proved", file=file, unit=proved.unit, node=proved.author.node, own=proved.own,
            at=f"{at:%Y-%m-%d %H:%M}", files=len(proved.files), megabytes=_megabytes(proved),
            fingerprint=fingerprint(proved.root_public),
        )
    )  # fmt: skip


def _megabytes(made: Backup) -> str:
    return f"{made.size / 1_000_000:.1f}"
