"""`ortoo node api`: one call of a running node's local API from a shell, signed in as a person.

    ortoo node api DIR METHOD PATH [JSON|-] --as PERSON [--pin-fd N]

The answer's JSON goes to standard output whatever it is; a refusal is also said in words on standard error. The PIN is
asked for on the terminal or read from a file descriptor, never from arguments or the environment; where an act asks for
it again, it is given again. Exit code: 0 done, 1 refused, 2 called wrongly.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edge.pin import ask_pin
from fleet.errors import BadInput, Unavailable
from fleet.words import Words, language_from_environment

if TYPE_CHECKING:
    import httpx

METHODS = ("GET", "POST", "DELETE")
BODY_SIZE_MAX = 1 << 16
TIMEOUT_S = 330.0
"""A terminal may take five minutes to answer."""
CALLED_WRONGLY = frozenset({400, 404, 405, 413})

words = Words(language_from_environment(os.environ), "command")


@click.command("api", help=words("node.api.help"))
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.argument("method", type=click.Choice(METHODS, case_sensitive=False))
@click.argument("path")
@click.argument("body", default="")
@click.option("--as", "person", help=words("node.api.as"))
@click.option("--pin-fd", type=int, help=words("node.api.pin_fd"))
@click.pass_context
def api(
    ctx: click.Context, directory: Path, method: str, path: str, body: str, person: str | None, pin_fd: int | None
) -> None:
    """Call the API once and leave with what became of it."""
    import httpx

    given = _json(sys.stdin.read(BODY_SIZE_MAX + 1) if body == "-" else body)
    if body != "-" and "pin" in given:
        raise BadInput("secret_in_arguments", field="pin")
    address = path if path.startswith(("/api", "/schema")) else f"/api{path if path.startswith('/') else f'/{path}'}"
    pin = ask_pin(pin_fd) if person else ""
    transport = httpx.HTTPTransport(uds=str(directory / "node.sock"))
    headers = {"Accept-Language": words.tag}
    with httpx.Client(transport=transport, base_url="http://node", headers=headers, timeout=TIMEOUT_S) as client:
        try:
            answer = _call(client, method.upper(), address, given, person, pin)
        except httpx.TransportError as failure:
            raise Unavailable("node_silent", directory=str(directory), detail=str(failure)) from failure
    ctx.exit(_tell(answer))


def _call(
    client: httpx.Client, method: str, path: str, given: dict[str, Any], person: str | None, pin: str
) -> httpx.Response:
    if person is None:
        return _ask(client, method, path, given)
    opened = client.post("/api/session", json={"person": person, "pin": pin})
    if not opened.is_success:
        return opened
    client.headers["Authorization"] = f"Bearer {opened.json()['token']}"
    answer = _ask(client, method, path, given)
    if answer.status_code == 403 and answer.json().get("code") == "pin_needed":
        answer = _ask(client, method, path, given | {"pin": pin})
    client.delete("/api/session")
    return answer


def _ask(client: httpx.Client, method: str, path: str, given: dict[str, Any]) -> httpx.Response:
    return client.request(method, path, json=given if method == "POST" else None)


def _json(text: str) -> dict[str, Any]:
    if len(text) > BODY_SIZE_MAX:
        raise BadInput("json_form", detail=f"> {BODY_SIZE_MAX}")
    try:
        given = json.loads(text or "{}")
    except ValueError as error:
        raise BadInput("json_form", detail=str(error)) from None
    if not isinstance(given, dict):
        raise BadInput("json_form", detail="{}")
    return given


def _tell(answer: httpx.Response) -> int:
    """Print the answer; the exit code it means."""
    if answer.content:
        click.echo(json.dumps(answer.json(), ensure_ascii=False, indent=2))
    if answer.is_success:
        return 0
    told = answer.json()
    for part in ("what", "why", "next"):
        if told.get(part):
            click.echo(told[part], err=True)
    return 2 if answer.status_code in CALLED_WRONGLY else 1
