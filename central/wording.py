"""What a signed act carried, and why one was refused, in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping

from central.timeline import OrderPage, Step
from fleet.words import Words

SHORT_HASH = 12


def particulars(words: Words, page: OrderPage, step: Step) -> list[tuple[str, str]]:
    """Label and value of everything an act carried; what nobody knows the name of keeps its own."""
    return [
        (words(f"field.{name}") if f"field.{name}" in words else name, _value(words, page, name, value))
        for name, value in step.particulars.items()
    ]


def refusals(words: Words, page: OrderPage) -> Mapping[str, str]:
    """The reasons of the refused acts of an order, by code."""
    codes = {step.refused for step in page.steps if step.refused}
    return {code: words(f"stopped.{code}") if f"stopped.{code}" in words else code for code in codes}


def _value(words: Words, page: OrderPage, name: str, value: object) -> str:
    text = str(value)
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
