"""Updates of documents written by hand, as the format has them: good ones, and the bombs that are known.

Some of the bombs end a process that hands them to yrs; others silence an author for ever or ask for memory without end.
"""

from __future__ import annotations

from collections.abc import Callable


def varint(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def text(value: str) -> bytes:
    return varint(len(value.encode())) + value.encode()


def block(key: str = "rider", value: str = "Bayar", root: str = "fields") -> bytes:
    """A block that sets a key of a root map, as the format has it."""
    return b"\x28\x01" + text(root) + text(key) + b"\x01w" + text(value)


def an_update(
    *blocks: bytes,
    client: int,
    clock: int = 0,
    authors: int = 1,
    count: int | None = None,
    deletions: bytes = b"\0",
) -> bytes:
    count = len(blocks) if count is None else count
    return varint(authors) + varint(count) + varint(client) + varint(clock) + b"".join(blocks) + deletions


def nested(depth: int) -> bytes:
    """A block whose value is a list of a list of a list ..."""
    return b"\x28\x01\x06fields\x01k\x01" + b"\x75\x01" * depth + b"\x7e"


def silencing(client: int) -> bytes:
    """Eleven bytes that say of an author that everything it will ever write was thrown away already."""
    return varint(1) + varint(1) + varint(client) + varint(0) + b"\x00" + varint(1 << 27) + b"\x00"


VICTIM = (7 << 10) + 1
"""A client id that is somebody else's."""

Bomb = Callable[[int], bytes]

BOMBS: dict[str, Bomb] = {
    "a value nested 26,000 deep in 52 KB": lambda me: an_update(nested(26_000), client=me),
    "a value nested 9,000 deep": lambda me: an_update(nested(9_000), client=me),
    "a map nested 5,000 deep": lambda me: an_update(
        b"\x28\x01\x06fields\x01k\x01" + b"\x76\x01\x01a" * 5_000 + b"\x7e", client=me
    ),
    "eleven bytes that silence another author": lambda _me: silencing(VICTIM),
    "eleven bytes that silence its own author": silencing,
    "a skip over what never was": lambda me: an_update(b"\x0a" + varint(1 << 30), client=me),
    "the client id of another author": lambda _me: an_update(block(), client=VICTIM),
    "a trillion blocks promised": lambda me: an_update(block(), client=me, count=1 << 40),
    "a trillion authors promised": lambda me: an_update(block(), client=me, authors=1 << 40),
    "a trillion deletions promised": lambda me: an_update(
        block(), client=me, deletions=b"\x01" + varint(me) + varint(1 << 40)
    ),
    "a text of four gigabytes promised": lambda me: an_update(
        b"\x28\x01\x06fields\x01k\x01w" + varint(1 << 32), client=me
    ),
    "nothing at all": lambda _me: b"",
    "an update of nothing": lambda _me: b"\x00\x00",
    "one key set twice": lambda me: an_update(block(), block(value="Dorj"), client=me),
}
"""What each is, and its bytes as the author with a client id would make them."""
