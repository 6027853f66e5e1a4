"""`ortoo enrol …` where two people of a unit enrol a node or a person, at the node, with no network.

    grant     what a node and its people ask for, and the file it takes back        propose, approve, reject, list

What is proposed by one waits for `approve` here or at another of the unit's nodes (see `voices`).
"""

from __future__ import annotations

import base64
import os
from pathlib import Path

import click

from courier import qr as codes
from edge.counter import Counter
from edge.voices import Descriptors, Rows, Voices, as_one, by_one, decide, pins, reason, roles_told, tell
from edge.web.times import local
from fleet.ledger import enrolment
from fleet.ledger.enrolment import fingerprint
from fleet.speech import spoken
from fleet.words import Words, language_from_environment

words = Words(language_from_environment(os.environ), "command")
DIRECTORY = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(help=words("enrol.unit_grant.help"))
@click.argument("directory", type=DIRECTORY)
@click.argument("request_file", type=FILE, required=False)
@click.option("--out", type=FILE, help=words("enrol.unit_grant.out"))
@codes.options
@click.option("--by", "voices", multiple=True, help=words("enrol.by"))
@click.option("--yes", is_flag=True, help=words("central.grant.yes"))
@pins
def grant(
    directory: Path,
    request_file: Path | None,
    out: Path | None,
    qr_file: Path | None,
    voices: Voices,
    yes: bool,
    pin_fds: Descriptors,
    *,
    qr: bool,
) -> None:
    """Propose what a request asks for and agree to it, and write the file for the node that asked."""
    asked = _asked(request_file)
    if request_file and not yes:
        show(enrolment.read_request(asked))
        click.confirm(words("central.grant.sure"), abort=True)
    text = base64.b64encode(asked).decode()

    async def propose(at: Counter) -> Rows:
        rows: Rows = await at.post("/authority/requests", {"request": text})
        return rows

    made = list[bytes]()

    async def collect(at: Counter) -> None:
        if out or qr or qr_file:
            answer = await at.post("/authority/files", {"request": text})
            made.append(base64.b64decode(answer["grant"]))

    decide(directory, voices, pin_fds, propose, collect)
    if made:
        codes.give(made[0], qr=qr, qr_file=qr_file)
    if out:
        out.write_bytes(made[0])
        click.echo(words("enrol.unit_grant.done", file=out))


@click.command(help=words("enrol.propose.help"))
@click.argument("directory", type=DIRECTORY)
@click.argument("request_file", type=FILE, required=False)
@by_one
@pins
def propose(directory: Path, request_file: Path | None, voices: Voices, pin_fds: Descriptors) -> None:
    """Propose what a request asks for; somebody else approves."""
    text = base64.b64encode(_asked(request_file)).decode()

    async def ask(at: Counter) -> Rows:
        rows: Rows = await at.post("/authority/requests", {"request": text})
        return rows

    decide(directory, voices, pin_fds, ask)


@click.command(help=words("enrol.approve.help"))
@click.argument("directory", type=DIRECTORY)
@click.argument("ids", nargs=-1)
@by_one
@click.option("--yes", is_flag=True, help=words("enrol.approve.yes"))
@pins
def approve(directory: Path, ids: tuple[str, ...], voices: Voices, yes: bool, pin_fds: Descriptors) -> None:
    """Agree to what others proposed: all of it, or what is named."""

    async def work(at: Counter) -> None:
        waiting = [
            row
            for row in await at.get("/authority/grants")
            if row["state"] == "proposed" and row["proposed_by"] != voices[0]
        ]
        meant = [row for row in waiting if not ids or any(row["id"].startswith(one) for one in ids)]
        for row in meant:
            tell(row)
        if not meant:
            click.echo(words("enrol.approve.nothing"))
        elif yes or click.confirm(words("enrol.approve.sure"), abort=True):
            for row in meant:
                tell(await at.post(f"/authority/grants/{row['id']}/approve", {}))

    as_one(directory, voices[0], pin_fds, work)


@click.command(help=words("enrol.reject.help"))
@click.argument("directory", type=DIRECTORY)
@click.argument("grant_id")
@by_one
@reason
@pins
def reject(directory: Path, grant_id: str, voices: Voices, reason: str, pin_fds: Descriptors) -> None:
    """Put a proposal aside."""

    async def work(at: Counter) -> None:
        tell(await at.post(f"/authority/grants/{grant_id}/reject", {"reason": reason}))

    as_one(directory, voices[0], pin_fds, work)


@click.command("list", help=words("enrol.list.help"))
@click.argument("directory", type=DIRECTORY)
@by_one
@pins
def list_(directory: Path, voices: Voices, pin_fds: Descriptors) -> None:
    """Show certificates, grants and what is left to look at."""

    async def work(at: Counter) -> None:
        for one in await at.get("/authority/people"):
            state = "in_force" if one["in_force"] else "revoked" if one["revoked"] else "lease_over"
            facts = {"person": one["person"], "name": one["name"], "roles": roles_told(one["roles"])}
            click.echo(words(f"enrol.list.{state}", **facts, until=_day(one["lease_ms"]), key=one["fingerprint"]))
        for row in await at.get("/authority/grants"):
            tell(row)
        for doubt in await at.get("/authority/review"):
            facts = {"subject": doubt["subject"][:24], "node": doubt["node"], "count": doubt["count"]}
            click.echo(words(f"enrol.doubt.{doubt['code']}", **facts))

    as_one(directory, voices[0], pin_fds, work)


def show(request: enrolment.Request) -> None:
    """Tell a person what a request asks for, with the fingerprints to compare."""
    click.echo(words("central.grant.unit", unit=request.unit, name=request.unit_name))
    if request.left:
        click.echo(words("central.grant.left", node=request.left.node, life=request.left.incarnation))
    click.echo(words("central.grant.key", fingerprint=fingerprint(request.public)))
    click.echo(words("speech.aloud", said=spoken(request.public, words)))
    for person in request.people:
        click.echo(words("central.grant.person", id=person.id, name=person.name, roles=roles_told(person.roles)))


def _asked(request_file: Path | None) -> bytes:
    """The request as a file holds it; b"" for the keys of the node itself."""
    if request_file is None:
        return b""
    return codes.receive(request_file, enrolment.FILE_SIZE_MAX)


def _day(at_ms: int) -> str:
    return f"{local(at_ms):%Y-%m-%d}"
