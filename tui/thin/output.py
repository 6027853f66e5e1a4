"""What is written on its way to the terminal: as it is, or as differences with one frame under way at a time.

    probing ──answer within SLOW_S──▶ whole     everything passes as it is written
        └─────no answer by then─────▶ thin      frames make the picture that is wanted; what is sent is the way there
                                        └──a large frame answered within SLOW_S──▶ whole: only the start was slow

A thin frame ends by asking where the cursor is; until that is answered nothing more is sent, and all frames written
meanwhile become one. So a terminal is never further behind than one frame, however fast keys come. A terminal that
answers nothing is not waited for long, and after that not asked. Pure: text leaves by `send`, time comes in by a port.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from tui.thin.difference import difference
from tui.thin.screen import Screen

SLOW_S = 0.04
"""A round trip longer than this makes the line a thin one: a network far away, or a serial line of 19,200 bit/s."""
LARGE = 1_000
"""Characters of a frame that a thin line does not carry within `SLOW_S`: an answer by then says that the console was
busy starting when the first one came, and the line is not thin."""
PATIENCE_S, PATIENCE_MUTE_S = 10.0, 2.0
"""How long an answer is waited for: a whole screen at 9,600 bit/s takes four seconds. The shorter one is for a
terminal that has never answered."""
ASK = "\x1b[6n"
PROBE = f"\x1b[2J\x1b[H·{ASK}\r\x1b[K"
"""A sign that is one cell wide on most terminals and two on many Chinese ones: the answer tells which, and how far
away the terminal is."""
NOT_NEEDED = ("\x1b[?2026h", "\x1b[?2026l")
"""Synchronised updates: a frame of differences is one piece anyway."""
CLEAR = "\x1b[m\x1b[2J\x1b[H"


class Mode(Enum):
    """How the line is treated."""

    PROBING = "probing"
    WHOLE = "whole"
    THIN = "thin"


class Output:
    """Everything that goes to one terminal from the first frame on."""

    def __init__(
        self,
        send: Callable[[str], None],
        size: tuple[int, int],
        now_s: Callable[[], float],
        *,
        thin: bool | None = None,
    ) -> None:
        """`thin` says what the line is; None lets the probe find out."""
        self._send, self._now_s = send, now_s
        self.mode = {None: Mode.PROBING, True: Mode.THIN, False: Mode.WHOLE}[thin]
        self.wide_signs: bool | None = None
        """Whether signs of doubtful width take two cells; None while no terminal has said."""
        self._held: list[str] = []
        self._beyond: list[str] = []
        self._asked_s = now_s()
        self._unanswered = 0
        self._asked_size = 0
        self._guessed = thin is None
        self._answered = self._mute = self._due = self._begun = False
        self._unknown = True
        self._renew(*size)

    def start(self) -> None:
        """Ask the terminal the first question; what prepares it has been written before."""
        self._ask(PROBE)

    def write(self, data: str) -> None:
        """Take a piece of a frame, or a sequence that sets something."""
        if self.mode is Mode.WHOLE:
            self._send(data)
            return
        beyond = self._wanted.feed(data)
        for unneeded in NOT_NEEDED:
            beyond = beyond.replace(unneeded, "")
        if self.mode is Mode.PROBING:
            self._held.append(data)
            self._beyond.append(beyond)
        elif beyond:
            self._send(beyond)

    def flush(self) -> None:
        """What was written makes a frame."""
        self._due = True
        self.tick()

    def resize(self, width: int, height: int) -> None:
        """The terminal has another size: what it shows is not known any more."""
        if (width, height) != (self._wanted.width, self._wanted.height):
            self._renew(width, height)

    def answer(self, column: int, at_s: float | None = None) -> None:
        """The terminal has told its cursor's column, from 0, at `at_s`: now, unless the console was busy meanwhile."""
        took_s = (self._now_s() if at_s is None else at_s) - self._asked_s
        self._unanswered = max(0, self._unanswered - 1)
        if not self._answered:
            self.wide_signs = column >= 2
            if self.mode is Mode.PROBING:
                self._decide(thin=took_s > SLOW_S)
        elif self._guessed and self._asked_size >= LARGE and took_s <= SLOW_S:
            self._widen()
        self._answered, self._mute = True, False
        self.tick()

    @property
    def wait_s(self) -> float | None:
        """When to call `tick` if nothing else happens: seconds from now, None for never."""
        if self.mode is Mode.WHOLE or not self._due:
            return None
        return max(0.0, self._asked_s + self._patience_s - self._now_s())

    def tick(self) -> None:
        """Send what is due if it is time."""
        if self.mode is Mode.PROBING and self._now_s() - self._asked_s >= SLOW_S:
            self._decide(thin=True)
        if self.mode is Mode.THIN and self._due and (not self._begun or self._free()):
            self._due, self._begun = False, True
            text = CLEAR if self._unknown else ""
            self._unknown = False
            if text := text + difference(self._shown, self._wanted):
                self._ask(text + ASK) if not self._mute else self._send(text)

    @property
    def _patience_s(self) -> float:
        if self.mode is Mode.PROBING:
            return SLOW_S
        return PATIENCE_S if self._answered else PATIENCE_MUTE_S

    def _free(self) -> bool:
        """Nothing is under way, or it was waited for long enough."""
        if self._unanswered and self._now_s() - self._asked_s < self._patience_s:
            return False
        if self._unanswered:
            self._mute = not self._answered
            self._unanswered = 0
            self._guessed = False  # from here on an answer may be to an earlier question
        return True

    def _ask(self, text: str) -> None:
        self._unanswered += 1
        self._asked_s, self._asked_size = self._now_s(), len(text)
        self._send(text)

    def _widen(self) -> None:
        """The picture is completed; what is written from now on passes as it is."""
        self._send(difference(self._shown, self._wanted) + "\x1b[m")
        self.mode, self._due, self._guessed = Mode.WHOLE, False, False

    def _decide(self, *, thin: bool) -> None:
        self.mode = Mode.THIN if thin else Mode.WHOLE
        if passing := "".join(self._beyond if thin else self._held):
            self._send(passing)
        self._held, self._beyond = [], []

    def _renew(self, width: int, height: int) -> None:
        self._wanted, self._shown = Screen(width, height), Screen(width, height)
        self._wanted.wraps = self._shown.wraps = False
        self._unknown = True
