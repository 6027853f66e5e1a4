"""What of a state rests on disk: the orders and cases that have ended, each opened again when somebody asks for it.

A `Shelf` is one of a state's maps by target. What is in memory lies on it (`hot`); what is not may rest in the archive,
and reads, changes and counts as if it lay there. Going through a whole shelf opens everything that rests: who only
wants what is still open asks the state for that (`State.open_orders`, `State.open_cases`).
"""

from __future__ import annotations

from collections import ChainMap, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import Any, NamedTuple, TypeVar

OPENED_MAX = 512
"""Dossiers kept open after somebody asked for them; each is some 10 KB."""

K = TypeVar("K")
V = TypeVar("V")
Parts = Mapping[str, Any]
"""What a dossier holds, by the name of the state's map it lies in."""


class Kept(NamedTuple):
    """How a map is kept by target: a key with `prefix` before it is a target. `always` tells that every dossier has a
    value in the map, save those whose target begins with `but`, so that keys can be told without opening one."""

    prefix: str
    but: str = ""
    always: bool = True


class Archive:
    """The dossiers at rest, by target. `total` is the sum of their digests (see `State.digest`)."""

    def __init__(
        self, targets: Iterable[str] = (), read: Callable[[str], Parts] | None = None, *, total: int = 0
    ) -> None:
        self.targets, self.total = set(targets), total
        self._read = read
        self._opened: OrderedDict[str, Parts] = OrderedDict()

    def __contains__(self, target: str) -> bool:
        return target in self.targets

    def opened(self, target: str) -> Parts:
        """What rests of a target; empty if nothing does."""
        if target not in self.targets or self._read is None:
            return {}
        found = self._opened.get(target)
        if found is None:
            found = self._opened[target] = self._read(target)
            if len(self._opened) > OPENED_MAX:
                self._opened.popitem(last=False)
        else:
            self._opened.move_to_end(target)
        return found

    def put(self, target: str) -> None:
        """A dossier rests from now on, or rests as it was changed."""
        self.targets.add(target)
        self._opened.pop(target, None)

    def take(self, target: str) -> None:
        """A dossier does not rest any more."""
        self.targets.discard(target)
        self._opened.pop(target, None)

    def become(self, other: Archive) -> None:
        """Hold what `other` holds, read from where this one reads."""
        self.targets, self.total = other.targets, other.total
        self._opened.clear()


class Staged(ChainMap[K, V]):
    """What is new, before what it stands on: a ChainMap of two, without the general one's detours."""

    def __getitem__(self, key: K) -> V:
        new, old = self.maps
        return new[key] if key in new else old[key]

    def get(self, key: K, default: Any = None) -> Any:
        """The value of a key, or `default`."""
        new, old = self.maps
        return new[key] if key in new else old.get(key, default)

    def __contains__(self, key: object) -> bool:
        new, old = self.maps
        return key in new or key in old

    def __bool__(self) -> bool:
        new, old = self.maps
        return bool(new) or bool(old)

    def whole(self) -> Mapping[K, V]:
        """Both as one: what it stands on, where nothing is new."""
        new, old = self.maps
        return {**old, **new} if new else old


class Shelf(MutableMapping[str, V]):
    """One of a state's maps by target: `part` is its name, `kept` says how its keys become targets."""

    __slots__ = ("_archive", "_kept", "_part", "hot")

    def __init__(self, part: str, kept: Kept, archive: Archive) -> None:
        self.hot: dict[str, V] = {}
        self._part, self._kept, self._archive = part, kept, archive

    def __getitem__(self, key: str) -> V:
        try:
            return self.hot[key]
        except KeyError:
            return self._archive.opened(self._kept.prefix + key)[self._part]  # type: ignore[no-any-return]

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key, or `default`; what was never there costs no exception."""
        if key in self.hot:
            return self.hot[key]
        return self._archive.opened(self._kept.prefix + key).get(self._part, default)

    def __contains__(self, key: object) -> bool:
        if key in self.hot:
            return True
        target = f"{self._kept.prefix}{key}"
        return target in self._archive and self._holds(target)

    def __setitem__(self, key: str, value: V) -> None:
        self.hot[key] = value

    def __delitem__(self, key: str) -> None:
        del self.hot[key]

    def __bool__(self) -> bool:
        return bool(self.hot) or any(True for _ in self)

    def __iter__(self) -> Iterator[str]:
        yield from self.hot
        for target in self._archive.targets:
            key = target.removeprefix(self._kept.prefix)
            if target.startswith(self._kept.prefix) and key not in self.hot and self._holds(target):
                yield key

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _holds(self, target: str) -> bool:
        if self._kept.always:
            return not self._kept.but or not target.startswith(self._kept.but)
        return self._part in self._archive.opened(target)
