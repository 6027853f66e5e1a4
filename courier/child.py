"""The other side of `opening`: starts the limited process, hears what it says, and believes none of it unchecked.

The private key stays here: the child gets the key of this one bundle's content, after it has read the manifest and this
side has checked it again. What comes out is read in bounded pieces; a child that is silent for long, or says more than
was stated, is ended.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from courier.files import Progress, silent
from courier.opening import NO_ROOT, PIECE_SIZE
from fleet.errors import NotTrusted, Unavailable
from fleet.ledger import bundle
from fleet.ledger.bundle import Frames, Item, Manifest
from fleet.ledger.suite import SigningKey
from fleet.ledger.wire import cut

SILENCE_S_MAX = 60.0
"""Seconds without a byte, beside SILENCE_S_PER_MIB for what the child must open before it speaks."""
SILENCE_S_PER_MIB = 0.5
ERROR_SIZE_MAX = 4096
CODES = frozenset(
    {"bundle_none", "bundle_newer", "bundle_damaged", "bundle_size", "bundle_too_heavy", "bundle_not_ours"}
)  # fmt: skip
_HERE = Path(__file__).parent.parent
_COMMAND = [sys.executable, "-m", "courier.opening"]


class Opened:
    """A bundle in the hands of the child. `manifest` is what stands on it; `items` is what it holds."""

    def __init__(self, process: subprocess.Popen[bytes], root_public: bytes | None, *, size: int) -> None:
        self._process, self._patience_s = process, SILENCE_S_MAX + SILENCE_S_PER_MIB * (size >> 20)
        self._tell(root_public or NO_ROOT)
        self.manifest: Manifest = bundle.read_manifest(self._manifest_frame(), root_public)

    @property
    def process_id(self) -> int:
        """The child, as the system counts it."""
        return self._process.pid

    def items(self, key: SigningKey, progress: Progress = silent) -> Iterator[Item]:
        """Everything the bundle holds, once all of it has opened.

        Raises:
            NotTrusted: `bundle_not_ours`, `bundle_damaged`, `bundle_too_heavy`.
        """
        self._tell(bundle.content_key(self.manifest, key))
        frames, done, size = Frames(), 0, self.manifest.size
        while data := self._hear():
            done += len(data)
            if done > size:
                raise NotTrusted("bundle_damaged", reason="too_large")
            yield from frames.feed(data)
            progress("taking", done, size)
        self._ended_well()
        if done != size or not frames.whole:
            raise NotTrusted("bundle_damaged", reason="cut")

    def _tell(self, data: bytes) -> None:
        try:
            assert self._process.stdin  # noqa: S101 - it was asked for as a pipe
            self._process.stdin.write(data)
            self._process.stdin.flush()
        except BrokenPipeError:
            self._ended_well()

    def _manifest_frame(self) -> bytes:
        data = bytearray()
        while (span := cut(data)) is None or span[1] > len(data):
            if span and span[1] > bundle.MANIFEST_SIZE_MAX + 4:
                raise NotTrusted("bundle_damaged", reason="too_large")
            piece = self._hear()
            if not piece:
                self._ended_well()
                raise NotTrusted("bundle_damaged", reason="cut")
            data += piece
        if span[1] != len(data):
            raise NotTrusted("bundle_damaged", reason="too_large")  # it speaks before it is asked
        return bytes(data[span[0] : span[1]])

    def _hear(self) -> bytes:
        out = self._process.stdout
        assert out  # noqa: S101 - it was asked for as a pipe
        if not select.select([out], [], [], self._patience_s)[0]:
            raise NotTrusted("bundle_too_heavy")
        return os.read(out.fileno(), PIECE_SIZE)

    def _ended_well(self) -> None:
        """Wait for the end, and say what it was if it was no good one."""
        assert self._process.stderr  # noqa: S101 - it was asked for as a pipe
        said = self._process.stderr.read(ERROR_SIZE_MAX)
        try:
            ended = self._process.wait(SILENCE_S_MAX)
        except subprocess.TimeoutExpired:
            raise NotTrusted("bundle_too_heavy") from None
        if ended:
            raise _refusal(said)


def _refusal(said: bytes) -> NotTrusted:
    """What the child gave as its reason; one that ended without a reason was ended for what it took."""
    try:
        told = json.loads(said)
        code, facts = told["code"], told["facts"]
        if code in CODES and isinstance(facts, dict):
            kept: dict[str, Any] = {
                str(name): value for name, value in facts.items() if isinstance(value, int | str) and name != "code"
            }
            return NotTrusted(code, **kept)
    except (ValueError, KeyError, TypeError):
        pass
    return NotTrusted("bundle_too_heavy")


@contextmanager
def opened(file: BinaryIO, root_public: bytes | None) -> Iterator[Opened]:
    """Hand an open file to a child for as long as the block lasts; afterwards there is no child.

    Raises:
        NotTrusted: the manifest does not hold; see `fleet.ledger.bundle`.
        Unavailable: `no_child`: the system lets no process start.
    """
    file.seek(0)
    size = os.fstat(file.fileno()).st_size
    command = [*_COMMAND, str(file.fileno())]
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            pass_fds=(file.fileno(),), cwd=_HERE, env={"PYTHONDONTWRITEBYTECODE": "1"}, bufsize=0,
        )  # fmt: skip
    except OSError as error:
        raise Unavailable("no_child", detail=error.strerror) from error
    try:
        yield Opened(process, root_public, size=size)
    finally:
        process.kill()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                pipe.close()
        process.wait()
