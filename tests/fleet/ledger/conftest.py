"""A node with something in its log, for every test of the ledger that brings none of its own."""

from __future__ import annotations

import pytest

from tests.fleet.ledger.logs import EVERYONE
from tests.fleet.units import a_host, a_node, submitted
from tests.simulation.host import Host


@pytest.fixture
def node() -> Host:
    """Node 1 with five people and one order submitted."""
    host = a_node(1, *EVERYONE)
    submitted(host)
    return host


@pytest.fixture
def central() -> Host:
    """Central, which holds nothing yet."""
    return a_host(0)
