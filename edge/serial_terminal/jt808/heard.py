"""What a station hands its caller: one message heard, and the answer to write once it is stored.

Rule kept here: `answer` is made when the message is heard but goes out only after the caller has committed what was
heard; a terminal that is not answered keeps its report and sends it again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from fleet.rules.position import Position

Kind = Literal[
    "registered",  # admitted; its code goes out with the answer
    "authenticated",
    "refused",  # not on the list, or the wrong code
    "unregistered",
    "heartbeat",
    "position",
    "batch",
    "driver",  # a driver put a card in, or took it out
    "packet",  # part of a longer message: nothing to store yet
    "answer",  # the terminal's answer to something sent down
    "other",
    "unknown",  # no table for this id, or a body that cannot be read: kept raw
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One message.

    `phone` is the raw hex key; `positions` are those of 0x0200, 0x0201, 0x0500 and 0x0704; `body` the other facts by
    name, as `ortoo terminal decode` shows them; `raw` the body's bytes. `partial` marks a body that ended early.
    `answer` is ready to write, escaped, and may be several frames; None if nothing is to be said.
    """

    phone: str
    msg_id: int
    serial: int
    version: int
    kind: Kind
    at_ms: int
    positions: tuple[Position, ...] = ()
    body: Mapping[str, Any] = field(default_factory=dict)
    answer: bytes | None = None
    raw: bytes = b""
    partial: bool = False
    authenticated: bool = False

    @property
    def alias(self) -> str:
        """The phone as people write it: without its leading zeros."""
        return self.phone.lstrip("0")


@dataclass(slots=True)
class Counters:
    """What one line has carried. `received` frames are `good` or `bad`; `bad` is by reason, `by_id` by message id.

    `foreign` are good frames that another platform sent: counted, never answered. `echoes` are our own frames come
    back, not counted as received.
    """

    bytes: int = 0
    good: int = 0
    bad: Counter[str] = field(default_factory=Counter)
    by_id: Counter[int] = field(default_factory=Counter)
    refused: int = 0
    echoes: int = 0
    foreign: int = 0
    given_up: int = 0  # long messages that never became whole

    @property
    def received(self) -> int:
        return self.good + self.bad.total()

    def facts(self) -> dict[str, Any]:
        """The frames as pages and results show them: counts, and message ids in hex."""
        by_id = {f"0x{msg_id:04x}": count for msg_id, count in sorted(self.by_id.items())}
        return {"received": self.received, "good": self.good, "bad": self.bad.total(), "by_id": by_id}
