"""Commands that one or two people of a unit speak for: who asks (`--by`), with which PINs, and what came of it.

Two of them: the first proposes and the second approves, each with their own PIN. One: it is proposed, and waits. PINs
are asked for on the terminal, or read from file descriptors in the order of `--by`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeAlias

import click

from edge.counter import Counter, counter
from edge.pin import ask_pin
from fleet.words import Words, language_from_environment

words = Words(language_from_environment(os.environ), "command")
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

Ask = Callable[[Counter], Coroutine[Any, Any, Rows]]


def proposal(what: str, particulars: dict[str, Any]) -> Ask:
    """To propose one thing with its particulars."""

    async def ask(at: Counter) -> Rows:
        return [await at.post("/authority/grants", {"what": what, "particulars": particulars})]

    return ask


def decide(
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
                    tell(row)
            if len(voices) == VOICES_MAX:
                async with at.signed_in(voices[1], typed[1]):
                    for row in rows:
                        tell(await at.post(f"/authority/grants/{row['id']}/approve", {}))
            elif rows:
                click.echo(words("enrol.waits", directory=directory))
            if after:
                async with at.signed_in(voices[-1], typed[-1]):
                    await after(at)

    asyncio.run(work())


def as_one(directory: Path, person: str, pin_fds: Descriptors, work: Callable[[Counter], Awaitable[None]]) -> None:
    """Do what one person asks for, signed in with their PIN."""
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


def tell(row: dict[str, Any]) -> None:
    """Say how a grant stands, in a line."""
    about = row["about"][:24]
    facts = {"id": row["id"][:8], "what": words(f"enrol.what.{row['what']}"), "about": about}
    detail = " ".join(filter(None, (row["particulars"].get("name"), roles_told(_held(row)), row["fingerprint"])))
    who = {"by": row["proposed_by"], "decided_by": row["decided_by"] or "-", "detail": detail or "-"}
    click.echo(words(f"enrol.state.{row['state']}", **facts, **who))


def _held(row: dict[str, Any]) -> list[str]:
    return str(row["particulars"].get("roles", "")).split()


def roles_told(roles: Any) -> str:
    """Roles in words."""
    return words("central.grant.between").join(words(f"role.{role}") for role in roles)
