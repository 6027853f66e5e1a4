"""`ortoo bundle export/import` and `ortoo verify FILE`: records carried by hand, by whoever has the directory.

Which building a directory belongs to is told by the settings file in it; that building is loaded only then. Exit codes:
0 done, or everything holds; 1 refused, or something does not hold; 2 called wrongly.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import cast

import click

from courier import files, house
from courier.files import Progress
from courier.house import House, Summary
from fleet.errors import NotFound
from fleet.ledger.proofs import Link, Proof
from fleet.words import LOCAL_TIME, Words, language_from_environment
from machine.system import SystemClock

words = Words(language_from_environment(os.environ), "bundle")
DIRECTORY = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path)

HOUSES = {"node.toml": "edge.bundles", "central.toml": "central.bundles"}
"""A directory with this settings file in it -> where its house is built."""
CENTRAL = 0


@click.command(help=words("bundle.export.help"))
@click.argument("directory", type=DIRECTORY)
@click.argument("file", type=FILE)
@click.option("--unit", default="", help=words("bundle.export.unit"))
@click.option("--all", "everything", is_flag=True, help=words("bundle.export.all"))
def export(directory: Path, file: Path, unit: str, everything: bool) -> None:
    """Write what the other side is not known to hold to FILE."""
    summary = _house(directory).write(file, unit=unit, everything=everything, progress=_progress())
    _tell(summary)
    click.echo(words("bundle.export.rest" if summary.rest else "bundle.export.done", file=file, size=summary.size))


@click.command(name="import", help=words("bundle.import.help"))
@click.argument("directory", type=DIRECTORY)
@click.argument("file", type=FILE)
@click.pass_context
def import_(ctx: click.Context, directory: Path, file: Path) -> None:
    """Take FILE in; exit 1 if something of it was turned away or waits for what is missing."""
    summary = _house(directory).take_in(file, progress=_progress())
    _tell(summary)
    facts = {"stored": summary.stored, "receipts": summary.receipts, "refusals": summary.refusals}
    click.echo(words("bundle.import.done", file=file, without_effect=summary.without_effect, **facts))
    _tell_faults(summary)
    ctx.exit(0 if summary.sound else 1)


@click.command(help=words("bundle.evidence.help"))
@click.argument("directory", type=DIRECTORY)
@click.argument("target")
@click.argument("file", type=FILE)
@click.option("--unit", default="", help=words("bundle.export.unit"))
def evidence(directory: Path, target: str, file: Path, unit: str) -> None:
    """Write every signature about TARGET, and what leads from it to the root, to FILE: one JSON object a line."""
    found = _house(directory).evidence(target, unit=unit)
    if not found:
        raise NotFound("nothing_on_record", target=target)
    text = "".join(json.dumps(_plain(one), ensure_ascii=False) + "\n" for one in found).encode()
    files.write_out(file, [text], len(text), _progress())
    signed = sum(isinstance(one, Proof) for one in found)
    click.echo(words("bundle.evidence.done", file=file, signed=signed, links=len(found) - signed))


def _plain(one: Proof | Link) -> dict[str, str]:
    """A line of evidence: bytes in hex, but `external_aad` as the text it is."""
    if isinstance(one, Proof):
        key, aad = one.public.hex(), one.external_aad.decode()
        return {"is": one.what, "of": one.of, "public": key, "external_aad": aad, "cose_sign1": one.message.hex()}
    return {
        "is": "operation",
        "of": one.of,
        "sha256": one.hash.hex(),
        "after": one.hashed_after.hex(),
        "cbor": one.data.hex(),
    }


@click.command(help=words("bundle.verify.help"))
@click.argument("file", type=FILE)
@click.option("--with", "directory", type=DIRECTORY, help=words("bundle.verify.with"))
@click.pass_context
def verify(ctx: click.Context, file: Path, directory: Path | None) -> None:
    """Prove a bundle; exit 1 if anything does not hold, or if nobody's key is at hand to look inside."""
    if directory:
        summary = _house(directory).look(file, progress=_progress())
    else:
        with house.opened(file, Path.cwd(), None, _progress()) as parcel:
            summary = house.outside(file.name, parcel.manifest, SystemClock().now_ms())
    _tell(summary)
    if summary.proved:
        proved = {"seals": summary.seals, "signatures": summary.person_signatures, "stored": summary.stored}
        click.echo(words("bundle.verify.proved", without_effect=summary.without_effect, **proved))
    _tell_faults(summary)
    verdict = "whole" if summary.sound else "broken" if summary.proved else "outside"
    click.echo(words(f"bundle.verify.{verdict}", file=file))
    ctx.exit(0 if summary.sound else 1)


def _house(directory: Path) -> House:
    for settings, module in HOUSES.items():
        if (directory / settings).is_file():
            return cast(House, import_module(module).house_of(directory))
    raise NotFound("no_house", directory=str(directory))


def _tell(summary: Summary) -> None:
    """Who wrote it, for whom, when, and what is in it."""
    written = datetime.fromtimestamp(summary.written_ms / 1000, LOCAL_TIME).strftime("%Y-%m-%d %H:%M")
    readers = words("bundle.between").join(_name(reader) for reader in summary.readers)
    facts = {"unit": summary.unit, "name": summary.writer_name, "life": summary.writer_incarnation}
    click.echo(words("bundle.outside", writer=_name(summary.writer), readers=readers, written=written, **facts))
    for run in summary.runs:
        click.echo(words("bundle.run", author=_name(run.node), life=run.incarnation, operations=run.operations))
    if summary.proved and not summary.runs:
        click.echo(words("bundle.no_runs"))
    if summary.scans:
        click.echo(words("bundle.scans", n=summary.scans))


def _tell_faults(summary: Summary) -> None:
    for code in summary.not_taken:
        click.echo(words("bundle.not_taken", reason=words.explain(code, {}).what), err=True)
    for one in summary.missing:
        click.echo(words("bundle.missing", author=_name(one.node), life=one.incarnation, seq=one.seq), err=True)


def _name(node: int) -> str:
    return words("bundle.central") if node == CENTRAL else words("bundle.node", number=node)


def _progress() -> Progress:
    """On a terminal, one line that moves; elsewhere nothing."""
    if not sys.stderr.isatty():
        return lambda _stage, _done, _total: None
    last = [""]

    def show(stage: str, done: int, total: int) -> None:
        said = words(f"bundle.stage.{stage}", percent=100 * done // max(1, total))
        if said != last[0]:
            last[0] = said
            click.echo(f"\r\x1b[K{said}", nl=done >= total, err=True)

    return show
