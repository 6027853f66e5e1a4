"""The proof that no vehicle of the unit could serve (Art. 9 (3): rental only where retained vehicles do not suffice).

It is frozen at the moment of saying so: one line a vehicle, `plate code name=value ...`, with the code and facts of
`unfit.` in the catalogue; `on_offer` where a vehicle was on offer and the dispatcher alone says it cannot serve.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from fleet.rules.offers import Offer, Unfit

LINES_MAX = 400
"""Vehicles a proof lists; no unit of the region has as many."""
ON_OFFER = "on_offer"


class Lack(NamedTuple):
    """Why one vehicle could not serve."""

    plate: str
    reason: str
    facts: dict[str, str]


def write(fit: Iterable[Offer], unfit: Iterable[Unfit]) -> str:
    """The proof as text."""
    lines = [_line(offer.vehicle.plate, ON_OFFER, {}) for offer in fit]
    lines += [_line(each.vehicle.plate, each.reason, each.facts) for each in unfit]
    return "\n".join(sorted(lines)[:LINES_MAX])


def read(text: str) -> list[Lack]:
    """The lines of a proof; what is none is left out."""
    found = []
    for line in text.splitlines()[:LINES_MAX]:
        plate, reason, *facts = line.split(" ") if line.count(" ") else ("", "")
        if plate and reason:
            found.append(Lack(plate, reason, dict(fact.split("=", 1) for fact in facts if "=" in fact)))
    return found


def _line(plate: str, reason: str, facts: Mapping[str, object]) -> str:
    return " ".join([plate.replace(" ", "_"), reason, *(f"{name}={_word(value)}" for name, value in facts.items())])


def _word(value: object) -> str:
    return str(value).replace(" ", "_").replace("\n", "_")
