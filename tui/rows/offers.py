"""Why a vehicle is offered, and why another is not, as sentences."""

from __future__ import annotations

from fleet.words import Words
from tui.shapes import Facts, Offer, Unfit
from tui.times import moment


def reasons(words: Words, offer: Offer, now_ms: int) -> str:
    """What speaks for the offer."""
    said = told(words, offer["facts"], now_ms)
    return words("list.semicolon").join(words(f"offer.{code}", **said) for code in offer["reasons"])


def cautions(words: Words, offer: Offer) -> str:
    """What has to be thought of."""
    return words("list.semicolon").join(words(f"caution.{one}") for one in offer.get("cautions", ()))


def reason_against(words: Words, unfit: Unfit, now_ms: int) -> str:
    """Why a vehicle cannot serve."""
    return words(f"unfit.{unfit['reason']}", **told(words, unfit["facts"], now_ms))


def told(words: Words, facts: Facts, now_ms: int) -> Facts:
    """Facts as words take them: codes in words, moments as times of day, under the name without its unit."""
    times = {name.removesuffix("_ms"): at for name, at in facts.items() if name.endswith("_ms")}
    return words.told(facts) | {name: moment(at, now_ms) for name, at in times.items()}
