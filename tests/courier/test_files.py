"""Files on media nobody vouches for: plain ones only, written whole or not at all, read no further than stated."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from courier import files
from fleet.errors import BadInput, FleetError, NotFound, NotTrusted, Unavailable

CONTENT = os.urandom(3 * files.PIECE_SIZE + 17)


def names(place: Path) -> list[str]:
    return [path.name for path in place.iterdir()]


def pieces(content: bytes = CONTENT) -> Iterator[bytes]:
    return (content[at : at + 70_001] for at in range(0, len(content), 70_001))


def read(path: Path, scratch: Path, size_max: int = 1 << 30) -> bytes:
    with files.copied(path, scratch, size_max) as copy:
        return copy.read()


def test_what_was_written_is_there_as_a_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    stages: dict[str, int] = {}
    files.write_out(tmp_path / "b", pieces(), len(CONTENT), lambda stage, done, _: stages.update({stage: done}))

    assert (tmp_path / "b").read_bytes() == CONTENT
    assert names(tmp_path) == ["b"]
    assert stages == {"writing": len(CONTENT), "comparing": len(CONTENT)}


def test_a_copy_is_what_the_file_was_and_has_no_name(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(CONTENT)
    (tmp_path / "scratch").mkdir()
    with files.copied(tmp_path / "b", tmp_path / "scratch", 1 << 30) as copy:
        assert copy.read() == CONTENT
        assert names(tmp_path / "scratch") == []


@pytest.mark.parametrize("there", [Path.touch, Path.mkdir, lambda path: path.symlink_to("/nowhere"), os.mkfifo])
def test_nothing_that_is_there_is_ever_written_over(tmp_path: Path, there: Callable[[Path], None]) -> None:
    there(tmp_path / "b")
    with pytest.raises(BadInput, match="file_exists"):
        files.write_out(tmp_path / "b", pieces(), len(CONTENT))


def test_a_part_left_by_a_stick_pulled_out_is_cleared_away_by_the_next_try(tmp_path: Path) -> None:
    (tmp_path / ".b.part").write_bytes(b"half")
    files.write_out(tmp_path / "b", pieces(), len(CONTENT))
    assert names(tmp_path) == ["b"]


def test_a_link_under_the_name_of_the_part_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"precious")
    (tmp_path / ".b.part").symlink_to(tmp_path / "precious")
    files.write_out(tmp_path / "b", pieces(), len(CONTENT))
    assert (tmp_path / "precious").read_bytes() == b"precious"


def test_what_breaks_while_it_is_written_leaves_no_file(tmp_path: Path) -> None:
    def breaking() -> Iterator[bytes]:
        yield b"some"
        raise Unavailable("disk_failed")

    with pytest.raises(Unavailable, match="disk_failed"):
        files.write_out(tmp_path / "b", breaking(), 100)
    assert names(tmp_path) == []


def test_a_medium_that_gives_back_something_else_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_forget_cached", lambda descriptor: os.pwrite(descriptor, b"\0\0\0\0", 100))
    with pytest.raises(Unavailable, match="medium_wrong"):
        files.write_out(tmp_path / "b", pieces(), len(CONTENT))
    assert names(tmp_path) == []


def test_a_stick_that_is_not_there_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="medium_gone"):
        files.write_out(tmp_path / "gone" / "b", pieces(), len(CONTENT))
    with pytest.raises(NotFound, match="file_missing"):
        read(tmp_path / "gone" / "b", tmp_path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(path))


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda path: path.symlink_to(path.with_name("target")), "link"),
        (os.mkfifo, "pipe"),
        (Path.mkdir, "directory"),
        (_socket, "socket"),
    ],
    ids=["link", "pipe", "directory", "socket"],
)
def test_what_is_no_plain_file_is_refused_by_name_without_waiting_on_it(
    tmp_path: Path, make: Callable[[Path], None], kind: str
) -> None:
    (tmp_path / "target").write_bytes(CONTENT)
    make(tmp_path / "b")
    with pytest.raises(BadInput, match="file_kind") as refused:
        read(tmp_path / "b", tmp_path)
    assert refused.value.facts["kind"] == kind


def test_a_device_is_refused_by_name() -> None:
    with pytest.raises(BadInput, match="file_kind") as refused:
        read(Path("/dev/zero"), Path("/tmp"))
    assert refused.value.facts["kind"] == "device"


def test_a_file_larger_than_any_bundle_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "b").open("wb") as file:
        file.truncate(1 << 40)  # a hole
    with pytest.raises(NotTrusted, match="bundle_too_large"):
        read(tmp_path / "b", tmp_path)


@pytest.mark.parametrize("change", [-1, 1])
def test_a_file_that_is_not_as_long_as_stated_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: int
) -> None:
    path = tmp_path / "b"
    path.write_bytes(CONTENT)
    whole, fill = len(CONTENT) + change, files._fill

    def changing(copy: object, *rest: object) -> None:
        os.truncate(path, whole)  # after its size was taken
        fill(copy, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(files, "_fill", changing)
    with pytest.raises(NotTrusted, match="bundle_size"):
        read(path, tmp_path)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MiB; needs to be allowed to mount."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this user may not mount a small disk")
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.mark.parametrize(
    ("work", "code"),
    [
        (lambda small, other: files.write_out(small / "b", pieces(), len(CONTENT)), "medium_full"),
        (lambda small, other: read(other, small), "disk_full"),
    ],
    ids=["the stick", "the copy"],
)
def test_a_full_disk_is_told_and_nothing_of_it_stays(
    small_disk: Path, tmp_path: Path, work: Callable[[Path, Path], object], code: str
) -> None:
    (tmp_path / "b").write_bytes(CONTENT)
    with pytest.raises(FleetError, match=code):
        work(small_disk, tmp_path / "b")
    assert names(small_disk) == []
