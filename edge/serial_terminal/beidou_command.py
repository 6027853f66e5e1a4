"""`ortoo terminal beidou`: a BeiDou short-message module on a serial port: its card, its signal, messages out and in.

    ortoo terminal beidou PORT                                 card and beams
    ortoo terminal beidou PORT --send CARD TEXT --listen 300   a message, then what comes for five minutes

Rules kept here:
* What the module says is one JSON line a sentence or frame, told as `decode --protocol rdss` tells it; words for people
  go to standard error. Which protocol it speaks, 2.1 or 4.0, is found out.
* Nothing is sent without a card, or without a beam where the module tells its beams. One message a service period.
* "Accepted" is the module's word: no satellite says whether the other end got it.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable

import click

from edge.serial_terminal.facts import Facts
from edge.serial_terminal.rdss import binary, sentences, text
from edge.serial_terminal.rdss.frame import encode_binary, encode_sentence
from edge.serial_terminal.rdss.messenger import AGAIN, SIZE_MAX, Messenger
from edge.serial_terminal.talk import Talk, opened
from fleet.words import Words, language_from_environment

BAUD = 115_200
WAIT_S, BEAMS_WAIT_S, TICK_S = 15.0, 3.0, 0.2
CARD_MAX = 9_999_999  # seven digits
STRONG = 3  # of 0-4: what one beam needs for sending, by common advice
CARDS = frozenset({"BDICI", "ICXX"})

words = Words(language_from_environment(os.environ), "command")


@click.command(help=words("terminal.beidou.help"))
@click.argument("port")
@click.option("--baud", type=click.IntRange(50, 4_000_000), default=BAUD, show_default=True)
@click.option(
    "--send",
    "message",
    type=(click.IntRange(1, CARD_MAX), str),
    metavar="CARD TEXT",
    help=words("terminal.beidou.send"),
)
@click.option("--listen", "listen_s", type=click.FloatRange(0.1), help=words("terminal.beidou.listen"))
@click.option("--wait-s", type=click.FloatRange(0.1, 300), default=WAIT_S, show_default=True)
def beidou(port: str, baud: int, message: tuple[int, str] | None, listen_s: float | None, wait_s: float) -> None:
    """Read a module's card, send a message, listen."""
    if message:
        try:
            text.written(message[1], SIZE_MAX)
        except ValueError:
            raise click.UsageError(words("terminal.beidou.unsendable", size=SIZE_MAX - 1)) from None
    asyncio.run(_run(port, baud, message, listen_s, wait_s))


class _Module:
    """The module at the other end: what it said of itself last."""

    def __init__(self, talk: Talk) -> None:
        self.messenger, self._talk = Messenger(), talk
        self.sentences, self.no_card = 0, False
        self.beams: list[int] | None = None
        self.results: list[object] = []  # of messages sent, not looked at yet

    async def until(self, known: Callable[[], bool], within_s: float) -> bool:
        """Talk on until something is known; whether it was in time.

        Raises:
            click.ClickException: the line broke; what comes back may be another module.
        """
        end_ms = self._talk.now_ms() + within_s * 1000
        while not known() and self._talk.now_ms() < end_ms:
            if said := self.messenger.due(self._talk.now_ms()):
                await self._talk.line.write(said)
            data = await self._talk.heard(min(TICK_S, within_s))
            if data == b"":
                raise self._talk.lost()
            for told in self.messenger.receive(data or b"", self._talk.now_ms()):
                click.echo(json.dumps(told, ensure_ascii=False))
                self._note(told)
        return known()

    async def ask_beams(self) -> None:
        asked = encode_sentence(sentences.BEAMS_ONCE)
        if self.messenger.speaks_binary:
            asked = encode_binary(binary.read_beams(self.messenger.card or 0))
        await self._talk.line.write(asked)

    def _note(self, told: Facts) -> None:
        self.sentences += 1
        self.no_card = self.no_card or (told["sentence"] in CARDS and not told.get("card"))
        if "result" in told:
            self.results.append(told["result"])
        strengths = [told[name] for name in sorted(told) if name.startswith("beam") and name != "beams"]
        self.beams = told.get("beams") or strengths or self.beams


async def _run(port: str, baud: int, message: tuple[int, str] | None, listen_s: float | None, wait_s: float) -> None:
    async with opened(port, baud) as talk:
        module = _Module(talk)
        messenger = module.messenger
        if not await module.until(lambda: module.no_card or messenger.card is not None, wait_s) or module.no_card:
            raise _without_card(module, talk, baud)
        click.echo(words("terminal.beidou.card", card=messenger.card, seconds=messenger.period_s), err=True)
        await module.ask_beams()
        beams_known = await module.until(lambda: module.beams is not None, min(wait_s, BEAMS_WAIT_S))
        strongest = max(module.beams or [0])
        if strongest < STRONG:
            signal = "unknown" if not beams_known else "weak" if strongest else "none"
            told = words(f"terminal.beidou.signal.{signal}", strength=strongest)
            if message and signal == "none":
                raise click.ClickException(told)
            click.echo(told, err=True)
        if message:
            await _send(module, message, wait_s)
        if listen_s:
            click.echo(words("terminal.beidou.listening", seconds=f"{listen_s:g}"), err=True)
            await module.until(lambda: False, listen_s)


async def _send(module: _Module, message: tuple[int, str], wait_s: float) -> None:
    """Send one message and await what the module says of it, again in the next period where that may help.

    Raises:
        click.ClickException: the module did not take it, or did not say.
    """
    messenger, (to, said), patience_s = module.messenger, message, wait_s
    messenger.send(to, said)
    click.echo(words("terminal.beidou.sending", to=to), err=True)
    module.results.clear()
    while True:
        if not await module.until(lambda: bool(module.results), patience_s):
            raise click.ClickException(words("terminal.beidou.no_feedback", seconds=f"{wait_s:g}"))
        result = module.results.pop(0)
        if result == "accepted":
            click.echo(words("terminal.beidou.accepted", to=to), err=True)
            return
        if result not in AGAIN or messenger.given_up:
            key = "unclear" if result == "unclear" else "refused"
            raise click.ClickException(words(f"terminal.beidou.{key}", reason=_reason(result)))
        patience_s = messenger.period_s + wait_s
        click.echo(words("terminal.beidou.again", reason=_reason(result), seconds=messenger.period_s), err=True)


def _reason(result: object) -> str:
    """A result in words; a number no table names stays one."""
    return str(result) if isinstance(result, int) else words(f"terminal.beidou.result.{result}")


def _without_card(module: _Module, talk: Talk, baud: int) -> click.ClickException:
    """Why the card could not be read."""
    bytes_in = talk.line.health.bytes_in
    found = "no_card" if module.no_card else "card_unread" if module.sentences else "garbled" if bytes_in else "silent"
    return click.ClickException(words(f"terminal.beidou.{found}", port=talk.line.name, baud=baud, bytes=bytes_in))
