"""`ortoo bench`: measurements anyone can repeat on their own machine.

Rule kept here: figures go to standard output, as JSON with `--json`; a measurement never touches a node's files.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from fleet.words import Words, language_from_environment

words = Words(language_from_environment(os.environ), "command")


@click.group(help=words("help.bench"))
def bench() -> None:
    """Measurements."""


@bench.command(help=words("bench.decode.help"))
@click.option("--json", "as_json", is_flag=True, help=words("bench.json"))
def decode(as_json: bool) -> None:
    """From raw bytes to typed messages."""
    from bench.decode import measure

    _show(measure(), as_json)


@bench.command(help=words("bench.intake.help"))
@click.option(
    "--seconds", type=click.FloatRange(2, 600), default=10.0, show_default=True, help=words("bench.intake.seconds")
)
@click.option("--json", "as_json", is_flag=True, help=words("bench.json"))
def intake(seconds: float, as_json: bool) -> None:
    """From a line to committed rows."""
    from bench.intake import measure

    _show(asyncio.run(measure(seconds)), as_json)


@bench.command(help=words("bench.sync.help"))
@click.option(
    "--workload", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True,
    help=words("bench.sync.workload"),
)  # fmt: skip
@click.option("--capture", type=click.Path(dir_okay=False, path_type=Path), help=words("bench.sync.capture"))
@click.option("--json", "as_json", is_flag=True, help=words("bench.json"))
def sync(workload: Path, capture: Path | None, as_json: bool) -> None:
    """From two ledgers that differ by a month to two that are equal."""
    from bench.sync import measure

    _show(measure(workload, capture), as_json)


@bench.command(help=words("bench.tracks.help"))
@click.option(
    "--workload", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True,
    help=words("bench.tracks.workload"),
)  # fmt: skip
@click.option("--truth", type=click.Path(exists=True, dir_okay=False, path_type=Path), help=words("bench.tracks.truth"))
@click.option("--json", "as_json", is_flag=True, help=words("bench.json"))
def tracks(workload: Path, truth: Path | None, as_json: bool) -> None:
    """From a month of a fleet's reports to days that are packed, read back and judged."""
    from bench.tracks import measure

    _show(measure(workload, truth), as_json)


@bench.command(help=words("bench.archive.help"))
@click.option(
    "--orders", type=click.IntRange(200, 200_000), default=60_000, show_default=True, help=words("bench.archive.orders")
)
@click.option("--seed", type=int, default=1, show_default=True, help=words("bench.archive.seed"))
@click.option("--json", "as_json", is_flag=True, help=words("bench.json"))
def archive(orders: int, seed: int, as_json: bool) -> None:
    """Five years of a unit."""
    from bench.archive import measure

    _show(measure(orders, seed), as_json)


@bench.command(help=words("bench.tui.help"))
@click.option("--home", type=click.Path(file_okay=False, path_type=Path), help=words("bench.tui.home"))
@click.option("--json", "as_json", is_flag=True, help=words("bench.json"))
def tui(home: Path | None, as_json: bool) -> None:
    """From a key to a picture."""
    from bench.tui import measure

    _show(asyncio.run(measure(home)), as_json)


def _show(figures: Mapping[str, object], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(figures))
        return
    for name, figure in _flat(figures):
        click.echo(f"{words(f'bench.figure.{name}')}: {figure}")


def _flat(figures: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for name, figure in figures.items():
        if isinstance(figure, Mapping):
            yield from ((f"{name}_{inner}", value) for inner, value in _flat(figure))
        else:
            yield name, figure
