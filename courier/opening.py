"""The process that looks into a bundle: bounded in memory, time and files, and without a key of anybody's.

    in    the root's public key (32 bytes; zeros: no root is known), then, once the manifest was told, the content key
    file  an open descriptor, its number the only argument
    out   the manifest as a frame, then the content, frame by frame; nothing of the content before all of it has opened
    error one line of JSON: code and facts

It does two rounds: the first opens every chunk and reads every frame; the second says them. A bundle that would take
more than it may have ends this process, and nothing else.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Iterator
from typing import BinaryIO

from fleet.errors import NotTrusted
from fleet.ledger import bundle
from fleet.ledger.bundle import PROLOGUE_SIZE, Content, Manifest
from fleet.ledger.wire import frame

MEMORY_SIZE_MAX = 768 << 20
"""Bytes of address space, of which the interpreter and its libraries take about a third."""
CPU_S_MAX = 600
FILES_MAX = 16
PIECE_SIZE = 1 << 16
KEY_SIZE = 32
NO_ROOT = bytes(KEY_SIZE)


def limit() -> None:
    """Take from this process what it does not need; it cannot take it back."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_SIZE_MAX),
        (resource.RLIMIT_CPU, CPU_S_MAX),
        (resource.RLIMIT_NOFILE, FILES_MAX),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def look(file: BinaryIO, heard: BinaryIO, said: BinaryIO) -> None:
    """Read a bundle, and say what it holds.

    Raises:
        NotTrusted: see `fleet.ledger.bundle`.
    """
    root = heard.read(KEY_SIZE)
    size = bundle.manifest_size(file.read(PROLOGUE_SIZE))
    manifest = bundle.read_manifest(file.read(size), None if root == NO_ROOT else root)
    actual = os.fstat(file.fileno()).st_size
    if actual != manifest.file_size:
        raise NotTrusted("bundle_size", size=actual, stated=manifest.file_size)
    said.write(frame(manifest.message))
    said.flush()
    key = heard.read(KEY_SIZE)
    if len(key) != KEY_SIZE:
        return  # the manifest was all that was wanted
    content = Content(manifest, key)
    for piece in _pieces(file, manifest):
        for _ in content.feed(piece):
            pass
    content.finish()
    again = Content(manifest, key)
    for piece in _pieces(file, manifest):
        for plain in again.opened(piece):
            said.write(plain)
    said.flush()


def _pieces(file: BinaryIO, manifest: Manifest) -> Iterator[bytes]:
    file.seek(PROLOGUE_SIZE + len(manifest.message))
    while piece := file.read(PIECE_SIZE):
        yield piece


def main() -> int:
    """Answer 0 when everything was said."""
    limit()
    try:
        with os.fdopen(int(sys.argv[1]), "rb", closefd=False) as file:
            look(file, sys.stdin.buffer, sys.stdout.buffer)
    except NotTrusted as refused:
        facts = {name: value for name, value in refused.facts.items() if isinstance(value, int | str)}
        sys.stderr.write(json.dumps({"code": refused.code, "facts": facts}) + "\n")
        return 1
    except (MemoryError, RecursionError):
        sys.stderr.write(json.dumps({"code": "bundle_too_heavy", "facts": {}}) + "\n")
        return 1
    except BrokenPipeError:
        return 1  # nobody wants to hear more
    return 0


if __name__ == "__main__":
    sys.exit(main())
