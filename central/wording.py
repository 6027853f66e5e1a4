"""What a signed act carried, and why one was refused, in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping

from central.alarms import AlarmPage
from central.findings import Found
from central.timeline import OrderPage, Step
from central.times import Times
from fleet.rules.alarm.recheck import Result
from fleet.rules.settings import SETTINGS
from fleet.words import Words

SHORT_HASH = 12


def particulars(words: Words, times: Times, page: OrderPage, step: Step) -> list[tuple[str, str]]:
    """Label and value of everything an act carried; what nobody knows the name of keeps its own."""
    return [
        (words(f"field.{name}") if f"field.{name}" in words else name, _value(words, times, page, name, value))
        for name, value in step.particulars.items()
    ]


def refusals(words: Words, page: OrderPage) -> Mapping[str, str]:
    """The reasons of the refused acts of an order, by code."""
    codes = {step.refused for step in page.steps if step.refused}
    return {code: words(f"stopped.{code}") if f"stopped.{code}" in words else code for code in codes}


def _value(words: Words, times: Times, page: OrderPage, name: str, value: object) -> str:
    text = str(value)
    if name.endswith("_ms") and isinstance(value, int):
        return times.moment(value)
    match name:
        case "content":
            return text[:SHORT_HASH]
        case "driver":
            return page.names.get(text, text)
        case "odometer_km":
            return words("order.km", n=f"{value:,}" if isinstance(value, int) else text)
        case "fuel_quarters":
            return f"{text}/4"
        case "receipts" | "checks" if f"{name}.{text}" in words:
            return words(f"receipts.{text}" if name == "receipts" else f"checks.{text}")
        case "receipts" if text.isdecimal():
            return words("receipts.count", n=text)
    return text


def alarm_told(words: Words, page: AlarmPage) -> str:
    """What was seen, as a sentence."""
    line = page.line
    told = words.told({"from_ms": line.from_ms, "until_ms": line.until_ms or "", **page.facts})
    what = page.facts.get("what")
    key = f"alarm.{line.code}.facts"
    return words(f"{key}.{what}" if f"{key}.{what}" in words else key, **told)


def limits(words: Words, held: Mapping[str, str]) -> list[str]:
    """The numbers an alarm was judged by, each with where it comes from."""
    found = []
    for name, text in held.items():
        value, _, source = text.partition(" ")
        measure = SETTINGS[name].unit if name in SETTINGS else ""
        told = words.told({"setting": name, "limit": value, "measure": measure, "source": source})
        found.append(words("alarm.limit", **told))
    return found


def differing(words: Words, found: Found | None) -> list[tuple[str, str, str]]:
    """Name, what was signed and what the track shows, where the two are not the same."""
    if found is None or found.finding.result is not Result.DIFFERS:
        return []
    return [
        (
            words(f"field.{name}") if f"field.{name}" in words else name,
            _fact(words, name, said),
            _fact(words, name, shown),
        )
        for name, (said, shown) in found.finding.otherwise.items()
    ]


def _fact(words: Words, name: str, value: int | str) -> str:
    if name == "grade" and value:
        return words(f"grade.{value}")
    return str(words.told({name: value})[name]) if value != "" else words("alarms.nothing")
