"""What a unit wrote while it was cut off, brought to central in three ways, from copies of the same two disks: each end
of each way must come to the same state.

    https    `ortoo central run` and `ortoo node run`, with nothing else between them
    radio    the same two, joined by two pseudo-terminals and bad air only
    bundle   `ortoo bundle export` and `import`, there and back, with neither running
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from bench.air import Weather
from central import keys
from central import settings as central_settings
from edge import home as node_home
from edge import settings as node_settings
from fleet.ledger import enrolment
from tests.radio.air import Air
from tests.radio.region import ROOT, Region, free_port, region

LOOK_S = 0.2


@dataclass(frozen=True, slots=True)
class Arrived:
    """What one way came to: the state at the node and at central, and how long it took."""

    at_node: str
    at_central: str
    seconds: float


async def reunite(
    where: Path, *, days: int, orders: int, sightings: int, rate: int, loss: float, seed: int, within_s: float
) -> tuple[int, dict[str, Arrived]]:
    """How many operations a unit wrote in so many days without a link, and what each way came to with them."""
    air = Air(rate, Weather(loss=loss), random.Random(seed))
    alone = where / "alone"
    alone.mkdir()
    async with region(alone, air, rate=rate, orders=orders, sightings=sightings, turn_ms=50, days=days) as unit:
        made = unit.made()
        copies = {way: _copy(unit, where / way) for way in ("https", "bundle")}
        _with_an_address(copies["https"])
        ways: dict[str, tuple[Region, Callable[[Region, int, float], Awaitable[None]]]] = {
            "https": (copies["https"], _https),
            "bundle": (copies["bundle"], _bundle),
            "radio": (unit, _radio),
        }
        return made, {way: await _timed(there, carry, made, within_s) for way, (there, carry) in ways.items()}


async def _timed(
    unit: Region, carry: Callable[[Region, int, float], Awaitable[None]], made: int, within_s: float
) -> Arrived:
    begin_s = time.monotonic()
    await carry(unit, made, within_s)
    seconds = time.monotonic() - begin_s
    for name in [*unit.running]:
        await unit.kill(name)
    return Arrived(*unit.proved(), round(seconds, 1))


async def _https(unit: Region, made: int, within_s: float) -> None:
    await unit.start("central")
    await unit.start("node")
    await asyncio.to_thread(_look_until, unit, made, time.monotonic() + within_s)


def _look_until(unit: Region, made: int, end_s: float) -> None:
    while unit.sealed() < made:
        if time.monotonic() > end_s:
            raise TimeoutError
        time.sleep(LOOK_S)


async def _radio(unit: Region, made: int, within_s: float) -> None:
    await asyncio.gather(unit.start("central"), unit.start("node"))
    await unit.until_central_holds(made, within_s=within_s)


async def _bundle(unit: Region, _made: int, within_s: float) -> None:
    there, back = unit.home.parent / "there", unit.home.parent / "back"
    async with asyncio.timeout(within_s):
        for command, directory, file in (
            ("export", unit.home, there),
            ("import", unit.central, there),
            ("export", unit.central, back),
            ("import", unit.home, back),
        ):
            await _ortoo("bundle", command, directory, file)


async def _ortoo(*words: str | Path) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ortoo", *map(str, words),
        stdout=asyncio.subprocess.PIPE, env={**os.environ, "ORTOO_LANG": "en"}, cwd=ROOT,
    )  # fmt: skip
    said, _ = await child.communicate()
    assert child.returncode == 0, said


def _copy(unit: Region, where: Path) -> Region:
    """The same two directories elsewhere, with no radio."""
    copied = Region(
        shutil.copytree(unit.home, where / "node"), shutil.copytree(unit.central, where / "central"), unit.air
    )
    own = node_settings.load(copied.home)
    text = node_settings.as_toml(msgspec.structs.replace(own, radio=None, port=free_port()))
    (copied.home / node_settings.FILE_NAME).write_text(text, encoding="utf-8")
    return copied


def _with_an_address(unit: Region) -> None:
    """Central stands at an address of this machine, and the node's grant names it."""
    own, own_keys = central_settings.load(unit.central), keys.load(unit.central)
    moved = msgspec.structs.replace(own, port=free_port(), radios=())
    central_settings.save(unit.central, moved)
    grant = replace(node_home.granted(unit.home), url=moved.url(), ca_pem=own_keys.ca_pem)
    (unit.home / node_home.GRANT).write_bytes(enrolment.sign_grant(own_keys.root, grant))
