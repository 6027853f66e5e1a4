"""Offers as the faces list them: codes, facts and points; the words are `offer.`, `caution.` and `unfit.`. Pure."""

from __future__ import annotations

from typing import Any

from fleet.rules.offers import Offer, Unfit


def offer_row(offer: Offer) -> dict[str, Any]:
    """One vehicle on offer. `facts` are those of all its reasons together, `terms` each reason with its points."""
    facts: dict[str, object] = {}
    for term in offer.terms:
        facts |= term.facts
    return {
        "vehicle": offer.vehicle.plate,
        "driver": offer.driver.id,
        "driver_name": offer.driver.name,
        "reasons": list(offer.reasons),
        "facts": facts,
        "score": offer.score,
        "terms": [{"code": term.code, "points": term.points, "facts": dict(term.facts)} for term in offer.terms],
        "cautions": list(offer.cautions),
    }


def unfit_row(unfit: Unfit) -> dict[str, Any]:
    """One vehicle that cannot serve."""
    return {"vehicle": unfit.vehicle.plate, "reason": unfit.reason, "facts": dict(unfit.facts)}
