"""The places of a register as one thing to ask: by name, by kind, and by where a point lies. Pure.

They may be thousands, and every position asks: so they are sorted once. Each lies in the bands of latitude that it
reaches into, and who looks for what is about a point goes outward from the point's own band and leaves the rest alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from fleet.rules.place import Place
from fleet.tracks.geodesy import metres_a_unit

BAND_E6 = 50_000
"""The breadth of a band, in 1e-6 degree: some 5.5 km."""
NORTH_M = metres_a_unit(0)[0]
"""Metres north of 1e-6 degree at the equator: nowhere is it less."""


class Places:
    """Places in the order of a register. They stay as they are."""

    def __init__(self, known: Iterable[Place] = ()) -> None:
        self._known = tuple(known)

    def __iter__(self) -> Iterator[Place]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def named(self, name: str) -> Place | None:
        """The place of a name."""
        return self.by_name.get(name)

    @cached_property
    def by_name(self) -> Mapping[str, Place]:
        """Every place by its name."""
        return {place.name: place for place in self._known}

    def of_kind(self, *kinds: str) -> list[Place]:
        """The places of some kinds."""
        return [place for _, place in sorted(each for kind in kinds for each in self._kinds.get(kind, ()))]

    def holding(self, lat: float, lon: float, *kinds: str) -> Place | None:
        """The first place of some kinds that holds a point (degrees)."""
        return next((place for place in self.at(lat, lon) if place.kind in kinds), None)

    def at(self, lat: float, lon: float) -> Iterator[Place]:
        """The places that hold a point (degrees)."""
        return (place for place in self._band(round(lat * 1e6) // BAND_E6) if place.holds(lat, lon))

    def outward(self, lat: float, most_m: float) -> Iterator[tuple[float, Sequence[Place]]]:
        """The places about a latitude (degrees), the nearest bands first: each time with how many metres away at least
        those are that are still to come before, as far as `most_m`. A place may come more than once."""
        lat_e6 = round(lat * 1e6)
        middle = south = north = lat_e6 // BAND_E6
        least_m, found = 0.0, self._band(middle)
        while least_m <= most_m:
            yield least_m, found
            least_m = min(lat_e6 - south * BAND_E6, (north + 1) * BAND_E6 - lat_e6) * NORTH_M
            south, north = south - 1, north + 1
            found = [*self._band(south), *self._band(north)]

    def _band(self, band: int) -> Sequence[Place]:
        return self._bands.get(band, ())

    @cached_property
    def _bands(self) -> Mapping[int, list[Place]]:
        found: dict[int, list[Place]] = defaultdict(list)
        for place in self._known:
            for band in range(place.box.south // BAND_E6, place.box.north // BAND_E6 + 1):
                found[band].append(place)
        return dict(found)

    @cached_property
    def _kinds(self) -> Mapping[str, list[tuple[int, Place]]]:
        """Each with where it stands in the register."""
        found: dict[str, list[tuple[int, Place]]] = defaultdict(list)
        for number, place in enumerate(self._known):
            found[place.kind].append((number, place))
        return dict(found)


NO_PLACES = Places()
