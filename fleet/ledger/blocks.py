"""An update of a shared document as values: which keys it sets to which text, on top of what, and what that replaces.

`read` and `write` are exact inverses on every update our own documents make (the format is in `update`); for anything
else `read` answers None and the update travels as it is. Nothing is believed here: what was written anew still passes
`update.inspect` like every other.
"""

from __future__ import annotations

from typing import NamedTuple

from fleet.errors import NotTrusted
from fleet.ledger.update import BLOCKS_MAX, KEY_SIZE_MAX, ROOT, SIZE_MAX, TEXT_SIZE_MAX, Reader

_NEW, _NEXT = 0x28, 0xA8
"""Info byte of a block that sets a key for the first time, and of one that follows another block of its key."""
_ANY_TEXT = 0x77
_TEXT = bytes((1, _ANY_TEXT))


class Block(NamedTuple):
    """One value. `key` is "" where the value follows that of block (`left_client`, `left_clock`), whose key it has."""

    key: str
    left_client: int
    left_clock: int
    text: str


class Deletion(NamedTuple):
    """A run of blocks of one client that no longer count."""

    client: int
    clock: int
    length: int


class Update(NamedTuple):
    """An update: blocks of `client` from `clock` on, and deletions in the order they are listed."""

    client: int
    clock: int
    blocks: tuple[Block, ...]
    deletions: tuple[Deletion, ...]


def read(data: bytes) -> Update | None:
    """The values of an update, if `write` would make the same bytes of them."""
    if plain := _first_values(data):
        return plain
    try:
        update = _read(Reader(data[:SIZE_MAX]))
    except NotTrusted:
        return None
    return update if update and write(update) == data else None


def write(update: Update) -> bytes:
    """The bytes of an update."""
    out = bytearray(b"\x01")
    for value in (len(update.blocks), update.client, update.clock):
        _number(out, value)
    for block in update.blocks:
        if block.key:
            out.append(_NEW)
            out.append(1)
            _text(out, ROOT)
            _text(out, block.key)
        else:
            out.append(_NEXT)
            _number(out, block.left_client)
            _number(out, block.left_clock)
        out += bytes((1, _ANY_TEXT))
        _text(out, block.text)
    return bytes(out + _deletions(update.deletions))


_HEAD = bytes((_NEW, 1, len(ROOT))) + ROOT.encode()
_SMALL = 0x80
"""Below it a number is one byte, in one way only."""


def _first_values(data: bytes) -> Update | None:
    """The commonest update in one pass: keys set for the first time, nothing replaced, every length one byte. There is
    one way to write that, so it need not be written again to be compared."""
    if len(data) < 5 or data[0] != 1 or data[1] >= _SMALL or data[-1] != 0:
        return None
    reader, blocks = Reader(data, 2), list[Block]()
    try:
        client, begin = reader.number(), reader.at
        if reader.number() != 0 or (begin > 3 and data[begin - 1] == 0):
            return None
        at = reader.at
        for _ in range(data[1]):
            if not data.startswith(_HEAD, at):
                return None
            at += len(_HEAD)
            key = data[at + 1 : at + 1 + data[at]]
            at += 1 + len(key)
            text = data[at + 3 : at + 3 + data[at + 2]]
            if not key or max(len(key), data[at + 2]) >= _SMALL or data[at : at + 2] != _TEXT:
                return None
            at += 3 + len(text)
            blocks.append(Block(key.decode(), 0, 0, text.decode()))
    except (NotTrusted, IndexError, UnicodeDecodeError):
        return None
    return Update(client, 0, tuple(blocks), ()) if at == len(data) - 1 else None


def _read(reader: Reader) -> Update | None:
    if reader.number() != 1:
        return None
    count, client, clock = reader.number(), reader.number(), reader.number()
    if count > BLOCKS_MAX:
        return None
    blocks = []
    for _ in range(count):
        if reader.byte() == _NEW:
            if reader.number() != 1 or reader.text(KEY_SIZE_MAX) != ROOT:
                return None
            key, left_client, left_clock = reader.text(KEY_SIZE_MAX), 0, 0
        else:
            key, left_client, left_clock = "", reader.number(), reader.number()
        if reader.number() != 1 or reader.byte() != _ANY_TEXT:
            return None
        blocks.append(Block(key, left_client, left_clock, reader.text(TEXT_SIZE_MAX)))
    deletions: list[Deletion] = []
    for _ in range(reader.number()):
        gone, ranges = reader.number(), reader.number()
        if len(deletions) + ranges > BLOCKS_MAX:
            return None
        deletions += [Deletion(gone, reader.number(), reader.number()) for _ in range(ranges)]
        if len(deletions) > BLOCKS_MAX:
            return None
    return Update(client, clock, tuple(blocks), tuple(deletions))


def _deletions(deletions: tuple[Deletion, ...]) -> bytes:
    by_client: dict[int, list[Deletion]] = {}
    for deletion in deletions:
        by_client.setdefault(deletion.client, []).append(deletion)
    out = bytearray()
    _number(out, len(by_client))
    for client, ranges in by_client.items():
        _number(out, client)
        _number(out, len(ranges))
        for deletion in ranges:
            _number(out, deletion.clock)
            _number(out, deletion.length)
    return bytes(out)


def _number(out: bytearray, value: int) -> None:
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def _text(out: bytearray, text: str) -> None:
    data = text.encode()
    _number(out, len(data))
    out += data
