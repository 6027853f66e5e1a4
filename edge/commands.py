"""`ortoo node …` and the node's half of `ortoo verify`: what a unit's admin types. Words come from the catalogue."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click

from edge import home as node_home
from edge import settings as node_settings
from edge.api_command import api
from edge.backup_commands import backup, restore, settle
from edge.doctor_command import doctor
from edge.import_command import import_table
from edge.proof import prove
from edge.rehearsal import rehearse
from edge.report_command import report_command
from edge.settings import Line, Settings
from edge.store.journal import open_store
from fleet.errors import BadInput
from fleet.ledger.certificate import CENTRAL_UNIT
from fleet.ledger.digest import state_hash
from fleet.ledger.enrolment import fingerprint
from fleet.ledger.evidence import Report
from fleet.ledger.fold import Refold
from fleet.ledger.names import NAME_LENGTH_MAX, UNIT, is_name
from fleet.rules.timing import Proof
from fleet.speech import spoken
from fleet.words import LANGUAGES, Language, Words, language_from_environment
from machine.system import SystemClock, SystemRandomness

words = Words(language_from_environment(os.environ), "command")
DIRECTORY = click.Path(path_type=Path, file_okay=False)


@click.group(help=words("help.node"))
def node() -> None:
    """A unit's node."""


@node.command(help=words("node.init.help"))
@click.argument("directory", type=DIRECTORY)
@click.option("--unit", required=True, help=words("node.init.unit"))
@click.option("--name", required=True, help=words("node.init.name"))
@click.option("--listen", default="127.0.0.1:8088", show_default=True, help=words("node.init.listen"))
@click.option("--line", "lines", multiple=True, metavar="PORT[@BAUD]", help=words("node.init.line"))
@click.option("--language", type=click.Choice(LANGUAGES), default="zh_CN", show_default=True)
def init(directory: Path, unit: str, name: str, listen: str, lines: tuple[str, ...], language: Language) -> None:
    """Make a node's directory with fresh keys."""
    if not UNIT.fullmatch(unit) or unit == CENTRAL_UNIT:
        raise BadInput("unit_code_wrong", value=unit)
    if not is_name(name):
        raise BadInput("name_wrong", value=name, most=NAME_LENGTH_MAX)
    host, port = _address(listen)
    settings = Settings(
        unit=unit, unit_name=name, host=host, port=port, language=language, lines=tuple(map(_line, lines))
    )
    node_home.create(directory, settings, SystemRandomness())
    public = node_home.node_key(directory).public
    aloud = words("speech.aloud", said=spoken(public, words))
    click.echo(words("node.init.done", directory=directory, fingerprint=fingerprint(public), aloud=aloud))


@node.command(help=words("node.run.help"))
@click.argument("directory", type=DIRECTORY)
@click.option("--log", type=click.Choice(["warning", "info", "debug"]), default="warning", show_default=True)
def run(directory: Path, log: str) -> None:
    """Run a node until Ctrl+C."""
    from edge.serve import serve
    from edge.tls import is_loopback

    logging.basicConfig(level=log.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel("WARNING")
    settings = node_settings.load(directory)
    scheme = "http" if is_loopback(settings.host) else "https"
    address = f"{scheme}://{settings.host}:{settings.port}/"
    said = words("node.run.open", unit=settings.unit_name, address=address, directory=directory)

    def opened(cold: str) -> None:
        click.echo(said)
        if cold:
            click.echo(words(f"cold.{cold}", directory=directory), err=True)

    asyncio.run(serve(directory, settings, opened))
    click.echo(words("node.run.stopped"))


@node.command(help=words("node.rebuild.help"))
@click.argument("directory", type=DIRECTORY)
def rebuild(directory: Path) -> None:
    """Make everything derived anew from the signed log."""
    node_settings.load(directory)
    known = node_home.enrolled(directory)
    with node_home.alone(directory), closing(open_store(directory)) as store:
        fold = Refold(known.grant.root_public, SystemClock().now_ms())
        store.rebuild(fold.batches(store.operations()))
    held = sum(head.seq for head in fold.state.heads.values())
    click.echo(words("node.rebuild.done", operations=held, state=state_hash(fold.state).hex()[:16]))


node.add_command(api)
node.add_command(backup)
node.add_command(restore)
node.add_command(settle)
node.add_command(doctor)
node.add_command(import_table)
node.add_command(report_command)
node.add_command(rehearse)


@click.command(help=words("help.verify_long"))
@click.argument("directory", type=DIRECTORY)
@click.pass_context
def verify(ctx: click.Context, directory: Path) -> None:
    """Prove a node's ledger; exit 1 if anything does not hold."""
    report = prove(directory)
    say(report, directory)
    ctx.exit(1 if report.faults else 0)


def say(report: Report, directory: Path) -> None:
    """Tell a person what was proved and what was not."""
    for fault in report.faults:
        click.echo(words(f"verify.fault.{fault.code}", record=fault.record), err=True)
    for fork in report.forks:
        click.echo(words("verify.fork", node=fork.author.node, life=fork.author.incarnation, seq=fork.seq))
    verdict = "verify.broken" if report.faults else "verify.whole"
    click.echo(
        words(
            verdict,
            directory=directory,
            operations=report.operations,
            seals=report.seals,
            signatures=report.person_signatures,
            documents=report.documents,
            rows=report.rows,
            receipts=report.receipts,
            faults=len(report.faults),
            state=report.state_hash[:16],
        )
    )
    for line in _beside(report):
        click.echo(line)


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


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise BadInput("address_wrong", value=listen)
    return host.strip("[]"), int(port)


def _line(text: str) -> Line:
    port, _, baud = text.rpartition("@")
    if port and baud.isdecimal():
        return Line(port=port, baud=int(baud))
    return Line(port=text)
