"""`ortoo central backup/restore`, and `ortoo verify` of such a backup: what a region does about a lost machine."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import click

from central import backup as backups
from central import passphrase
from central.backup import Backup
from fleet.ledger.enrolment import fingerprint
from fleet.words import LOCAL_TIME, Words, language_from_environment
from machine.system import SystemClock, SystemRandomness

words = Words(language_from_environment(os.environ), "command")
DIRECTORY = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(help=words("central.backup.help"))
@click.argument("directory", type=DIRECTORY)
@click.argument("file", type=FILE)
@click.option("--pin-fd", type=int, help=words("node.backup.pin_fd"))
def backup(directory: Path, file: Path, pin_fd: int | None) -> None:
    """Write everything of a region to FILE; central may be running."""
    secret = passphrase.ask_of_backup(pin_fd, again=True)
    made = backups.write(directory, file, secret, SystemClock(), SystemRandomness())
    click.echo(words("central.backup.done", file=file, megabytes=_megabytes(made), operations=made.operations))
    click.echo(words("central.backup.keys"))


@click.command(help=words("central.restore.help"))
@click.argument("file", type=FILE)
@click.argument("directory", type=DIRECTORY)
@click.option("--pin-fd", type=int, help=words("node.backup.pin_fd"))
def restore(file: Path, directory: Path, pin_fd: int | None) -> None:
    """Put a region back from FILE into DIRECTORY."""
    say(backups.prove(file), file)
    secret = passphrase.ask_of_backup(pin_fd, again=False)
    made = backups.restore(file, directory, secret, SystemClock(), SystemRandomness())
    click.echo(words("central.restore.done", name=made.name, directory=directory))
    click.echo(words("central.restore.next", directory=directory))


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
            "central.backup.proved", file=file, name=proved.name, operations=proved.operations,
            at=f"{at:%Y-%m-%d %H:%M}", files=len(proved.files), megabytes=_megabytes(proved),
            fingerprint=fingerprint(proved.root_public),
        )
    )  # fmt: skip


def _megabytes(made: Backup) -> str:
    return f"{made.size / 1_000_000:.1f}"
