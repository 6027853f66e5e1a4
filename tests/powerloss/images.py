"""What may be on a disk after the power went, given what was asked of it until then.

honest   what was written to a file before its last fsync is there; of the rest any sectors are, in any mixture
lying    from some moment on fsync did nothing: any sectors of all that was written since may be missing
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence

from tests.powerloss.recorder import WATCHED, Event, Synced, Truncated, Written

SECTOR = 512
"""Bytes a disk writes whole or not at all."""
Files = dict[str, bytearray]
Pending = list[Written | Truncated]


def image(before: Mapping[str, bytes], events: Sequence[Event], chance: random.Random, *, lies_from: int) -> Files:
    """The files after all of `events` and a power cut; syncs from number `lies_from` on did nothing."""
    files = {file: bytearray(before.get(file, b"")) for file in WATCHED}
    pending: dict[str, Pending] = {file: [] for file in WATCHED}
    for number, event in enumerate(events):
        match event:
            case Synced(file) if file in files and number < lies_from:
                _apply(files[file], pending[file])
                pending[file] = []
            case Written(file) | Truncated(file) if file in files:
                pending[file].append(event)
    for file in WATCHED:
        _apply(files[file], _some(pending[file], chance))
    return files


def _some(pending: Pending, chance: random.Random) -> Pending:
    """What of this reached the disk: a beginning of it, or any of its sectors."""
    if chance.random() < 0.4:
        return pending[: chance.randrange(len(pending) + 1)]
    kept, likely = Pending(), chance.choice([0.1, 0.5, 0.9])
    for event in pending:
        parts = _sectors(event) if isinstance(event, Written) else [event]
        kept += [part for part in parts if chance.random() < likely]
    return kept


def _sectors(written: Written) -> Iterable[Written]:
    begin, end = written.at, written.at + len(written.data)
    while begin < end:
        cut = min(end, (begin // SECTOR + 1) * SECTOR)
        yield Written(written.file, begin, written.data[begin - written.at : cut - written.at])
        begin = cut


def _apply(content: bytearray, events: Iterable[Written | Truncated]) -> None:
    for event in events:
        end = event.size if isinstance(event, Truncated) else event.at + len(event.data)
        if len(content) < end:
            content.extend(bytes(end - len(content)))
        if isinstance(event, Truncated):
            del content[end:]
        else:
            content[event.at : end] = event.data
