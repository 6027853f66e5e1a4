"""Lines out and lines in. The other side is a person, or whatever reads to one: no line is ever written over."""

from __future__ import annotations

import re
import sys
import termios
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

from fleet.words import Words
from tui.cells import clean
from tui.widgets.lines import Spans

T = TypeVar("T")
LISTED_MAX = 30
"""Lines listed before asking; the rest is counted and reached by finding."""
_COLUMNS = re.compile(r"\s{2,}")


class HungUp(Exception):
    """Nobody is there any more: the input has ended."""


class Talk:
    """One conversation. `read` gives the next line, "" at the end; `unseen` is entered while a secret is asked for and
    typed: nothing typed in it is shown."""

    def __init__(
        self,
        words: Words,
        write: Callable[[str], None],
        read: Callable[[], str],
        unseen: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self.words, self._write, self._read, self._unseen = words, write, read, unseen

    def say(self, text: str = "") -> None:
        """One line."""
        self._write(clean(text) + "\n")

    def say_rows(self, rows: Iterable[Spans]) -> None:
        """Rows as the full screen has them, without their columns."""
        for row in rows:
            self.say(flat(row))

    def ask(self, question: str) -> str:
        """A line, without the blanks around it.

        Raises:
            HungUp: the input has ended.
        """
        self._write(f"{clean(question)}: ")
        line = self._read()
        if not line:
            raise HungUp
        return line.strip()

    def ask_secret(self, question: str) -> str:
        """As `ask`, the answer not shown: unseen before it is asked for, as somebody may type at once."""
        with self._unseen():
            answer = self.ask(question)
        self.say()
        return answer

    def choose(self, options: Sequence[T], told: Callable[[T], str], question: str) -> T | None:
        """One of the options by its number; None for an empty answer. Asks again after anything else."""
        for number, option in enumerate(options[:LISTED_MAX], 1):
            self.say(f"{number}. {told(option)}")
        if len(options) > LISTED_MAX:
            self.say(self.words("plain.more", n=len(options) - LISTED_MAX))
        while True:
            answer = self.ask(question)
            if not answer:
                return None
            if answer.isdigit() and 0 < int(answer) <= len(options):
                return options[int(answer) - 1]
            self.say(self.words("plain.number", n=len(options)))


def flat(row: Spans) -> str:
    """A row as one line of text: columns two blanks apart."""
    return _COLUMNS.sub("  ", "".join(text for text, _ in row)).strip()


def on_standard_streams(words: Words) -> Talk:
    """A conversation over this process's own input and output."""

    def write(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    return Talk(words, write, sys.stdin.readline, _unseen)


@contextmanager
def _unseen() -> Iterator[None]:
    """The terminal does not show what is typed; a pipe shows nothing anyway."""
    if not sys.stdin.isatty():
        yield
        return
    before = termios.tcgetattr(sys.stdin)
    unseen = [*before[:3], before[3] & ~termios.ECHO, *before[4:]]
    termios.tcsetattr(sys.stdin, termios.TCSADRAIN, unseen)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
