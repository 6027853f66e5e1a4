"""`ortoo enrol roles, delegate, revoke`: what two people of a unit change of what others may do, with no network.

roles      what somebody is              delegate   an approver's right, lent for a time
revoke     a person's certificates, a node from a number of its log on, or a delegation
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import click

from edge.counter import Counter
from edge.voices import VOICES_MAX, Descriptors, Rows, Voices, by, decide, pins, proposal, reason
from edge.web.times import ZONE
from fleet.errors import BadInput
from fleet.rules.roles import UNIT_ROLES
from fleet.words import Words, language_from_environment

words = Words(language_from_environment(os.environ), "command")
DIRECTORY = click.Path(path_type=Path, file_okay=False)
MOMENT = click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d"])
roles_held = click.option(
    "--role", "roles", multiple=True, required=True, type=click.Choice(sorted(role.value for role in UNIT_ROLES))
)
declared = click.option("--declared", default="", help=words("enrol.declared"))


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
    decide(directory, voices, pin_fds, proposal("roles", particulars))


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
    decide(directory, voices, pin_fds, proposal("delegation", particulars))


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
            return await proposal("revoke_person", {"person": person, "public": public, "reason": reason})(at)
        if number is not None:
            node, _, life = number.partition(".")
            place = {"node": _whole(node), "incarnation": _whole(life or "1"), "after_seq": after_seq or 0}
            return await proposal("revoke_node", place | {"reason": reason})(at)
        known = [row["id"] for row in await at.get("/authority/grants") if row["id"].startswith(delegation or "")]
        target = f"grant/{known[0]}" if len(known) == 1 else f"grant/{delegation}"
        return await proposal("revoke_delegation", {"grant": target, "reason": reason})(at)

    decide(directory, voices, pin_fds, ask)


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


def _ms(moment: datetime) -> int:
    return int(moment.replace(tzinfo=ZONE).timestamp()) * 1000


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise BadInput("grant_particular", field="node", value=text)
    return int(text)
