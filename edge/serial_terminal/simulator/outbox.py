"""Messages waiting for their answer, and when each is sent again.

Rule kept here: after the Nth resend the next wait is N + 1 times the last one; after RESENDS_MAX it is given up.
Source: JT/T 808-2013 and -2019, answer time-out and resend rule.
"""

from __future__ import annotations

from dataclasses import dataclass

RESENDS_MAX = 3


@dataclass(slots=True)
class Pending:
    """One unanswered message; `reports` are the position reports it carries."""

    msg_id: int
    serial: int
    frame: bytes
    due_ms: int
    wait_ms: int
    reports: tuple[bytes, ...] = ()
    resends: int = 0


class Outbox:
    """The unanswered messages of one terminal, oldest first."""

    def __init__(self, answer_timeout_ms: int) -> None:
        self._timeout_ms = answer_timeout_ms
        self._pending: dict[int, Pending] = {}

    def sent(self, msg_id: int, serial: int, frame: bytes, at_ms: int, reports: tuple[bytes, ...] = ()) -> None:
        """A message went out for the first time."""
        self._pending[serial] = Pending(msg_id, serial, frame, at_ms + self._timeout_ms, self._timeout_ms, reports)

    def answered(self, serial: int) -> Pending | None:
        """Its answer came; None if nothing waits under that serial."""
        return self._pending.pop(serial, None)

    @property
    def is_empty(self) -> bool:
        return not self._pending

    def holds(self, msg_id: int) -> bool:
        """Whether a message of that id is still unanswered."""
        return any(pending.msg_id == msg_id for pending in self._pending.values())

    def due(self, at_ms: int) -> tuple[list[Pending], list[Pending]]:
        """What to send again now, and what is given up."""
        late = [pending for pending in self._pending.values() if at_ms >= pending.due_ms]
        given_up = [pending for pending in late if pending.resends >= RESENDS_MAX]
        again = [pending for pending in late if pending.resends < RESENDS_MAX]
        for pending in given_up:
            del self._pending[pending.serial]
        for pending in again:
            pending.resends += 1
            pending.wait_ms *= pending.resends + 1
            pending.due_ms = at_ms + pending.wait_ms
        return again, given_up

    def empty(self) -> list[Pending]:
        """Take everything out: the conversation starts over."""
        taken, self._pending = list(self._pending.values()), {}
        return taken
