"""Checkpoints: where a fold stands, kept beside the log so that a machine starts from there and not from the beginning.

    entries     every value of the state's small maps, and the dossiers still in use           all read at the start
    archive     the dossiers that ended long ago (see `dossier`)                             read one by one, if at all

A checkpoint goes into the transaction of the commit after it, and says of how many operations it is the fold; whatever
was committed since is folded at the start as it always was. All of it follows from the log: `verify`
makes it again and compares, `ortoo node rebuild` writes it anew.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, Protocol, get_args, get_type_hints

from fleet.errors import NotTrusted
from fleet.ledger import dossier
from fleet.ledger.archive import Archive, Parts
from fleet.ledger.operation import Author, Head
from fleet.ledger.state import BY_TARGET, MAPS, State
from fleet.ledger.store import Checkpoint
from fleet.ledger.suite import HASH_SIZE
from fleet.ledger.values import encoded, reader

EVERY = 1_000
"""Operations after which the next commit brings a checkpoint."""
VERSION = 6
"""What a checkpoint is the work of. Raised whenever the fold or the form of a checkpoint changes: an older one is then
not started from, and the log is folded from its beginning."""

MARK, DOSSIERS, HEADS = "", "dossiers", "heads"
"""The part of an entry that is the mark itself, of one that is an open dossier, and of those that are heads of logs."""
Key = tuple[str, str]
"""Part and name of an entry: the target of a dossier, or the key of a map in hex."""


class Mark(NamedTuple):
    """Of what a checkpoint is the fold: so many operations in order of commit. `total` sums the archive, `open` are
    operations no seal covers yet."""

    version: int = VERSION
    operations: int = 0
    quarantined: int = 0
    hlc: int = 0
    total: bytes = bytes(HASH_SIZE)
    open: tuple[Head, ...] = ()


MARK_KEY: Key = (MARK, "")
_read_mark = reader(Mark)


def _codecs() -> dict[str, tuple[Callable[[bytes], Any], Callable[[bytes], Any]]]:
    """How keys and values of the small maps are read, from their own types."""
    hints = get_type_hints(State)
    types = {name: get_args(hints[name]) for name in MAPS if name not in BY_TARGET}
    return {name: (reader(key), reader(value)) for name, (key, value) in types.items()}


CODECS = _codecs()


class Resting(Protocol):
    """Where checkpoints lie: a store, or a box."""

    def entries(self) -> Iterable[tuple[str, str, bytes]]:
        """What the last checkpoint says, but for its archive."""

    def archived(self) -> Iterable[str]:
        """The targets of the dossiers in the archive."""

    def dossier(self, target: str) -> bytes:
        """A dossier of the archive; KeyError if it is not there."""


class Box:
    """Checkpoints in memory."""

    def __init__(self) -> None:
        self.held: dict[Key, bytes] = {}
        self.archive: dict[str, bytes] = {}

    def entries(self) -> Iterable[tuple[str, str, bytes]]:
        """What the last checkpoint says, but for its archive."""
        return [(part, key, value) for (part, key), value in self.held.items()]

    def archived(self) -> Iterable[str]:
        """The targets of the dossiers in the archive."""
        return list(self.archive)

    def dossier(self, target: str) -> bytes:
        """A dossier of the archive."""
        return self.archive[target]

    def put(self, checkpoint: Checkpoint) -> None:
        """Keep the next checkpoint."""
        for key, value in checkpoint.entries.items():
            if value is None:
                self.held.pop(key, None)
            else:
                self.held[key] = value
        for target in checkpoint.woken:
            self.archive.pop(target, None)
        self.archive.update(checkpoint.archived)


class Checkpoints:
    """Knows what has `changed` in the maps of a state since the last checkpoint, and makes the next. `waking` is what
    that takes out of the archive, until the one after it is made."""

    def __init__(self, mark: Mark) -> None:
        self.mark = mark
        self.folded = mark.operations
        self.changed: dict[str, set[Any]] = {name: set() for name in MAPS}
        self.waking: dict[str, Parts] = {}

    def followed(self, staged: State, operations: int) -> None:
        """A view of the state was taken over, with so many operations."""
        self.folded += operations
        for name in MAPS:
            self.changed[name].update(staged.changes(name))

    def make(self, state: State, mark: Mark, now_ms: int) -> tuple[Checkpoint, Mark]:
        """The checkpoint of a state as it is. Of the `mark` what is counted and summed here is found here; `now_ms`
        decides what ended long enough ago to rest."""
        archive, total = state.archive, state.archive.total
        entries: dict[Key, bytes | None] = {
            (name, encoded(key).hex()): encoded(getattr(state, name)[key])
            for name in CODECS
            for key in self.changed[name]
        }
        archived = dict[str, bytes]()
        self.waking = {}
        changed = {BY_TARGET[name].prefix + key for name in BY_TARGET for key in self.changed[name]}
        for target in sorted(changed.union(state.may_rest(now_ms))):
            held, rested = dossier.parts(state, target), target in archive
            if rested:
                total -= dossier.digest(target, archive.opened(target))
            if dossier.may_rest(held, now_ms):
                archived[target] = dossier.pack(held)
                total += dossier.digest(target, held)
                entries[DOSSIERS, target] = None
            else:
                entries[DOSSIERS, target] = dossier.pack(held)
                if rested:  # whole: what of it did not change lies in the archive alone, which lets it go now
                    self.waking[target] = held
        summed = (total % (1 << 8 * HASH_SIZE)).to_bytes(HASH_SIZE)
        mark = mark._replace(operations=self.folded, total=summed)
        entries[MARK_KEY] = encoded(mark)
        return Checkpoint(entries, archived, frozenset(self.waking)), mark

    def made(self, state: State, checkpoint: Checkpoint, mark: Mark) -> None:
        """A checkpoint is on disk: what has ended leaves the memory."""
        self.mark, self.folded = mark, mark.operations
        for keys in self.changed.values():
            keys.clear()
        state.archive.total = int.from_bytes(mark.total)
        for target, held in self.waking.items():
            state.wake(target, held)
        for target in checkpoint.archived:
            state.put_away(target)


def mark_of(entries: Mapping[Key, bytes]) -> Mark | None:
    """The mark of a checkpoint; None if there is none, or it is another version's work."""
    try:
        mark: Mark = _read_mark(entries[MARK_KEY])
    except (KeyError, ValueError):
        return None
    return mark if mark.version == VERSION else None


def same(key: Key, one: bytes | None, other: bytes | None) -> bool:
    """Whether two entries say the same. Which operations are open is no matter: their seals may have come since."""
    if key == MARK_KEY and one and other:
        marks = [mark_of({key: value}) for value in (one, other)]
        return len({mark._replace(open=()) if mark else None for mark in marks}) == 1
    return one == other


def mark_with(box: Box, archived: Iterable[str]) -> bytes:
    """The mark of a checkpoint as it would be if these dossiers rested, and no others."""
    held, mark = dossiers(box.held) | box.archive, _read_mark(box.held[MARK_KEY])
    resting = (target for target in archived if target in held)
    total = sum(dossier.digest(target, dossier.open_dossier(target, held[target])) for target in resting)
    return encoded(mark._replace(total=(total % (1 << 8 * HASH_SIZE)).to_bytes(HASH_SIZE)))


def heads_of(entries: Mapping[Key, bytes]) -> dict[Author, int]:
    """How far each author's log is held, by the entries of a checkpoint."""
    read_key, read_head = CODECS[HEADS]
    return {
        read_key(bytes.fromhex(key)): read_head(value).seq for (part, key), value in entries.items() if part == HEADS
    }


def dossiers(entries: Mapping[Key, bytes]) -> dict[str, bytes]:
    """The dossiers among entries, by target."""
    return {key: value for (part, key), value in entries.items() if part == DOSSIERS}


def restore(resting: Resting) -> tuple[State, Mark]:
    """The state of the last checkpoint; an empty one if there is none to start from.

    Raises:
        NotTrusted: `checkpoint`, with the entry that cannot be read: it was never written by this program.
    """
    found = {(part, key): value for part, key, value in resting.entries()}
    mark = mark_of(found)
    if mark is None:
        return State.over(archive_of(resting)), Mark()
    archive = archive_of(resting)
    archive.targets, archive.total = set(resting.archived()), int.from_bytes(mark.total)
    state = State.over(archive)
    del found[MARK_KEY]
    for (part, key), value in found.items():
        try:
            _lay(state, part, key, value)
        except (KeyError, ValueError, zlib.error):
            raise NotTrusted("checkpoint", part=part, key=key) from None
    return state, mark


def outgrown(resting: Resting) -> bool:
    """Whether there is a checkpoint and it is another version's work: what is derived should be made anew."""
    found = {(part, key): value for part, key, value in resting.entries()}
    return bool(found) and mark_of(found) is None


def _lay(state: State, part: str, key: str, value: bytes) -> None:
    if part == DOSSIERS:
        for name, held in dossier.open_dossier(key, value).items():
            getattr(state, name)[key.removeprefix(BY_TARGET[name].prefix)] = held
    else:
        read_key, read_value = CODECS[part]
        getattr(state, part)[read_key(bytes.fromhex(key))] = read_value(value)


def archive_of(resting: Resting) -> Archive:
    """An archive that reads what rests there; nothing does, so far."""
    return Archive(read=lambda target: dossier.open_dossier(target, resting.dossier(target)))
