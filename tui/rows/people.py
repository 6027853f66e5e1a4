"""Who may do what, and what two people are deciding about it: a line each, and each in full. Pure.

certificate   name   staff number   roles   in force until, ended, or revoked   (wide: the key's fingerprint)
grant         number   what   whom   roles   where it stands   who proposed it, and when
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypedDict

from fleet.rules.cases import CASES
from fleet.rules.roles import MAY
from fleet.words import Words
from tui.cells import wrap
from tui.rows.cases import labelled
from tui.rows.columns import WIDE, Cell, beside, named, rest, widest
from tui.times import brief, local, moment
from tui.widgets.lines import Spans

ID_SHOWN = 8
STATES = {"proposed": "serious", "approved": "good", "rejected": "dim", "expired": "dim", "contested": "critical"}
"""Where a grant may stand, and how that is painted."""
KEYS = frozenset({"public"})
TIMES = frozenset({"valid_from_ms", "valid_to_ms", "lease_ms"})
HIDDEN = frozenset({"issued_ms", "person", "name", "holder"})
"""Particulars that are filled in, or said in the lines above."""


class Holding(TypedDict):
    """A certificate of a person."""

    person: str
    name: str
    roles: list[str]
    public: str
    fingerprint: str
    issued_ms: int
    lease_ms: int
    in_force: bool
    revoked: bool
    in_authority: bool


class Grant(TypedDict):
    """What two people grant, or are about to."""

    id: str
    what: str
    about: str
    state: str
    particulars: dict[str, str | int]
    fingerprint: str | None
    proposed_by: str
    proposed_by_name: str
    proposed_ms: int
    decided_by: str
    decided_by_name: str
    decided_ms: int | None
    reason: str


def person_line(words: Words, one: Holding, now_ms: int, width: int) -> Spans:
    """A certificate in `width` cells."""
    paint = "" if one["in_force"] else "dim"
    before = [Cell(one["name"], 12, "strong" if one["in_force"] else "dim"), Cell(one["person"], 8, paint)]
    after = [Cell(standing(words, one), 20, paint)]
    if width >= WIDE:
        after.append(Cell(one["fingerprint"], 20, "dim"))
    return beside([*before, Cell(_roles(words, one["roles"]), rest(width, [*before, *after]), paint), *after])


def standing(words: Words, one: Holding) -> str:
    """Until when it is in force, or that it is not."""
    if one["revoked"]:
        return words("holding.revoked")
    key = "holding.in_force" if one["in_force"] else "holding.over"
    return words(key, day=f"{local(one['lease_ms']):%Y-%m-%d}")


def grant_line(words: Words, grant: Grant, people: Mapping[str, str], now_ms: int, width: int) -> Spans:
    """A grant in `width` cells."""
    state = words(f"grant.state.{grant['state']}")
    before = [
        Cell(state, widest(words, (f"grant.state.{each}" for each in STATES)), STATES[grant["state"]]),
        Cell(words(f"grant.what.{grant['what']}"), widest(words, (f"grant.what.{each}" for each in WHATS)), "strong"),
        Cell(people.get(grant["about"], _name(grant)), 12),
    ]
    after = [Cell(grant["proposed_by_name"], 8, "dim"), Cell(brief(grant["proposed_ms"], now_ms), 5, "dim")]
    if width >= WIDE:
        after.insert(0, Cell(grant["id"][:ID_SHOWN], ID_SHOWN, "dim"))
    said = _roles(words, str(grant["particulars"].get("roles", "")).split()) or str(
        grant["particulars"].get("document") or grant["particulars"].get("reason") or ""
    )
    return beside([*before, Cell(said, rest(width, [*before, *after])), *after])


def person_lines(words: Words, holdings: Iterable[Holding], now_ms: int, width: int) -> list[Spans]:
    """Everything about one person: each certificate, then what its roles allow, act by act."""
    lines: list[Spans] = []
    held: set[str] = set()
    for one in holdings:
        if one["in_force"]:
            held |= set(one["roles"])
        lines += labelled(words("holding.key"), one["fingerprint"], width, "strong")
        lines += labelled(words("holding.roles"), _roles(words, one["roles"]), width)
        lines += labelled(words("holding.stands"), standing(words, one), width, "" if one["in_force"] else "serious")
        if one["in_authority"]:
            lines += labelled(words("holding.voice"), words("holding.voice.said"), width)
        lines.append([])
    return lines + _may(words, held, width)


def grant_lines(words: Words, grant: Grant, people: Mapping[str, str], now_ms: int, width: int) -> list[Spans]:
    """Everything a grant says, word for word what is signed, then who said yes or no."""
    state = words(f"grant.state.{grant['state']}")
    lines: list[Spans] = [
        [(f"{words('grant.what.' + grant['what'])} ", "strong"), (state, STATES[grant["state"]])],
    ]
    about = people.get(grant["about"], _name(grant))
    lines += labelled(words("grant.about"), f"{about} {grant['about']}" if about != grant["about"] else about, width)
    for name, told in grant["particulars"].items():
        if name not in HIDDEN and told not in ("", None):
            label = "grant.field.until" if name == "lease_ms" and not grant["fingerprint"] else f"grant.field.{name}"
            lines += labelled(words(label), _told(words, name, told, people, now_ms), width)
    if grant["fingerprint"]:
        lines += labelled(words("holding.key"), grant["fingerprint"], width)
    lines += labelled(words("grant.id"), grant["id"][:ID_SHOWN], width)
    lines.append([])
    proposed = words("grant.proposed", name=grant["proposed_by_name"], at=moment(grant["proposed_ms"], now_ms))
    lines += [[(line, "")] for line in wrap(proposed, width)]
    if grant["decided_by"]:
        facts = {"name": grant["decided_by_name"], "at": moment(grant["decided_ms"], now_ms)}
        key = "grant.was_rejected" if grant["state"] == "rejected" else "grant.was_approved"
        lines += [[(line, "")] for line in wrap(words(key, **facts, reason=grant["reason"]), width)]
    elif grant["state"] == "proposed":
        lines += [[(line, "notice")] for line in wrap(words("grant.needs"), width)]
    return lines


WHATS = ("person", "node", "roles", "delegation", "revoke_person", "revoke_node", "revoke_delegation")
"""What can be granted, or ended."""


def _name(grant: Grant) -> str:
    return str(grant["particulars"].get("name") or grant["about"][:12])


def _told(words: Words, name: str, told: str | int, people: Mapping[str, str], now_ms: int) -> str:
    if name in KEYS:
        return str(told)[:16]
    if name in TIMES and isinstance(told, int):
        return f"{local(told):%Y-%m-%d %H:%M}"
    if name == "roles":
        return _roles(words, str(told).split())
    return people.get(str(told), str(told))


def _roles(words: Words, roles: Iterable[str]) -> str:
    return words("list.comma").join(words(f"role.{role}") for role in roles)


def _may(words: Words, roles: set[str], width: int) -> list[Spans]:
    """What somebody with these roles may do, by what it is done to."""
    orders = [words(f"act.{act}") for act, allowed in MAY.items() if not allowed.isdisjoint(roles)]
    about: list[tuple[str, list[str]]] = [(words("holding.may.orders"), orders)]
    for name, kind in CASES.items():
        acts = [words(f"act.{name}.{act}") for act, deed in kind.acts.items() if not deed.roles.isdisjoint(roles)]
        about.append((named(words, "case", name), acts))
    lines: list[Spans] = [[(words("holding.may"), "notice")]]
    for what, acts in about:
        lines += labelled(what, words("list.comma").join(acts), width) if acts else []
    return lines if len(lines) > 1 else [*lines, [(words("holding.may.nothing"), "dim")]]
