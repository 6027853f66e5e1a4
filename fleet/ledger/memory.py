"""What both ends of a wire remember of the operations that crossed it, so that what repeats costs next to nothing.

Both ends feed it the same operations in the same order, beginning from the same dictionary; nothing else goes in.
Every table is bounded: a full one learns no more, orders that have not moved for long are forgotten first.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import NamedTuple, TypeVar

from fleet.ledger.canonical import encode
from fleet.ledger.suite import COMMON, Suite
from fleet.rules.form import FIELDS

TABLE_MAX = 2_048
ORDERS_MAX = 4_096
FIELDS_MAX = 64
BLOCKS_KEPT_MAX = 256
TABLES_MAX = 256
RECENT_TEXT_MAX = 14 * 1024
"""Bytes of text that crossed lately and serve as a dictionary for what follows."""

NEWEST = 1
"""The dictionary this build packs with."""
PLAIN = 0
"""The id of no dictionary at all."""


_FORM = sorted(sorted(FIELDS), key=len)
"""The fields of a form in the order in which they are encoded (see `canonical`): nothing is sorted again each time."""


class Dictionary(NamedTuple):
    """Where a memory begins: shapes of operations, values of fields, and text others may repeat."""

    shapes: tuple[str, ...]
    values: dict[str, tuple[str, ...]]
    text: bytes


@cache
def dictionary(version: int) -> Dictionary | None:
    """The dictionary of an id; None if this build does not have it."""
    if version == PLAIN:
        return Dictionary((), {}, b"")
    source = files("fleet.ledger") / "dictionaries" / f"{version}.json"
    if not source.is_file():
        return None
    read = json.loads(source.read_text(encoding="utf-8"))
    values = {name: tuple(entries) for name, entries in read["values"].items()}
    return Dictionary(tuple(read["shapes"]), values, read["text"].encode("gb18030"))


class Table:
    """Values by the order in which they were first met."""

    def __init__(self, values: tuple[str, ...] = ()) -> None:
        self.values: list[str] = [*values]
        self._places = {value: place for place, value in enumerate(values)}

    def place(self, value: str) -> int | None:
        """Where a value stands, if it does."""
        return self._places.get(value)

    def learn(self, value: str) -> None:
        """Remember a value."""
        if len(self.values) < TABLE_MAX and value not in self._places:
            self._places[value] = len(self.values)
            self.values.append(value)


@dataclass(slots=True)
class Thread:
    """What is remembered of one target, as an order: its last operation's shape, its fields, its document's blocks."""

    shape: str = ""
    content: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    blocks: dict[tuple[int, int], str] = field(default_factory=dict)
    next_clock: dict[int, int] = field(default_factory=dict)

    def set_field(self, name: str, value: str) -> None:
        """Remember a field, if there is room."""
        if name in self.fields or len(self.fields) < FIELDS_MAX:
            self.fields[name] = value

    def set_block(self, place: tuple[int, int], name: str) -> None:
        """Remember which field a block of the document is about, if there is room."""
        if len(self.blocks) < BLOCKS_KEPT_MAX:
            self.blocks[place] = name

    def form_content(self, suite: Suite) -> str:
        """The hash (hex) of the form as its fields stand; "" if it is not whole."""
        if any(name not in self.fields for name in _FORM):
            return ""
        return suite.hash("content", encode({name: self.fields[name] for name in _FORM})).hex()


class Memory:
    """One direction of one wire."""

    def __init__(self, begins: Dictionary) -> None:
        self.suite, self.receipt, self.hlc = COMMON.id, 0, 0
        self.threads: OrderedDict[str, Thread] = OrderedDict()
        self.recent: list[str] = []
        self.last_number: dict[str, int] = {}
        self.after: dict[str, str] = {}
        self.habits: dict[tuple[str, str], str] = {}
        self.odometers: dict[tuple[str, str], int] = {}
        self._begins = begins
        self._tables = {name: Table(values) for name, values in begins.values.items()}
        self._tables["shape.is"] = Table(begins.shapes)
        self._text = b""

    def table(self, name: str) -> Table:
        """The table of a column."""
        found = self._tables.get(name)
        if found is None:
            found = Table()
            if len(self._tables) < TABLES_MAX:
                self._tables[name] = found
        return found

    def tables(self) -> Mapping[str, Table]:
        """Every table by name."""
        return self._tables

    @property
    def text(self) -> bytes:
        """What text may refer back to."""
        return self._begins.text + self._text

    def said(self, text: bytes) -> None:
        """Text has crossed."""
        self._text = (self._text + text)[-RECENT_TEXT_MAX:]

    def move(self, target: str, thread: Thread) -> None:
        """A target has moved: it is the latest now."""
        if target in self.threads:
            self.recent.remove(target)
            self.threads.move_to_end(target)
        else:
            self.threads[target] = thread
            if len(self.threads) > ORDERS_MAX:
                forgotten, _ = self.threads.popitem(last=False)
                self.recent.remove(forgotten)
        self.recent.insert(0, target)

    def usual(self, suite: int, receipt: int) -> None:
        """What the next operation will most likely say, too."""
        self.suite, self.receipt = suite, receipt

    def follows(self, shape: str, following: str) -> None:
        """After one shape, another."""
        _keep(self.after, shape, following)

    def counted(self, series: str, number: int) -> None:
        """The last number of a series of names."""
        _keep(self.last_number, series, number)

    def driven(self, vehicle: str, name: str, value: int) -> None:
        """A vehicle's odometer."""
        _keep(self.odometers, (vehicle, name), value)

    def accustom(self, person: str, name: str, text: str) -> None:
        """What a person wrote in a field."""
        _keep(self.habits, (person, name), text)


K = TypeVar("K")
V = TypeVar("V")


def _keep(table: dict[K, V], key: K, value: V) -> None:
    if key in table or len(table) < TABLE_MAX:
        table[key] = value
