"""The unit's register as a state has it: the one document beside the orders', and over it what two people have changed.

    key of a field     KIND/NAME/FIELD        place/机关大院/lat_e6

It is sorted by kind and thing once, for it may hold thousands of places that every look at the unit asks for, and
changes a few times a year.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

from fleet.ledger.entries import Enacted
from fleet.rules import place
from fleet.rules.places import Places

Fields = Mapping[str, str]
NOTHING: Fields = {}


class Register:
    """What a register says; a field without a text says nothing."""

    def __init__(self, document: Fields, enacted: Mapping[str, tuple[Enacted, ...]]) -> None:
        self._document, self._enacted = document, dict(enacted)

    def is_of(self, document: Fields, enacted: Mapping[str, tuple[Enacted, ...]]) -> bool:
        """Whether it is what these two come to. What is held is never changed in place, so that a document that is the
        same object says the same."""
        return document is self._document and enacted == self._enacted

    @cached_property
    def fields(self) -> Fields:
        """Every field, as it stands."""
        if not self._enacted:
            return self._document
        return {**self._document, **{key: changes[-1].text for key, changes in self._enacted.items() if changes}}

    def entry(self, kind: str, name: str) -> Fields:
        """What is said of one thing: its fields with a text."""
        return self._things.get(kind, {}).get(name, NOTHING)

    def entries(self, kind: str) -> Mapping[str, Fields]:
        """What is said of everything of a kind, by name."""
        return {name: fields for name, fields in self._things.get(kind, {}).items() if "/" not in name}

    @cached_property
    def places(self) -> Places:
        """Every place, by name; an entry without coordinates is left out."""
        known = self.entries("place")
        return Places(found for name in sorted(known) if (found := place.card(name, known[name])))

    @cached_property
    def _things(self) -> Mapping[str, Mapping[str, Fields]]:
        found: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
        for key, text in self.fields.items():
            kind, _, rest = key.partition("/")
            name, apart, field = rest.rpartition("/")
            if text and apart:
                found[kind][name][field] = text
        return found
