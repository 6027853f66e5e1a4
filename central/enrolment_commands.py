"""`ortoo enrol grant`: the region's authority looks at what a node asks for, and signs it. By file, with no network."""

from __future__ import annotations

import os
from pathlib import Path

import click

from central import granting, keys, settings
from central.database import open_writer
from central.machine import SystemClock
from central.tallied import changing
from fleet.ledger import enrolment
from fleet.ledger.enrolment import Request, fingerprint
from fleet.words import Words, language_from_environment

words = Words(language_from_environment(os.environ), "command")
DIRECTORY = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(help=words("help.enrol.grant"))
@click.argument("directory", type=DIRECTORY)
@click.argument("request_file", type=FILE)
@click.option("--out", type=FILE, required=True, help=words("central.grant.out"))
@click.option("--url", help=words("central.grant.url"))
@click.option("--yes", is_flag=True, help=words("central.grant.yes"))
def grant(directory: Path, request_file: Path, out: Path, url: str | None, yes: bool) -> None:
    """Show a node's request, ask, and write the grant."""
    own, own_keys = settings.load(directory), keys.load(directory)
    with request_file.open("rb") as file:
        request = enrolment.read_request(file.read(enrolment.FILE_SIZE_MAX + 1))
    _show(request)
    if not yes:
        click.confirm(words("central.grant.sure"), abort=True)
    now_ms = SystemClock().now_ms()
    connection = open_writer(settings.database_url(directory, own))
    try:
        with changing(connection, request.unit) as change:
            granted = granting.grant(change, own_keys, request, url=own.url() if url is None else url, now_ms=now_ms)
            out.write_bytes(enrolment.sign_grant(own_keys.root, granted))  # before the place is spent for good
    finally:
        connection.close()
    click.echo(words("central.grant.done", number=granted.author.node, file=out))
    click.echo(words("central.grant.compare", fingerprint=fingerprint(own_keys.root.public)))


def _show(request: Request) -> None:
    click.echo(words("central.grant.unit", unit=request.unit, name=request.unit_name))
    click.echo(words("central.grant.key", fingerprint=fingerprint(request.public)))
    for person in request.people:
        roles = words("central.grant.between").join(words(f"role.{role}") for role in person.roles)
        click.echo(words("central.grant.person", id=person.id, name=person.name, roles=roles))
