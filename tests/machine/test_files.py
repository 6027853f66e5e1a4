"""What is left of a file when the power goes while it is written."""

import errno
import os
import stat
from pathlib import Path

import pytest

from machine import files


def test_a_file_that_could_not_be_written_whole_is_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "grant.cbor"
    files.write_whole(path, b"before")

    def power_cut(_fd: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", power_cut)
        with pytest.raises(OSError, match="Input/output"):
            files.write_whole(path, b"after")
    assert path.read_bytes() == b"before"

    files.write_whole(path, b"after")
    assert path.read_bytes() == b"after"
    assert [each.name for each in tmp_path.iterdir()] == ["grant.cbor"]


def test_a_new_file_is_its_owners_alone_and_never_takes_the_place_of_another(tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    files.write_new(path, [b"the ", b"first"])

    with pytest.raises(FileExistsError):
        files.write_new(path, [b"the second"])

    assert path.read_bytes() == b"the first"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
