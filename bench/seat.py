"""A program at a terminal: a pseudo-terminal, the picture it shows, keys pressed on it; at a line's rate if asked.

Rules kept here:
* What comes is stamped when it is read, before the picture is drawn from it.
* Questions about the cursor are answered when they have arrived and what was before them is on the picture, other
  questions are not. A terminal with `wide_signs` makes signs of doubtful width two cells wide.
* At `baud`, no more is read than a line of ten bits a byte would have brought by now; the program waits as it would.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from resource import getpagesize
from typing import NamedTuple

from tui.thin.output import ASK
from tui.thin.screen import Screen

KEYS = {
    "down": "\x1b[B",
    "up": "\x1b[A",
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "end": "\x1b[F",
    "home": "\x1b[H",
}
READ_SIZE = 65_536
SLICE_S = 0.02
"""At a line's rate, so much of it is read at a time."""
END_MAX_S = 5.0
ASKED = re.compile(f"({re.escape(ASK)})")


class Change(NamedTuple):
    """The picture changed: when what changed it was read, and how many cells."""

    at_s: float
    cells: int


class Seat:
    """One program, from its first byte to its end."""

    def __init__(
        self,
        command: Sequence[str],
        size: tuple[int, int],
        environment: Mapping[str, str],
        *,
        baud: int = 0,
        wide_signs: bool = False,
    ) -> None:
        """`size` is columns and lines."""
        self.screen, self.received, self.last_s = Screen(*size, wide_signs=wide_signs), 0, 0.0
        self.changes: list[Change] = []
        self._baud, self._ready_s = baud, 0.0
        self._begun = ""  # a question that has come in part
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        shape = struct.pack("HHHH", size[1], size[0], 0, 0)
        self.born_s = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, shape)
            os.execvpe(command[0], list(command), dict(environment))  # noqa: S606 - the program under measurement
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, shape)

    def press(self, key: str) -> float:
        """Press a key, or type a text; when."""
        at_s = time.perf_counter()
        os.write(self._fd, KEYS.get(key, key).encode())
        return at_s

    def look(self, seconds: float) -> bool:
        """Read what has come, or wait at most so long for it; whether anything came.

        Raises:
            EOFError: the program has ended.
        """
        wait_s = self._ready_s - time.perf_counter() if self._baud else 0.0
        if wait_s > 0:
            time.sleep(min(wait_s, seconds))
            return False
        if not select.select([self._fd], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._fd, max(1, int(self._baud / 10 * SLICE_S)) if self._baud else READ_SIZE)
        except OSError:
            data = b""
        if not data:
            raise EOFError("the program has ended")
        at_s = time.perf_counter()
        if self._baud:
            self._ready_s = max(at_s, self._ready_s) + len(data) * 10 / self._baud
        self.received += len(data)
        self.last_s = at_s
        text = self._begun + self._decode(data)
        self._begun = next((ASK[:size] for size in range(len(ASK) - 1, 0, -1) if text.endswith(ASK[:size])), "")
        self._draw(text.removesuffix(self._begun), at_s)
        return True

    def until(self, condition: Callable[[], bool], seconds: float) -> float:
        """Look until `condition` holds; when what made it hold was read.

        Raises:
            TimeoutError: it did not come about; says what the screen shows.
        """
        end_s = time.perf_counter() + seconds
        while not condition():
            if time.perf_counter() > end_s:
                raise TimeoutError("\n".join(self.screen.text))
            self.look(0.05)
        return self.last_s

    def rest(self, quiet_s: float, seconds: float = 30.0) -> None:
        """Look until nothing has come for `quiet_s`, or for so many seconds at most."""
        begun_s = time.perf_counter()
        while (now_s := time.perf_counter()) < begun_s + seconds and now_s - max(self.last_s, begun_s) < quiet_s:
            self.look(0.005)

    def shows(self, text: str) -> bool:
        return any(text in line for line in self.screen.text)

    @property
    def rss_mb(self) -> float:
        pages = Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * getpagesize() / 1e6

    @property
    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """Hang up; the program ends, or is ended."""
        os.close(self._fd)
        end_s = time.perf_counter() + END_MAX_S
        while os.waitpid(self.pid, os.WNOHANG) == (0, 0):
            if time.perf_counter() > end_s:
                os.kill(self.pid, signal.SIGKILL)
            time.sleep(0.01)

    def _draw(self, text: str, at_s: float) -> None:
        before = [list(row) for row in self.screen.rows]
        for piece in ASKED.split(text):
            if piece == ASK:
                os.write(
                    self._fd, f"\x1b[{self.screen.y + 1};{min(self.screen.x, self.screen.width - 1) + 1}R".encode()
                )
            else:
                self.screen.feed(piece)
        cells = sum(
            one != other
            for old, new in zip(before, self.screen.rows, strict=True)
            if old is not new
            for one, other in zip(old, new, strict=True)
        )
        if cells:
            self.changes.append(Change(at_s, cells))
