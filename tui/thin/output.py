"""What is written on its way to the terminal. Frames make the picture that is wanted; what is sent is the way there.

    probing ──answer within SLOW_S──▶ whole     what differs is sent as soon as a frame is written
        └─────no answer by then─────▶ thin      one piece of it is under way at a time
                                        └──a full piece answered within SLOW_S──▶ whole: only the start was slow

On a thin line each piece ends by asking where the cursor is; until that is answered nothing more is sent, and the next
piece is cut from what is wanted then. So a terminal is never further behind than one piece and the last picture,
however fast keys come. A terminal that answers nothing is not waited for long, and after that not asked. Pure: text
leaves by `send`, time comes in by a port.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from tui.thin.difference import difference
from tui.thin.screen import Screen

SLOW_S = 0.04
"""A round trip longer than this makes the line a thin one: a network far away, or a serial line of 19,200 bit/s."""
PIECE = 400
"""Bytes after which a piece for a thin line ends with the line of the screen it has come to; more once the line has
shown that it carries more. No thin line carries so much within `SLOW_S`: an answer to a full piece by then says that
the console was busy starting when the first one came, and the line is not thin."""
PIECE_S = 0.25
"""A full piece answered within so long of the quickest answer there was lets the next be twice as large, so that a line
that is far away and not slow is not kept waiting. A line of 9,600 bit/s takes longer for `PIECE`."""
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
        self._asked_s = self._began_s = now_s()
        self._asked_size = self._unanswered = 0
        self._quickest_s = 0.0
        self._piece = PIECE
        self._guessed = thin is None
        self._answered = self._mute = self._due = self._cut = self._begun = False
        self._unknown = True
        self._renew(*size)

    def start(self) -> None:
        """Ask the terminal the first question; what prepares it has been written before."""
        self._ask(PROBE)
        self._began_s = self._asked_s

    def write(self, data: str) -> None:
        """Take a piece of a frame; a sequence that sets something goes on at once."""
        beyond = self._wanted.feed(data)
        for unneeded in NOT_NEEDED:
            beyond = beyond.replace(unneeded, "")
        if beyond:
            self._send(beyond)

    def flush(self) -> None:
        """What was written makes a frame."""
        self._due = True
        self.tick()

    def resize(self, width: int, height: int) -> None:
        """The terminal has another size: what it shows is not known any more."""
        if (width, height) != (self._wanted.width, self._wanted.height):
            self._renew(width, height)

    def redraw(self) -> None:
        """What the terminal shows is not what was sent to it: paint everything again."""
        self._renew_shown()
        self.flush()

    def answer(self, column: int, at_s: float | None = None) -> None:
        """The terminal has told its cursor's column, from 0, at `at_s`: now, unless the console was busy meanwhile."""
        at_s = self._now_s() if at_s is None else at_s
        self._unanswered = max(0, self._unanswered - 1)
        if not self._answered:
            took_s = self._quickest_s = at_s - self._began_s
            self.wide_signs = column >= 2
            if self.mode is Mode.PROBING:
                self.mode = Mode.THIN if took_s > SLOW_S else Mode.WHOLE
        else:
            self._learn(at_s - self._asked_s)
        self._answered, self._mute = True, False
        self.tick()

    def _learn(self, took_s: float) -> None:
        """What the line carries, from how long a piece took."""
        self._quickest_s = min(self._quickest_s, took_s)
        full = self._asked_size >= self._piece
        if full and took_s <= SLOW_S and self._guessed:
            self.mode = Mode.WHOLE
        if took_s - self._quickest_s >= PIECE_S:
            self._piece = PIECE
        elif full:
            self._piece *= 2

    @property
    def wait_s(self) -> float | None:
        """When to call `tick` if nothing else happens: seconds from now, None for never."""
        if not self._due:
            return None
        return max(0.0, self._asked_s + self._patience_s - self._now_s())

    def tick(self) -> None:
        """Send what is due if it is time."""
        if self.mode is Mode.PROBING and self._now_s() - self._asked_s >= SLOW_S:
            self.mode = Mode.THIN
        if not self._due or self.mode is Mode.PROBING:
            return
        if self.mode is Mode.THIN and self._begun and not self._free():
            return
        self._begun = True
        asks = self.mode is Mode.THIN and not self._mute
        if text := self._way(self._piece if asks else None):
            self._ask(text + ASK) if asks else self._send(text)

    def _way(self, size: int | None = None) -> str:
        """From what is shown to what is wanted, or so much of it; what is left of it is due."""
        clear = CLEAR if self._unknown else ""
        self._unknown = False
        first = self._shown.y + 1 if self._cut else 0  # so that each line has its turn, however fast others change
        text = clear + difference(self._shown, self._wanted, size, first % self._shown.height)
        self._due = self._cut = size is not None and self._shown.rows != self._wanted.rows
        return text

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
        self._asked_s, self._asked_size = self._now_s(), len(text.encode())
        self._send(text)

    def _renew(self, width: int, height: int) -> None:
        self._wanted = Screen(width, height)
        self._wanted.wraps = False
        self._renew_shown()

    def _renew_shown(self) -> None:
        self._shown = Screen(self._wanted.width, self._wanted.height)
        self._shown.wraps = False
        self._unknown = True
