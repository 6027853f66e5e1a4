"""`ortoo tui`: attach a console to a node."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from fleet.words import LANGUAGES, Words, language_from_environment

DEFAULT_NODE = "./node.sock"


words = Words(language_from_environment(os.environ), "console")


@click.command(help=words("command.tui"))
@click.option(
    "--node",
    metavar="SOCKET|URL|DIR",
    help=words("command.node"),
)
@click.option("--lang", type=click.Choice(LANGUAGES), help=words("command.lang"))
@click.option("--thin/--whole", default=None, help=words("command.thin"))
def tui(node: str | None, lang: str | None, thin: bool | None) -> None:
    """Open the dispatcher's console on a node. Closing it does not stop the node."""
    words = Words(language_from_environment(os.environ if lang is None else {"ORTOO_LANG": lang}), "console")
    where = node or os.environ.get("ORTOO_NODE") or DEFAULT_NODE
    if not sys.stdin.isatty() or not sys.stderr.isatty():
        raise click.UsageError(words("command.no_terminal"))
    if not where.startswith(("http://", "https://")) and not Path(where).parent.is_dir():
        raise click.UsageError(words("command.no_directory", path=where))

    from tui.api import Api, address
    from tui.app import Console

    at = address(where)
    console = Console(Api.at(at, language=words.tag), words, node=str(at), thin=thin)
    console.run()
    if console.fault is not None:
        raise console.fault
    click.echo(words("command.left"))
