"""`ortoo node doctor`: what keeps a node from working, in words, with what to do. Exit 1 if anything must be mended."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

import click

from edge.doctor import Finding, look
from fleet.words import Words, language_from_environment
from machine.system import SystemClock

words = Words(language_from_environment(os.environ), "command")


@click.command("doctor", help=words("node.doctor.help"))
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option("--json", "as_json", is_flag=True, help=words("node.doctor.json"))
@click.pass_context
def doctor(ctx: click.Context, directory: Path, as_json: bool) -> None:
    """Look at a node from outside and tell what was found."""
    found = look(directory, SystemClock().now_ms())
    if as_json:
        rows = [asdict(finding) | {"told": told(finding)} for finding in found]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        for finding in found:
            head, *rest = told(finding).splitlines()
            click.echo(
                "\n".join([f"{words(f'doctor.grade.{finding.grade}')}  {head}", *(f"    {line}" for line in rest)])
            )
    ctx.exit(1 if any(finding.grade == "ill" for finding in found) else 0)


def told(finding: Finding) -> str:
    """A finding in words: what is so, and for whatever is not well what to do next."""
    family, _, code = finding.code.partition(".")
    if family == "refused":
        explained = words.explain(code, finding.facts)
        return "\n".join(filter(None, (explained.what, explained.why, explained.next)))
    if family == "port" and code:
        return words(f"terminal.port.{code}", **finding.facts)
    return words(f"doctor.{finding.code}", **words.told(finding.facts))
