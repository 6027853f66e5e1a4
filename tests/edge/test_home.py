"""A node's directory: made once, its keys never overwritten, written by one process at a time."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from edge import home as homes
from edge.settings import Settings
from fleet.errors import NotAllowed, NotFound, NotTrusted, Unavailable
from machine import files
from tests.edge.unit import ME, ROOT, UNIT, chance, grant_for, request_of

SETTINGS = Settings(unit=UNIT, unit_name="林草局")


def modes(home: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in home.iterdir()}


def test_a_new_directory_and_everything_in_it_is_its_owners_alone(tmp_path: Path) -> None:
    home = tmp_path / "new" / "node"
    before = os.umask(0)
    try:
        homes.create(home, SETTINGS, chance())
    finally:
        os.umask(before)

    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert modes(home) == {"node.key": 0o600, "device.secret": 0o600, "node.toml": 0o600}
    assert homes.device_secret(home) != (home / "node.key").read_bytes()


def test_a_directory_that_was_there_keeps_its_permissions(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)

    homes.create(tmp_path, SETTINGS, chance())

    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_a_node_is_never_made_over_another(tmp_path: Path) -> None:
    homes.create(tmp_path, SETTINGS, chance())
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    with pytest.raises(NotAllowed, match="node_exists"):
        homes.create(tmp_path, SETTINGS, chance(2))

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("survived", [0, 1, 2])
def test_a_disk_that_fills_up_in_between_leaves_no_node_and_the_next_try_makes_one(
    tmp_path: Path, survived: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, written = tmp_path / "n", list[Path]()
    whole = files.write_whole

    def full(path: Path, content: bytes) -> None:
        if len(written) == survived:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(path)
        whole(path, content)

    with monkeypatch.context() as disk:
        disk.setattr(homes, "write_whole", full)
        with pytest.raises(Unavailable, match="disk_full"):
            homes.create(home, SETTINGS, chance())
    kept = {path.name: path.read_bytes() for path in home.iterdir()}
    assert "node.toml" not in kept

    homes.create(home, SETTINGS, chance(2))

    assert {name: (home / name).read_bytes() for name in kept} == kept


def test_a_place_where_nothing_can_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(Unavailable, match="disk_failed") as refused:
        homes.create(tmp_path / "file" / "node", SETTINGS, chance())

    assert refused.value.facts["file"] == str(tmp_path / "file" / "node")


def test_only_one_process_holds_a_directory_and_it_is_free_again_whatever_ended_it(tmp_path: Path) -> None:
    def hold(meanwhile: Callable[[], object]) -> None:
        with homes.alone(tmp_path):
            meanwhile()

    with pytest.raises(NotAllowed, match="node_running"):
        hold(lambda: hold(bool))

    hold(bool)


def test_a_node_without_a_grant_is_not_enrolled(unenrolled_home: Path) -> None:
    with pytest.raises(NotFound, match="not_enrolled"):
        homes.enrolled(unenrolled_home)


def test_a_grant_says_who_the_node_is(unenrolled_home: Path) -> None:
    (unenrolled_home / "grant.cbor").write_bytes(grant_for(request_of(unenrolled_home)))

    enrolled = homes.enrolled(unenrolled_home)

    assert (enrolled.identity.author, enrolled.identity.unit) == (ME, UNIT)
    assert enrolled.grant.root_public == ROOT.public
    assert enrolled.identity.key.public == homes.node_key(unenrolled_home).public
    assert enrolled.speaker.certificate == enrolled.grant.node_certificate


def test_a_grant_with_one_byte_changed_is_not_believed(unenrolled_home: Path) -> None:
    grant = grant_for(request_of(unenrolled_home))
    believed, named = [], set[object]()
    for at in range(0, len(grant), 7):
        (unenrolled_home / "grant.cbor").write_bytes(grant[:at] + bytes([grant[at] ^ 1]) + grant[at + 1 :])
        try:
            homes.enrolled(unenrolled_home)
        except NotTrusted as refused:
            named.add(refused.facts["file"])
            continue
        believed.append(at)

    assert believed == []
    assert named == {str(unenrolled_home / "grant.cbor")}


@pytest.mark.parametrize("name", ["node.key", "device.secret"])
def test_a_key_that_is_gone_is_named(unenrolled_home: Path, name: str) -> None:
    (unenrolled_home / name).unlink()

    with pytest.raises(Unavailable, match="disk_failed") as refused:
        {"node.key": homes.node_key, "device.secret": homes.device_secret}[name](unenrolled_home)

    assert refused.value.facts["file"] == str(unenrolled_home / name)


@pytest.mark.parametrize("name", ["node.key", "device.secret"])
@pytest.mark.parametrize("content", [b"", b"short", b"k" * 33])
def test_a_key_that_is_damaged_is_named(unenrolled_home: Path, name: str, content: bytes) -> None:
    (unenrolled_home / name).write_bytes(content)

    with pytest.raises(Unavailable, match="key_file_wrong") as refused:
        {"node.key": homes.node_key, "device.secret": homes.device_secret}[name](unenrolled_home)

    assert refused.value.facts["file"] == str(unenrolled_home / name)
