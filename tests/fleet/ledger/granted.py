"""What tests of grants share: who is granted, whose keys those are, and the code something is refused with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fleet.errors import NotFound, NotTrusted, RuleBroken
from fleet.ledger.replica import Signer
from tests.fleet.units import UNIT, a_person
from tests.simulation import people

DAY_MS = 86_400_000
NEW: Any = a_person("driver-9", "driver")
NODE_2 = people.key("node 2.1")


def refused(call: Callable[[], object]) -> str:
    """The code something is refused with."""
    with pytest.raises((NotTrusted, RuleBroken, NotFound)) as caught:
        call()
    return caught.value.code


def key_of(name: str) -> Signer:
    return Signer(name, people.key(f"{UNIT}/{name}"))
