"""A region of many units holds few of their ledgers open, and tells the same of all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from central import keys, region
from central.region import open_region
from fleet.errors import NotFound
from fleet.rules.order import Act
from tests.central.unit import StillClock, Unit, talk


def test_a_ledger_that_was_closed_for_another_is_opened_again_as_it_was(
    directory: Path, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(region, "UNITS_OPEN_MAX", 1)
    held = open_region(directory, keys.load(directory), clock)
    units = [Unit(directory, clock, code, code) for code in ("lyj", "slj", "gaj")]
    for unit in units:
        order = unit.submit()
        unit.act("u2", order, Act.SEND_BACK, reason="写明乡镇")
        talk(held, unit)

    for unit in [*units, *units]:
        opened = held.replica(unit.code)
        assert opened.digest() == unit.replica.digest()
        standing = held.standings()[unit.code]
        assert (standing.held, standing.known, standing.quarantined) == (opened.held, opened.held, opened.quarantined)
    held.close()


def test_how_much_is_held_is_told_alike_before_and_after_a_checkpoint(directory: Path, clock: StillClock) -> None:
    held, unit = open_region(directory, keys.load(directory), clock), Unit(directory, clock)
    unit.submit()
    talk(held, unit)
    before = held.standings()

    held.replica(unit.code).checkpoint()

    assert held.standings() == before
    unit.submit()
    talk(held, unit)
    assert held.standings()[unit.code].held == held.replica(unit.code).held > before[unit.code].held
    held.close()


def test_a_unit_no_node_was_granted_for_has_no_ledger(directory: Path, clock: StillClock) -> None:
    held = open_region(directory, keys.load(directory), clock)

    with pytest.raises(NotFound, match="no_unit"):
        held.replica("nobody")
    held.close()
