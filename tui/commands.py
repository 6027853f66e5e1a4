"""`ortoo tui`: attach a console to a node."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fleet.words import LANGUAGES, Words, language_from_environment

if TYPE_CHECKING:
    from tui.http import Address

DEFAULT_NODE = "./node.sock"


words = Words(language_from_environment(os.environ), "console")


@click.command(help=words("command.tui"))
@click.option(
    "--node",
    metavar="SOCKET|URL|DIR",
    help=words("command.node"),
)
@click.option("--lang", type=click.Choice(LANGUAGES), help=words("command.lang"))
@click.option("--plain", is_flag=True, help=words("command.plain"))
@click.option("--contrast", is_flag=True, help=words("command.contrast"))
@click.option("--thin/--whole", default=None, help=words("command.thin"))
def tui(node: str | None, lang: str | None, plain: bool, contrast: bool, thin: bool | None) -> None:
    """Open the dispatcher's console on a node. Closing it does not stop the node."""
    words = Words(language_from_environment(os.environ if lang is None else {"ORTOO_LANG": lang}), "console")
    where = node or os.environ.get("ORTOO_NODE") or DEFAULT_NODE
    if plain:
        _plain(_there(where, words), words)
        return
    if not sys.stdin.isatty() or not sys.stderr.isatty():
        raise click.UsageError(words("command.no_terminal"))
    at = _there(where, words)

    gc.disable()  # nothing of what is loaded is garbage; to look for some is a tenth of the start
    from tui.api import Api
    from tui.app import Console
    from tui.http import Http
    from tui.kept import directory

    gc.freeze()
    gc.enable()

    api, kept = Api(Http(at), language=words.tag), directory(os.environ)
    console = Console(api, words, node=str(at), thin=thin, contrast=contrast, keep_in=kept)
    console.run()
    if console.fault is not None:
        raise console.fault
    click.echo(words("command.left"))


def _there(where: str, words: Words) -> Address:
    """The node's address; a directory that is not there is a wrong call."""
    if not where.startswith(("http://", "https://")) and not Path(where).parent.is_dir():
        raise click.UsageError(words("command.no_directory", path=where))

    from tui.api import address

    return address(where)


def _plain(at: Address, words: Words) -> None:
    from tui.api import Api
    from tui.http import Http
    from tui.plain.sitting import run
    from tui.plain.talk import on_standard_streams

    run(Api(Http(at), language=words.tag), on_standard_streams(words), str(at))
    click.echo(words("command.left"))
