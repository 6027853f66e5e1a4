"""A node's blobs as files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from edge.store.blobs import FileBlobs
from edge.store.carried import NodeBlobs
from fleet.errors import BadInput
from tests.fleet.ledger.blob_acceptance import CONTENT, BlobAcceptance, Shelf, outline, pieces

SCAN = b"%PDF-1.7\n" + CONTENT


def put(store: FileBlobs, slices: Iterable[bytes], size_max: int) -> tuple[bytes, int, str]:
    with store.putting(size_max) as scan:
        for piece in slices:
            scan.write(piece)
        return scan.finish()


class TestNodeBlobs(BlobAcceptance):
    @pytest.fixture
    def shelf(self, tmp_path: Path) -> Shelf:
        return lambda: NodeBlobs(tmp_path)


class TestFileBlobs(BlobAcceptance):
    @pytest.fixture
    def shelf(self, tmp_path: Path) -> Shelf:
        return lambda: FileBlobs(tmp_path)


def test_a_scan_that_is_put_is_whole_and_named_by_what_is_in_it(tmp_path: Path) -> None:
    store = FileBlobs(tmp_path)
    slices = [SCAN[at : at + 999] for at in range(0, len(SCAN), 999)]

    assert put(store, slices, 1 << 20) == (outline(SCAN).name, len(SCAN), "application/pdf")
    assert put(store, [SCAN], 1 << 20) == (outline(SCAN).name, len(SCAN), "application/pdf")
    assert FileBlobs(tmp_path).read(outline(SCAN).name, 0, 1 << 20) == SCAN
    assert len(list((tmp_path / "blobs").iterdir())) == 2


@pytest.mark.parametrize(
    ("content", "size_max", "code"),
    [
        (SCAN, len(SCAN) - 1, "blob_too_large"),
        (b"", 100, "blob_empty"),
        (b"<html>", 100, "blob_type"),
        (b"MZ\x90", 100, "blob_type"),
        (b"PK\3\4", 100, "blob_type"),
    ],
)
def test_what_is_no_scan_or_too_large_leaves_nothing_behind(
    tmp_path: Path, content: bytes, size_max: int, code: str
) -> None:
    store = FileBlobs(tmp_path)
    with pytest.raises(BadInput, match=code):
        put(store, [content], size_max)

    assert list((tmp_path / "blobs").iterdir()) == []


@pytest.mark.parametrize(
    ("beginning", "media_type"),
    [(b"%PDF-1.4", "application/pdf"), (b"\xff\xd8\xff\xe0", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png")],
)
def test_a_scan_is_what_it_begins_as_in_whatever_slices(tmp_path: Path, beginning: bytes, media_type: str) -> None:
    assert put(FileBlobs(tmp_path), [bytes([byte]) for byte in beginning], 100)[2] == media_type


def test_what_is_under_way_when_the_power_goes_is_no_blob(tmp_path: Path) -> None:
    store, whole = FileBlobs(tmp_path), outline()
    store.begin(whole.name, whole.encoded())
    for piece in pieces():
        store.append(whole.name, piece)

    assert list(FileBlobs(tmp_path).whole()) == []


def test_a_scan_on_its_way_in_when_the_power_goes_leaves_nothing_on_the_disk(tmp_path: Path) -> None:
    place = tmp_path / "blobs" / ".put-1"
    place.mkdir(parents=True)
    (place / "content").write_bytes(SCAN)

    FileBlobs(tmp_path).tidy()

    assert list((tmp_path / "blobs").iterdir()) == []
