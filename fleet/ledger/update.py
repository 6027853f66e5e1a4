"""Looks into a pycrdt update before any byte of it reaches yrs. Iterative, bounded, and narrower than the format.

yrs has no rollback, aborts the whole process on some hostile input, and accepts updates that silence another author
for ever. So only the shape our own documents make is let through: one author, its blocks in sequence, each block one
text value of a key of the root map `fields`, and deletions of values that exist.

    update    = 1 · n blocks · client · clock · block*  |  0 ; then deletions
    block     = info · [left id] · [right id] · [1 · "fields"] · [key] · 1 · 77 · text      (Yjs update v1, ContentAny)
    deletions = n · (client · n · (clock · length)*)*
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fleet.errors import NotTrusted

ROOT = "fields"
SIZE_MAX = 1 << 15
BLOCKS_MAX = 256
KEY_SIZE_MAX = 128
TEXT_SIZE_MAX = 2048

_CONTENT_ANY, _ANY_TEXT = 8, 0x77
_HAS_LEFT, _HAS_RIGHT, _HAS_KEY = 0x80, 0x40, 0x20


@dataclass(slots=True)
class Reader:
    """Reads numbers and texts as yrs writes them; NotTrusted where they end too soon or are no such thing."""

    data: bytes
    at: int = 0

    def byte(self) -> int:
        if self.at >= len(self.data):
            raise NotTrusted("update_cut")
        self.at += 1
        return self.data[self.at - 1]

    def number(self) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 49:
                raise NotTrusted("update_number")

    def text(self, size_max: int) -> str:
        size = self.number()
        if size > size_max or self.at + size > len(self.data):
            raise NotTrusted("update_cut")
        self.at += size
        try:
            return self.data[self.at - size : self.at].decode()
        except UnicodeDecodeError:
            raise NotTrusted("update_text") from None


def inspect(update: bytes, *, client_id: int, held: Mapping[int, int]) -> int:
    """Let through an update that `client_id` may have made on top of what it held (client id -> next clock), and tell
    the next clock of `client_id` after it.

    Raises:
        NotTrusted: `too_large`, or `update_` and what is wrong: `cut`, `number`, `text`, `authors`, `client`, `clock`,
            `count`, `content`, `place`, `twice`, `origin`, `deletion`, `trailing`.
    """
    if len(update) > SIZE_MAX:
        raise NotTrusted("too_large", size=len(update), most=SIZE_MAX)
    reader = Reader(update)
    known = dict(held)
    if reader.number() != 1:
        raise NotTrusted("update_authors")
    count, client, clock = reader.number(), reader.number(), reader.number()
    if client != client_id:
        raise NotTrusted("update_client", client=client, expected=client_id)
    if clock != known.get(client, 0):
        raise NotTrusted("update_clock", clock=clock, expected=known.get(client, 0))
    if not 0 < count <= BLOCKS_MAX:
        raise NotTrusted("update_count", count=count)
    keys = set[str]()
    for _ in range(count):
        _block(reader, known, keys)
        known[client] = known.get(client, 0) + 1
    _deletions(reader, known)
    if reader.at != len(update):
        raise NotTrusted("update_trailing")
    return known[client]


def _block(reader: Reader, known: Mapping[int, int], keys: set[str]) -> None:
    info = reader.byte()
    if info & 0x1F != _CONTENT_ANY or info & _HAS_RIGHT or not info & _HAS_KEY:
        raise NotTrusted("update_content", info=info)
    if info & _HAS_LEFT:
        client, clock = reader.number(), reader.number()
        if clock >= known.get(client, 0):
            raise NotTrusted("update_origin")
    else:
        if reader.number() != 1 or reader.text(KEY_SIZE_MAX) != ROOT:
            raise NotTrusted("update_place")
        key = reader.text(KEY_SIZE_MAX)
        if not key:
            raise NotTrusted("update_place")
        if key in keys:
            raise NotTrusted("update_twice")
        keys.add(key)
    if reader.number() != 1 or reader.byte() != _ANY_TEXT:
        raise NotTrusted("update_content")
    reader.text(TEXT_SIZE_MAX)


def _deletions(reader: Reader, known: Mapping[int, int]) -> None:
    clients = reader.number()
    if clients > len(known):
        raise NotTrusted("update_deletion")
    for _ in range(clients):
        client, ranges = reader.number(), reader.number()
        if ranges > BLOCKS_MAX:
            raise NotTrusted("update_deletion")
        for _ in range(ranges):
            clock, length = reader.number(), reader.number()
            if length == 0 or clock + length > known.get(client, 0):
                raise NotTrusted("update_deletion")


_HEAD = bytes((_CONTENT_ANY | _HAS_KEY, 1, len(ROOT))) + ROOT.encode()
_TEXT = bytes((1, _ANY_TEXT))
_SMALL = 0x80
"""Below it a number is one byte."""


def first_values(update: bytes, *, client_id: int) -> dict[str, str] | None:
    """What an update makes of an empty document, if it is the plainest there is: keys set by `client_id`, each once,
    nothing replaced, every length one byte. None for any other; whatever this lets through, `inspect` would too."""
    if not 5 <= len(update) <= SIZE_MAX or update[0] != 1 or not 0 < update[1] < _SMALL or update[-1] != 0:
        return None
    reader, fields = Reader(update, 2), dict[str, str]()
    try:
        if (reader.number(), reader.number()) != (client_id, 0):
            return None
        at = reader.at
        for _ in range(update[1]):
            key_at = at + len(_HEAD) + 1
            text_at = key_at + update[key_at - 1] + len(_TEXT) + 1
            key, size = update[key_at : text_at - len(_TEXT) - 1], update[text_at - 1]
            if max(len(key), size) >= _SMALL or not key or update[text_at - 3 : text_at - 1] != _TEXT:
                return None
            if not update.startswith(_HEAD, at):
                return None
            at = text_at + size
            fields[key.decode()] = update[text_at:at].decode()
    except (NotTrusted, IndexError, UnicodeDecodeError):
        return None
    return fields if at == len(update) - 1 and len(fields) == update[1] else None
