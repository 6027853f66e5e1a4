"""`ortoo node import`: a table of vehicles, drivers or places, shown row by row before anything of it is saved.

    ortoo node import DIR FILE --kind vehicles --as PERSON [--yes] [--pin-fd N]
    ortoo node import DIR --approve BATCH --as UNIT_HEAD [--pin-fd N]

Exit code: 0 saved, proposed or approved; 1 nothing was saved because of what the table says; 2 called wrongly.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edge.pin import ask_pin
from edge.sheets import FILE_SIZE_MAX
from fleet.desk.tables import SUBJECTS
from fleet.errors import BadInput, Unavailable
from fleet.words import Words, language_from_environment

if TYPE_CHECKING:
    import httpx

TIMEOUT_S = 120.0
BYTES = {"Content-Type": "application/octet-stream"}
words = Words(language_from_environment(os.environ), "command")


@click.command("import", help=words("node.import.help"))
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--kind", type=click.Choice([*SUBJECTS]), default="vehicles", show_default=True)
@click.option("--as", "person", required=True, help=words("node.api.as"))
@click.option("--pin-fd", type=int, help=words("node.api.pin_fd"))
@click.option("--yes", is_flag=True, help=words("node.import.yes"))
@click.option("--approve", "batch", default="", help=words("node.import.approve"))
@click.pass_context
def import_table(
    ctx: click.Context,
    directory: Path,
    file: Path | None,
    kind: str,
    person: str,
    pin_fd: int | None,
    yes: bool,
    batch: str,
) -> None:
    """Show what a table would change, and save it once that is confirmed."""
    import httpx

    if (file is None) == (not batch):
        raise BadInput("field_missing", field="file")
    pin = ask_pin(pin_fd)
    transport = httpx.HTTPTransport(uds=str(directory / "node.sock"))
    headers = {"Accept-Language": words.tag}
    with httpx.Client(transport=transport, base_url="http://node", headers=headers, timeout=TIMEOUT_S) as client:
        try:
            token = _must(ctx, client.post("/api/session", json={"person": person, "pin": pin}))["token"]
            client.headers["Authorization"] = f"Bearer {token}"
            try:
                if file is None:
                    done = _must(ctx, client.post(f"/api/imports/approve/{batch}", json={"pin": pin}))
                    click.echo(words("node.import.approved", count=len(done["approved"])))
                else:
                    _import(ctx, client, kind, file, yes=yes)
            finally:
                client.delete("/api/session")
        except httpx.TransportError as failure:
            raise Unavailable("node_silent", directory=str(directory), detail=str(failure)) from failure


def _import(ctx: click.Context, client: httpx.Client, kind: str, file: Path, *, yes: bool) -> None:
    with file.open("rb") as opened:
        data = opened.read(FILE_SIZE_MAX + 1)
    path, query = f"/api/imports/{kind}", {"file": file.name}
    seen = _must(ctx, client.post(path, params=query, content=data, headers=BYTES))
    for row in seen["rows"]:
        _say(row)
    for header in seen["unknown"]:
        click.echo(words("node.import.unknown", header=header), err=True)
    click.echo(words("node.import.counts", **seen["counts"]))
    if seen["counts"]["wrong"]:
        click.echo(words("node.import.nothing_saved"), err=True)
        ctx.exit(1)
    if not seen["counts"]["new"] + seen["counts"]["changed"]:
        click.echo(words("node.import.nothing_changes"))
        return
    if not yes and not click.confirm(words("node.import.confirm")):
        ctx.exit(1)
    confirmed = query | {"hash": seen["hash"]}
    done = _must(ctx, client.post(f"{path}/confirm", params=confirmed, content=data, headers=BYTES))
    if done["proposed"]:
        click.echo(words("node.import.proposed", count=len(done["proposed"]), batch=done["batch"]))
    else:
        click.echo(words("node.import.saved", count=done["saved"]))


def _say(row: dict[str, Any]) -> None:
    status = words(f"import_status.{row['status']}")
    click.echo(f"{row['row']:>5}  {row['subject']}  {status}")
    for name, change in row["changes"].items():
        click.echo(f"         {words(f'field.{name}')}: {change['was'] or '-'} -> {change['will']}")
    for cell in row["wrong"]:
        click.echo(f"         {cell['what']}", err=True)


def _must(ctx: click.Context, answer: httpx.Response) -> Any:
    """What was asked for; a refusal is said in words, and the command ends."""
    told = answer.json()
    if answer.is_success:
        return told
    for part in ("what", "why", "next"):
        if told.get(part):
            click.echo(told[part], err=True)
    return ctx.exit(2 if answer.status_code in {400, 404, 413} else 1)
