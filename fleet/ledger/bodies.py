"""Bodies of operations in the columns of the wire codec: each field by its type (see `shapes`)."""

from __future__ import annotations

from collections.abc import Callable

from fleet.ledger import blocks
from fleet.ledger.blocks import Block, Deletion, Update
from fleet.ledger.canonical import Value
from fleet.ledger.coder import BYTES_MAX, Coder
from fleet.ledger.columns import Unfit
from fleet.ledger.memory import Thread
from fleet.ledger.operation import Author
from fleet.ledger.shapes import Part


def body(coder: Coder, parts: tuple[Part, ...], author: Author, given: Value) -> Value:
    """The body of an operation, part by part."""
    whole = given if isinstance(given, dict) else {"": given}
    values = {part.name: BY_TYPE[part.type](coder, part, author, whole.get(part.name)) for part in parts}
    return values.get("", values)


def _text(coder: Coder, part: Part, _author: Author, given: Value) -> str:
    text = coder.quoted(part.name, given if isinstance(given, str) else "")
    _remember(coder, f"+{part.name}", text)
    return text


def _time_text(coder: Coder, part: Part, _author: Author, given: Value) -> str:
    return coder.time(part.name, given if isinstance(given, str) else "", coder.hlc >> 16)


def _integer(coder: Coder, part: Part, _author: Author, given: Value) -> int:
    return coder.io.number(f"{coder.shape_place}.{part.name}", given if isinstance(given, int) else 0)


def _odometer(coder: Coder, part: Part, _author: Author, given: Value) -> int:
    memory, thread, name = coder.memory, coder.thread, part.name
    vehicle = thread.fields.get("+vehicle", "")
    last = thread.numbers.get(name, memory.odometers.get((vehicle, name), 0))
    value = last + coder.io.signed(f"{coder.shape_place}.{name}", (given if isinstance(given, int) else 0) - last)
    if not 0 <= value < 1 << 63:
        raise Unfit

    def lesson() -> None:
        thread.numbers[name] = value
        memory.driven(vehicle, name, value)

    coder.later(lesson)
    return value


def _hash(coder: Coder, part: Part, _author: Author, given: Value) -> str:
    thread, column = coder.thread, f"{coder.shape_place}.{part.name}"
    expected = (
        Thread(fields={**thread.fields, **coder.texts}).form_content(coder.suite) if coder.update else thread.content
    )
    text = given if isinstance(given, str) else ""
    if coder.io.number(column, int(text != expected)):
        expected = coder.io.raw(column, bytes.fromhex(text), 32).hex()
    if not expected:
        raise Unfit

    def lesson() -> None:
        thread.content = expected

    coder.later(lesson)
    return expected


def _bytes(coder: Coder, part: Part, _author: Author, given: Value) -> bytes:
    data = given if isinstance(given, bytes) else b""
    column = f"{coder.shape_place}.{part.name}"
    size = coder.io.number(column, len(data))
    if size > BYTES_MAX:
        raise Unfit
    return coder.io.raw(column, data, size)


def _update(coder: Coder, part: Part, author: Author, given: Value) -> bytes:
    known = coder.known.get(part.name)
    thread, io, client = coder.thread, coder.io, author.client_id
    expected = thread.next_clock.get(client, 0)
    clock = expected + io.signed(f"{coder.shape_place}.clock", (known.clock if known else 0) - expected)
    if clock < 0:
        raise Unfit
    reference_ms, made, names = coder.hlc >> 16, list[Block](), list[str]()
    for at, (key, kind_of) in enumerate(part.blocks):
        one = known.blocks[at] if known else Block("", 0, 0, "")
        left = (0, 0)
        if not key:
            left = io.number("left", one.left_client), io.number("left_clock", one.left_clock)
        name = key or thread.blocks.get(left, "?")
        if kind_of == "m":
            text = coder.time(name, one.text, reference_ms)
            reference_ms = int(text)
        else:
            text = coder.quoted(name, one.text, coder.memory.habits.get((coder.person, name)))
        coder.texts[name] = text
        names.append(name)
        made.append(Block(key, *left, text))
    gone = _gone(made)
    if io.number("deletions", 0 if known is None or known.deletions == gone else len(known.deletions) + 1):
        raise Unfit
    coder.later(lambda: _learn_values(coder, part, names, made, (client, clock)))
    coder.update = Update(client, clock, tuple(made), gone)
    return given if isinstance(given, bytes) else blocks.write(coder.update)


def _gone(made: list[Block]) -> tuple[Deletion, ...]:
    """What a set of values replaces: the block each follows."""
    replaced = sorted({(block.left_client, block.left_clock) for block in made if not block.key}, reverse=False)
    runs: list[Deletion] = []
    for client, clock in replaced:
        if runs and (runs[-1].client, runs[-1].clock + runs[-1].length) == (client, clock):
            runs[-1] = runs[-1]._replace(length=runs[-1].length + 1)
        else:
            runs.append(Deletion(client, clock, 1))
    return tuple(runs)


def _remember(coder: Coder, name: str, text: str) -> None:
    thread = coder.thread
    coder.later(lambda: thread.set_field(name, text))


def _learn_values(coder: Coder, part: Part, names: list[str], made: list[Block], begin: tuple[int, int]) -> None:
    """Once an update has passed: its fields, what its author usually writes in them, and which block is which."""
    memory, thread, (client, clock) = coder.memory, coder.thread, begin
    for at, (name, block) in enumerate(zip(names, made, strict=True)):
        if part.blocks[at][1] != "m":
            memory.accustom(coder.person, name, block.text)
        thread.set_field(name, block.text)
        thread.set_block((client, clock + at), name)
    thread.next_clock[client] = clock + len(made)


BY_TYPE: dict[str, Callable[[Coder, Part, Author, Value], Value]] = {
    "t": _text,
    "m": _time_text,
    "i": _integer,
    "k": _odometer,
    "h": _hash,
    "b": _bytes,
    "u": _update,
}
"""How a field of each type of `shapes.TYPES` goes through the columns."""
