"""`ortoo enrol grant`: the region's authority looks at what a node asks for, and signs it. By file, with no network."""

from __future__ import annotations

import os
from pathlib import Path

import click

from central import granting, keys, settings
from central.database import open_writer
from central.tallied import changing
from courier import qr as codes
from fleet.ledger import enrolment
from fleet.ledger.enrolment import Request, fingerprint
from fleet.speech import spoken
from fleet.words import Words, language_from_environment
from machine.system import SystemClock

words = Words(language_from_environment(os.environ), "command")
DIRECTORY = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(help=words("help.enrol.grant"))
@click.argument("directory", type=DIRECTORY)
@click.argument("request_file", type=FILE)
@click.option("--out", type=FILE, help=words("central.grant.out"))
@codes.options
@click.option("--url", help=words("central.grant.url"))
@click.option("--yes", is_flag=True, help=words("central.grant.yes"))
def grant(
    directory: Path,
    request_file: Path,
    out: Path | None,
    qr_file: Path | None,
    url: str | None,
    yes: bool,
    *,
    qr: bool,
) -> None:
    """Show a node's request, ask, and write the grant: as a file, or as QR codes."""
    own, own_keys = settings.load(directory), keys.load(directory)
    if not (out or qr_file or qr):
        raise click.UsageError(words("enrol.file.one"))
    request = enrolment.read_request(codes.receive(request_file, enrolment.FILE_SIZE_MAX))
    _show(request)
    if not yes:
        click.confirm(words("central.grant.sure"), abort=True)
    now_ms = SystemClock().now_ms()
    connection = open_writer(settings.database_url(directory, own))
    try:
        with changing(connection, request.unit) as change:
            given = own.url() if url is None else url
            granted = granting.grant(change, own_keys, request, url=given, first_node=own.first_node, now_ms=now_ms)
            message = enrolment.sign_grant(own_keys.root, granted)
            if out:
                out.write_bytes(message)  # before the place is spent for good
            codes.give(message, qr=qr, qr_file=qr_file)
    finally:
        connection.close()
    click.echo(words("central.grant.done", number=granted.author.node, file=out or codes.STANDARD_INPUT))
    click.echo(words("central.grant.compare", fingerprint=fingerprint(own_keys.root.public)))
    click.echo(words("speech.aloud", said=spoken(own_keys.root.public, words)))


def _show(request: Request) -> None:
    click.echo(words("central.grant.unit", unit=request.unit, name=request.unit_name))
    if request.left:
        click.echo(words("central.grant.left", node=request.left.node, life=request.left.incarnation))
    click.echo(words("central.grant.key", fingerprint=fingerprint(request.public)))
    click.echo(words("speech.aloud", said=spoken(request.public, words)))
    for person in request.people:
        roles = words("central.grant.between").join(words(f"role.{role}") for role in person.roles)
        click.echo(words("central.grant.person", id=person.id, name=person.name, roles=roles))
