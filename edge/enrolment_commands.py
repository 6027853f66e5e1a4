"""`ortoo enrol person/request/accept`: how a node and its people come by their certificates, by file, with no network.

person   makes a key for someone, wrapped by their own PIN          (on the node, before or after enrolment)
request  the node's key and its people's, as a file for central
accept   central's answer: certificates, pinned keys, address       (writes them at the head of the log)
"""

from __future__ import annotations

import os
from pathlib import Path

import click

from edge import home as node_home
from edge import settings as node_settings
from edge.keyring import Person, wrap
from edge.machine import SystemClock, SystemRandomness
from edge.store.journal import Office, open_office
from edge.store.local import LocalStore
from fleet.errors import BadInput, NotTrusted
from fleet.ledger import enrolment, kinds
from fleet.ledger.certificate import Certificate, admit
from fleet.ledger.enrolment import PERSON, Grant, Request, fingerprint
from fleet.ledger.replica import Statement
from fleet.ledger.suite import SHIPPED
from fleet.rules.roles import Role
from fleet.words import Words, language_from_environment

words = Words(language_from_environment(os.environ), "command")
DIRECTORY = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(help=words("enrol.person.help"))
@click.argument("directory", type=DIRECTORY)
@click.option("--id", "staff", required=True, help=words("enrol.person.id"))
@click.option("--name", required=True, help=words("enrol.person.name"))
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice([role.value for role in Role]))
@click.option("--pin-fd", type=int, help=words("enrol.person.pin_fd"))
def person(directory: Path, staff: str, name: str, roles: tuple[str, ...], pin_fd: int | None) -> None:
    """Make a key for a person, wrapped by a PIN typed here (or read from an open file descriptor)."""
    node_settings.load(directory)
    if not PERSON.fullmatch(staff):
        raise BadInput("staff_number_wrong", value=staff)
    if not enrolment.is_name(name):
        raise BadInput("name_wrong", value=name, most=enrolment.NAME_LENGTH_MAX)
    if Role.APPROVER in roles and Role.DISPATCHER in roles:
        raise BadInput("roles_clash", article="8", value=staff)
    pin = _pin(pin_fd)
    key = wrap(Person(staff, name, roles), pin, node_home.device_secret(directory), SystemRandomness())
    LocalStore(directory).add_key(key)
    click.echo(words("enrol.person.done", name=name, fingerprint=fingerprint(key.public), directory=directory))


@click.command(help=words("enrol.request.help"))
@click.argument("directory", type=DIRECTORY)
@click.option("--out", type=FILE, required=True, help=words("enrol.request.out"))
def request(directory: Path, out: Path) -> None:
    """Write the request file for central."""
    settings = node_settings.load(directory)
    key = node_home.node_key(directory)
    people = tuple(
        enrolment.Person(id=one.person, name=one.name, roles=one.roles, public=one.public)
        for one in LocalStore(directory).keys()  # noqa: SIM118 - a table of keys, not a mapping
    )
    asked = Request(
        suite=SHIPPED.id, unit=settings.unit, unit_name=settings.unit_name, public=key.public, people=people
    )
    out.write_bytes(enrolment.sign_request(key, asked))
    click.echo(words("enrol.request.done", file=out, people=len(people), fingerprint=fingerprint(key.public)))


@click.command(help=words("enrol.accept.help"))
@click.argument("directory", type=DIRECTORY)
@click.argument("grant_file", type=FILE)
def accept(directory: Path, grant_file: Path) -> None:
    """Take central's grant: check it against this node's key, pin central, write the certificates into the log."""
    settings = node_settings.load(directory)
    message = grant_file.read_bytes()[: enrolment.FILE_SIZE_MAX + 1]
    grant = enrolment.read_grant(message)
    ours = admit(grant.root_public, grant.node_certificate).public
    if grant.unit != settings.unit or ours != node_home.node_key(directory).public:
        raise NotTrusted("grant_not_ours", unit=grant.unit)
    with node_home.alone(directory):
        before = node_home.enrolled(directory).grant if (directory / "grant.cbor").exists() else grant
        if (before.root_public, before.author) != (grant.root_public, grant.author):
            raise NotTrusted("grant_other_root", unit=grant.unit)
        node_home.write_whole(directory / "grant.cbor", message)
        enrolled = node_home.enrolled(directory)
        office = open_office(directory, SystemClock(), grant.root_public, enrolled.identity)
        office.replica.write(_introductions(office, grant))
    click.echo(words("enrol.accept.done", number=grant.author.node, people=len(grant.people), url=grant.url or "-"))
    click.echo(words("enrol.accept.compare", fingerprint=fingerprint(grant.root_public), directory=directory))


def _introductions(office: Office, grant: Grant) -> list[Statement]:
    """The certificates that are not in the log yet: the node's own first, then its people's."""
    state = office.replica.state
    statements = []
    if grant.author not in state.nodes:
        statements.append(Statement(kinds.NODE_ENROL, f"node/{grant.author.node}", grant.node_certificate))
    for message in grant.people:
        certificate: Certificate = admit(grant.root_public, message)
        known = {enrolled.certificate.public for enrolled in state.people.get(certificate.subject, ())}
        if certificate.public not in known:
            statements.append(Statement(kinds.PERSON_ENROL, f"person/{certificate.subject}", message))
    return statements


def _pin(pin_fd: int | None) -> str:
    if pin_fd is None:
        return str(
            click.prompt(
                words("enrol.person.pin"), hide_input=True, confirmation_prompt=words("enrol.person.pin_again")
            )
        )
    with os.fdopen(pin_fd, closefd=False) as file:
        return file.readline().strip()
