"""One unit for every article."""

from __future__ import annotations

import pytest

from tests.fleet.rules.articles.unit import Unit


@pytest.fixture
def unit() -> Unit:
    return Unit()
