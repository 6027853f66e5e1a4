"""`ortoo bench archive`: what it measures is a unit whose every act was signed, judged and stored."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from bench import years
from bench.archive import _peer
from bench.years import Unit
from edge.proof import prove
from machine.system import SystemClock


def test_the_years_are_proved_and_their_new_peer_comes_to_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(years, "STILL_OPEN", 10)
    unit = Unit(tmp_path / "node", seed=1)
    unit.write(60, SystemClock().now_ms())

    report = prove(tmp_path / "node")
    with closing(unit.open()) as office:
        state = office.replica.state
        resting, held = len(state.archive.targets), len(state.orders)
        refused = sum(len(order.refused) for order in state.orders.values())

    assert report.faults == []
    assert (held, refused, report.without_effect) == (60, 0, 0)
    assert resting > 40
    assert _peer(tmp_path / "node", tmp_path)["state_equal"]
