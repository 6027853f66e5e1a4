"""A node double and a clock of one's own for every test of the console."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.tui.consoles import Time
from tests.tui.node_double import NodeDouble
from tests.tui.real_node import RealNode, make_home, running


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def node(time: Time) -> NodeDouble:
    return NodeDouble(time.now_ms)


@pytest.fixture(scope="session")
def unit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealNode]:
    """One real node for the whole run."""
    with running(make_home(tmp_path_factory.mktemp("real") / "n")) as node:
        yield node
