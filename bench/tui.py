"""What the console costs its dispatcher and its line, measured from outside: the real program on a pseudo-terminal.

    unit's node (10,000 orders) ◀──serial line── 20 simulated vehicles, a report a second each
        ▲ socket
    `ortoo tui` ◀──keys── measurement ──▶ picture of an 80x24 terminal

Rules kept here:
* Every figure is of the program as installed, its modules compiled, signed in as a dispatcher, in Chinese.
* Start: from the fork to the list of people on the screen; `signed_in_s` to the board, the PIN typed without a pause.
* First paint: all bytes from the fork to the resting board, sign-in screen included; `stock` is what any console sends
  that was told nothing about a near terminal.
* Keys: on the board, with its vehicles moving, and in the list of all orders; bytes of moves on a thin line.
* Idle: in the list of all orders, vehicles reporting on.
* At 9,600 bit/s the console finds out by itself what line it has.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import sys
import time
from collections.abc import AsyncIterator, Iterator
from compileall import compile_dir, compile_file
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.seat import Seat
from bench.years import CAST, OFFICE, PIN, PLATES, Unit
from fleet.words import Words
from machine.system import SystemClock

ORDERS, SIZE, WIDE_SIZE, BAUD = 10_000, (80, 24), (120, 40), 9600
STARTS, PRESSES, IDLE_S, QUIET_S = 5, 100, 60.0, 0.25
HOLD_S, HOLD_HZ = 4.0, 30
STARTED_WITHIN_S = 60.0
ROOT = Path(__file__).parent.parent
ORTOO = (sys.executable, "-m", "ortoo")
PERSON = next(person.name for person in CAST if person.id == OFFICE)
WORDS = Words("zh_CN", "console")
BOARD_SIGN = WORDS("panel.todo", number=1, n="#").partition("#")[0]
LIST_SIGN = WORDS("find.found", n="#").partition("#")[0]


async def measure(home: Path | None = None, orders: int = ORDERS) -> dict[str, Any]:
    """The figures of ``ortoo bench tui --json``. `home` is a unit written here before, or where to write one."""
    with TemporaryDirectory(prefix="ortoo-bench-") as directory:
        home = home or Path(directory) / "node"
        if not (home / "node.toml").is_file():
            Unit(home, 1).write(orders, SystemClock().now_ms())
        async with _node(home):
            return await asyncio.to_thread(figures, home)


def figures(home: Path) -> dict[str, Any]:
    """All figures of the console on the node that runs in `home`."""
    _compile()
    starts = [_start(home) for _ in range(STARTS)]
    with _at_board(home) as seat:
        stock_bytes = seat.received
        board_ms = _presses(seat, PRESSES)
        _open_list(seat)
        list_ms = _presses(seat, PRESSES)
        idle_bytes, idle_cpu_s = _idle(seat)
        rss_mb = seat.rss_mb
    with _at_board(home, size=WIDE_SIZE) as seat:
        wide_ms = _presses(seat, PRESSES // 2)
    with _at_board(home, "--thin") as seat:
        thin_bytes = seat.received
        _open_list(seat)
        move_bytes, scroll_bytes = _bytes_per_key(seat)
    keys_ms = board_ms + list_ms
    return {
        "cold_start_s": round(statistics.median(start for start, _ in starts), 3),
        "signed_in_s": round(statistics.median(board for _, board in starts), 3),
        "key_to_paint_ms_p50": _rank(keys_ms, 50),
        "key_to_paint_ms_p95": _rank(keys_ms, 95),
        "key_to_paint_ms_p95_120x40": _rank(wide_ms, 95),
        "rss_mb": round(rss_mb, 1),
        "first_paint_bytes": {"stock": stock_bytes, "thin": thin_bytes},
        "bytes_per_key": {"move": round(move_bytes, 1), "scroll": round(scroll_bytes, 1)},
        "bytes_per_minute_idle": round(idle_bytes * 60 / IDLE_S, 1),
        "cpu_s_per_minute_idle": round(idle_cpu_s * 60 / IDLE_S, 2),
        "at_9600": _slow(home),
    }


def _compile() -> None:
    """As an installer does. A checkout does so as it runs, unless Python is told to write nothing down."""
    for building in ("fleet", "tui"):
        compile_dir(ROOT / building, quiet=2)
    compile_file(ROOT / "ortoo.py", quiet=2)


def _start(home: Path) -> tuple[float, float]:
    """Seconds to the people and to the board."""
    with _opened(home) as seat:
        people_s = seat.until(lambda: seat.shows(PERSON), STARTED_WITHIN_S) - seat.born_s
        return people_s, _sign_in(seat) - seat.born_s


def _presses(seat: Seat, count: int) -> list[float]:
    """Milliseconds from each press to the first change of the picture."""
    chance, times = random.Random(1), []  # noqa: S311 - so as not to beat in step with anything
    for number in range(count):
        seat.rest(QUIET_S, seconds=1.0)
        time.sleep(chance.random() * 0.02)
        while seat.look(0):
            pass
        seat.changes.clear()
        pressed_s = seat.press("up" if number % 4 == 3 else "down")
        seat.until(lambda: bool(seat.changes), 5.0)
        times.append((seat.changes[0].at_s - pressed_s) * 1000)
    return times


def _bytes_per_key(seat: Seat) -> tuple[float, float]:
    """Mean bytes of a press that moves the cursor, and of one that moves the list by a line."""
    lines = seat.screen.height - 7
    moves = [_bytes_of(seat, key) for key in ("down", "up") for _ in range(lines - 1)]
    for _ in range(lines):
        _bytes_of(seat, "down")
    return statistics.mean(moves), statistics.mean(_bytes_of(seat, "down") for _ in range(PRESSES // 2))


def _bytes_of(seat: Seat, key: str) -> int:
    before = seat.received
    seat.press(key)
    seat.until(lambda: seat.received > before, 5.0)
    seat.rest(0.08)
    return seat.received - before


def _idle(seat: Seat) -> tuple[int, float]:
    seat.rest(1.0)
    received, cpu_s, end_s = seat.received, seat.cpu_s, time.perf_counter() + IDLE_S
    while time.perf_counter() < end_s:
        seat.look(0.5)
    return seat.received - received, seat.cpu_s - cpu_s


def _slow(home: Path) -> dict[str, float]:
    """The same over a serial line: until the board can be used, and how far behind it is after a held key."""
    with _opened(home, baud=BAUD) as seat:
        people_s = seat.until(lambda: seat.shows(PERSON), STARTED_WITHIN_S) - seat.born_s
        pressed_s = time.perf_counter()
        board_s = _sign_in(seat) - pressed_s
        _open_list(seat)
        begun_s = released_s = time.perf_counter()
        for number in range(int(HOLD_S * HOLD_HZ)):
            released_s = seat.press("down")
            while time.perf_counter() < begun_s + (number + 1) / HOLD_HZ:
                seat.look(0.005)
        seat.rest(1.0)
        backlog_s = max(0.0, seat.last_s - released_s)
    return {"first_paint_s": round(people_s, 2), "board_s": round(board_s, 2), "backlog_s": round(backlog_s, 2)}


def _open_list(seat: Seat) -> None:
    seat.press("/")
    seat.until(lambda: seat.shows(LIST_SIGN), STARTED_WITHIN_S)
    seat.press("tab")
    seat.rest(QUIET_S)


def _sign_in(seat: Seat) -> float:
    """Choose the first person and type the PIN; when the board was on the screen."""
    seat.press(f"{PIN}\r")
    return seat.until(lambda: seat.shows(BOARD_SIGN), STARTED_WITHIN_S)


@contextmanager
def _at_board(home: Path, *options: str, size: tuple[int, int] = SIZE) -> Iterator[Seat]:
    with _opened(home, *options, size=size) as seat:
        seat.until(lambda: seat.shows(PERSON), STARTED_WITHIN_S)
        _sign_in(seat)
        seat.rest(QUIET_S, seconds=1.0)
        yield seat


@contextmanager
def _opened(home: Path, *options: str, size: tuple[int, int] = SIZE, baud: int = 0) -> Iterator[Seat]:
    unset = {"COLORTERM", "TERM_PROGRAM", "TMUX", "NO_COLOR", "LINES", "COLUMNS"}
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    command = (*ORTOO, "tui", "--node", str(home), "--lang", WORDS.language, *options)
    seat = Seat(command, size, environment | {"TERM": "xterm-256color"}, baud=baud)
    try:
        yield seat
    finally:
        seat.close()


@asynccontextmanager
async def _node(home: Path) -> AsyncIterator[None]:
    """The unit's node and its vehicles on a line."""
    plates, phones = ",".join(PLATES), ",".join(f"139{number:08d}" for number in range(len(PLATES)))
    simulate = ("terminal", "simulate", "--json", "--pty", "1", "--baud", "115200", "--interval-s", "1")
    vehicles = await _child(*simulate, "--drive", "auto", "--plates", plates, "--phones", phones)
    try:
        port = json.loads(await _line(vehicles))["ports"][0]
        settings = home / "node.toml"
        kept = settings.read_text(encoding="utf-8").partition("\n[[lines]]")[0]
        settings.write_text(f"{kept}\n[[lines]]\nport = {json.dumps(port)}\nbaud = 115200\n", encoding="utf-8")
        node = await _child("node", "run", str(home))
        try:
            await _line(node)
            yield
        finally:
            await _end(node)
    finally:
        await _end(vehicles)


async def _child(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *ORTOO, *arguments, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
    )


async def _line(child: asyncio.subprocess.Process) -> str:
    assert child.stdout is not None  # noqa: S101 - a pipe was asked for
    async with asyncio.timeout(STARTED_WITHIN_S):
        return (await child.stdout.readline()).decode()


async def _end(child: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        child.terminate()
    await child.communicate()


def _rank(times: list[float], percent: int) -> float:
    """The nearest rank of a percentile."""
    return round(sorted(times)[-(-len(times) * percent // 100) - 1], 1)
