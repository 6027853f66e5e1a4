"""`ortoo node report`: a unit's month in figures, from the node's own files; the node may be running."""

from __future__ import annotations

import json
import os
from contextlib import closing
from pathlib import Path

import click

from edge import home as node_home
from edge import settings as node_settings
from edge.reports import table
from edge.store import listing
from edge.store.engine import disk_errors, open_reader
from edge.store.ledger import LedgerStore
from fleet.desk.report import Month, report
from fleet.errors import BadInput
from fleet.ledger.replica import Replica
from fleet.rules.calendar import months_span
from fleet.rules.settlement import MONTH
from fleet.words import Words, language_from_environment
from machine.files import write_whole
from machine.system import SystemClock

words = Words(language_from_environment(os.environ), "command")
FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("report", help=words("node.report.help"))
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.argument("span", type=click.Choice(["month"]))
@click.argument("month")
@click.option("--xlsx", type=FILE, help=words("node.report.xlsx"))
@click.option("--pdf", type=FILE, help=words("node.report.pdf"))
@click.option("--json", "as_json", is_flag=True, help=words("node.report.json"))
def report_command(directory: Path, span: str, month: str, xlsx: Path | None, pdf: Path | None, as_json: bool) -> None:
    """Print a month's figures, or write them as a spreadsheet or a page."""
    if not MONTH.fullmatch(month):
        raise BadInput("field_not_a_date", field=span, value=month)
    made = _made(directory, month)
    if xlsx:
        from edge.reports import spreadsheet

        write_whole(xlsx, spreadsheet.write(words, made))
        click.echo(words("node.report.written", file=xlsx), err=True)
    if pdf:
        from edge.reports import paper

        write_whole(pdf, paper.write(words, made))
        click.echo(words("node.report.written", file=pdf), err=True)
    if as_json:
        click.echo(json.dumps(table.plain(made), ensure_ascii=False, indent=2))
    elif not (xlsx or pdf):
        for line in table.text(words, made):
            click.echo(line)


def _made(directory: Path, month: str) -> Month:
    settings, clock, path = node_settings.load(directory), SystemClock(), directory / "core.db"
    grant = node_home.granted(directory)
    with disk_errors(path), closing(LedgerStore(open_reader(path), path)) as store:
        replica = Replica(store, clock, grant.root_public, unit=settings.unit, identity=None)
        orders = listing.orders_of(store, *months_span(month))
        return report(replica.state, orders, settings.unit_name, month, clock.now_ms())
