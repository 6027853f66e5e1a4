"""What can be said on the command line, and what it means: `派 0230 312 孟克`, `:pai 0230 312`, `pc 230`, `0230 pc`.

A verb stands first, last or between. It is named by its words, their first letters, or in Latin letters; any beginning
that only one verb has is enough. Of an order or a plate the tail is enough, of a driver a part of the name. A line that
is only the number of an order opens it. Pure: what the node knows comes in as arguments.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from fleet.pinyin import found_by, initials
from fleet.words import Words
from tui.shapes import Offer, OrderRow

Kind = Literal["act", "open", "room", "screen"]


class Verb(NamedTuple):
    """`name` is what it does: an act, a room or an action of the screen; `words` the catalogue's key. `also` are the
    ways to write it that do not follow from its words."""

    name: str
    kind: Kind
    words: str
    also: tuple[str, ...] = ()


class Said(NamedTuple):
    """A line taken apart: the verb and what it is about. `rest` has the words after the order."""

    verb: Verb
    order: str = ""
    rest: tuple[str, ...] = ()


class NotUnderstood(ValueError):
    """A code of `line.` in the catalogue, and its facts."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


def understand(line: str, verbs: Sequence[Verb], words: Words) -> Said:
    """What a line says.

    Raises:
        NotUnderstood: `nothing`, `no_verb`, `several` verbs it may be, or `no_order` where the verb needs one.
    """
    parts = _parts(line)
    if not parts:
        raise NotUnderstood("nothing")
    if len(parts) == 1 and parts[0].isdigit():
        return Said(next(verb for verb in verbs if verb.kind == "open"), parts[0])
    verb, rest = _verb_and_rest(parts, verbs, words)
    if verb.kind not in {"act", "open"}:
        return Said(verb, rest=tuple(rest))
    if not rest:
        raise NotUnderstood("no_order", verb=words(verb.words))
    return Said(verb, rest[0], tuple(rest[1:]))


def fitting(start: str, verbs: Iterable[Verb], words: Words) -> list[Verb]:
    """The verbs whose names begin so, those named exactly so first; all of them for nothing."""
    start = start.casefold().lstrip(":：")
    named = [(verb, _names(verb, words)) for verb in verbs]
    exact = [verb for verb, names in named if start in names]
    return exact + [
        verb for verb, names in named if verb not in exact and any(name.startswith(start) for name in names)
    ]


def order_of(tail: str, rows: Iterable[OrderRow]) -> OrderRow:
    """The order whose number ends so; of several the one with that very tail.

    Raises:
        NotUnderstood: `no_such_order`, or `several_orders` with their numbers.
    """
    ending = {row["id"]: row for row in rows if row["id"].endswith(tail)}
    exact = [row for row in ending.values() if row["tail"] == tail]
    found = exact or list(ending.values())
    if not found:
        raise NotUnderstood("no_such_order", tail=tail)
    if len(found) > 1:
        raise NotUnderstood("several_orders", tail=tail, orders=", ".join(row["tail"] for row in found[:5]))
    return found[0]


def offer_of(sought: Sequence[str], offers: Sequence[Offer]) -> Offer:
    """The offer meant by a plate's tail and, if said, a part of the driver's name, its first letters or staff number.

    Raises:
        NotUnderstood: `no_such_offer`.
    """
    plate, *driver = sought
    for offer in offers:
        fits = offer["vehicle"].casefold().endswith(plate.casefold())
        who = f"{offer['driver_name']} {offer['driver']}"
        if fits and all(found_by(part, who) for part in driver):
            return offer
    raise NotUnderstood("no_such_offer", sought=" ".join(sought))


def _parts(line: str) -> list[str]:
    """The words of a line; a verb in Hanzi may stand right before a number."""
    parts = line.strip().lstrip(":：").split()
    if parts and not parts[0].isascii():
        letters = len(parts[0].rstrip("0123456789"))
        parts[:1] = [part for part in (parts[0][:letters], parts[0][letters:]) if part]
    return parts


def _said_with(verbs: list[Verb], *, about_order: bool) -> list[Verb]:
    """Of several verbs said with something else the acts on orders, if there are any: a room takes nothing with it."""
    return [verb for verb in verbs if about_order and verb.kind in {"act", "open"}] or verbs


def _verb_and_rest(parts: list[str], verbs: Sequence[Verb], words: Words) -> tuple[Verb, list[str]]:
    for place in sorted(range(len(parts)), key=lambda place: (place != 0, -place)):
        found = fitting(parts[place], verbs, words)
        exact = [verb for verb in found if parts[place].casefold() in _names(verb, words)]
        meant = _said_with(exact or found, about_order=len(parts) > 1)
        if len(meant) == 1:
            rest = list(parts)
            del rest[place]
            return meant[0], rest
        if meant:
            raise NotUnderstood("several", said=parts[place], verbs=", ".join(words(verb.words) for verb in meant[:6]))
    raise NotUnderstood("no_verb", said=parts[0])


def _names(verb: Verb, words: Words) -> tuple[str, ...]:
    said = words(verb.words).casefold()
    return (said, initials(said), verb.name, *verb.also)
