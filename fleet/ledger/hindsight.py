"""What a unit's register said at a moment that is past: whoever judges an old alarm needs the places of that time.

The register is the one document all edit, and over it what two people have changed since (`enacted`); both carry the
times of the operations that made them. Nothing else of the state is turned back.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from fleet.ledger import documents, kinds
from fleet.ledger.documents import EMPTY, Document
from fleet.ledger.hlc import wall_ms
from fleet.ledger.operation import Operation
from fleet.ledger.state import State


@dataclass(frozen=True, slots=True)
class Edit:
    """An update of the register, when it was made, and by whom (the client number of its author)."""

    at_ms: int
    client_id: int
    update: bytes


def edits(operations: Iterable[Operation]) -> list[Edit]:
    """The updates among operations on the register that have effect, in their order."""
    return [
        Edit(wall_ms(each.hlc), each.author.client_id, each.body)
        for each in operations
        if each.kind == kinds.REGISTRY_EDIT and isinstance(each.body, bytes)
    ]


class Hindsight:
    """The register of one state as it was. `edits` are those of its document, in the order they were committed."""

    def __init__(self, state: State, unit: str, edits: Sequence[Edit]) -> None:
        self._state, self._name, self._edits = state, kinds.REGISTRY + unit, edits
        self._documents: dict[int, Document] = {len(edits): state.document(self._name)}

    def moments(self) -> list[int]:
        """When the register changed, in order (UTC ms)."""
        enacted = (wall_ms(each.place[0]) for changes in self._state.enacted.values() for each in changes)
        return sorted({*(each.at_ms for each in self._edits), *enacted})

    def at(self, at_ms: int) -> State:
        """The state with the register of a moment."""
        known = [each for each in self._edits if each.at_ms <= at_ms]
        enacted = {
            key: tuple(each for each in changes if wall_ms(each.place[0]) <= at_ms)
            for key, changes in self._state.enacted.items()
        }
        register: Mapping[str, Document] = {self._name: self._document(known)}
        return replace(self._state, documents=ChainMap(dict(register), self._state.documents), enacted=enacted)

    def _document(self, known: Sequence[Edit]) -> Document:
        if len(known) not in self._documents:
            found = EMPTY
            for each in known:
                found = documents.apply(found, each.update, client_id=each.client_id)
            self._documents[len(known)] = found
        return self._documents[len(known)]
