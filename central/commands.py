"""`ortoo central …` and central's half of `ortoo verify`: what a region's admin types."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import click

from central import accounts, home, keys, passphrase, proof, rebuilding, settings
from central.accounts import Role
from central.backup_commands import backup, restore
from central.database import has_password, open_writer
from central.escrow_commands import escrow
from central.proof import Finding
from central.settings import Settings
from fleet.errors import BadInput
from fleet.ledger.enrolment import fingerprint
from fleet.ledger.evidence import Report
from fleet.rules.timing import Proof
from fleet.speech import spoken
from fleet.words import Words, language_from_environment
from machine.system import SystemClock, SystemRandomness

words = Words(language_from_environment(os.environ), "command")
DIRECTORY = click.Path(path_type=Path, file_okay=False)
ROLE = click.Choice([role.value for role in Role])


@click.group(help=words("help.central"))
def central() -> None:
    """The regional server."""


@central.command(help=words("central.init.help"))
@click.argument("directory", type=DIRECTORY)
@click.option("--name", required=True, help=words("central.init.name"))
@click.option("--listen", default="127.0.0.1:8443", show_default=True, help=words("central.init.listen"))
@click.option("--address", "addresses", multiple=True, help=words("central.init.address"))
@click.option("--database", default="", help=words("central.init.database"))
@click.option("--account", default="admin", show_default=True, help=words("central.init.account"))
@click.option("--role", type=ROLE, default=Role.ADMIN.value, show_default=True, help=words("central.account.role"))
@click.option("--pin-fd", type=int, help=words("central.pin_fd"))
def init(
    directory: Path,
    name: str,
    listen: str,
    addresses: tuple[str, ...],
    database: str,
    account: str,
    role: str,
    pin_fd: int | None,
) -> None:
    """Make a region's directory with fresh keys and its first account."""
    if has_password(database):
        raise BadInput("password_in_arguments", field="database")
    host, port = _address(listen)
    given = addresses or (("localhost",) if host in {"0.0.0.0", "::"} else (host,))  # noqa: S104 - compared, not bound
    own = Settings(name=name, host=host, port=port, addresses=given, database=database)
    randomness = SystemRandomness()
    secret = accounts.hash_passphrase(passphrase.ask(pin_fd, account), randomness)
    home.create(
        directory, own, account=account, role=Role(role), secret=secret, now_ms=SystemClock().now_ms(),
        randomness=randomness,
    )  # fmt: skip
    root = keys.load(directory).root.public
    click.echo(words("central.init.done", name=name, directory=directory, fingerprint=fingerprint(root)))
    click.echo(words("speech.aloud", said=spoken(root, words)))
    click.echo(words("central.init.next", directory=directory))


@central.command(help=words("central.run.help"))
@click.argument("directory", type=DIRECTORY)
@click.option("--listen", help=words("central.run.listen"))
def run(directory: Path, listen: str | None) -> None:
    """Serve nodes and pages until Ctrl+C."""
    from central import server

    own, own_keys = settings.load(directory), keys.load(directory)
    keys.require_fit_to_serve(directory, own_keys)
    listening = server.listen(*(_address(listen) if listen else (own.host, own.port)))
    host, port = listening.getsockname()[:2]

    with home.alone(directory) as lock:

        def ready() -> None:
            lock.write(f"https://{_bracketed(_near(host))}:{port}")
            lock.flush()
            click.echo(words("central.run.open", name=own.name, address=f"https://{_bracketed(host)}:{port}/"))

        click.echo(words("central.run.starting", directory=directory))
        asyncio.run(server.serve(directory, own, own_keys, listening, ready))
    click.echo(words("central.run.stopped"))


@central.command(help=words("central.rebuild.help"))
@click.argument("directory", type=DIRECTORY)
def rebuild(directory: Path) -> None:
    """Make everything derived anew from the signed logs."""
    for made in rebuilding.rebuild(directory, SystemClock()):
        done = words("central.rebuild.done", unit=made.unit, operations=made.operations, state=made.state[:16])
        click.echo(done)


@central.group(help=words("central.account.help"))
def account() -> None:
    """Who may read central's pages."""


@account.command(help=words("central.account.add.help"))
@click.argument("directory", type=DIRECTORY)
@click.argument("name")
@click.option("--role", type=ROLE, required=True, help=words("central.account.role"))
@click.option("--pin-fd", type=int, help=words("central.pin_fd"))
def add(directory: Path, name: str, role: str, pin_fd: int | None) -> None:
    """Give someone an account; the server may be running."""
    own = settings.load(directory)
    secret = accounts.hash_passphrase(passphrase.ask(pin_fd, name), SystemRandomness())
    connection = open_writer(settings.database_url(directory, own))
    try:
        accounts.add(connection, name, Role(role), secret, now_ms=SystemClock().now_ms())
    finally:
        connection.close()
    click.echo(words("central.account.added", name=name, role=role))


for command in (escrow, backup, restore):
    central.add_command(command)


@click.command(help=words("help.verify_long"))
@click.argument("directory", type=DIRECTORY)
@click.pass_context
def verify(ctx: click.Context, directory: Path) -> None:
    """Prove everything central holds; exit 1 if anything does not hold."""
    findings = proof.prove(directory)
    for finding in findings:
        for fault in finding.report.faults:
            where = finding.unit or words("central.verify.own")
            click.echo(words(f"verify.fault.{fault.code}", record=f"{where}: {fault.record}"), err=True)
        for fork in finding.report.forks:
            said = words("verify.fork", node=fork.author.node, life=fork.author.incarnation, seq=fork.seq)
            click.echo(f"{finding.unit}: {said}")
    units = [finding for finding in findings if finding.unit]
    for finding in units:
        click.echo(_proved(finding))
        for line in _beside(finding.report):
            click.echo(line)
    operations = sum(finding.report.operations for finding in units)
    faults = sum(len(finding.report.faults) for finding in findings)
    verdict = "central.verify.broken" if faults else "central.verify.whole"
    click.echo(words(verdict, directory=directory, units=len(units), operations=operations, faults=faults))
    ctx.exit(1 if faults else 0)


def _beside(report: Report) -> Iterator[str]:
    """What is no fault and still worth telling, a line each."""
    if known := report.deadlines:
        claimed = known[Proof.CLAIMED_IN_TIME] + known[Proof.CLAIMED_LATE]
        in_time, late = known[Proof.IN_TIME], known[Proof.LATE]
        yield words("verify.deadlines", supplements=known.total(), in_time=in_time, late=late, claimed=claimed)
    if report.doubted:
        yield words("verify.doubted", doubted=report.doubted)
    if report.crashed:
        yield words("verify.crashed", crashed=report.crashed)


def _proved(finding: Finding) -> str:
    report = finding.report
    return words(
        "verify.broken" if report.faults else "verify.whole",
        directory=finding.unit,
        operations=report.operations,
        seals=report.seals,
        signatures=report.person_signatures,
        documents=report.documents,
        rows=report.rows,
        receipts=report.receipts,
        faults=len(report.faults),
        state=report.state_hash[:16],
    )


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise BadInput("address_wrong", value=listen)
    return host.strip("[]"), int(port)


def _near(host: str) -> str:
    """The address by which this machine reaches a server that listens on `host`."""
    return "localhost" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
