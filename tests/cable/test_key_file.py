"""Keys of a radio on disk: kept whole before a call returns, read by their owner only."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from cable.key_file import KeyFile
from fleet.errors import Unavailable
from fleet.radio.keys import Shared

FIRST, SECOND = Shared(bytes(32), 5), Shared(b"s" * 32)


def test_what_was_kept_is_there_after_a_restart_and_nobody_elses_to_read(tmp_path: Path) -> None:
    path = tmp_path / "radio.keys"
    keys = KeyFile(path)
    assert keys.of(1) == ()
    keys.keep(1, (FIRST,))
    keys.keep(70, (FIRST, SECOND))
    keys.keep(1, (FIRST._replace(number=6),))

    again = KeyFile(path)
    assert again.of(1) == (FIRST._replace(number=6),)
    assert again.of(70) == (FIRST, SECOND)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["radio.keys"]


def test_what_an_interrupted_write_left_behind_is_in_nobodys_way(tmp_path: Path) -> None:
    path = tmp_path / "radio.keys"
    KeyFile(path).keep(1, (FIRST,))
    path.with_name("radio.keys.new").write_bytes(b"half")
    KeyFile(path).keep(1, (SECOND,))

    assert KeyFile(path).of(1) == (SECOND,)


def test_a_disk_that_refuses_keeps_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "gone" / "radio.keys"
    keys = KeyFile(path)
    with pytest.raises(Unavailable, match="disk_failed"):
        keys.keep(1, (FIRST,))
    assert keys.of(1) == ()


@pytest.mark.parametrize("content", [b"", b"x", b"\x81\x01"])
def test_a_file_of_something_else_is_named_and_not_overwritten(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "radio.keys"
    path.write_bytes(content)

    with pytest.raises(Unavailable, match="key_file_wrong") as refused:
        KeyFile(path)
    assert refused.value.facts["file"] == str(path)
    assert path.read_bytes() == content
