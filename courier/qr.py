"""Small files as QR codes: shown on the terminal or written as pictures, and read back by a scanner that types.

A code is drawn with half blocks, two modules a character high, in at most WIDTH_MAX columns; dark is dark whatever the
terminal's own colours are. Several codes make one file (see `fleet.ledger.slips`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, TypeVar

import click
import segno

from fleet.errors import BadInput
from fleet.ledger.slips import Reading, slips
from fleet.words import Words, language_from_environment

words = Words(language_from_environment(os.environ), "bundle")
F = TypeVar("F", bound=Callable[..., Any])

WIDTH_MAX = 80
"""Columns of a terminal that any console of a unit has."""
VERSION_MAX = 13
QUIET, QUIET_DRAWN = 4, 4
"""Modules around a code that are left light."""
PICTURE_SCALE = 6
PICTURES = frozenset({".png", ".svg"})
ON_PAPER, PLAIN = "\x1b[30;107m", "\x1b[0m"
HALVES = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}
"""A character by whether its upper and lower half are dark."""
STANDARD_INPUT = Path("-")


def options(command: F) -> F:
    """The options of a command that writes a small file: show it as QR codes, or write them as pictures."""
    command = click.option("--qr", is_flag=True, help=words("qr.show"))(command)
    return click.option("--qr-file", type=click.Path(path_type=Path, dir_okay=False), help=words("qr.file"))(command)


def give(data: bytes, *, qr: bool, qr_file: Path | None) -> list[Path]:
    """Show and write a file's codes as the options say; the pictures that were written.

    Raises:
        BadInput: `qr_file_wrong`: it is to be no picture; `slips_too_large`.
    """
    made = [code(slip) for slip in slips(data)] if qr or qr_file else []
    pictures = list[Path]()
    if qr_file:
        if qr_file.suffix.lower() not in PICTURES:
            raise BadInput("qr_file_wrong", file=str(qr_file))
        for number, one in enumerate(made, 1):
            picture = qr_file.with_stem(f"{qr_file.stem}-{number}") if len(made) > 1 else qr_file
            one.save(str(picture), scale=PICTURE_SCALE, border=QUIET)
            pictures.append(picture)
            click.echo(words("qr.written", file=picture, number=number, count=len(made)))
    for number, one in enumerate(made if qr else (), 1):
        click.echo(words("qr.caption", number=number, count=len(made)))
        for row in drawn(one, coloured=sys.stdout.isatty()):
            click.echo(row, color=True)
    return pictures


def code(slip: str) -> segno.QRCode:
    """The QR code of a slip."""
    return segno.make_qr(slip, error="m", boost_error=False)


def drawn(one: segno.QRCode, *, coloured: bool) -> list[str]:
    """A code as rows of text. Without colours it is drawn light on dark, as most terminals are."""
    rows = [[bool(module) for module in row] for row in one.matrix_iter(border=QUIET_DRAWN)]
    rows += [[False] * len(rows[0])] * (len(rows) % 2)
    lines = (zip(upper, lower, strict=True) for upper, lower in zip(rows[::2], rows[1::2], strict=True))
    if coloured:
        return [f"{ON_PAPER}{''.join(HALVES[pair] for pair in line)}{PLAIN}" for line in lines]
    return ["".join(HALVES[not upper, not lower] for upper, lower in line) for line in lines]


def receive(file: Path, size_max: int, lines: IO[str] | None = None) -> bytes:
    """What is in a file, at most `size_max` bytes and one; for "-", what a scanner types, code by code.

    Raises:
        BadInput: `slips_missing`: the input ended before the last code. OSError: the file cannot be read.
    """
    if file != STANDARD_INPUT:
        with file.open("rb") as opened:
            return opened.read(size_max + 1)
    reading = Reading()
    click.echo(words("qr.scan"), err=True)
    for line in lines or sys.stdin:
        if not line.strip():
            continue
        try:
            data = reading.take(line)
        except BadInput as refused:
            click.echo(words.explain(refused.code, refused.facts).what, err=True)
            continue
        if data is not None:
            return data
        click.echo(words("qr.lacking", numbers=", ".join(map(str, reading.lacking))), err=True)
    raise BadInput("slips_missing", numbers=", ".join(map(str, reading.lacking)) or "-")
