"""`ortoo enrol …` where two people of a unit decide, at the node, with no network: both at once or one after the other.

    grant     what a node and its people ask for, and the file it takes back        propose, approve, reject, list
    revoke    a person's certificates, or a node from a number of its log on        delegate, roles

`--by` names who asks. Two of them: the first proposes and the second approves, each with their own PIN. One: it is
proposed, and waits for `approve` here or at another of the unit's nodes. PINs are asked for on the terminal, or read
from file descriptors in the order of `--by`.
"""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

import click

from courier import qr as codes
from edge.counter import Counter, counter
from edge.pin import ask_pin
from edge.web.times import ZONE, local
from fleet.errors import BadInput
from fleet.ledger import enrolment
from fleet.ledger.enrolment import fingerprint
from fleet.rules.roles import UNIT_ROLES
from fleet.speech import spoken
from fleet.words import Words, language_from_environment

words = Words(language_from_environment(os.environ), "command")
DIRECTORY = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)
MOMENT = click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d"])
VOICES_MAX = 2
Rows = list[dict[str, Any]]
Voices: TypeAlias = tuple[str, ...]
Descriptors: TypeAlias = tuple[int, ...]


def _one(_context: click.Context, _option: click.Parameter, voices: Voices) -> Voices:
    if len(voices) != 1:
        raise click.UsageError(words("enrol.by.just_one"))
    return voices


by = click.option("--by", "voices", multiple=True, required=True, help=words("enrol.by"))
by_one = click.option("--by", "voices", multiple=True, required=True, callback=_one, help=words("enrol.by_one"))
pins = click.option("--pin-fd", "pin_fds", type=int, multiple=True, help=words("enrol.pin_fd"))
reason = click.option("--reason", required=True, help=words("enrol.reason"))
roles_held = click.option(
    "--role", "roles", multiple=True, required=True, type=click.Choice(sorted(role.value for role in UNIT_ROLES))
)
declared = click.option("--declared", default="", help=words("enrol.declared"))


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

    _decide(directory, voices, pin_fds, propose, collect)
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

    _decide(directory, voices, pin_fds, ask)


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
            _tell(row)
        if not meant:
            click.echo(words("enrol.approve.nothing"))
        elif yes or click.confirm(words("enrol.approve.sure"), abort=True):
            for row in meant:
                _tell(await at.post(f"/authority/grants/{row['id']}/approve", {}))

    _as(directory, voices[0], pin_fds, work)


@click.command(help=words("enrol.reject.help"))
@click.argument("directory", type=DIRECTORY)
@click.argument("grant_id")
@by_one
@reason
@pins
def reject(directory: Path, grant_id: str, voices: Voices, reason: str, pin_fds: Descriptors) -> None:
    """Put a proposal aside."""

    async def work(at: Counter) -> None:
        _tell(await at.post(f"/authority/grants/{grant_id}/reject", {"reason": reason}))

    _as(directory, voices[0], pin_fds, work)


@click.command("list", help=words("enrol.list.help"))
@click.argument("directory", type=DIRECTORY)
@by_one
@pins
def list_(directory: Path, voices: Voices, pin_fds: Descriptors) -> None:
    """Show certificates, grants and what is left to look at."""

    async def work(at: Counter) -> None:
        for one in await at.get("/authority/people"):
            state = "in_force" if one["in_force"] else "revoked" if one["revoked"] else "lease_over"
            facts = {"person": one["person"], "name": one["name"], "roles": _roles(one["roles"])}
            click.echo(words(f"enrol.list.{state}", **facts, until=_day(one["lease_ms"]), key=one["fingerprint"]))
        for row in await at.get("/authority/grants"):
            _tell(row)
        for doubt in await at.get("/authority/review"):
            facts = {"subject": doubt["subject"][:24], "node": doubt["node"], "count": doubt["count"]}
            click.echo(words(f"enrol.doubt.{doubt['code']}", **facts))

    _as(directory, voices[0], pin_fds, work)


@click.command(help=words("enrol.roles.help"))
@click.argument("directory", type=DIRECTORY)
@click.argument("person")
@roles_held
@declared
@by
@pins
def roles(
    directory: Path,
    person: str,
    roles: tuple[str, ...],
    declared: str,
    voices: Voices,
    pin_fds: Descriptors,
) -> None:
    """Change what somebody is."""
    particulars = {"person": person, "roles": " ".join(roles), "declared": declared}
    _decide(directory, voices, pin_fds, _proposal("roles", particulars))


@click.command(help=words("enrol.delegate.help"))
@click.argument("directory", type=DIRECTORY)
@click.option("--from", "lender", required=True, help=words("enrol.delegate.from"))
@click.option("--to", "holder", required=True, help=words("enrol.delegate.to"))
@click.option("--begins", type=MOMENT, required=True, help=words("enrol.delegate.begins"))
@click.option("--ends", type=MOMENT, required=True, help=words("enrol.delegate.ends"))
@click.option("--document", required=True, help=words("enrol.delegate.document"))
@by
@pins
def delegate(
    directory: Path,
    lender: str,
    holder: str,
    begins: datetime,
    ends: datetime,
    document: str,
    voices: Voices,
    pin_fds: Descriptors,
) -> None:
    """Let somebody decide in an approver's place for a while."""
    when = {"valid_from_ms": _ms(begins), "valid_to_ms": _ms(ends)}
    particulars = {"lender": lender, "holder": holder, "document": document} | when
    _decide(directory, voices, pin_fds, _proposal("delegation", particulars))


@click.command(help=words("enrol.revoke.help"))
@click.argument("directory", type=DIRECTORY)
@click.option("--person", help=words("enrol.revoke.person"))
@click.option("--key", default="", help=words("enrol.revoke.key"))
@click.option("--node", "number", help=words("enrol.revoke.node"))
@click.option("--after", "after_seq", type=click.IntRange(min=0), help=words("enrol.revoke.after"))
@click.option("--delegation", help=words("enrol.revoke.delegation"))
@reason
@by
@pins
def revoke(
    directory: Path,
    person: str | None,
    key: str,
    number: str | None,
    after_seq: int | None,
    delegation: str | None,
    reason: str,
    voices: Voices,
    pin_fds: Descriptors,
) -> None:
    """End a person's certificates, a node from a number of its log on, or a delegation."""
    if [person, number, delegation].count(None) != VOICES_MAX or (number is None) != (after_seq is None):
        raise click.UsageError(words("enrol.revoke.one"))

    async def ask(at: Counter) -> Rows:
        if person is not None:
            public = await _key_of(at, person, key) if key else ""
            return await _proposal("revoke_person", {"person": person, "public": public, "reason": reason})(at)
        if number is not None:
            node, _, life = number.partition(".")
            place = {"node": _whole(node), "incarnation": _whole(life or "1"), "after_seq": after_seq or 0}
            return await _proposal("revoke_node", place | {"reason": reason})(at)
        known = [row["id"] for row in await at.get("/authority/grants") if row["id"].startswith(delegation or "")]
        target = f"grant/{known[0]}" if len(known) == 1 else f"grant/{delegation}"
        return await _proposal("revoke_delegation", {"grant": target, "reason": reason})(at)

    _decide(directory, voices, pin_fds, ask)


def show(request: enrolment.Request) -> None:
    """Tell a person what a request asks for, with the fingerprints to compare."""
    click.echo(words("central.grant.unit", unit=request.unit, name=request.unit_name))
    if request.left:
        click.echo(words("central.grant.left", node=request.left.node, life=request.left.incarnation))
    click.echo(words("central.grant.key", fingerprint=fingerprint(request.public)))
    click.echo(words("speech.aloud", said=spoken(request.public, words)))
    for person in request.people:
        click.echo(words("central.grant.person", id=person.id, name=person.name, roles=_roles(person.roles)))


Ask = Callable[[Counter], Coroutine[Any, Any, Rows]]


def _proposal(what: str, particulars: dict[str, Any]) -> Ask:
    async def ask(at: Counter) -> Rows:
        return [await at.post("/authority/grants", {"what": what, "particulars": particulars})]

    return ask


def _decide(
    directory: Path,
    voices: Voices,
    pin_fds: Descriptors,
    ask: Ask,
    after: Callable[[Counter], Awaitable[None]] | None = None,
) -> None:
    """The first voice asks; a second one agrees to what was asked, and to nothing else."""
    if not 0 < len(voices) <= VOICES_MAX:
        raise click.UsageError(words("enrol.by.how_many"))
    typed = _pins(voices, pin_fds)

    async def work() -> None:
        async with counter(directory) as at:
            async with at.signed_in(voices[0], typed[0]):
                rows = await ask(at)
                for row in rows:
                    _tell(row)
            if len(voices) == VOICES_MAX:
                async with at.signed_in(voices[1], typed[1]):
                    for row in rows:
                        _tell(await at.post(f"/authority/grants/{row['id']}/approve", {}))
            elif rows:
                click.echo(words("enrol.waits", directory=directory))
            if after:
                async with at.signed_in(voices[-1], typed[-1]):
                    await after(at)

    asyncio.run(work())


def _as(directory: Path, person: str, pin_fds: Descriptors, work: Callable[[Counter], Awaitable[None]]) -> None:
    (pin,) = _pins((person,), pin_fds)

    async def run() -> None:
        async with counter(directory) as at, at.signed_in(person, pin):
            await work(at)

    asyncio.run(run())


def _pins(voices: Voices, pin_fds: Descriptors) -> list[str]:
    if pin_fds and len(pin_fds) != len(voices):
        raise click.UsageError(words("enrol.pin_fd.how_many"))
    descriptors: list[int | None] = list(pin_fds) or [None] * len(voices)
    return [ask_pin(descriptor, whose=voice) for descriptor, voice in zip(descriptors, voices, strict=True)]


def _asked(request_file: Path | None) -> bytes:
    """The request as a file holds it; b"" for the keys of the node itself."""
    if request_file is None:
        return b""
    return codes.receive(request_file, enrolment.FILE_SIZE_MAX)


async def _key_of(at: Counter, person: str, key: str) -> str:
    """A person's public key in hex, by the beginning of its fingerprint or of itself."""
    wanted = key.replace(" ", "").lower()
    held = [row for row in await at.get("/authority/people") if row["person"] == person]
    found = [
        row["public"]
        for row in held
        if row["public"].startswith(wanted) or row["fingerprint"].replace(" ", "").startswith(wanted)
    ]
    if len(found) != 1:
        raise BadInput("grant_particular", field="key", value=key)
    return str(found[0])


def _tell(row: dict[str, Any]) -> None:
    about = row["about"][:24]
    facts = {"id": row["id"][:8], "what": words(f"enrol.what.{row['what']}"), "about": about}
    detail = " ".join(filter(None, (row["particulars"].get("name"), _roles(_held(row)), row["fingerprint"])))
    who = {"by": row["proposed_by"], "decided_by": row["decided_by"] or "-", "detail": detail or "-"}
    click.echo(words(f"enrol.state.{row['state']}", **facts, **who))


def _held(row: dict[str, Any]) -> list[str]:
    return str(row["particulars"].get("roles", "")).split()


def _roles(roles: Any) -> str:
    return words("central.grant.between").join(words(f"role.{role}") for role in roles)


def _day(at_ms: int) -> str:
    return f"{local(at_ms):%Y-%m-%d}"


def _ms(moment: datetime) -> int:
    return int(moment.replace(tzinfo=ZONE).timestamp()) * 1000


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise BadInput("grant_particular", field="node", value=text)
    return int(text)
