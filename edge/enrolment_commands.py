"""`ortoo enrol person/request/accept`: how a node and its people come by their certificates, by file, with no network.

person   makes a key for someone, wrapped by their own PIN          (on the node, before or after enrolment)
request  the node's key and its people's, as a file for central; for another life, where the log can be had nowhere
accept   central's answer: certificates, pinned keys, address       (writes them at the head of the log)
"""

from __future__ import annotations

import os
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import click

from courier import qr as codes
from edge import home as node_home
from edge import place
from edge import settings as node_settings
from edge.beginning import begin
from edge.keyring import Person, request_of, wrap
from edge.pin import ask_pin
from edge.store.journal import open_office
from edge.store.local import LocalStore
from fleet.errors import BadInput, NotAllowed, NotFound, NotTrusted
from fleet.ledger import enrolment
from fleet.ledger.enrolment import fingerprint
from fleet.ledger.granting import certified
from fleet.ledger.names import NAME_LENGTH_MAX, PERSON, is_name
from fleet.ledger.operation import Author
from fleet.rules.roles import UNIT_ROLES, clash
from fleet.speech import spoken
from fleet.words import Words, language_from_environment
from machine.files import write_whole
from machine.system import SystemClock, SystemRandomness

words = Words(language_from_environment(os.environ), "command")
DIRECTORY = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)
CLASHES = {"roles_together": "roles_clash", "roles_undeclared": "roles_undeclared"}
"""Why the roles do not go together, in words that say of whom."""


@click.command(help=words("enrol.person.help"))
@click.argument("directory", type=DIRECTORY)
@click.option("--id", "staff", required=True, help=words("enrol.person.id"))
@click.option("--name", required=True, help=words("enrol.person.name"))
@click.option(
    "--role", "roles", multiple=True, required=True, type=click.Choice(sorted(role.value for role in UNIT_ROLES))
)
@click.option("--declared", default="", help=words("enrol.declared"))
@click.option("--pin-fd", type=int, help=words("enrol.person.pin_fd"))
def person(directory: Path, staff: str, name: str, roles: tuple[str, ...], declared: str, pin_fd: int | None) -> None:
    """Make a key for a person, wrapped by a PIN typed here (or read from an open file descriptor)."""
    node_settings.load(directory)
    if not PERSON.fullmatch(staff):
        raise BadInput("staff_number_wrong", value=staff)
    if not is_name(name):
        raise BadInput("name_wrong", value=name, most=NAME_LENGTH_MAX)
    if reason := clash(frozenset(roles), declared=bool(declared.strip())):
        raise BadInput(CLASHES[reason], article="8", value=staff)
    pin = ask_pin(pin_fd, again=True)
    key = wrap(
        Person(staff, name, roles, declared.strip()), pin, node_home.device_secret(directory), SystemRandomness()
    )
    with closing(LocalStore(directory)) as store:
        store.add_key(key)
    click.echo(words("enrol.person.done", name=name, fingerprint=fingerprint(key.public)))
    known = (directory / node_home.GRANT).exists()
    click.echo(words("enrol.person.propose" if known else "enrol.person.request", directory=directory))


@click.command(help=words("enrol.request.help"))
@click.argument("directory", type=DIRECTORY)
@click.option("--out", type=FILE, help=words("enrol.request.out"))
@click.option("--new-life", is_flag=True, help=words("enrol.request.new_life"))
@codes.options
def request(directory: Path, out: Path | None, qr_file: Path | None, *, qr: bool, new_life: bool) -> None:
    """Write the request for central: as a file, or as QR codes."""
    require_somewhere(out, qr_file, qr=qr)
    settings, own = node_settings.load(directory), node_home.node_key(directory)
    left = _life_given_up(directory) if new_life else None
    with closing(LocalStore(directory)) as store:
        asked = replace(request_of(store.keys(), settings, own), left=left)
    message = enrolment.sign_request(own, asked)
    if out:
        out.write_bytes(message)
    pictures = codes.give(message, qr=qr, qr_file=qr_file)
    said = {"people": len(asked.people), "fingerprint": fingerprint(own.public)}
    click.echo(words("enrol.request.done", file=out or ", ".join(map(str, pictures)) or "QR", **said))
    click.echo(words("speech.aloud", said=spoken(own.public, words)))


@click.command(help=words("enrol.accept.help"))
@click.argument("directory", type=DIRECTORY)
@click.argument("grant_file", type=FILE)
def accept(directory: Path, grant_file: Path) -> None:
    """Take central's grant: check it against this node's key, pin central, write the certificates into the log."""
    settings = node_settings.load(directory)
    message = codes.receive(grant_file, enrolment.FILE_SIZE_MAX)
    grant = enrolment.read_grant(message)
    ours = certified(grant.root_public, grant.node_certificate).public
    if grant.unit != settings.unit or ours != node_home.node_key(directory).public:
        raise NotTrusted("grant_not_ours", unit=grant.unit)
    before = node_home.granted(directory) if (directory / node_home.GRANT).exists() else grant
    same = grant.author == before.author or (_follows(grant.author, before.author) and not _may_write(directory))
    if before.root_public != grant.root_public or not same:
        raise NotTrusted("grant_other_root", unit=grant.unit)
    with node_home.alone(directory):
        write_whole(directory / node_home.GRANT, message)
        enrolled = node_home.enrolled(directory)
        with closing(open_office(directory, SystemClock(), grant.root_public, enrolled.identity)) as office:
            begin(office, directory, grant, SystemClock())
    click.echo(words("enrol.accept.done", number=grant.author.node, people=len(grant.people), url=grant.url or "-"))
    facts = {"fingerprint": fingerprint(grant.root_public), "directory": directory}
    click.echo(
        words("enrol.accept.compare", aloud=words("speech.aloud", said=spoken(grant.root_public, words)), **facts)
    )


def _life_given_up(directory: Path) -> Author:
    """Whose log a cold node gives up.

    Raises:
        NotFound: `not_enrolled`, or `life_not_over`: it may write, or will by itself.
    """
    if _may_write(directory):
        raise NotFound("life_not_over", directory=str(directory))
    return node_home.granted(directory).author


def _may_write(directory: Path) -> bool:
    known = node_home.enrolled(directory)
    with suppress(NotAllowed), node_home.alone(directory):  # a node that runs has found out where it stands
        open_office(directory, SystemClock(), known.grant.root_public, known.identity).close()
    here = place.read(directory)
    return here is None or not here.cold


def _follows(author: Author, before: Author) -> bool:
    return author.node == before.node and author.incarnation > before.incarnation


def require_somewhere(out: Path | None, qr_file: Path | None, *, qr: bool) -> None:
    """A small file that goes nowhere is a wrong call."""
    if not (out or qr_file or qr):
        raise click.UsageError(words("enrol.file.one"))
