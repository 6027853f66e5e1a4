"""What the node's local API answers about the node itself: its lines, its disk, its links to central, its bundles.

As in `shapes`: names and units are the API's, `None` is unknown, times are UTC milliseconds.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict


class SerialLine(TypedDict):
    name: str
    state: str
    why: str | None
    bytes_in: int
    bytes_out: int
    frames: int
    good: int
    bad: dict[str, int]
    heard_ms: int | None


class Terminal(TypedDict):
    phone: str
    plate: str | None
    state: str
    heard_ms: int | None
    version: int | None


class Frames(TypedDict):
    received: int
    good: int
    bad: int
    by_id: dict[str, int]


class Operations(TypedDict):
    made: int
    held_by_central: int
    quarantined: int


class Link(TypedDict):
    name: NotRequired[str | None]
    hours_left: NotRequired[float | None]
    by_hand: NotRequired[bool]
    state: str
    bytes_up: int
    bytes_down: int
    round_trips: int
    last_error: str | None
    next_try_ms: int | None


class Clock(TypedDict):
    grade: str


class Space(TypedDict):
    """Bytes free, bytes a day takes, and days left at that rate; None while not known."""

    free: int
    a_day: int | None
    days_left: int | None


class Way(TypedDict):
    """One link to central."""

    name: str
    in_use: bool
    state: str
    heard_ms: int | None
    last_error: str | None
    next_try_ms: int | None
    tried_ms: int | None
    bytes_up: int
    bytes_down: int
    round_trips: int
    rate: float | None


class Heap(TypedDict):
    priority: str
    records: int
    bytes: int


class Refusal(TypedDict):
    """A record somebody would not take, with the sentences of its code."""

    node: int
    own: bool
    seq: int
    record: str
    kind: str
    target: str
    at_ms: int
    code: str
    what: str
    why: str
    next: str


class SyncPage(TypedDict):
    ways: list[Way]
    heaps: list[Heap]
    records: int
    size: int
    hours_left: float | None
    by_hand: bool
    held: int
    quarantined: int
    refused: list[Refusal]


class Run(TypedDict):
    node: int
    operations: int


class Bundle(TypedDict):
    """A bundle that was written or taken in."""

    way: str
    file: str
    size: int
    at_ms: int
    rest: bool
    runs: list[Run]
    stored: int
    not_taken: list[str]


class Status(TypedDict):
    lines: list[SerialLine]
    terminals: list[Terminal]
    frames: Frames
    positions_stored: int
    operations: Operations
    refused_moves: int
    link: Link
    space: Space
    sqlite_version: str
    state_hash: str
    clock: Clock
