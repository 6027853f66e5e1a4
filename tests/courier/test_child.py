"""The process that looks into a bundle: what it says is checked again, and what it may take is bounded."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest

from courier import child, opening
from fleet.errors import NotTrusted
from fleet.ledger import bundle
from fleet.ledger.bundle import Item, Reader
from fleet.ledger.canonical import encode
from fleet.ledger.delivery import consignment
from fleet.ledger.envelope import CHUNK_SIZE
from fleet.ledger.marks import Identity
from fleet.ledger.wire import frame
from tests.fleet.ledger.test_bundle import FILE, READER, WRITER, opened
from tests.fleet.units import ROOT, UNIT, a_host
from tests.simulation.clock import SimulatedRandomness

pytestmark = pytest.mark.skipif(
    "config.getoption('--suite') == 'second'", reason="the child that opens bundles hears of no suite but the shipped"
)


@contextmanager
def on_disk(data: bytes) -> Iterator[BinaryIO]:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        yield file


def look(data: bytes, root: bytes | None = ROOT.public) -> tuple[bundle.Manifest, list[Item]]:
    """What the reader learns of a file through a real child process."""
    with on_disk(data) as file, child.opened(file, root) as parcel:
        return parcel.manifest, list(parcel.items(READER.key))


def carrying(content: bytes) -> bytes:
    """A bundle by a node that has a certificate, with any content."""
    carried = replace(consignment(WRITER.replica, {}, about=None), size=len(content), frames=lambda: [content])
    return b"".join(
        bundle.write(
            Identity(UNIT, WRITER.author, WRITER.key), WRITER.certificate, [Reader(READER.author, READER.key.public)],
            carried, now_ms=1, randomness=SimulatedRandomness(random.Random(1)),
        )
    )  # fmt: skip


def test_it_tells_what_is_in_a_bundle() -> None:
    assert look(FILE) == opened(FILE, READER.key)


def test_without_a_root_the_outside_can_be_told() -> None:
    with on_disk(FILE) as file, child.opened(file, None) as parcel:
        assert parcel.manifest.author == WRITER.author


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "bundle_none"),
        (b"PK\3\4" + bytes(100), "bundle_none"),
        (FILE[:60], "bundle_damaged"),
        (FILE[:-1], "bundle_size"),
        (FILE + b"\0", "bundle_size"),
        (FILE[:-1] + bytes([FILE[-1] ^ 1]), "bundle_damaged"),
        (carrying(b"\xff" * 40), "bundle_damaged"),
        (carrying(frame(encode(["delta", 1, 1, zlib.compress(bytes(1 << 27), 9), b""]))), "bundle_damaged"),
        (carrying(frame(encode(["delta", 1, 1, zlib.compress(encode([b""] * 100_000), 9), b""]))), "bundle_damaged"),
        (carrying(frame(b"\x9b" + b"\xff" * 8)), "bundle_damaged"),
        (carrying(frame(b"\x81" * 200_000)), "bundle_damaged"),
    ],
    ids=["empty", "another file", "cut early", "cut late", "longer", "last bit", "a frame without end",
         "a bomb of zeros", "too many operations", "a list without end", "deeper than allowed"],
)  # fmt: skip
def test_a_bad_bundle_is_refused_with_its_reason_and_nothing_is_given(data: bytes, code: str) -> None:
    with pytest.raises(NotTrusted) as refused:
        look(data)
    assert refused.value.code == code


def test_a_bundle_for_others_is_refused() -> None:
    stranger = a_host(3).key
    with (
        on_disk(FILE) as file,
        child.opened(file, ROOT.public) as parcel,
        pytest.raises(NotTrusted, match="bundle_not_ours"),
    ):
        list(parcel.items(stranger))


def test_damage_at_the_very_end_gives_nothing_of_what_stands_before() -> None:
    stray = frame(encode(["refusal", [1, 1, 1, b"h" * 32], "no_role", 1])) * 2_000
    data = bytearray(carrying(stray))
    assert len(stray) > CHUNK_SIZE
    data[-1] ^= 1
    taken: list[Item] = []
    with on_disk(bytes(data)) as file, child.opened(file, ROOT.public) as parcel, pytest.raises(NotTrusted):
        taken.extend(parcel.items(READER.key))
    assert taken == []


def a_child(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Another program in the place of the one that looks."""
    script = Path(tempfile.mkdtemp()) / "child.py"
    script.write_text(program)
    monkeypatch.setattr(child, "_COMMAND", [sys.executable, str(script)])


MANIFEST = bundle.read_manifest(FILE[20 : 20 + bundle.manifest_size(FILE[:20])], None).message
SAYS = "import sys; say = sys.stdout.buffer.write; "
BEGINS = f"{SAYS}say({frame(MANIFEST)!r}); sys.stdout.flush(); sys.stdin.buffer.read(64); "
LIMITED = "import os, tempfile; from courier import opening; opening.limit(); "
LIARS = {
    "it says nothing and ends": ("", "bundle_damaged"),
    "it is killed": ("import os; os.kill(os.getpid(), 9)", "bundle_too_heavy"),
    "it takes more memory than it may": (f"{LIMITED}bytearray(1 << 31)", "bundle_too_heavy"),
    "it writes a file": (f"{LIMITED}os.write(tempfile.mkstemp()[0], b'x')", "bundle_too_heavy"),
    "it says another manifest": (f"{SAYS}say(b'\\x03abc')", "bundle_damaged"),
    "it never stops saying its manifest": (f"{SAYS}\nwhile True: say(b'\\xff\\x7f' + b'a' * 16383)", "bundle_damaged"),
    "it gives content nobody signed": (f"{BEGINS}say({frame(encode(['plain', 1, 1, 0]))!r})", "bundle_damaged"),
    "it gives more than was stated": (f"{BEGINS}say(bytes(100_000))", "bundle_damaged"),
    "it gives its own code": (f'{SAYS}sys.stderr.write(\'{{"code": "mine"}}\'); sys.exit(1)', "bundle_too_heavy"),
}


@pytest.mark.parametrize("lie", LIARS)
def test_a_child_that_was_taken_over_is_believed_in_nothing(lie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program, code = LIARS[lie]
    a_child(monkeypatch, "import sys; sys.path.insert(0, '.')\n" + program)

    with pytest.raises(NotTrusted) as refused:
        look(FILE)
    assert refused.value.code == code


def test_a_child_that_falls_silent_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    a_child(monkeypatch, "import time; time.sleep(60)")
    monkeypatch.setattr(child, "SILENCE_S_MAX", 0.1)

    with pytest.raises(NotTrusted, match="bundle_too_heavy"):
        look(FILE)


def test_its_limits_are_in_force_before_it_reads(tmp_path: Path) -> None:
    program = (
        "import resource as r; from courier import opening; opening.limit();"
        "print([r.getrlimit(one)[0] for one in (r.RLIMIT_AS, r.RLIMIT_FSIZE, r.RLIMIT_CPU)])"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=child._HERE)
    assert said.stdout.strip() == str([opening.MEMORY_SIZE_MAX, 0, opening.CPU_S_MAX])


def test_it_is_given_no_secret_in_its_arguments_or_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "hush")
    with on_disk(FILE) as file, child.opened(file, ROOT.public) as parcel:
        process = Path(f"/proc/{parcel.process_id}")
        told = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        assert b"hush" not in told
        assert READER.key.public not in told
        assert os.environ["SECRET"] == "hush"
