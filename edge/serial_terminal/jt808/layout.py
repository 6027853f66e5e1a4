"""How one message id is laid out, in each edition and as terminals really send it.

Rules kept here:
* A message has one or more layouts; the first that fits the header's edition and the body's length is read. Which it
  was can be stated as a fact (`also`), for the few messages whose layouts cannot be told apart otherwise.
* A body shorter than its layout is read as far as it goes and marked partial; what is longer stays as hex in
  `body_tail`; an unknown message is all hex. Nothing is dropped.
Source: JT/T 808-2011, -2013 and -2019, differences between the editions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from edge.serial_terminal.jt808.fields import Cursor, Facts, Row, ShortBodyError


class Layout(NamedTuple):
    """One row of fields; `version` 0 means both editions of the header, `fits` looks at the body.

    `bygone` is a layout of the 2011 edition: terminals still send it, nobody writes it any more.
    """

    row: Row
    version: int = 0
    fits: Callable[[bytes], bool] = lambda body: True
    also: Mapping[str, Any] = {}
    bygone: bool = False


class Body(NamedTuple):
    """What a body states; `partial` says where it ended early, "" if it was whole."""

    facts: Facts
    partial: str = ""


Layouts = tuple[Layout, ...]


def read(layouts: Layouts, version: int, body: bytes) -> Body:
    """Decode a body by the first layout that fits; never raises."""
    candidates = [layout for layout in layouts if layout.version in (0, version)]
    if not candidates:
        return Body({"undecoded_body": body.hex()})
    layout = next((layout for layout in candidates if layout.fits(body)), candidates[-1])
    cursor, facts, partial = Cursor(body), dict[str, Any](), ""
    try:
        layout.row.read_into(facts, cursor)
    except ShortBodyError as short:
        partial = str(short)
    if cursor.left and not partial:
        facts["body_tail"] = cursor.rest().hex()
    return Body({**facts, **layout.also}, partial)


def write(layouts: Layouts, version: int, facts: Mapping[str, Any]) -> bytes:
    """Encode facts by the layout of that edition; a `body_tail` is put back where it was.

    Raises:
        KeyError: a fact the layout needs is missing.
    """
    layout = next(
        layout
        for layout in layouts
        if layout.version in (0, version)
        and not layout.bygone
        and all(facts.get(name, value) == value for name, value in layout.also.items())
    )
    return layout.row.write(facts) + bytes.fromhex(facts.get("body_tail", ""))


def consumed_exactly(row: Row) -> Callable[[bytes], bool]:
    """A `fits` for layouts whose own lengths must use up the body to the last byte."""

    def fits(body: bytes) -> bool:
        cursor = Cursor(body)
        try:
            row.read(cursor)
        except ShortBodyError:
            return False
        return not cursor.left

    return fits
