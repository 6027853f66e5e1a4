"""The simulated disk is a store like any other."""

import pytest

from tests.fleet.ledger.store_acceptance import Medium, StoreAcceptance
from tests.simulation.disk import SimulatedDisk


class OneDisk:
    """A simulated disk in a machine that may restart."""

    def __init__(self) -> None:
        self.disk = SimulatedDisk()

    def open(self) -> SimulatedDisk:
        self.disk.power_cut()
        return self.disk

    def fill(self) -> None:
        self.disk.full = True


class TestSimulatedDisk(StoreAcceptance):
    @pytest.fixture
    def medium(self) -> Medium:
        return OneDisk()
