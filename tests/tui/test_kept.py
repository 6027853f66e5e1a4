"""What a console keeps for a person outlives it, is nobody else's, and is never a PIN."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from zlib import crc32

import pytest

from tui.kept import DRAFTS_MAX, SEEN_MAX, SIZE_MAX, Kept, directory

pytestmark = pytest.mark.anyio
NAME = f"lyj-3001-{crc32(b'/n'):08x}.json"


async def test_marks_and_drafts_are_there_for_the_same_person_and_for_nobody_else(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "state")
    kept.open("/n", "lyj", "3001")
    kept.mark("A07-1", seen=True)
    kept.keep_draft("order/", {"rider": "王海"})
    await kept.settle()

    again = Kept(tmp_path / "state")
    again.open("/n", "lyj", "3001")
    assert (again.seen, again.draft("order/")) == (frozenset({"A07-1"}), {"rider": "王海"})
    for whose in (("/n", "lyj", "3002"), ("/n", "xyz", "3001"), ("/other", "lyj", "3001")):
        again.open(*whose)
        assert (again.seen, again.draft("order/")) == (frozenset(), {})


async def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "state")
    kept.open("/n", "lyj", "../3001")
    kept.mark("A07-1", seen=True)
    await kept.settle()

    (file,) = tmp_path.rglob("*.json")  # noqa: ASYNC240 - a test has nothing else to do meanwhile
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert file.parent.parent == tmp_path


async def test_what_was_sent_or_marked_anew_is_not_kept(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.open("/n", "lyj", "3001")
    kept.keep_draft("order/", {"rider": "王海"})
    kept.mark("A07-1", seen=True)
    kept.drop_draft("order/")
    kept.mark("A07-1", seen=False)
    await kept.settle()

    again = Kept(tmp_path)
    again.open("/n", "lyj", "3001")
    assert (again.seen, again.draft("order/")) == (frozenset(), {})


@pytest.mark.parametrize(
    "spoilt", ["", "{", "[]", '{"seen": 1}', '{"seen": [], "drafts": {"a": 1}}', '{"seen": [1], "drafts": {}}']
)
async def test_a_file_that_cannot_be_read_counts_as_none(tmp_path: Path, spoilt: str) -> None:
    (tmp_path / NAME).write_text(spoilt)
    kept = Kept(tmp_path)
    kept.open("/n", "lyj", "3001")

    assert kept.seen == frozenset()
    kept.mark("A07-1", seen=True)
    await kept.settle()
    assert json.loads((tmp_path / NAME).read_text())["seen"] == ["A07-1"]


async def test_a_directory_that_cannot_be_written_costs_the_keeping_and_no_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    kept = Kept(tmp_path / "file")
    kept.open("/n", "lyj", "3001")
    kept.mark("A07-1", seen=True)
    await kept.settle()

    assert kept.seen == {"A07-1"}


async def test_only_so_much_is_kept_the_oldest_go_first(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.open("/n", "lyj", "3001")
    for number in range(SEEN_MAX + 1):
        kept.mark(str(number), seen=True)
    for number in range(DRAFTS_MAX + 1):
        kept.keep_draft(str(number), {"reason": "x" * (SIZE_MAX // 10)})
    await kept.settle()

    assert "0" not in kept.seen
    assert kept.draft("0") == {}
    assert (tmp_path / NAME).stat().st_size <= SIZE_MAX


def test_the_directory_is_that_of_the_accounts_state() -> None:
    assert directory({"HOME": "/home/a"}) == Path("/home/a/.local/state/ortoo/console")
    assert directory({"HOME": "/home/a", "XDG_STATE_HOME": "/s"}) == Path("/s/ortoo/console")
