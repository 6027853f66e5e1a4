"""What an application must say (Art. 7 (2)): who travels, why, when, from where to where, how to be reached.

Fields are whole strings or integers, in the units their names give. `read` turns what a page sent into a Form or says
which field is at fault; `check` adds what depends on the time of asking. The reason field must not hold secrets
(Art. 10 (4)), which the page says and this module cannot know. Of a confidential trip SECRET_FIELDS are sealed besides:
a document then holds the hash of the seal in their place, `stored` reads them as empty, and whoever can open the seal
puts them back with `opened`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from fleet.errors import BadInput, RuleBroken
from fleet.rules.settings import NO_CHANGES, Changed, shown, value_ms
from fleet.tracks.days import TIME_MS_MAX

CLASSES = ("confidential", "emergency", "study", "reception", "joint_enforcement", "rental", "general")
CONFIDENTIAL = "confidential"
"""The class of a trip with confidential papers."""
SECRET_FIELDS: tuple[str, ...] = ("rider", "phone", "category", "reason", "origin", "destination", "remark")
"""What of such a trip is sealed before it leaves the unit: who travels, why and where."""
URGENCIES = (0, 1, 2)
"""0 sudden event, 1 urgent official business, 2 routine."""

LENGTH_MAX = 200
REASON_LENGTH_MIN = 4
PASSENGERS_MAX = 60
PHONE = re.compile(r"1\d{10}|0\d{2,3}-?\d{7,8}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One application. `start_ms` and `end_ms` are UTC milliseconds, the planned times of the trip. `sealed` is the
    hash (hex) of the seal that holds its secret fields, "" for a form that has none."""

    rider: str
    department: str
    phone: str
    category: str
    reason: str
    origin: str
    destination: str
    start_ms: int
    end_ms: int
    passengers: int
    urgency: int
    cls: str
    remark: str = ""
    sealed: str = ""

    def as_fields(self) -> dict[str, str]:
        """The form as the whole strings a document holds, integers in decimal; what is sealed is not among them."""
        if not self.sealed:
            return self.texts()
        clear = {name: text for name, text in self.texts().items() if name not in SECRET_FIELDS}
        return {**clear, SEALED: self.sealed}

    def texts(self) -> dict[str, str]:
        """What a person fills in, as text."""
        return {name: str(value) for name, value in asdict(self).items() if name != SEALED}

    def secrets(self) -> dict[str, str]:
        """The secret fields that say something."""
        return {name: text for name, text in self.texts().items() if name in SECRET_FIELDS and text}


SEALED = "sealed"
_TIMES = frozenset({"start_ms", "end_ms"})
_INTEGERS = _TIMES | {"passengers", "urgency"}
_OPTIONAL = frozenset({"remark"})
FIELDS: tuple[str, ...] = tuple(field.name for field in fields(Form) if field.name != SEALED)


def stored(held: Mapping[str, str]) -> Form:
    """The form that a document holds. Raises as `read`."""
    if not held.get(SEALED):
        return read(held)
    empty: dict[str, Any] = dict.fromkeys(SECRET_FIELDS, "")
    return replace(_whole({**held, **_BLANK}), sealed=held[SEALED], **empty)


def opened(form: Form, secrets: Mapping[str, str]) -> Form:
    """A form with its secret fields as its seal holds them. Raises as `read`."""
    return replace(read({**form.texts(), **dict.fromkeys(SECRET_FIELDS, ""), **secrets}), sealed=form.sealed)


def read(given: Mapping[str, object]) -> Form:
    """Turn field values, as text or integers, into a Form.

    Raises:
        BadInput: `field_missing`, `field_too_long`, `field_not_a_number`, `time_wrong`, `field_not_listed`,
            `phone_wrong` or `reason_too_short`, each with `field`.
    """
    return _whole(given)


_BLANK = {name: "0000-00000000" if name == "phone" else "-" * REASON_LENGTH_MIN for name in SECRET_FIELDS}
"""What stands for sealed fields while the others are read."""


def _whole(given: Mapping[str, object]) -> Form:
    values = {name: _integer(name, given) if name in _INTEGERS else _string(name, given) for name in FIELDS}
    form = Form(**values)  # type: ignore[arg-type]
    if form.cls not in CLASSES:
        raise BadInput("field_not_listed", article="2", field="cls", value=form.cls)
    if form.urgency not in URGENCIES:
        raise BadInput("field_not_listed", article="9", field="urgency", value=form.urgency)
    if not 1 <= form.passengers <= PASSENGERS_MAX:
        raise BadInput("field_not_listed", article="7", field="passengers", value=form.passengers)
    if not PHONE.fullmatch(form.phone):
        raise BadInput("phone_wrong", article="7", field="phone", value=form.phone, digits=len(form.phone))
    if len(form.reason) < REASON_LENGTH_MIN:
        raise BadInput("reason_too_short", article="7", field="reason", least=REASON_LENGTH_MIN)
    return form


OUT_OF_REGION = "out_of_region"
"""The kind of place a trip may not go to without a remark."""


def warnings(form: Form, places: Mapping[str, str]) -> list[str]:
    """What is unusual about the places of a form, given the kinds of those on the register by name: codes of `warning.`
    in the catalogue. Free text stops nobody, and a register without places warns of none."""
    named = {"origin_unlisted": form.origin, "destination_unlisted": form.destination}
    return [code for code, name in named.items() if places and name not in places]


def check_places(form: Form, places: Mapping[str, str]) -> None:
    """Out of the region only with a remark that says why (Art. 7).

    Raises:
        BadInput: `remark_needed`.
    """
    if places.get(form.destination) == OUT_OF_REGION and not form.remark:
        raise BadInput("remark_needed", article="7", field="remark", destination=form.destination)


def check(form: Form, *, now_ms: int, settings: Changed = NO_CHANGES) -> None:
    """Judge the planned times against the time of asking: a start may lie `start_grace_min` back, before that the trip
    needs a supplement (Art. 12).

    Raises:
        RuleBroken: `end_before_start`, or `start_in_the_past`, which leads to a supplement (Art. 12).
    """
    if form.end_ms <= form.start_ms:
        raise RuleBroken("end_before_start", article="7")
    if form.start_ms < now_ms - value_ms("start_grace_min", settings):
        raise RuleBroken("start_in_the_past", article="12", **shown("start_grace_min", settings))


def _string(name: str, given: Mapping[str, object]) -> str:
    value = given.get(name, "")
    text = value.strip() if isinstance(value, str) else ""
    if not text and name not in _OPTIONAL:
        raise BadInput("field_missing", article="7", field=name)
    if len(text) > LENGTH_MAX:
        raise BadInput("field_too_long", article="7", field=name, most=LENGTH_MAX)
    return text


def _integer(name: str, given: Mapping[str, object]) -> int:
    value = given.get(name)
    if value is None or value == "":
        raise BadInput("field_missing", article="7", field=name)
    try:
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise ValueError
        number = int(value)
    except ValueError:
        raise BadInput("field_not_a_number", article="7", field=name) from None
    if not -(2**53) < number < 2**53:
        raise BadInput("field_not_a_number", article="7", field=name)
    if name in _TIMES and not 0 <= number <= TIME_MS_MAX:  # beyond them no calendar has a day
        raise BadInput("time_wrong", article="7", field=name)
    return number
