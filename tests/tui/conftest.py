"""A node double and a clock of one's own for every test of the console."""

from __future__ import annotations

import pytest

from tests.tui.consoles import Time
from tests.tui.node_double import NodeDouble


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def node(time: Time) -> NodeDouble:
    return NodeDouble(time.now_ms)
