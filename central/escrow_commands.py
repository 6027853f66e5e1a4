"""`ortoo central escrow …`: the two custodians of what is sealed on confidential trips (Art. 3, 10 (4))."""

from __future__ import annotations

import os
from pathlib import Path

import click

from central import custodians, keys, openings, passphrase, settings
from central.custodians import KeyFile
from central.openings import Both
from fleet.ledger.enrolment import fingerprint
from fleet.ledger.suite import SigningKey
from fleet.words import Words, language_from_environment
from machine.system import SystemClock, SystemRandomness

words = Words(language_from_environment(os.environ), "command")
DIRECTORY = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)


@click.group(help=words("central.escrow.help"))
def escrow() -> None:
    """Who opens what is sealed."""


@escrow.command(help=words("central.escrow.key.help"))
@click.argument("file", type=FILE)
@click.option("--name", required=True, help=words("central.escrow.name"))
@click.option("--pin-fd", type=int, help=words("central.pin_fd"))
def key(file: Path, name: str, pin_fd: int | None) -> None:
    """Make a custodian's key."""
    made = custodians.make_key(file, name, passphrase.ask(pin_fd, name), SystemRandomness())
    click.echo(words("central.escrow.key.done", name=made.name, file=file, fingerprint=fingerprint(made.public)))


@escrow.command("set", help=words("central.escrow.set.help"))
@click.argument("directory", type=DIRECTORY)
@click.option("--inner", type=FILE, required=True, help=words("central.escrow.inner"))
@click.option("--outer", type=FILE, required=True, help=words("central.escrow.outer"))
def name_them(directory: Path, inner: Path, outer: Path) -> None:
    """Name the two custodians of a region."""
    settings.load(directory)
    named = custodians.appoint(
        directory, custodians.read_key(inner), custodians.read_key(outer), SystemClock().now_ms()
    )
    for one in (named.inner, named.outer):
        click.echo(words("central.escrow.set.one", name=one.name, fingerprint=fingerprint(one.public)))
    click.echo(words("central.escrow.set.done"))


@escrow.command("open", help=words("central.escrow.open.help"))
@click.argument("directory", type=DIRECTORY)
@click.argument("order")
@click.option("--unit", required=True, help=words("central.escrow.unit"))
@click.option("--reason", required=True, help=words("central.escrow.reason"))
@click.option("--inner", type=FILE, required=True, help=words("central.escrow.inner"))
@click.option("--outer", type=FILE, required=True, help=words("central.escrow.outer"))
@click.option("--inner-fd", type=int, help=words("central.pin_fd"))
@click.option("--outer-fd", type=int, help=words("central.pin_fd"))
def open_order(
    directory: Path,
    order: str,
    unit: str,
    reason: str,
    inner: Path,
    outer: Path,
    inner_fd: int | None,
    outer_fd: int | None,
) -> None:
    """Open an order with both keys; that it was opened goes on record first."""
    own_keys, clock = keys.load(directory), SystemClock()
    both = Both(
        inner=_unlocked(custodians.read_key(inner), inner_fd), outer=_unlocked(custodians.read_key(outer), outer_fd)
    )
    opening = openings.asked(unit, order, reason, both, clock.now_ms())
    openings.put_on_record(directory, own_keys, opening, clock)
    click.echo(words("central.escrow.open.recorded", order=order, unit=unit))
    found = openings.read(directory, own_keys, opening, both, clock)
    for act, texts in found:
        for name, text in texts.items():
            field = name.rpartition(".")[2]
            click.echo(
                words("central.escrow.open.line", act=words(f"act.{act}"), field=words(f"field.{field}"), text=text)
            )
    if not found:
        click.echo(words("central.escrow.open.nothing"))


def _unlocked(file: KeyFile, pin_fd: int | None) -> SigningKey:
    return custodians.unlock(file, passphrase.ask_once(pin_fd, file.name))
