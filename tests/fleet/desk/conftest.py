"""The node that the desk's tests ask."""

from __future__ import annotations

import pytest

from fleet.desk.register import register
from tests.fleet.desk.asking import CAR, EVERYONE
from tests.fleet.units import a_node, signer
from tests.simulation.host import Host


@pytest.fixture
def node() -> Host:
    """A node with five people and one vehicle."""
    host = a_node(1, *EVERYONE)
    register(host.replica, signer("admin-1"), CAR)
    return host
