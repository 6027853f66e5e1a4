"""Spans of time, UTC ms, the end exclusive, and what is left of some where others are taken out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

FOR_EVER = 1 << 53


class Span(NamedTuple):
    """From when to when; a span that goes on ends FOR_EVER."""

    from_ms: int
    until_ms: int = FOR_EVER

    def holds(self, at_ms: int) -> bool:
        """Whether a moment lies in it."""
        return self.from_ms <= at_ms < self.until_ms

    def meets(self, other: Span) -> bool:
        """Whether it shares any time with another."""
        return max(self.from_ms, other.from_ms) < min(self.until_ms, other.until_ms)

    @property
    def length_ms(self) -> int:
        """How long it is."""
        return self.until_ms - self.from_ms


def union(spans: Iterable[Span], within_ms: int = 0) -> list[Span]:
    """The same time as spans that do not touch, in order; what is nearer than `within_ms` is taken together."""
    found: list[Span] = []
    for span in sorted(each for each in spans if each.until_ms > each.from_ms):
        if found and span.from_ms <= found[-1].until_ms + within_ms:
            found[-1] = Span(found[-1].from_ms, max(found[-1].until_ms, span.until_ms))
        else:
            found.append(span)
    return found


def minus(spans: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """The time of `spans` that is in none of `others`."""
    left = union(spans)
    for gone in union(others):
        left = [
            part
            for span in left
            for part in (
                Span(span.from_ms, min(span.until_ms, gone.from_ms)),
                Span(max(span.from_ms, gone.until_ms), span.until_ms),
            )
            if part.until_ms > part.from_ms
        ]
    return left


def both(spans: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """The time that is in some of `spans` and in some of `others`."""
    spans, others = union(spans), union(others)
    cut = (Span(max(a.from_ms, b.from_ms), min(a.until_ms, b.until_ms)) for a in spans for b in others)
    return [span for span in cut if span.until_ms > span.from_ms]


def any_holds(spans: Iterable[Span], at_ms: int) -> bool:
    """Whether a moment lies in one of them."""
    return any(span.holds(at_ms) for span in spans)
