"""`ortoo terminal send`: a message to a terminal, its answer awaited, through the node or on a port of one's own.

    ortoo terminal send NODE_DIR PHONE|PLATE MESSAGE [FACT=VALUE]...     signed in as --person, PIN asked for
    ortoo terminal send --port PORT PHONE MESSAGE [FACT=VALUE]...        nothing else on that port

Rules kept here:
* Through the node everything holds that holds for any face: role, register, what a terminal can do.
* On a port of its own nothing is stored, so no report is acknowledged: the terminal keeps them for the node.
* The answer is one JSON object on standard output; a refusal says what, why and what next.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cable.line import BAUD, Line
from edge.pin import ask_pin
from edge.serial_terminal.jt808 import answers, permits, requests
from edge.serial_terminal.jt808.allowlist import AuthCode, new_code
from edge.serial_terminal.jt808.heard import Heard
from edge.serial_terminal.jt808.station import Station
from edge.serial_terminal.listen import Listener
from fleet.errors import BadInput, Unavailable
from fleet.words import Words, language_from_environment
from machine.system import SystemClock, SystemRandomness

if TYPE_CHECKING:
    import httpx

SOCKET_NAME = "node.sock"
WAIT_S, MARGIN_S = 120.0, 15.0
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")

words = Words(language_from_environment(os.environ), "command")


@click.command(help=words("terminal.send.help"))
@click.argument("given", nargs=-1, required=True, metavar="[NODE_DIR] PHONE|PLATE MESSAGE [FACT=VALUE]...")
@click.option("--port", help=words("terminal.send.port"))
@click.option("--baud", type=click.IntRange(50, 4_000_000), default=BAUD, show_default=True)
@click.option("--person", help=words("terminal.send.person"))
@click.option("--pin-fd", type=int, help=words("terminal.send.pin_fd"))
@click.option("--wait-s", type=click.FloatRange(1, 300), default=WAIT_S, show_default=True)
def send(
    given: Sequence[str], port: str | None, baud: int, person: str | None, pin_fd: int | None, wait_s: float
) -> None:
    """Send one message and print its answer."""
    least = 2 if port else 3
    if len(given) < least:
        raise click.UsageError(words("terminal.send.too_few"))
    whom, message = given[least - 2 : least]
    given_facts = facts(given[least:])
    requests.build(message, 2013, given_facts)  # what is wrong with it is said before anybody waits
    if port:
        told = asyncio.run(_on_port(port, baud, whom, message, given_facts, wait_s))
    else:
        if not person:
            raise click.UsageError(words("terminal.send.who"))
        told = _through_node(Path(given[0]), person, ask_pin(pin_fd), whom, message, given_facts, wait_s)
    click.echo(json.dumps(told, ensure_ascii=False))


def facts(given: Sequence[str]) -> dict[str, Any]:
    """FACT=VALUE as facts: numbers, JSON lists and objects as what they are, the rest as text."""
    read: dict[str, Any] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise BadInput("terminal_fact_missing", fact=each)
        plain = not (_NUMBER.fullmatch(value) or value[:1] in ("[", "{"))
        try:
            read[name] = value if plain else json.loads(value)
        except ValueError:
            raise BadInput("terminal_fact_wrong", fact=name, value=value) from None
    return read


def _through_node(
    home: Path, person: str, pin: str, whom: str, message: str, given: Mapping[str, Any], wait_s: float
) -> Any:
    import httpx

    transport = httpx.HTTPTransport(uds=str(home / SOCKET_NAME))
    how: dict[str, Any] = {"headers": {"Accept-Language": words.tag}, "timeout": wait_s + MARGIN_S}
    with httpx.Client(transport=transport, base_url="http://node", **how) as client:
        session = _told(home, client, "/api/session", {"person": person, "pin": pin})
        client.headers["Authorization"] = f"Bearer {session['token']}"
        question = {"message": message, "facts": dict(given), "wait_s": wait_s}
        return _told(home, client, f"/api/terminals/{whom}/send", question)


def _told(home: Path, client: httpx.Client, path: str, body: object) -> Any:
    from httpx import TransportError

    try:
        answer = client.post(path, json=body)
    except TransportError as failure:
        raise Unavailable("node_silent", directory=str(home), detail=str(failure)) from failure
    if answer.is_success:
        return answer.json()
    told = answer.json()
    raise click.ClickException("\n".join(str(told[part]) for part in ("what", "why", "next") if told.get(part)))


class _Anyone:
    """An allow-list of one phone, whose registration is admitted and whose code is believed: this is a workbench."""

    def __init__(self, phone: str) -> None:
        self._phone = phone.lstrip("0")

    def admit(self, phone: str, plate: str, terminal_id: str, version: int) -> AuthCode:
        return new_code(SystemRandomness())

    def check(self, phone: str, code: str) -> bool:
        return True

    def knows(self, phone: str) -> bool:
        return phone.lstrip("0") == self._phone


async def _on_port(port: str, baud: int, whom: str, message: str, given: Mapping[str, Any], wait_s: float) -> Any:
    clock, heard_it = SystemClock(), asyncio.Event()

    async def commit(heard: Sequence[Heard]) -> None:
        if any(each.kind != "refused" for each in heard):
            heard_it.set()
        if any(each.positions or each.kind in ("other", "driver", "unknown") for each in heard):
            raise Unavailable("nothing_stored_here")

    line, station = Line(port, clock, baud=baud), Station(_Anyone(whom), SystemRandomness())
    listener = Listener(line, station, commit, clock)
    running = asyncio.create_task(listener.run())
    try:
        async with asyncio.timeout(wait_s):
            await line.until("open", "absent")
            if line.health.state == "absent":
                raise Unavailable("line_absent", line=port, why=line.health.why)
            await heard_it.wait()
            phone = next(phone for phone in station.sessions if phone.lstrip("0") == whom.lstrip("0"))
            request = requests.build(message, station.sessions[phone].version, given)
            permits.require_allowed(request.msg_id, request.facts)
            return answers.tell(await listener.ask(phone, request.msg_id, request.facts), whom)
    except TimeoutError:
        if heard_it.is_set():
            raise Unavailable("terminal_no_answer", terminal=whom, sends="-") from None
        raise Unavailable("terminal_not_heard", terminal=whom) from None
    finally:
        running.cancel()
        await asyncio.wait([running])
