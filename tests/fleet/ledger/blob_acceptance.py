"""What every `BlobStore` must do, whatever it stores on. An implementation inherits `BlobAcceptance` and gives a
`shelf`: something that opens the store again, as after a restart."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fleet.ledger.blobs import PIECE_SIZE, BlobStore, Incoming, Outline, outline_of

Shelf = Callable[[], BlobStore]
CONTENT = bytes(range(256)) * 700  # two pieces and most of a third


def pieces(content: bytes = CONTENT) -> list[bytes]:
    return [content[at : at + PIECE_SIZE] for at in range(0, len(content), PIECE_SIZE)]


def outline(content: bytes = CONTENT) -> Outline:
    return outline_of(pieces(content))


def filled(store: BlobStore, content: bytes = CONTENT) -> bytes:
    """A store that holds a blob as a whole; its name."""
    whole = outline(content)
    incoming = Incoming(store, lambda _: True)
    incoming.begin(whole.name, whole.encoded())
    for number, piece in enumerate(pieces(content)):
        incoming.take(whole.name, number * PIECE_SIZE, piece)
    assert whole.name in store.whole()
    return whole.name


class BlobAcceptance:
    """The suite. `shelf` opens an empty store at first."""

    @pytest.fixture
    def shelf(self) -> Shelf:
        raise NotImplementedError

    def test_an_empty_store_holds_nothing(self, shelf: Shelf) -> None:
        store, name = shelf(), outline().name
        assert (list(store.whole()), store.outline(name), store.held(name)) == ([], None, 0)

    def test_a_blob_that_was_kept_is_whole_after_a_restart_and_reads_from_any_place(self, shelf: Shelf) -> None:
        name = filled(shelf())
        store = shelf()

        assert list(store.whole()) == [name]
        assert store.outline(name) == outline().encoded()
        assert store.held(name) == len(CONTENT)
        for at, size in ((0, 10), (PIECE_SIZE - 5, 10), (100_000, 70_000), (len(CONTENT) - 3, 10), (len(CONTENT), 10)):
            assert store.read(name, at, size) == CONTENT[at : at + size]

    def test_what_is_under_way_is_not_whole_and_goes_on_from_what_is_held(self, shelf: Shelf) -> None:
        store, whole = shelf(), outline()
        store.begin(whole.name, whole.encoded())
        store.append(whole.name, CONTENT[:70_000])
        store.append(whole.name, CONTENT[70_000:70_001])

        for one in (store, shelf()):
            assert list(one.whole()) == []
            assert one.outline(whole.name) == whole.encoded()
            assert one.held(whole.name) == 70_001
            assert one.read(whole.name, 0, 1 << 20) == CONTENT[:70_001]
            assert one.read(whole.name, 69_999, 10) == CONTENT[69_999:70_001]

    @pytest.mark.parametrize("size", [0, 1, 69_999, 70_000, 70_001])
    def test_what_was_wrong_is_cut_off_and_comes_again(self, shelf: Shelf, size: int) -> None:
        store, whole = shelf(), outline()
        store.begin(whole.name, whole.encoded())
        store.append(whole.name, CONTENT[:70_000])
        store.append(whole.name, CONTENT[70_000:70_001])
        store.cut(whole.name, size)
        assert store.held(whole.name) == size
        store.append(whole.name, CONTENT[size:])
        store.keep(whole.name)

        assert shelf().read(whole.name, 0, len(CONTENT)) == CONTENT

    def test_blobs_lie_beside_each_other(self, shelf: Shelf) -> None:
        store = shelf()
        names = {filled(store, content): content for content in (b"a", b"b" * 70_000, CONTENT)}

        assert set(shelf().whole()) == set(names)
        for name, content in names.items():
            assert shelf().read(name, 0, 1 << 20) == content

    def test_an_outline_that_comes_again_begins_anew(self, shelf: Shelf) -> None:
        store, whole = shelf(), outline()
        store.begin(whole.name, b"damaged")
        store.append(whole.name, b"x")
        store.begin(whole.name, whole.encoded())

        assert (store.outline(whole.name), store.held(whole.name)) == (whole.encoded(), 0)
