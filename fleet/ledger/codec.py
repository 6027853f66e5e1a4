"""The wire codec: a run of one author's operations as typed columns, and back to the very same bytes.

What is signed is the canonical form; this form only travels. Whoever receives it unpacks the canonical bytes and checks
them as if they had come so. Inside a run the unit, the author, the number and the hash of the operation before are
known and cost nothing; kinds, targets and people are places in tables that both ends fill alike (`memory`), times are
differences, bodies are coded by their shape (`shapes`, `bodies`). Signatures travel as they are. An operation that does
not fit travels as its canonical bytes, so packing never fails.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from fleet.errors import NotTrusted
from fleet.ledger import bodies
from fleet.ledger.coder import Coder
from fleet.ledger.columns import Reader, RowWriter, Unfit, Writer
from fleet.ledger.memory import Memory
from fleet.ledger.operation import DEPS_MAX, SIZE_MAX, Author, Head, Named, Operation, adopt, author_of, read, stored
from fleet.ledger.store import RUN_OPERATIONS_MAX
from fleet.ledger.suite import by_id

UNPACKED_SIZE_MAX = 4 << 20
"""Bytes of operations one packed run may unpack to."""
FEW = 16
"""Runs up to this length travel as rows."""
_PLAIN, _NEW, _RECENT = 0, 1, 2

HashAt = Callable[[Author, int], bytes | None]
"""The hash of an operation held here, by author and number; None if it is not."""


class Place(NamedTuple):
    """Where a run begins: the log it stands in and the operation before it."""

    unit: str
    author: Author
    seq: int
    hash: bytes


def pack(operations: Sequence[bytes], place: Place, memory: Memory, hash_at: HashAt) -> bytes:
    """Operations of one log, in sequence after `place`, as packed bytes; `memory` learns them."""
    writer = RowWriter() if len(operations) <= FEW else Writer()
    write_run(writer, operations, place, memory, hash_at)
    packed = writer.packed(memory.text)
    memory.said(writer.texts())
    return packed


def write_run(writer: Writer, operations: Sequence[bytes], place: Place, memory: Memory, hash_at: HashAt) -> None:
    """Put operations into columns."""
    for data in operations:
        operation = stored(data)
        writer.mark()
        coder = Coder(writer, memory)
        try:
            _operation(coder, place, hash_at, operation)
        except Unfit:
            writer.back()
            writer.number("target", _PLAIN)
            writer.number("size", len(data))
            writer.raw("plain", data, len(data))
        else:
            coder.learn()
        memory.hlc = operation.hlc
        place = Place(place.unit, place.author, place.seq + 1, place.hash)


def unpack(packed: bytes, count: int, place: Place, memory: Memory, hash_at: HashAt) -> list[Named]:
    """`count` operations after `place`, in their canonical bytes; `memory` learns them.

    Raises:
        NotTrusted: `packed_form`, `packed_size`, or `packed_unknown` (it builds on something that is not held here).
            The memory is of no use afterwards.
    """
    if not 0 < count <= RUN_OPERATIONS_MAX:
        raise NotTrusted("packed_size", count=count)
    reader = Reader(packed, memory.text, UNPACKED_SIZE_MAX)
    out: list[Named] = []
    left = UNPACKED_SIZE_MAX
    for _ in range(count):
        coder = Coder(reader, memory)
        try:
            operation = _operation(coder, place, hash_at, None)
            named = adopt(operation) if operation else read(reader.raw("plain", b"", _size(reader)))
        except (Unfit, TypeError, ValueError, OverflowError):
            raise NotTrusted("packed_form") from None
        if operation:
            coder.learn()
        left -= len(named.data)
        if left < 0 or len(named.data) > SIZE_MAX:
            raise NotTrusted("packed_size")
        memory.hlc = named.operation.hlc
        place = Place(place.unit, place.author, place.seq + 1, named.hash)
        out.append(named)
    if not reader.finished:
        raise NotTrusted("packed_form")
    memory.said(reader.texts())
    return out


def _size(reader: Reader) -> int:
    return min(reader.number("size"), SIZE_MAX)


def _operation(coder: Coder, place: Place, hash_at: HashAt, given: Operation | None) -> Operation | None:
    """One operation; None if a Reader finds that it travels as canonical bytes."""
    memory, io = coder.memory, coder.io
    if given and (given.author != place.author or given.unit != place.unit or given.seq != place.seq + 1):
        raise Unfit
    target = _target(coder, given.target if given else "")
    if target is None:
        return None
    coder.aim(target)
    kind, has_person, parts = coder.shape(given)
    usual = _unusual(coder, place, hash_at, given)
    hlc = _time(coder, given.hlc if given else 0)
    coder.suite = suite = by_id(usual[0])
    person = ""
    if has_person:
        person = coder.word("person", (given.person or "") if given else "", coder.thread.fields.get("+driver"))
    coder.person, coder.hlc = person, hlc
    body = bodies.body(coder, parts, place.author, given.body if given else None)
    signature = (given.person_sig or b"") if given else b""
    mark = io.raw("signature", signature, suite.signature_size) if has_person else None
    _, deps, receipt = usual
    coder.later(lambda: memory.usual(suite.id, receipt))
    if given:
        return given
    return Operation(
        suite=suite.id, unit=place.unit, author=place.author, seq=place.seq + 1, prev=place.hash, deps=deps, hlc=hlc,
        receipt=receipt, kind=kind, target=target, body=body, person=person if has_person else None, person_sig=mark,
    )  # fmt: skip


def _target(coder: Coder, given: str) -> str | None:
    """What the operation is about: one met lately by its rank, a new one by its number."""
    recent, io = coder.memory.recent, coder.io
    rank = recent.index(given) + _RECENT if given in coder.memory.threads else _NEW
    rank = io.number("target", rank)
    if rank == _PLAIN:
        return None
    if rank >= _RECENT:
        if rank - _RECENT >= len(recent):
            raise Unfit
        return recent[rank - _RECENT]
    return coder.numbered("prefix", given)


def _unusual(coder: Coder, place: Place, hash_at: HashAt, given: Operation | None) -> tuple[int, tuple[Head, ...], int]:
    """Suite, deps and last receipt: mostly as with the operation before, and no deps."""
    io, memory = coder.io, coder.memory
    usual = given is not None and (given.suite, given.deps, given.receipt) == (memory.suite, (), memory.receipt)
    if not coder.flag(not usual):
        return memory.suite, (), memory.receipt
    suite = io.number("suite", given.suite if given else 0)
    receipt = io.number("receipt", given.receipt if given else 0)
    known = given.deps if given else ()
    count = io.number("deps", len(known))
    if count > DEPS_MAX:
        raise Unfit
    deps = []
    for at in range(count):
        dep = known[at] if known else Head(Author(0, 0), 0, b"")
        node, incarnation = io.number("node", dep.author.node), io.number("life", dep.author.incarnation)
        seq = io.number("seq", dep.seq)
        digest = hash_at(author_of(node, incarnation), seq)
        if io.writing and digest != dep.hash:
            raise Unfit
        if digest is None:
            raise NotTrusted("packed_unknown")
        deps.append(Head(author_of(node, incarnation), seq, digest))
    return suite, tuple(deps), receipt


_SECONDS, _MILLISECONDS, _COUNTED = 0, 1, 3
_COUNTER_BITS = 16


def _time(coder: Coder, hlc: int) -> int:
    """Logical time, as the time since the operation before: whole seconds, milliseconds, or counted within one."""
    io, last_ms = coder.io, coder.memory.hlc >> _COUNTER_BITS
    ms, counter = hlc >> _COUNTER_BITS, hlc & ((1 << _COUNTER_BITS) - 1)
    passed_ms = ms - last_ms
    if io.writing and (passed_ms < 0 or passed_ms >= 1 << 50):
        raise Unfit
    if counter:
        code = passed_ms << 2 | _COUNTED
    elif ms % 1000 == 0 and last_ms % 1000 == 0:
        code = passed_ms // 1000 << 1 | _SECONDS
    else:
        code = passed_ms << 2 | _MILLISECONDS
    code = io.number("time", code)
    if code & 1 == _SECONDS:
        return last_ms + (code >> 1) * 1000 << _COUNTER_BITS
    tick = io.number("tick", counter) if code & 3 == _COUNTED else 0
    if tick >= 1 << _COUNTER_BITS:
        raise Unfit
    return last_ms + (code >> 2) << _COUNTER_BITS | tick
