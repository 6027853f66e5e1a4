"""Keys pressed at random on a console at a real node: it never ends against its will, and sends no act that was not
confirmed by a key made for that.

    python -m tests.tui.fuzz --presses 20000 --seed 7

After each key everything it set going is waited for, so what is sent was sent by that key. DESIGNED says which keys of
which screens may send; from the board no key sends anything but `z`, which calls back what was dispatched here.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from fleet.words import LANGUAGES
from tests.tui.consoles import console_of, shown
from tests.tui.real_node import RealNode, at_desk, make_home, running

DIGITS = frozenset("123456789")
SENDS = frozenset({"enter", "f2", "ctrl+s"}) | DIGITS
"""Keys that confirm: what is chosen, a form, the n-th of what is listed."""
DESIGNED: dict[tuple[str, str], str] = {("SyncScreen", "t"): "/sync/try"}
"""Letters that send, each with the end of what it may ask for."""
HARMLESS = ("/session", "/sync/try")
MOVES = ("up", "down", "left", "right", "pageup", "pagedown", "home", "end", "tab", "shift+tab", "escape")
WEIGHTED = (
    (MOVES, 6), (("enter",), 3), (tuple(DIGITS), 2), (tuple("abcdefghijklmnoprstuvwxyz"), 6), (("0", "f2", "f12"), 1),
    (("f1", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10", "f11", "question_mark", "slash", "colon", "ctrl+p"), 3),
    (("space", "backspace", "delete", "minus", "full_stop", "ctrl+u", "ctrl+k", "G"), 2), (("中", "é", "！"), 1),
)  # fmt: skip
SIZES = ((80, 24), (120, 40), (160, 50), (60, 20))
NEW_ORDER_EVERY, NEW_SIZE_EVERY, NEW_CONSOLE_EVERY = 120, 400, 2_000
IDLE_MAX_S = 20.0


class Unconfirmed(AssertionError):
    """Something was sent that no key had confirmed."""


@dataclass
class Watch:
    """Everything one console sends, and the key that was pressed last."""

    screen: str = ""
    key: str = ""
    under_way: int = 0
    sent: Counter[str] = field(default_factory=Counter)

    def check(self, method: str, path: str) -> None:
        if method == "GET" or path.endswith("/session"):
            return
        self.sent[f"{self.screen} {self.key if self.key in SENDS else 'letter'} {path.split('/')[2]}"] += 1
        letter = DESIGNED.get((self.screen, self.key))
        confirmed = self.screen != "BoardScreen" and self.key in SENDS
        if not (confirmed or (letter and path.endswith(letter)) or (self.key == "z" and path.endswith("/recall"))):
            raise Unconfirmed(f"{self.key} on {self.screen} sent {method} {path}")


def watch(pilot: Pilot[None]) -> Watch:
    """Look at what the console asks of its node from now on."""
    api, watched = console_of(pilot).api, Watch()
    send = api._send

    async def looked_at(method: str, path: str, *rest: Any, **more: Any) -> Any:
        watched.check(method, path)
        watched.under_way += 1
        try:
            return await send(method, path, *rest, **more)
        finally:
            watched.under_way -= 1

    api._send = looked_at  # type: ignore[assignment,method-assign]
    return watched


async def press(pilot: Pilot[None], watched: Watch, key: str) -> None:
    """One key, and everything it sets going."""
    watched.screen, watched.key = type(pilot.app.screen).__name__, key
    await pilot.press(key)
    ends_s, quiet = time.monotonic() + IDLE_MAX_S, 0
    while quiet < 2 and time.monotonic() < ends_s and pilot.app.is_running:
        await pilot.pause()
        quiet = quiet + 1 if not watched.under_way else 0


async def play(unit: RealNode, presses: int, seed: int, *, tell: bool = False) -> Counter[str]:
    """Press so many keys; what was sent, by screen and key.

    Raises:
        Unconfirmed: an act was sent that no key had confirmed.
    """
    chance, done, sent = random.Random(seed), 0, Counter[str]()
    while done < presses:
        language, size = chance.choice(LANGUAGES), chance.choice(SIZES[:3])
        async with at_desk(unit, language=language, size=size) as pilot:
            watched = watch(pilot)
            for _ in range(min(NEW_CONSOLE_EVERY, presses - done)):
                if done % NEW_ORDER_EVERY == 0:
                    await asyncio.to_thread(unit.approved)
                if done % NEW_SIZE_EVERY == NEW_SIZE_EVERY - 1:
                    await pilot.resize_terminal(*chance.choice(SIZES))
                group = chance.choices([keys for keys, _ in WEIGHTED], [weight for _, weight in WEIGHTED])[0]
                key = chance.choice(group)
                try:
                    await press(pilot, watched, key)
                except Exception:
                    print(f"seed {seed}, press {done}: {key} on {watched.screen}\n{shown(pilot)}", file=sys.stderr)
                    raise
                done += 1
                if not pilot.app.is_running:
                    break
                if tell and done % 500 == 0:
                    print(f"{done} {sum(watched.sent.values())} sent", flush=True)
            sent += watched.sent
            fault = console_of(pilot).fault
            if fault is not None:
                raise fault
    return sent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--presses", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="ortoo-fuzz-") as directory,
        running(make_home(Path(directory) / "n")) as unit,
    ):
        sent = asyncio.run(play(unit, asked.presses, asked.seed, tell=True))
    for what, count in sorted(sent.items()):
        print(f"{count:6} {what}")
    print(f"{asked.presses} keys, seed {asked.seed}: the console never ended, nothing was sent unconfirmed")


if __name__ == "__main__":
    main()
