"""`ortoo demo`: a region to look at, or the same day without a screen.

With a terminal to draw on it opens the console on a running region and goes on living beside it; without one, or with
--headless, it plays one day and says in plain lines what happened. What was started ends with it.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import click

from demo import cast as casting
from demo.children import ORTOO
from demo.day import Day, Say, holds, whole_day
from demo.region import Region, running
from fleet.errors import BadInput
from fleet.words import Words, language_from_environment

words = Words(language_from_environment(os.environ), "command")
CODED = {"act": "act", "state": "state"}


@click.command(help=words("demo.help"))
@click.option("--headless", is_flag=True, help=words("demo.headless"))
@click.option(
    "--seconds", type=click.FloatRange(1, 86_400), default=30.0, show_default=True, help=words("demo.seconds")
)
@click.option("--json", "as_json", is_flag=True, help=words("demo.json"))
@click.option("--frames", type=click.Path(exists=True, dir_okay=False, path_type=Path), help=words("demo.frames"))
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), help=words("demo.keep"))
@click.pass_context
def demo(
    ctx: click.Context, headless: bool, seconds: float, as_json: bool, frames: Path | None, keep: Path | None
) -> None:
    """A whole region on this machine."""
    screen = sys.stdin.isatty() and sys.stdout.isatty()
    for number in (signal.SIGTERM, signal.SIGHUP):  # also when its terminal window is closed
        signal.signal(number, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="ortoo-demo-") as made:
        home = _kept(keep) if keep else Path(made)
        if screen and not headless and not as_json:
            asyncio.run(_show(home, frames))
            return
        results = asyncio.run(_play(home, frames, seconds, _teller(to_error=as_json)))
    if as_json:
        click.echo(json.dumps(results, ensure_ascii=False))
    else:
        _say_results(results)
    ctx.exit(0 if holds(results) else 1)


async def _play(home: Path, frames: Path | None, seconds: float, say: Say) -> dict[str, Any]:
    say("demo.building")
    async with running(home, casting.load(), frames) as region:
        say("demo.running", pages=region.pages_url, central=region.central_url)
        return await whole_day(Day(region, say), seconds)


async def _show(home: Path, frames: Path | None) -> None:
    """The region with a console in front of it, and a day that goes on behind it."""
    say, cast = _teller(to_error=False), casting.load()
    say("demo.building")
    async with running(home, cast, frames) as region:
        day = Day(region, say)
        await day.open_yard()
        await day.leave_work()
        say("demo.running", pages=region.pages_url, central=region.central_url)
        who = cast.person("dispatcher")
        say("demo.sign_in", name=who.name, pin=cast.pin, account=cast.account, passphrase=cast.passphrase)
        await asyncio.to_thread(click.prompt, words("demo.enter"), default="", show_default=False, prompt_suffix=" ")
        async with _life(region):
            console = await asyncio.create_subprocess_exec(*ORTOO, "tui", "--node", str(region.node_home))
            with suppress(asyncio.CancelledError):
                await console.wait()
            if console.returncode is None:
                console.terminate()
                await console.wait()
        say("demo.ending")


@asynccontextmanager
async def _life(region: Region) -> AsyncIterator[None]:
    """While the console is open: trips go on, and the road is cut and mended now and then."""
    task = asyncio.create_task(_live(Day(region, lambda key, **facts: None)))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _live(day: Day) -> None:
    while True:
        await asyncio.sleep(20)
        await day.cut_road()
        await day.trip_sent_back()
        await day.trip_cancelled()
        await day.trip_to_the_end(60)
        await day.mend_road()
        await day.settle()
        await asyncio.sleep(60)


def _teller(*, to_error: bool) -> Say:
    def say(key: str, **facts: object) -> None:
        told = {name: words(f"{CODED[name]}.{value}") if name in CODED else value for name, value in facts.items()}
        click.echo(words(key, **told), err=to_error)

    return say


def _say_results(results: dict[str, Any]) -> None:
    operations, frames, link = results["operations"], results["frames"], results["link"]
    click.echo(
        words(
            "demo.result.frames",
            positions=results["positions_stored"],
            **{k: frames[k] for k in ("received", "good", "bad")},
        )
    )
    click.echo(words("demo.result.orders", **results["orders"], refused=results["refused_moves"]))
    click.echo(words("demo.result.operations", **operations))
    click.echo(words("demo.result.link", **link))
    click.echo(words("demo.result.holds" if holds(results) else "demo.result.broken", **results["state_hash"]))


def _kept(keep: Path) -> Path:
    if keep.exists() and any(keep.iterdir()):
        raise BadInput("demo_keep_not_empty", directory=str(keep))
    return keep
